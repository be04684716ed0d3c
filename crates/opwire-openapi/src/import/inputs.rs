//! What an operation takes: its parameters, under names that templates can read.

use crate::names;
use crate::read::model::{Layout, ListLayout, Operation, Parameter, Place};
use crate::schema::shelf::Shelf;
use crate::schema::{Converter, Kinds, clean};
use opwire::manifest::FORBIDDEN_HEADERS;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Headers that are not a parameter's to set, besides those that no manifest sets: the first two by `OpenAPI`'s
/// Parameter Object.
const NOT_SENT: [&str; 3] = ["accept", "content-type", "user-agent"];

/// Where an input goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Path,
    Query,
    Header,
    Body,
}

/// A property of an operation's input.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) at: String,
    /// What callers write.
    pub(crate) name: String,
    /// What the service reads.
    pub(crate) wire: String,
    pub(crate) origin: Origin,
    pub(crate) required: bool,
    pub(crate) schema: Value,
    pub(crate) layout: Layout,
    pub(crate) examples: Vec<Value>,
    /// What is sent when it is left out.
    pub(crate) default: Option<Value>,
}

/// The inputs of an operation's parameters; and the header of its idempotency key, when it has one.
pub(super) fn of_parameters(
    converter: Converter<'_, '_>,
    operation: &Operation<'_>,
    signing: &[(Place, String)],
) -> (Vec<Input>, Option<String>) {
    let (mut inputs, mut taken, mut key) = (Vec::new(), BTreeSet::new(), None);
    for parameter in &operation.parameters {
        let lower = parameter.name.to_ascii_lowercase();
        let signs = |(place, name): &(Place, String)| {
            *place == parameter.place && name.eq_ignore_ascii_case(&lower)
        };
        if signing.iter().any(signs) {
            continue;
        }
        if parameter.place == Place::Header {
            if matches!(&*lower, "idempotency-key" | "x-idempotency-key")
                && operation.method == "POST"
            {
                key = Some(parameter.name.clone());
                continue;
            }
            if NOT_SENT.contains(&&*lower) || FORBIDDEN_HEADERS.contains(&&*lower) {
                continue;
            }
            if !is_token(&parameter.name) {
                converter
                    .source
                    .warn(&parameter.at, "no header has such a name: it is left out");
                continue;
            }
        }
        inputs.push(one(converter, parameter, &mut taken));
    }
    (inputs, key)
}

/// A header's name (RFC 9110, section 5.6.2).
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn one(
    converter: Converter<'_, '_>,
    parameter: &Parameter<'_>,
    taken: &mut BTreeSet<String>,
) -> Input {
    let mut schema = converter.convert(&parameter.schema);
    let mut layout = parameter.layout;
    let mut wire = parameter.name.clone();
    // `ids[]` repeated is a list in brackets.
    let repeated = parameter.place == Place::Query && layout.lists == ListLayout::Repeat;
    if repeated && wire.len() > 2 && wire.ends_with("[]") {
        wire.truncate(wire.len() - 2);
        layout.lists = ListLayout::Brackets;
    }
    let mut default = None;
    if let Value::Bool(_) = schema {
        schema = json!({});
    }
    if let Some(map) = schema.as_object_mut() {
        if let Some(text) = parameter.description.as_deref().and_then(clean) {
            map.insert("description".to_owned(), json!(text));
        }
        if parameter.deprecated {
            map.insert("deprecated".to_owned(), json!(true));
        }
        default = fixed(map, parameter.required);
    }
    Input {
        at: parameter.at.clone(),
        name: names::unique(&names::of_input(&wire), taken),
        wire,
        origin: match parameter.place {
            Place::Path => Origin::Path,
            Place::Query => Origin::Query,
            Place::Header => Origin::Header,
        },
        required: parameter.required && default.is_none(),
        schema,
        layout,
        examples: parameter.examples.clone(),
        default,
    }
}

/// What must be sent and has a default, or only one value, need not be given: it is filled in.
fn fixed(map: &mut Map<String, Value>, required: bool) -> Option<Value> {
    if !required {
        return None;
    }
    let default = map.remove("default").filter(|default| !default.is_null());
    let only = match map.get("enum") {
        Some(Value::Array(values)) if values.len() == 1 => values.first().cloned(),
        _ => map.get("const").cloned(),
    };
    default.or(only)
}

/// What a path, a query or a header holds is text in the end: the schema must say so.
pub(super) fn settle(shelf: &Shelf<'_, '_>, input: &mut Input, warn: &dyn Fn(&str, String)) {
    if input.origin == Origin::Query {
        return scalar_items(shelf, input);
    }
    let kinds = shelf.kinds(&input.schema);
    let text = |input: &mut Input| {
        let mut map = Map::new();
        if let Some(description) = input.schema.get("description") {
            map.insert("description".to_owned(), description.clone());
        }
        map.insert("type".to_owned(), json!("string"));
        input.schema = Value::Object(map);
    };
    if kinds == Kinds::ANY {
        return text(input);
    }
    let items = shelf
        .resolve(&input.schema)
        .get("items")
        .map(|items| shelf.kinds(items));
    let nested =
        items.is_some_and(|items| items != Kinds::ANY && items.may(Kinds::LIST.or(Kinds::OBJECT)));
    if kinds.may(Kinds::OBJECT) || (kinds.may(Kinds::LIST) && (nested || !kinds.only(Kinds::LIST)))
    {
        warn(
            &input.at,
            "an object or a list of them can't be laid out here: text is taken instead".to_owned(),
        );
        return text(input);
    }
    if kinds.may(Kinds::NULL) && input.origin == Origin::Path {
        without_null(input);
        if shelf.kinds(&input.schema).may(Kinds::NULL) {
            text(input);
        }
    }
    let own = input.schema.as_object_mut();
    if let Some(map) = own.filter(|map| !map.contains_key("$ref"))
        && input.origin == Origin::Path
        && kinds.only(Kinds::LIST)
    {
        map.entry("minItems").or_insert_with(|| json!(1));
    }
}

/// What a list in a query holds is text in the end, where the document doesn't say more.
fn scalar_items(shelf: &Shelf<'_, '_>, input: &mut Input) {
    let unknown = input
        .schema
        .get("items")
        .is_some_and(|items| shelf.kinds(items) == Kinds::ANY);
    if let Some(Value::Object(items)) = input.schema.get_mut("items").filter(|_| unknown) {
        items.insert("type".to_owned(), json!(["string", "number", "boolean"]));
    }
}

fn without_null(input: &mut Input) {
    let Some(map) = input.schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(values)) = map.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(names)) = map.get_mut("type") {
        names.retain(|name| name != "null");
        if let [only] = names.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
}
