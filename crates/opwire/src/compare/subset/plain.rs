//! A schema in plain form: references written out, without what says nothing of values.

use crate::schema::keys::properties;
use crate::schema::{Defaults, UNCHECKED_FORMATS, parts};
use crate::types::resolve;
use serde_json::{Map, Value, json};

/// Keywords that are for people and forms.
const NOTES: [&str; 13] = [
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$defs",
    "definitions",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
];

/// The plain form of a self-contained schema whose references lead to no cycle.
///
/// What is `required` and has a default is not required here: it is filled in before the input is checked.
pub(super) fn plain(document: &Value) -> Value {
    node(document, document, &[])
}

/// `filled` are the names in this object that are never missing.
fn node(document: &Value, schema: &Value, filled: &[&str]) -> Value {
    let Some(map) = schema.as_object() else {
        return schema.clone();
    };
    let mut names = filled.to_vec();
    names.extend(defaulted(document, schema));
    let mut plain = Map::new();
    let mut all = Vec::new();
    for (key, value) in map {
        if NOTES.contains(&key.as_str()) || key.starts_with("x-") {
            continue;
        }
        match keyword(document, key, value, &names) {
            Some(Kept::As(value)) => drop(plain.insert(key.clone(), value)),
            Some(Kept::All(parts)) => all.extend(parts),
            None => {}
        }
    }
    if let (Some(value), false) = (plain.get("const").cloned(), plain.contains_key("enum")) {
        plain.remove("const");
        plain.insert("enum".to_owned(), json!([value]));
    }
    all.retain(|part| part != &Value::Bool(true));
    if all.contains(&Value::Bool(false)) {
        return Value::Bool(false);
    }
    match (plain.is_empty(), all.len()) {
        (true, 0) => Value::Bool(true),
        (true, 1) => all.remove(0),
        (false, 0) => Value::Object(plain),
        _ => {
            plain.insert("allOf".to_owned(), Value::Array(all));
            Value::Object(plain)
        }
    }
}

enum Kept {
    As(Value),
    /// Schemas that hold as well.
    All(Vec<Value>),
}

fn keyword(document: &Value, key: &str, value: &Value, filled: &[&str]) -> Option<Kept> {
    let apart = |schema: &Value| node(document, schema, &[]);
    let here = |schema: &Value| node(document, schema, filled);
    let each = |list: &Value, plain: &dyn Fn(&Value) -> Value| {
        Value::Array(list.as_array().into_iter().flatten().map(plain).collect())
    };
    Some(Kept::As(match key {
        "$ref" => {
            let target = resolve(document, value.as_str()?)?;
            return Some(Kept::All(vec![here(target)]));
        }
        "allOf" => {
            let parts = value.as_array()?.iter().map(here);
            return Some(Kept::All(parts.collect()));
        }
        "properties" | "patternProperties" | "dependentSchemas" => {
            let named = value.as_object()?.iter();
            Value::Object(
                named
                    .map(|(name, schema)| (name.clone(), apart(schema)))
                    .collect(),
            )
        }
        "items"
        | "contains"
        | "additionalProperties"
        | "propertyNames"
        | "unevaluatedProperties"
        | "unevaluatedItems" => apart(value),
        "not" | "if" | "then" | "else" => here(value),
        "anyOf" | "oneOf" => each(value, &here),
        "prefixItems" => each(value, &apart),
        "required" => {
            let mut names: Vec<&str> = value
                .as_array()?
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| !filled.contains(name))
                .collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                return None;
            }
            json!(names)
        }
        "type" => match value {
            Value::Array(several) => {
                let mut names: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
                names.sort_unstable();
                match names.as_slice() {
                    [only] => json!(only),
                    names => json!(names),
                }
            }
            one => one.clone(),
        },
        "format"
            if value
                .as_str()
                .is_some_and(|it| UNCHECKED_FORMATS.contains(&it)) =>
        {
            return None;
        }
        "minLength" | "minItems" | "minProperties" if value.as_u64() == Some(0) => return None,
        "uniqueItems" if value == &Value::Bool(false) => return None,
        _ => value.clone(),
    }))
}

/// The properties of a schema that are filled in when they are left out.
fn defaulted<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let mut names = Vec::new();
    let sure = parts(document, &[(schema, false)]).into_iter();
    for part in sure.filter(|part| !part.divided) {
        for (name, property) in properties(part.map) {
            if Defaults::of_property(document, property).is_some() {
                names.push(name.as_str());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_out_and_notes_left_out() {
        let schema = json!({"title": "T", "$ref": "#/$defs/a", "required": ["y", "x", "d"], "x-options": {},
            "properties": {"title": {"$ref": "#/$defs/b", "minLength": 2}, "d": {"default": 1}},
            "$defs": {"a": {"description": "A"}, "b": {"const": 1, "format": "int32"}}});
        assert_eq!(
            plain(&schema),
            json!({"required": ["x", "y"],
                "properties": {"title": {"minLength": 2, "allOf": [{"enum": [1]}]}, "d": true}})
        );
        assert_eq!(plain(&json!({"title": "T"})), json!(true));
        assert_eq!(
            plain(&json!({"allOf": [{}, {"type": ["string"]}]})),
            json!({"type": "string"})
        );
    }
}
