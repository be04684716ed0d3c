//! Every schema in a schema.

use crate::manifest::locate::escape;
use serde_json::{Map, Value};

/// Deeper than this nothing is looked for.
const MAX_DEPTH: usize = 64;

/// Calls `with` for a schema and each schema below it, with its JSON Pointer. What a `$ref` leads to is not followed.
pub(super) fn each_schema(
    schema: &Value,
    pointer: &str,
    with: &mut dyn FnMut(&Map<String, Value>, &str),
) {
    walk(schema, pointer, with, 0);
}

fn walk(
    schema: &Value,
    pointer: &str,
    with: &mut dyn FnMut(&Map<String, Value>, &str),
    depth: usize,
) {
    let Some(map) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
        return;
    };
    with(map, pointer);
    for (key, value) in map {
        let at = format!("{pointer}/{}", escape(key));
        match (key.as_str(), value) {
            (
                "properties" | "patternProperties" | "dependentSchemas" | "$defs",
                Value::Object(named),
            ) => {
                for (name, schema) in named {
                    walk(schema, &format!("{at}/{}", escape(name)), with, depth + 1);
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(several)) => {
                for (index, schema) in several.iter().enumerate() {
                    walk(schema, &format!("{at}/{index}"), with, depth + 1);
                }
            }
            (
                "items"
                | "contains"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "unevaluatedItems"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contentSchema",
                _,
            ) => walk(value, &at, with, depth + 1),
            _ => {}
        }
    }
}
