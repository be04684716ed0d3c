//! The last changes to a schema, by where its values go.

use super::shelf::Direction;
use super::{BINARY, SECRET, in_order, sentence};
use serde_json::{Map, Value, json};

/// A schema in the place of a reference to it, with what stood beside that.
pub(super) fn beside(schema: Value, siblings: Map<String, Value>) -> Value {
    let annotation = |key: &str| {
        matches!(
            key,
            "title"
                | "description"
                | "deprecated"
                | "readOnly"
                | "writeOnly"
                | "default"
                | "examples"
        )
    };
    let Value::Object(mut map) = schema else {
        return if siblings.is_empty() {
            schema
        } else {
            Value::Object(siblings)
        };
    };
    let clash = siblings
        .keys()
        .any(|key| !annotation(key) && map.contains_key(key));
    if clash {
        return json!({ "allOf": [map, siblings] });
    }
    map.extend(siblings);
    Value::Object(in_order(map))
}

/// Makes a schema say what it says in a manifest.
pub(super) fn finish(schema: &mut Value, direction: Direction) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    map.remove(BINARY);
    let default = map.remove("default");
    if direction == Direction::Response {
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if map.get(key) == Some(&json!(false)) {
                map.remove(key);
            }
        }
        for key in ["readOnly", "writeOnly", SECRET] {
            map.remove(key);
        }
    } else if let Some(told) = default.as_ref().and_then(default_sentence) {
        let before = map
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !before.to_ascii_lowercase().contains("default") {
            let text = format!("{} {told}", sentence(before));
            map.insert("description".to_owned(), json!(text.trim()));
        }
    }
    // Long examples make a schema hard to read; the example files have them.
    if let Some(Value::Array(list)) = map.get_mut("examples") {
        list.retain(|example| match example {
            Value::String(text) => text.len() <= 60 && !text.contains('\n'),
            Value::Number(_) => true,
            _ => false,
        });
        list.truncate(2);
        if list.is_empty() {
            map.remove("examples");
        }
    }
    *map = in_order(std::mem::take(map));
}

/// What only goes the other way can't be needed. What a request has may be a reply's too.
pub(super) fn loosen_required(map: &mut Map<String, Value>, direction: Direction) {
    let properties = map.get("properties").cloned().unwrap_or_default();
    let other_way = |name: &Value| {
        let property = name.as_str().and_then(|name| properties.get(name));
        property.is_some_and(|property| {
            let read_only = direction == Direction::Request && property.get("readOnly").is_some();
            read_only || property.get("writeOnly").is_some()
        })
    };
    let Some(Value::Array(required)) = map.get_mut("required") else {
        return;
    };
    required.retain(|name| !other_way(name));
    if required.is_empty() {
        map.remove("required");
    }
}

/// The manifest's `default` would be sent; the document's is what the service does without.
fn default_sentence(value: &Value) -> Option<String> {
    let shown = match value {
        Value::String(text) if !text.is_empty() && text.len() <= 60 && !text.contains('\n') => {
            text.clone()
        }
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    Some(format!("The service takes {shown} when this is left out."))
}
