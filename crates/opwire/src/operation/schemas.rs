//! An operation's schemas: gathered, compiled, published.

use crate::connector::Connector;
use crate::diagnostic::Code;
use crate::manifest::{Fault, OperationManifest};
use crate::schema::{Bundle, Validator};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The input's schema: gathered, and closed at the top unless it says otherwise.
pub(super) fn input(
    typed: &OperationManifest,
    connector: &Connector,
    faults: &mut Vec<Fault>,
) -> Value {
    let own = Value::Object(typed.input.clone().unwrap_or_default());
    let (mut schema, found) = Bundle::make(&connector.library.documents(), &own, "/input");
    faults.extend(found);
    if let Some(map) = schema.as_object_mut() {
        map.entry("type").or_insert_with(|| json!("object"));
        if !map.contains_key("additionalProperties") && !map.contains_key("unevaluatedProperties") {
            let combined = ["$ref", "allOf", "anyOf", "oneOf", "if"]
                .iter()
                .any(|key| map.contains_key(*key));
            let key = if combined {
                "unevaluatedProperties"
            } else {
                "additionalProperties"
            };
            map.insert(key.to_owned(), json!(false));
        }
        if let Some(name) = connector.credential_names().find(|name| {
            map.get("properties")
                .is_some_and(|properties| properties.get(name).is_some())
        }) {
            let message =
                format!("`{name}` is a credential of the connector and is taken out of the input");
            faults.push(Fault::new(
                Code::WrongValue,
                format!("/input/properties/{name}"),
                message,
            ));
        }
    }
    schema
}

/// The reply's schema, gathered and found to be sound.
pub(super) fn response(
    typed: &OperationManifest,
    connector: &Connector,
    faults: &mut Vec<Fault>,
) -> Option<Arc<Value>> {
    let own = typed.response.schema.as_ref()?;
    let (library, mere) = (&connector.library, mere_reference(own));
    if let Some(known) = mere.and_then(|reference| library.reply(reference)) {
        return Some(known);
    }
    let (schema, found) = Bundle::make(&library.documents(), own, "/response/schema");
    let sound = found.is_empty();
    faults.extend(found);
    if !sound {
        return None;
    }
    let schema = Arc::new(compile(schema, "/response/schema", faults)?.into_schema());
    if let Some(reference) = mere {
        library.keep_reply(reference, &schema);
    }
    Some(schema)
}

/// What a schema refers to in another document when it does nothing else.
fn mere_reference(schema: &Value) -> Option<&str> {
    let map = schema.as_object().filter(|map| map.len() == 1)?;
    let reference = map.get("$ref")?.as_str()?;
    (!reference.starts_with('#')).then_some(reference)
}

/// Compiles a gathered schema.
pub(super) fn compile(schema: Value, pointer: &str, faults: &mut Vec<Fault>) -> Option<Validator> {
    match Validator::new(schema) {
        Ok(validator) => Some(validator),
        Err((at, message)) => {
            // A fault in a shared schema can't be pointed at in this file: its name is said instead.
            let (pointer, message) = match at.strip_prefix("/$defs/") {
                Some(shared) => (
                    pointer.to_owned(),
                    format!("the shared schema {shared} is not valid: {message}"),
                ),
                None => (
                    format!("{pointer}{at}"),
                    format!("the schema is not valid: {message}"),
                ),
            };
            faults.push(Fault::new(Code::SchemaInvalid, pointer, message));
            None
        }
    }
}

/// The schema as callers see it.
pub(super) fn publish(schema: &Value, connector: &Connector) -> Value {
    let mut schema = schema.clone();
    let Some(map) = schema.as_object_mut() else {
        return schema;
    };
    let described = connector
        .manifest
        .pointer("/credentials/properties")
        .and_then(Value::as_object);
    let properties = map
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    let usual: Vec<&str> = connector.usual_credentials().collect();
    let described = described.into_iter().flatten();
    let described = described.filter(|(name, _)| usual.contains(&name.as_str()));
    for (index, (name, property)) in described.enumerate() {
        let mut property = property.clone();
        if let (Some(property), Some(properties)) =
            (property.as_object_mut(), properties.as_object_mut())
        {
            property.insert("x-secret".to_owned(), json!(true));
            properties.shift_insert(index, name.clone(), Value::Object(property.clone()));
        }
    }
    schema
}
