//! Types: the names that documents use, what they allow, and values that don't fit them.

use super::{BINARY, Converter, SECRET, keywords};
use crate::read::node::{below, text_of};
use serde_json::{Map, Number, Value, json};

/// A set of JSON's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const BOOLEAN: Self = Self(2);
    pub(crate) const INTEGER: Self = Self(4);
    pub(crate) const FRACTION: Self = Self(8);
    pub(crate) const NUMBER: Self = Self(4 | 8);
    pub(crate) const TEXT: Self = Self(16);
    pub(crate) const LIST: Self = Self(32);
    pub(crate) const OBJECT: Self = Self(64);
    pub(crate) const ANY: Self = Self(127);

    const NAMES: [(&'static str, Self); 7] = [
        ("string", Self::TEXT),
        ("integer", Self::INTEGER),
        ("number", Self::NUMBER),
        ("boolean", Self::BOOLEAN),
        ("array", Self::LIST),
        ("object", Self::OBJECT),
        ("null", Self::NULL),
    ];

    pub(crate) fn named(name: &str) -> Self {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map_or(Self::NONE, |(_, kinds)| *kinds)
    }

    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => {
                Self::INTEGER
            }
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::TEXT,
            Value::Array(_) => Self::LIST,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// What the `type` of a schema allows; everything when it says none.
    pub(crate) fn of_schema(schema: &Value) -> Self {
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                names.map(Self::named).fold(Self::NONE, Self::or)
            }
            _ => Self::ANY,
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn may(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn only(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// Names that are met in documents → JSON Schema's.
fn known_as(name: &str) -> Option<&'static str> {
    Some(match &*name.to_ascii_lowercase() {
        "string" | "str" | "text" | "date" | "datetime" | "date-time" | "time" | "timestamp"
        | "uuid" | "email" | "url" | "uri" | "enum" | "char" | "file" | "binary" | "byte" => {
            "string"
        }
        "integer" | "int" | "int32" | "int64" | "long" | "short" | "bigint" => "integer",
        "number" | "float" | "double" | "decimal" | "numeric" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" | "dict" | "dictionary" | "hash" | "json" => "object",
        "null" => "null",
        _ => return None,
    })
}

/// Sets the type and format of a schema, and takes away what says nothing of them.
pub(super) fn mend(
    converter: &Converter<'_, '_>,
    map: &Map<String, Value>,
    at: &str,
    out: &mut Map<String, Value>,
) {
    let mut names = type_names(converter, map, at);
    let combined = ["$ref", "allOf", "anyOf", "oneOf", "not", "enum", "const"];
    if names.is_empty() && !combined.iter().any(|key| out.contains_key(*key)) {
        // What only objects or lists have says which it is.
        if out.contains_key("properties") || out.contains_key("additionalProperties") {
            names.push("object");
        } else if out.contains_key("items") || out.contains_key("prefixItems") {
            names.push("array");
        }
    }
    values(converter, at, &mut names, out);
    match names.as_slice() {
        [] => {}
        [only] => drop(out.insert("type".to_owned(), json!(only))),
        several => drop(out.insert("type".to_owned(), json!(several))),
    }
    let text = names.is_empty() || names.contains(&"string");
    format(map, text, out);
    let kinds = Kinds::of_schema(&Value::Object(out.clone()));
    out.retain(|key, _| keywords::says_something(key, kinds));
}

fn type_names(
    converter: &Converter<'_, '_>,
    map: &Map<String, Value>,
    at: &str,
) -> Vec<&'static str> {
    let at = below(at, "type");
    let told: Vec<String> = match map.get("type") {
        None => return Vec::new(),
        Some(Value::Array(several)) => several
            .iter()
            .map(|name| text_of(name).unwrap_or_else(|| "null".to_owned()))
            .collect(),
        Some(name) => vec![text_of(name).unwrap_or_default()],
    };
    let mut names = Vec::new();
    for name in told {
        match known_as(&name) {
            Some(known) => {
                if !names.contains(&known) {
                    names.push(known);
                }
                let own =
                    known == name || matches!(&*name, "file") || name.to_ascii_lowercase() == known;
                if !own {
                    converter.warn(
                        &at,
                        format!("`{name}` is no type, and is read as `{known}`"),
                    );
                }
            }
            None if matches!(&*name.to_ascii_lowercase(), "any" | "mixed" | "") => {
                return Vec::new();
            }
            None => {
                converter.warn(&at, format!("`{name}` is no type, and is left out"));
                return Vec::new();
            }
        }
    }
    names
}

/// `enum` and `const` win over a type that they don't have.
fn values(
    converter: &Converter<'_, '_>,
    at: &str,
    names: &mut Vec<&'static str>,
    out: &mut Map<String, Value>,
) {
    let Some(Value::Array(values)) = out.get_mut("enum") else {
        return;
    };
    let allowed = names
        .iter()
        .map(|name| Kinds::named(name))
        .fold(Kinds::NONE, Kinds::or);
    if names.is_empty() || values.iter().all(|value| Kinds::of(value).only(allowed)) {
        return;
    }
    for value in values.iter_mut() {
        if let Some(mended) = fitted(value, allowed) {
            *value = mended;
        }
    }
    let found = values.iter().map(Kinds::of).fold(Kinds::NONE, Kinds::or);
    if found.only(allowed) {
        converter.warn(
            &below(at, "enum"),
            "values of another type are read as values of this one",
        );
        return;
    }
    if !found.only(allowed.or(Kinds::NULL)) {
        converter.warn(
            &below(at, "enum"),
            "the values are of another type, which is taken instead",
        );
        names.clear();
    }
    let all = Kinds::NAMES.iter().filter(|(_, kinds)| found.may(*kinds));
    for (name, _) in all {
        let fractions = values.iter().any(|value| Kinds::of(value) == Kinds::NUMBER);
        let said = names.contains(name) || (*name == "integer" && names.contains(&"number"));
        if !said && (*name != "number" || fractions) {
            names.push(name);
        }
    }
}

/// The value as one of these types, where it says the same.
pub(crate) fn fitted(value: &Value, kinds: Kinds) -> Option<Value> {
    if Kinds::of(value).only(kinds) {
        return Some(value.clone());
    }
    match value {
        Value::String(text) if kinds.may(Kinds::NUMBER) => {
            let number: Number = text.trim().parse().ok()?;
            Some(Value::Number(number)).filter(|number| Kinds::of(number).only(kinds))
        }
        Value::String(text) if kinds.may(Kinds::BOOLEAN) => {
            text.trim().parse().ok().map(Value::Bool)
        }
        Value::Number(_) | Value::Bool(_) if kinds.may(Kinds::TEXT) => {
            text_of(value).map(Value::String)
        }
        _ => None,
    }
}

/// Formats that are checked, and those that only say what a value is for.
fn format(map: &Map<String, Value>, text: bool, out: &mut Map<String, Value>) {
    let old = map.get("type").and_then(Value::as_str).unwrap_or_default();
    let format = match (old, map.get("format").and_then(Value::as_str)) {
        ("file" | "binary", _) => "binary",
        (_, Some(format)) => format,
        (_, None) => return,
    };
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    match (format, text) {
        (
            "int32" | "int64" | "float" | "double" | "" | "string" | "integer" | "number"
            | "boolean" | "object",
            _,
        ) => {}
        ("binary" | "file", true) => {
            put("contentEncoding", json!("base64"));
            put(BINARY, json!(true));
        }
        ("byte" | "base64", true) => put("contentEncoding", json!("base64")),
        ("password", true) => put(SECRET, json!(true)),
        ("date" | "date-time" | "email" | "uuid" | "uri" | "ipv4" | "ipv6", true) => {
            put("format", json!(format))
        }
        ("datetime" | "dateTime", true) => put("format", json!("date-time")),
        ("url", true) => put("format", json!("uri")),
        ("guid", true) => put("format", json!("uuid")),
        (other, _) => put("x-format", json!(other)),
    }
}

/// The same schema, of which a value may be null too.
pub(super) fn or_null(out: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = out.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match out.get_mut("type") {
        Some(Value::String(name)) if name != "null" => {
            let name = name.clone();
            out.insert("type".to_owned(), json!([name, "null"]));
        }
        Some(Value::Array(names)) if !names.contains(&json!("null")) => names.push(json!("null")),
        Some(_) => {}
        None => {
            let parts = ["$ref", "allOf", "anyOf", "oneOf"];
            if !parts.iter().any(|key| out.contains_key(*key)) {
                return;
            }
            let own = [
                "title",
                "description",
                "deprecated",
                "readOnly",
                "writeOnly",
                "examples",
                "default",
            ];
            let mut outer = Map::new();
            for key in own {
                if let Some(value) = out.remove(key) {
                    outer.insert(key.to_owned(), value);
                }
            }
            let only = (out.len() == 1)
                .then(|| out.get("anyOf").and_then(Value::as_array).cloned())
                .flatten();
            let mut branches = only.unwrap_or_else(|| vec![Value::Object(std::mem::take(out))]);
            branches.push(json!({ "type": "null" }));
            outer.insert("anyOf".to_owned(), Value::Array(branches));
            *out = outer;
        }
    }
}

/// Can no value be of two of these schemas? By their types alone.
pub(super) fn distinct(several: &Value) -> bool {
    let mut seen = Kinds::NONE;
    several.as_array().into_iter().flatten().all(|schema| {
        let kinds = Kinds::of_schema(schema);
        let apart = !seen.may(kinds);
        seen = seen.or(kinds);
        apart
    })
}
