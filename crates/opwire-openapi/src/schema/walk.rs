//! The schemas right below a schema.

use serde_json::Value;

/// Keywords whose value is a schema.
const ONE: [&str; 11] = [
    "items",
    "additionalProperties",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentSchema",
];
/// Keywords whose value is a list of schemas.
const SEVERAL: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is a mapping from names to schemas.
const NAMED: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];

pub(crate) fn children(schema: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for (key, value) in schema.as_object().into_iter().flatten() {
        match value {
            Value::Array(list) if SEVERAL.contains(&key.as_str()) => found.extend(list),
            Value::Object(named) if NAMED.contains(&key.as_str()) => found.extend(named.values()),
            Value::Object(_) if ONE.contains(&key.as_str()) => found.push(value),
            _ => {}
        }
    }
    found
}

pub(crate) fn children_mut(schema: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    for (key, value) in schema.as_object_mut().into_iter().flatten() {
        let key = key.as_str();
        if ONE.contains(&key) && value.is_object() {
            found.push(value);
        } else if SEVERAL.contains(&key) {
            found.extend(value.as_array_mut().into_iter().flatten());
        } else if NAMED.contains(&key) {
            let named = value.as_object_mut().into_iter().flatten();
            found.extend(named.map(|(_, schema)| schema));
        }
    }
    found
}
