//! A schema of the document → JSON Schema 2020-12 as manifests take it.
//!
//! References stay as they lead in the document, in one spelling (`#/components/schemas/Pet`): the [`shelf`] finds them
//! their places in the connector. What is only of use on the way has a key that begins with `x-opwire`.

mod finish;
mod keywords;
mod pattern;
mod prose;
pub(crate) mod shelf;
mod size;
#[cfg(test)]
mod tests;
mod types;
mod walk;

pub(crate) use keywords::in_order;
pub(crate) use prose::{clean, sentence};
pub(crate) use types::{Kinds, fitted};
pub(crate) use walk::{children, children_mut};

use crate::read::Dialect;
use crate::read::model::Schema;
use crate::read::node::{Source, below, text_of};
use serde_json::{Map, Value, json};

/// Marks text that is bytes on the wire, and base64 in an input.
pub(crate) const BINARY: &str = "x-opwire-binary";
/// Marks text that nobody should read.
pub(crate) const SECRET: &str = "x-secret";
/// Schemas nest this deep at most; the language allows 64 levels in a file.
const MAX_DEPTH: usize = 24;

/// What may stand beside a `$ref` and says nothing of the value.
const ANNOTATIONS: [&str; 8] = [
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// Converts schemas of one document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Converter<'s, 'a> {
    pub(crate) source: &'s Source<'a>,
    pub(crate) dialect: Dialect,
}

impl Converter<'_, '_> {
    pub(crate) fn convert(&self, schema: &Schema<'_>) -> Value {
        self.schema(&schema.value, &schema.at, 0)
    }

    /// Converts what a reference leads to.
    pub(crate) fn target(&self, reference: &str) -> Value {
        let found = self.source.target(reference);
        found.map_or(Value::Object(Map::new()), |node| {
            self.schema(node.value, &node.at, 0)
        })
    }

    fn warn(&self, at: &str, message: impl Into<String>) {
        self.source.warn(at, message);
    }

    fn schema(&self, value: &Value, at: &str, depth: usize) -> Value {
        let map = match value {
            Value::Bool(_) => return value.clone(),
            Value::Object(map) => map,
            _ => {
                self.warn(at, "a schema is a mapping: this one is left open");
                return json!({});
            }
        };
        if depth > MAX_DEPTH {
            self.warn(
                at,
                "schemas nest deeper than 24 levels here: this one is left open",
            );
            return json!({});
        }
        let mut out = Map::new();
        let reference = map.get("$ref").and_then(Value::as_str);
        let reference = reference.and_then(|reference| self.reference(reference, at));
        if let Some(reference) = &reference {
            out.insert("$ref".to_owned(), json!(reference));
        }
        // Beside a reference nothing else counts before OpenAPI 3.1.
        let only_annotations = reference.is_some() && self.dialect != Dialect::OpenApi31;
        for (key, value) in map {
            if key != "$ref" && (!only_annotations || ANNOTATIONS.contains(&key.as_str())) {
                self.keyword(key, value, map, at, depth, &mut out);
            }
        }
        types::mend(self, map, at, &mut out);
        unwrap_single(&mut out);
        if map.get("nullable").or(map.get("x-nullable")) == Some(&Value::Bool(true)) {
            types::or_null(&mut out);
        }
        Value::Object(in_order(out))
    }

    /// A reference in the one spelling that is used from here on; nothing when it leads nowhere.
    fn reference(&self, reference: &str, at: &str) -> Option<String> {
        if let Some(node) = self.source.target(reference) {
            // A reference to a reference is the last one.
            let last = self.source.resolve(node)?;
            return Some(format!("#{}", last.at));
        }
        let place = if reference.starts_with('#') {
            "to nothing"
        } else {
            "out of the document"
        };
        self.warn(
            at,
            format!("`{reference}` leads {place}: the schema is left open"),
        );
        None
    }

    fn keyword(
        &self,
        key: &str,
        value: &Value,
        map: &Map<String, Value>,
        at: &str,
        depth: usize,
        out: &mut Map<String, Value>,
    ) {
        let here = below(at, key);
        let below_here = |value: &Value| self.schema(value, &here, depth + 1);
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(key.to_owned(), value);
            }
        };
        match key {
            "title" | "description" => put(
                key,
                text_of(value)
                    .and_then(|text| clean(&text))
                    .map(Value::from),
            ),
            "default" | "const" => put(key, Some(value.clone())),
            "example" => put("examples", Some(json!([value]))),
            "examples" => put(key, self.examples(value, &here)),
            "enum" => put(key, self.values(value, &here)),
            "minimum" if map.get("exclusiveMinimum") == Some(&json!(true)) => {}
            "maximum" if map.get("exclusiveMaximum") == Some(&json!(true)) => {}
            "minimum" | "maximum" | "multipleOf" => put(key, self.number(value, &here)),
            "exclusiveMinimum" | "exclusiveMaximum" => self.exclusive(key, value, map, &here, out),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" | "minContains" | "maxContains" => put(key, self.count(value, &here)),
            "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" => {
                put(key, (*value == json!(true)).then(|| json!(true)))
            }
            "contentEncoding" | "contentMediaType" => put(key, value.as_str().map(Value::from)),
            "pattern" => put(key, self.pattern(value, &here)),
            "properties" => self.properties(value, &here, depth, out),
            "required" => self.required(value, &here, out),
            "patternProperties" | "dependentSchemas" => put(key, self.named(value, &here, depth)),
            "dependentRequired" => put(key, value.is_object().then(|| value.clone())),
            "items" if value.is_array() => put("prefixItems", self.several(value, &here, depth)),
            "prefixItems" | "allOf" | "anyOf" => put(key, self.several(value, &here, depth)),
            "oneOf" => {
                let several = self.several(value, &here, depth);
                let distinct = several.as_ref().is_some_and(types::distinct);
                put(if distinct { key } else { "anyOf" }, several);
            }
            "items"
            | "additionalProperties"
            | "contains"
            | "propertyNames"
            | "not"
            | "if"
            | "then"
            | "else"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "contentSchema" => put(key, Some(below_here(value))),
            "discriminator" => self.discriminator(value, map, &here),
            "$dynamicRef" | "$recursiveRef" | "dependencies" | "additionalItems" => {
                self.warn(
                    &here,
                    format!("`{key}` can't be expressed, and is left out"),
                );
            }
            _ if keywords::passed_over(key) => {}
            _ => self.warn(
                &here,
                format!("`{key}` is no keyword of a schema, and is left out"),
            ),
        }
    }

    fn examples(&self, value: &Value, at: &str) -> Option<Value> {
        let list: Vec<Value> = match value {
            Value::Array(list) => list.clone(),
            Value::Object(named) => {
                let each = named.values();
                each.map(|example| example.get("value").unwrap_or(example).clone())
                    .collect()
            }
            _ => {
                self.warn(at, "`examples` is a list, and is left out");
                return None;
            }
        };
        (!list.is_empty()).then_some(Value::Array(list))
    }

    fn values(&self, value: &Value, at: &str) -> Option<Value> {
        let mut values: Vec<&Value> = Vec::new();
        for value in value.as_array().into_iter().flatten() {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.is_empty() {
            self.warn(at, "`enum` has no values, and is left out");
            return None;
        }
        Some(json!(values))
    }

    fn number(&self, value: &Value, at: &str) -> Option<Value> {
        let number = match value {
            Value::Number(_) => Some(value.clone()),
            Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_number),
            _ => None,
        };
        let positive = number
            .as_ref()
            .and_then(Value::as_f64)
            .is_some_and(|number| number > 0.0);
        let number = number.filter(|_| positive || !at.ends_with("/multipleOf"));
        if number.is_none() && !value.is_null() {
            self.warn(at, "this is no number that it can be, and is left out");
        }
        number
    }

    /// A number in JSON Schema 2020-12; before OpenAPI 3.1 a flag beside `minimum`.
    fn exclusive(
        &self,
        key: &str,
        value: &Value,
        map: &Map<String, Value>,
        at: &str,
        out: &mut Map<String, Value>,
    ) {
        let bound = if key == "exclusiveMinimum" {
            "minimum"
        } else {
            "maximum"
        };
        match value {
            Value::Bool(false) => {}
            Value::Bool(true) => {
                let number = map.get(bound).and_then(|value| self.number(value, at));
                if let Some(number) = number {
                    out.insert(key.to_owned(), number);
                } else {
                    self.warn(
                        at,
                        format!("`{key}` says nothing without `{bound}`, and is left out"),
                    );
                }
            }
            _ => {
                if let Some(number) = self.number(value, at) {
                    out.insert(key.to_owned(), number);
                }
            }
        }
    }

    fn count(&self, value: &Value, at: &str) -> Option<Value> {
        let number = self.number(value, at)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a whole number from 0 up"
        )]
        let whole = |number: f64| {
            (number >= 0.0 && number.fract() == 0.0 && number < 1e15).then_some(number as u64)
        };
        let count = number.as_u64().or_else(|| number.as_f64().and_then(whole));
        if count.is_none() {
            self.warn(at, "this is no count, and is left out");
        }
        count.map(Value::from)
    }

    fn pattern(&self, value: &Value, at: &str) -> Option<Value> {
        let pattern = value.as_str()?;
        match pattern::mend(pattern) {
            Ok(pattern) => Some(json!(pattern)),
            Err(why) => {
                self.warn(at, format!("the pattern {why}, and is left out"));
                None
            }
        }
    }

    fn properties(&self, value: &Value, at: &str, depth: usize, out: &mut Map<String, Value>) {
        let Some(named) = self.named(value, at, depth) else {
            return;
        };
        // `required: true` in a property is how JSON Schema's draft 3 said it.
        let each = value.as_object().into_iter().flatten();
        let needed: Vec<&String> = each
            .filter(|(_, schema)| schema.get("required") == Some(&json!(true)))
            .map(|(name, _)| name)
            .collect();
        for name in needed {
            self.warn(
                &below(&below(at, name), "required"),
                "`required` is a list beside `properties`, and is read as one",
            );
            require(out, name);
        }
        out.insert("properties".to_owned(), named);
    }

    fn required(&self, value: &Value, at: &str, out: &mut Map<String, Value>) {
        match value {
            Value::Array(list) => {
                let names = list.iter().filter_map(Value::as_str);
                names.for_each(|name| require(out, name));
            }
            // Of the property, not of what is in it: its object has read it.
            Value::Bool(_) => {}
            _ => self.warn(at, "`required` is a list of names, and is left out"),
        }
    }

    fn named(&self, value: &Value, at: &str, depth: usize) -> Option<Value> {
        let Some(map) = value.as_object() else {
            self.warn(
                at,
                "this is a mapping from names to schemas, and is left out",
            );
            return None;
        };
        let each = map.iter().map(|(name, schema)| {
            (
                name.clone(),
                self.schema(schema, &below(at, name), depth + 1),
            )
        });
        Some(Value::Object(each.collect()))
    }

    fn several(&self, value: &Value, at: &str, depth: usize) -> Option<Value> {
        let list = value.as_array().filter(|list| !list.is_empty());
        let Some(list) = list else {
            self.warn(at, "this is a list of schemas, and is left out");
            return None;
        };
        let each = list.iter().enumerate();
        let each =
            each.map(|(index, schema)| self.schema(schema, &format!("{at}/{index}"), depth + 1));
        Some(Value::Array(each.collect()))
    }

    /// Which of several schemas holds is told by a property: said where the schemas say it themselves.
    fn discriminator(&self, value: &Value, map: &Map<String, Value>, at: &str) {
        let property = value
            .get("propertyName")
            .and_then(Value::as_str)
            .or(value.as_str());
        let branches = ["oneOf", "anyOf"]
            .iter()
            .find_map(|key| map.get(*key)?.as_array());
        let (Some(property), Some(branches)) = (property, branches) else {
            return;
        };
        let says = |branch: &Value| {
            let target = branch
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|at| self.source.target(at));
            let branch = target.map_or(branch, |node| node.value);
            let own = branch
                .get("properties")
                .and_then(|properties| properties.get(property));
            own.is_some_and(|own| own.get("enum").is_some() || own.get("const").is_some())
        };
        if !branches.iter().all(says) {
            self.warn(
                at,
                format!("that `{property}` tells which of the schemas holds can't be expressed"),
            );
        }
    }
}

fn require(out: &mut Map<String, Value>, name: &str) {
    let list = out.entry("required").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut()
        && !list.iter().any(|known| known == name)
    {
        list.push(json!(name));
    }
}

/// `allOf` of one is that one, unless both say the same thing.
fn unwrap_single(out: &mut Map<String, Value>) {
    let single = match out.get("allOf") {
        Some(Value::Array(list)) if list.len() == 1 => list.first().and_then(Value::as_object),
        _ => return,
    };
    let Some(single) = single.cloned() else {
        return;
    };
    let clash = |key: &String| out.contains_key(key) && !ANNOTATIONS.contains(&key.as_str());
    if single.keys().any(clash) {
        return;
    }
    out.remove("allOf");
    for (key, value) in single {
        out.entry(key).or_insert(value);
    }
}
