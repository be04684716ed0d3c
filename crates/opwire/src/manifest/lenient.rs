//! Manifests that are still being written: what can't be read is left out, and what is missing is made up.

use super::connector::ConnectorManifest;
use super::operation::OperationManifest;
use super::schema::{CONNECTOR, OPERATION};
use crate::schema::{Problem, Validator};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Taking one thing away can uncover another, but not for ever.
const ROUNDS: usize = 8;

/// As much of `connector.yaml` as can be read.
pub(crate) fn connector(value: &Value) -> Option<ConnectorManifest> {
    read(value, &CONNECTOR)
}

/// As much of an operation's file as can be read.
pub(crate) fn operation(value: &Value) -> Option<OperationManifest> {
    let mut manifest: OperationManifest = read(value, &OPERATION)?;
    if let Some(super::Pagination::Use(used)) = &mut manifest.pagination
        && used.r#use.is_none()
    {
        // One part of a paginator is looked at even while the others are not there.
        used.items.get_or_insert_default();
        used.next.get_or_insert_default();
        used.request.get_or_insert_default();
    }
    Some(manifest)
}

fn read<T: DeserializeOwned>(value: &Value, validator: &Validator) -> Option<T> {
    let mut value = value.clone();
    for _ in 0..ROUNDS {
        let problems = validator.problems(&value, 100);
        if problems.is_empty() {
            return T::deserialize(&value).ok();
        }
        for problem in problems {
            match problem {
                Problem::UnknownKey { pointer, .. } | Problem::Other { pointer, .. } => {
                    remove(&mut value, &pointer);
                }
                Problem::MissingKey { pointer, key } => fill(&mut value, &pointer, &key),
            }
        }
    }
    None
}

/// Takes a value out. A list goes as a whole: its other items would get other pointers.
fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        *value = json!({});
        return;
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(_)) => remove(value, parent),
        _ => {}
    }
}

/// Puts something in for a key that must be there.
fn fill(value: &mut Value, pointer: &str, key: &str) {
    let filling = match key {
        "opwire" => json!(1),
        "name" => json!("name"),
        "base_url" => json!("https://connector.invalid"),
        "kind" => json!("main"),
        "method" => json!("GET"),
        "when" => json!({ "status": "any" }),
        "status" => json!("any"),
        "items" | "next" => Value::Null,
        "request" => json!({}),
        "title" | "description" | "token" | "username" | "value" | "key" => json!(""),
        _ => return remove(value, pointer),
    };
    if let Some(map) = value.pointer_mut(pointer).and_then(Value::as_object_mut) {
        map.insert(key.to_owned(), filling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_is_kept() {
        let value = json!({
            "kind": "mian", "requst": {}, "request": { "path": "/a/{{input.b}}", "query": { "c": 1 } },
            "errors": [{ "message": "{{input.d}}" }],
            "pagination": { "items": "{{response.body}}" },
        });
        let read = operation(&value).unwrap();
        let request = read.request.unwrap();
        assert_eq!(request.path.as_deref(), Some("/a/{{input.b}}"));
        assert_eq!(request.method, "GET");
        assert_eq!(request.query, Some(json!({ "c": 1 })));
        assert_eq!(read.errors[0].message, Some(json!("{{input.d}}")));
        let Some(super::super::Pagination::Use(used)) = read.pagination else {
            panic!("a paginator of its own");
        };
        assert_eq!(used.items, Some(json!("{{response.body}}")));
        assert!(used.next.is_some() && used.request.is_some());
    }

    #[test]
    fn a_connector_that_is_just_begun_can_be_read() {
        let value = json!({ "name": "shop", "auth": { "bearer": {} }, "egress": 7, "pagination": { "pages": {} } });
        let read = connector(&value).unwrap();
        assert_eq!(read.name, "shop");
        assert!(read.egress.is_empty());
        assert!(read.pagination.contains_key("pages"));
        assert!(connector(&json!("text")).is_some());
    }
}
