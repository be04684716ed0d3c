//! A body that is an object: its properties become inputs of their own.

use crate::schema::shelf::Shelf;
use crate::schema::{Kinds, in_order};
use serde_json::{Map, Value, json};

/// Objects are put together of parts this deep.
const MAX_DEPTH: usize = 8;

/// What says nothing of the object as a whole.
const SAYS_NOTHING: [&str; 12] = [
    "title",
    "description",
    "type",
    "deprecated",
    "examples",
    "default",
    "readOnly",
    "writeOnly",
    "additionalProperties",
    "unevaluatedProperties",
    "properties",
    "required",
];

/// The parts of an object's schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    pub(crate) properties: Vec<(String, Value)>,
    pub(crate) required: Vec<String>,
    /// `anyOf` and `oneOf` that only say which properties must be there together.
    pub(crate) sets: Map<String, Value>,
    /// What further properties are, where the document names them.
    pub(crate) open: Option<Value>,
    /// The schema says that there are no others.
    pub(crate) closed: bool,
    /// What can't be said any more, by keyword.
    pub(crate) lost: Vec<String>,
}

/// The parts of a schema; nothing where it is more than an object's properties.
pub(super) fn of(shelf: &Shelf<'_, '_>, schema: &Value) -> Option<Fields> {
    let mut fields = Fields::default();
    gather(shelf, schema, &mut fields, 0)?;
    if fields.properties.is_empty() {
        return None;
    }
    let read_only: Vec<String> = fields
        .properties
        .iter()
        .filter(|(_, schema)| only_read(shelf, schema))
        .map(|(name, _)| name.clone())
        .collect();
    fields
        .properties
        .retain(|(name, _)| !read_only.contains(name));
    fields.required.retain(|name| !read_only.contains(name));
    let known = |name: &String| fields.properties.iter().any(|(known, _)| known == name);
    let (required, lost): (Vec<String>, Vec<String>) =
        fields.required.iter().cloned().partition(known);
    if fields.open.is_none() {
        fields.required = required;
        fields
            .lost
            .extend(lost.iter().map(|name| format!("required/{name}")));
    }
    Some(fields)
}

fn only_read(shelf: &Shelf<'_, '_>, schema: &Value) -> bool {
    schema.get("readOnly").is_some() || shelf.resolve(schema).get("readOnly").is_some()
}

fn gather(shelf: &Shelf<'_, '_>, schema: &Value, fields: &mut Fields, depth: usize) -> Option<()> {
    // Beside a reference may stand more.
    if depth > MAX_DEPTH {
        return None;
    }
    let Value::Object(map) = schema else {
        return None;
    };
    if map.contains_key("$ref") {
        let target = shelf.resolve(schema);
        if target.get("$ref").is_some() {
            return None;
        }
        gather(shelf, target, fields, depth + 1)?;
    }
    let kinds = Kinds::of_schema(schema);
    if !kinds.may(Kinds::OBJECT)
        || !(kinds == Kinds::ANY || kinds.only(Kinds::OBJECT.or(Kinds::NULL)))
    {
        return None;
    }
    for (key, value) in map {
        match (key.as_str(), value) {
            ("$ref", _) => {}
            ("allOf", Value::Array(parts)) => parts
                .iter()
                .try_for_each(|part| gather(shelf, part, fields, depth + 1))?,
            ("anyOf" | "oneOf", Value::Array(branches))
                if branches.iter().all(only_requires) && depth == 0 =>
            {
                fields.sets.insert(key.clone(), value.clone());
            }
            ("minProperties" | "maxProperties", _) => fields.lost.push(key.clone()),
            (key, _) if SAYS_NOTHING.contains(&key) => {}
            _ => return None,
        }
    }
    for (name, property) in map
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        add(fields, name, property);
    }
    for name in map
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if !fields.required.iter().any(|known| known == name) {
            fields.required.push(name.to_owned());
        }
    }
    match map.get("additionalProperties") {
        Some(Value::Bool(false)) => fields.closed = true,
        Some(open) => fields.open = Some(open.clone()),
        None => {}
    }
    Some(())
}

/// `{required: [a, b]}`, and perhaps a title.
fn only_requires(branch: &Value) -> bool {
    let map = branch.as_object();
    map.is_some_and(|map| {
        map.contains_key("required")
            && map
                .keys()
                .all(|key| matches!(key.as_str(), "required" | "title" | "description" | "type"))
    })
}

/// Of a property that several parts have, all of them hold; the last one's description is the nearest.
fn add(fields: &mut Fields, name: &str, property: &Value) {
    let Some((_, known)) = fields
        .properties
        .iter_mut()
        .find(|(known, _)| known == name)
    else {
        fields.properties.push((name.to_owned(), property.clone()));
        return;
    };
    if known == property {
        return;
    }
    let both = (known.as_object(), property.as_object());
    if let (Some(one), Some(other)) = both {
        let mut merged = one.clone();
        let clash = other.iter().any(|(key, value)| {
            !matches!(
                key.as_str(),
                "title" | "description" | "examples" | "default"
            ) && one.get(key).is_some_and(|own| own != value)
        });
        if !clash {
            merged.extend(other.clone());
            *known = Value::Object(in_order(merged));
            return;
        }
    }
    *known = json!({ "allOf": [known.clone(), property] });
}
