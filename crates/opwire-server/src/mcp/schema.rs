//! An operation's schemas as tools have them.

use super::arguments::{CONTINUE, FIELDS, ITEMS};
use opwire::Operation;
use serde_json::{Map, Value, json};

/// Where a result tells what was done to the output.
pub(crate) const MARK: &str = "_opwire";
/// Where an output stands that is no object.
pub(crate) const RESULT: &str = "result";

/// What an input's schema is written with.
pub(crate) struct Writing<'a> {
    /// Does the session have this credential, so that it isn't asked for?
    pub(crate) has: &'a dyn Fn(&str) -> bool,
    /// The tool of a DDL operation, by its name within the connector, when it is offered.
    pub(crate) tool: &'a dyn Fn(&str) -> Option<String>,
    /// An example's input, without credentials.
    pub(crate) example: Option<&'a Value>,
    /// Do Opwire's own arguments stand beside those of the operation?
    pub(crate) own: bool,
}

impl Writing<'_> {
    /// The schema of a tool's arguments: the input's, self-contained, with the arguments that Opwire adds.
    pub(crate) fn input(&self, operation: &Operation) -> Map<String, Value> {
        let Value::Object(schema) = self.tidy(operation.input_schema()) else {
            return Map::new();
        };
        let mut schema = without_alternatives(without_reference(schema));
        let closed = is_closed_below(&Value::Object(schema.clone()));
        schema.insert("type".to_owned(), json!("object"));
        let properties = schema.entry("properties").or_insert_with(|| json!({}));
        if let Value::Object(properties) = properties {
            for name in operation.connector().credential_names() {
                if (self.has)(name) {
                    properties.shift_remove(name);
                }
            }
            if self.own && !closed {
                add_own(properties, operation);
            }
        }
        if let Some(example) = self.example {
            schema.insert("examples".to_owned(), json!([example]));
        }
        schema
    }

    /// A schema without the keywords that are Opwire's own; what they say of choices is said in the description.
    fn tidy(&self, node: &Value) -> Value {
        let Value::Object(map) = node else {
            return node.clone();
        };
        let mut tidied = Map::with_capacity(map.len());
        for (key, value) in map {
            let value = match (key.as_str(), value) {
                (key, _) if key.starts_with("x-") => continue,
                (
                    "properties" | "patternProperties" | "$defs" | "dependentSchemas",
                    Value::Object(named),
                ) => {
                    let named = named.iter();
                    Value::Object(named.map(|(k, v)| (k.clone(), self.tidy(v))).collect())
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(parts)) => {
                    Value::Array(parts.iter().map(|part| self.tidy(part)).collect())
                }
                ("enum" | "const" | "default" | "examples", value) => value.clone(),
                (_, value) => self.tidy(value),
            };
            tidied.insert(key.clone(), value);
        }
        if let Some(options) = map.get("x-options") {
            self.tell_choices(options, &mut tidied);
        }
        Value::Object(tidied)
    }

    fn tell_choices(&self, options: &Value, into: &mut Map<String, Value>) {
        let links = match options {
            Value::Array(several) => several.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut tools: Vec<String> = links
            .iter()
            .filter_map(|link| (self.tool)(link.get("operation")?.as_str()?))
            .collect();
        tools.dedup();
        if tools.is_empty() {
            return;
        }
        let told = format!("Choices: {}.", tools.join(", "));
        let description = match into.get("description").and_then(Value::as_str) {
            Some(text) => format!("{text} {told}"),
            None => told,
        };
        into.insert("description".to_owned(), json!(description));
    }
}

/// The arguments that Opwire takes itself, where the input has none of their names.
fn add_own(properties: &mut Map<String, Value>, operation: &Operation) {
    let strings = json!({
        "type": "array",
        "items": { "type": "string" },
        "description": "Only these paths of the result.",
    });
    let mut own = vec![(FIELDS, strings), (CONTINUE, json!({ "type": "string" }))];
    if walks(operation) {
        own.push((
            ITEMS,
            json!({
                "type": "integer",
                "minimum": 1,
                "description": "Walk pages until so many items are in.",
            }),
        ));
    }
    for (name, schema) in own {
        if !properties.contains_key(name) {
            properties.insert(name.to_owned(), schema);
        }
    }
}

/// A schema with what its top refers to written out there: some models' interfaces want to see the properties.
fn without_reference(mut schema: Map<String, Value>) -> Map<String, Value> {
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/$defs/"))
        .and_then(|name| schema.get("$defs")?.get(name)?.as_object());
    let Some(target) = target.cloned() else {
        return schema;
    };
    let said = ["title", "description", "examples", "default"];
    let mut merged = Vec::new();
    for (key, value) in target {
        let both = match (schema.get(&key), value) {
            (None, value) => value,
            (Some(own), _) if said.contains(&key.as_str()) => own.clone(),
            (Some(own), value) if *own == value => value,
            (Some(Value::Array(own)), Value::Array(mut theirs)) if key == "required" => {
                theirs.extend(own.iter().cloned());
                Value::Array(theirs)
            }
            (Some(Value::Object(own)), Value::Object(mut theirs))
                if key == "properties" && !own.keys().any(|name| theirs.contains_key(name)) =>
            {
                theirs.extend(own.clone());
                Value::Object(theirs)
            }
            // Both say different things, and both hold.
            _ => return schema,
        };
        // It would look at the properties beside it too.
        if key == "additionalProperties" && schema.contains_key("properties") {
            return schema;
        }
        merged.push((key, both));
    }
    schema.shift_remove("$ref");
    schema.extend(merged);
    schema
}

/// A schema that says in words which properties must be there together, where its top says it by alternatives: some
/// models' interfaces refuse those there. The engine holds an input to them all the same.
fn without_alternatives(mut schema: Map<String, Value>) -> Map<String, Value> {
    for (key, word) in [("oneOf", "exactly one"), ("anyOf", "at least one")] {
        let branches = schema.get(key).and_then(Value::as_array);
        let names: Option<Vec<String>> =
            branches.and_then(|branches| branches.iter().map(only_required).collect());
        let Some(names) = names else {
            continue;
        };
        schema.shift_remove(key);
        let told = format!("Give {word} of: {}.", names.join("; "));
        let description = match schema.get("description").and_then(Value::as_str) {
            Some(text) => format!("{text} {told}"),
            None => told,
        };
        schema.insert("description".to_owned(), json!(description));
    }
    schema
}

/// The names that a schema wants, when it wants nothing else.
fn only_required(branch: &Value) -> Option<String> {
    let branch = branch.as_object().filter(|branch| branch.len() == 1)?;
    let names = branch.get("required")?.as_array()?;
    let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
    Some(names?.join(" and "))
}

/// Are the operation's pages walked by its caller?
pub(crate) fn walks(operation: &Operation) -> bool {
    operation.paginated() && !operation.collects()
}

/// Would a part of the schema refuse properties that only its top has?
fn is_closed_below(schema: &Value) -> bool {
    fn closed(node: &Value, root: &Value, depth: usize) -> bool {
        let is_false = |key: &str| node.get(key) == Some(&Value::Bool(false));
        is_false("additionalProperties")
            || is_false("unevaluatedProperties")
            || below(node, root, depth)
    }
    fn below(node: &Value, root: &Value, depth: usize) -> bool {
        if depth == 0 {
            return true;
        }
        let parts = ["allOf", "anyOf", "oneOf"]
            .into_iter()
            .filter_map(|key| node.get(key)?.as_array())
            .flatten();
        let singles = ["if", "then", "else", "not"]
            .into_iter()
            .filter_map(|key| node.get(key));
        let referred = node
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| root.pointer(reference.strip_prefix('#')?));
        parts
            .chain(singles)
            .chain(referred)
            .any(|part| closed(part, root, depth - 1))
    }
    below(schema, schema, 16)
}

/// Is the output something else than an object, so that it stands under `result`?
pub(crate) fn is_wrapped(operation: &Operation) -> bool {
    let schema = operation.output_schema();
    !is_object(schema, schema, 16)
}

/// Does a schema take nothing but objects?
fn is_object(node: &Value, root: &Value, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    if node.get("type").and_then(Value::as_str) == Some("object") {
        return true;
    }
    let every = |key: &str| {
        let parts = node.get(key).and_then(Value::as_array);
        parts.is_some_and(|parts| {
            !parts.is_empty() && parts.iter().all(|part| is_object(part, root, depth - 1))
        })
    };
    let referred = node.get("$ref").and_then(Value::as_str);
    let referred = referred.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    referred.is_some_and(|node| is_object(node, root, depth - 1))
        || every("anyOf")
        || every("oneOf")
}

/// The schema of a tool's structured result.
///
/// A whole result has the output's form, under `result` where that is no object. One of which something was left out
/// says so under `_opwire`, and may have any form.
pub(crate) fn output(operation: &Operation) -> Map<String, Value> {
    let mut of_output = operation.output_schema().clone();
    let shared = of_output
        .as_object_mut()
        .and_then(|map| map.shift_remove("$defs"));
    if is_wrapped(operation) {
        of_output = json!({
            "type": "object",
            "required": [RESULT],
            "properties": { RESULT: of_output },
        });
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert(
        "anyOf".to_owned(),
        json!([of_output, { "required": [MARK] }]),
    );
    if let Some(shared) = shared {
        schema.insert("$defs".to_owned(), shared);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opwires_own_is_left_out_and_choices_are_told() {
        let writing = Writing {
            has: &|_| false,
            tool: &|name| Some(format!("shop_{name}")),
            example: None,
            own: true,
        };
        let tidied = writing.tidy(&json!({
            "x-secret": true,
            "properties": {
                "x-name": { "type": "string", "x-secret": true },
                "owner": { "description": "Who.", "x-options": { "operation": "users_ddl" } },
                "tag": { "x-options": [{ "operation": "a_ddl" }, { "operation": "b_ddl" }] },
            },
            "examples": [{ "x-name": "kept" }],
        }));
        let expected = json!({
            "properties": {
                "x-name": { "type": "string" },
                "owner": { "description": "Who. Choices: shop_users_ddl." },
                "tag": { "description": "Choices: shop_a_ddl, shop_b_ddl." },
            },
            "examples": [{ "x-name": "kept" }],
        });
        assert_eq!(tidied, expected);
    }

    #[test]
    fn what_is_an_object_is_known_by_its_schema() {
        let of = |schema: Value| is_object(&schema, &schema, 16);
        assert!(of(json!({ "type": "object" })));
        assert!(of(
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "type": "object" } } })
        ));
        assert!(of(
            json!({ "anyOf": [{ "type": "object" }, { "type": "object" }] })
        ));
        assert!(!of(
            json!({ "anyOf": [{ "type": "object" }, { "type": "null" }] })
        ));
        assert!(!of(json!({ "type": ["object", "null"] })));
        assert!(!of(json!({})));
        assert!(!of(
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/a" } } })
        ));
    }

    #[test]
    fn what_the_top_refers_to_is_written_out() {
        let of = |schema: Value| {
            let Value::Object(map) = schema else {
                panic!("no object")
            };
            Value::Object(without_reference(map))
        };
        let defs = json!({ "a": { "type": "object", "title": "A", "required": ["x"], "properties": { "x": {} } } });
        let written = of(json!({
            "$ref": "#/$defs/a", "title": "B", "required": ["y"], "properties": { "y": {} },
            "unevaluatedProperties": false, "$defs": defs,
        }));
        let expected = json!({
            "type": "object", "title": "B", "required": ["x", "y"], "properties": { "x": {}, "y": {} },
            "unevaluatedProperties": false, "$defs": defs,
        });
        assert_eq!(written, expected);
        for kept in [
            json!({ "$ref": "#/$defs/a", "properties": { "x": { "minimum": 1 } }, "$defs": defs }),
            json!({ "$ref": "#/$defs/a", "properties": {}, "$defs": { "a": { "additionalProperties": false } } }),
            json!({ "$ref": "#/$defs/none" }),
        ] {
            assert_eq!(of(kept.clone()), kept);
        }
    }

    #[test]
    fn alternatives_at_the_top_are_told_in_words() {
        let of = |schema: Value| {
            let Value::Object(map) = schema else {
                panic!("no object")
            };
            Value::Object(without_alternatives(map))
        };
        let told = of(json!({ "oneOf": [{ "required": ["a"] }, { "required": ["b", "c"] }] }));
        assert_eq!(
            told,
            json!({ "description": "Give exactly one of: a; b and c." })
        );
        let kept = json!({ "anyOf": [{ "required": ["a"] }, { "properties": { "a": {} } }] });
        assert_eq!(of(kept.clone()), kept);
    }

    #[test]
    fn a_closed_part_lets_no_property_of_the_top_in() {
        assert!(!is_closed_below(&json!({ "additionalProperties": false })));
        assert!(is_closed_below(
            &json!({ "oneOf": [{ "additionalProperties": false }] })
        ));
        assert!(is_closed_below(&json!({
            "$ref": "#/$defs/a", "$defs": { "a": { "allOf": [{ "unevaluatedProperties": false }] } }
        })));
        assert!(!is_closed_below(
            &json!({ "allOf": [{ "properties": {} }] })
        ));
    }
}
