//! The example file of an operation: of the document's examples, where it has some.

use super::body::Form;
use super::draft::Built;
use super::inputs::{Input, Origin};
use super::reply::Format;
use crate::sample::Sampler;
use crate::schema::Kinds;
use crate::schema::shelf::Shelf;
use serde_json::{Map, Value, json};

/// A reply of the document's is no larger, in bytes of JSON.
const MAX_BODY: usize = 60_000;

/// The example. Without `own` nothing of the document's examples is taken.
pub(super) fn of(
    shelf: &Shelf<'_, '_>,
    built: &Built<'_, '_>,
    credentials: &[String],
    own: bool,
) -> Value {
    let mut input = Map::new();
    for name in credentials {
        input.insert(name.clone(), json!(format!("your_{name}_here")));
    }
    input.extend(of_input(shelf, built, own));
    let (body, given) = reply(shelf, built, own);
    let description = if given {
        "An example of the service's description."
    } else {
        "Made of the schemas, not by the service."
    };
    json!({ "description": description, "input": input, "replies": [body] })
}

fn of_input(shelf: &Shelf<'_, '_>, built: &Built<'_, '_>, own: bool) -> Map<String, Value> {
    let mut input = Map::new();
    let sampler = Sampler::new(shelf, own, true);
    let whole = own.then(|| whole_body(built)).flatten();
    for each in &built.inputs {
        let of_body = each.origin == Origin::Body;
        let given = match (&whole, of_body) {
            // What an example of the whole body leaves out is left out.
            (Some(whole), true) => whole
                .get(&each.name)
                .cloned()
                .filter(|value| shelf.kinds(&each.schema).may(Kinds::of(value))),
            _ => sampler.example(&each.schema, &each.examples),
        };
        let needed = each.required || needed_by_set(built, each);
        match given {
            Some(value) => drop(input.insert(each.name.clone(), value)),
            None if needed => {
                drop(input.insert(each.name.clone(), sampler.value(&each.schema, &each.name)))
            }
            None => {}
        }
    }
    input
}

/// An example of a body whose properties are inputs of their own.
fn whole_body<'b>(built: &'b Built<'_, '_>) -> Option<&'b Map<String, Value>> {
    let flat = built.plan.as_ref().is_some_and(|plan| plan.whole.is_none());
    let body = built
        .draft
        .body
        .as_ref()
        .filter(|body| flat && body.form != Form::Multipart)?;
    body.examples.iter().find_map(Value::as_object)
}

/// Is it of the first set of properties of which one must be there?
fn needed_by_set(built: &Built<'_, '_>, input: &Input) -> bool {
    let sets = built.plan.iter().flat_map(|plan| plan.fields.sets.values());
    let first = sets.filter_map(|sets| sets.as_array()?.first()?.get("required")?.as_array());
    input.origin == Origin::Body && first.flatten().any(|name| *name == input.name)
}

/// The reply, and whether it is the document's.
fn reply(shelf: &Shelf<'_, '_>, built: &Built<'_, '_>, own: bool) -> (Value, bool) {
    let reply = &built.draft.reply;
    let mut out = Map::new();
    out.insert("status".to_owned(), json!(reply.status));
    if reply.format == Format::Redirect {
        out.insert(
            "headers".to_owned(),
            json!({ "location": "https://example.com/elsewhere" }),
        );
        return (Value::Object(out), false);
    }
    if let Some(kind) = &reply.content_type {
        out.insert("headers".to_owned(), json!({ "content-type": kind }));
    }
    let given = own.then(|| given(built)).flatten();
    let is_given = given.is_some();
    match reply.format {
        Format::Json => {
            let body = given.cloned().unwrap_or_else(|| match &reply.schema {
                Some(schema) => Sampler::new(shelf, own, false).value(schema, &built.draft.name),
                None => json!({}),
            });
            out.insert("body".to_owned(), body);
        }
        Format::Text => {
            let text = given.and_then(|given| given.as_str().map(str::to_owned));
            out.insert(
                "text".to_owned(),
                json!(text.unwrap_or_else(|| "Hello".to_owned())),
            );
        }
        Format::Bytes => drop(out.insert("base64".to_owned(), json!("aGVsbG8="))),
        Format::Empty | Format::Redirect => {}
    }
    (Value::Object(out), is_given)
}

fn given<'b>(built: &'b Built<'_, '_>) -> Option<&'b Value> {
    let schema = built.draft.reply.schema.as_ref();
    // Some documents write a JSON example as text.
    let kinds = schema.map_or(Kinds::ANY, Kinds::of_schema);
    let fits = |value: &&Value| {
        kinds.may(Kinds::of(value))
            && !value.is_null()
            && (!value.is_string()
                || built.draft.reply.format != Format::Json
                || kinds != Kinds::ANY)
    };
    let small = |value: &&Value| value.to_string().len() <= MAX_BODY;
    built
        .draft
        .reply
        .examples
        .iter()
        .find(|value| fits(value) && small(value))
}
