//! The `response` of an operation: what of the document's responses is success, and how it is read.

use crate::read::model::{Media, Operation, Response};
use crate::read::node::Source;
use crate::schema::{BINARY, Converter};
use serde_json::{Map, Value, json};

/// How a success is read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) format: Format,
    /// The body's schema; nothing when there is none, or when it says nothing.
    pub(crate) schema: Option<Value>,
    pub(crate) examples: Vec<Value>,
    /// The response documents a `Link` header.
    pub(crate) links: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Text,
    Bytes,
    /// Nothing is expected.
    Empty,
    /// The success is that the service leads elsewhere.
    Redirect,
}

/// Reads the responses of an operation.
pub(super) fn of(converter: Converter<'_, '_>, operation: &Operation<'_>) -> Reply {
    let source = converter.source;
    let Some(response) = chosen(operation, source) else {
        let elsewhere = operation
            .responses
            .iter()
            .find(|response| response.status.starts_with('3'));
        let (status, format) = match elsewhere {
            Some(response) => (code(&response.status, 302), Format::Redirect),
            None => (
                if operation.method == "DELETE" {
                    204
                } else {
                    200
                },
                Format::Empty,
            ),
        };
        return Reply {
            status,
            content_type: None,
            format,
            schema: None,
            examples: Vec::new(),
            links: false,
        };
    };
    let status = code(&response.status, 200);
    let links = response.headers.iter().any(|name| name == "link");
    let Some(media) = media(&response.media) else {
        return Reply {
            status,
            content_type: None,
            format: Format::Empty,
            schema: None,
            examples: Vec::new(),
            links,
        };
    };
    let schema = media
        .schema
        .as_ref()
        .map(|schema| converter.convert(schema));
    let binary = schema
        .as_ref()
        .is_some_and(|schema| schema.get(BINARY).is_some());
    let format = if binary {
        Format::Bytes
    } else {
        format(&media.kind)
    };
    let any = media.kind.contains('*') || media.kind.is_empty();
    let content_type = match format {
        Format::Json if any => "application/json".to_owned(),
        Format::Bytes if any || media.kind.contains("json") => {
            "application/octet-stream".to_owned()
        }
        Format::Text if any => "text/plain".to_owned(),
        _ => media.kind.clone(),
    };
    let says = |schema: &Value| schema.as_object().is_some_and(|map| !map.is_empty());
    Reply {
        status,
        content_type: Some(content_type),
        format,
        schema: schema.filter(|schema| format == Format::Json && says(schema)),
        examples: media.examples.clone(),
        links,
    }
}

/// The first success that carries something, else the first, else the one that is for every status.
fn chosen<'r, 'a>(operation: &'r Operation<'a>, source: &Source<'a>) -> Option<&'r Response<'a>> {
    let success: Vec<&Response<'a>> = operation
        .responses
        .iter()
        .filter(|response| response.status.starts_with('2'))
        .collect();
    let carries = success.iter().find(|response| !response.media.is_empty());
    let chosen = carries.or(success.first()).copied();
    if let Some(chosen) = chosen {
        for other in &success {
            let same = |a: Option<&Media<'_>>, b: Option<&Media<'_>>| match (a, b) {
                (Some(a), Some(b)) => {
                    a.schema.as_ref().map(|s| &s.value) == b.schema.as_ref().map(|s| &s.value)
                }
                (_, None) => true,
                (None, Some(_)) => false,
            };
            if !std::ptr::eq(*other, chosen) && !same(chosen.media.first(), other.media.first()) {
                source.warn(
                    &other.at,
                    format!(
                        "a reply of status {} has another schema, which is left out",
                        other.status
                    ),
                );
            }
        }
        return Some(chosen);
    }
    let elsewhere = operation
        .responses
        .iter()
        .any(|response| response.status.starts_with('3'));
    let every = operation
        .responses
        .iter()
        .find(|response| response.status == "DEFAULT");
    every.filter(|_| !elsewhere)
}

fn code(status: &str, otherwise: u16) -> u16 {
    let number = status.parse().ok();
    number
        .filter(|number| (200..400).contains(number))
        .unwrap_or(otherwise)
}

fn media<'r, 'a>(media: &'r [Media<'a>]) -> Option<&'r Media<'a>> {
    let rank = |media: &&Media<'_>| match format(&media.kind) {
        _ if media.kind == "application/json" => 0,
        Format::Json => 1,
        Format::Text => 2,
        _ => 3,
    };
    media.iter().min_by_key(rank)
}

fn format(kind: &str) -> Format {
    match kind {
        "" | "*/*" | "application/*" => Format::Json,
        kind if kind.ends_with("json") => Format::Json,
        kind if kind.starts_with("text/")
            || kind.contains("xml")
            || kind.contains("yaml")
            || kind.contains("json")
            || kind.contains("javascript") =>
        {
            Format::Text
        }
        _ => Format::Bytes,
    }
}

impl Reply {
    /// The `response` of the manifest; `schema` is the placed one. Nothing when the defaults will do.
    pub(super) fn manifest(&self, schema: Option<Value>) -> Option<Value> {
        let mut response = Map::new();
        match self.format {
            Format::Text => drop(response.insert("format".to_owned(), json!("text"))),
            Format::Bytes => drop(response.insert("format".to_owned(), json!("bytes"))),
            Format::Redirect => {
                response.insert("success".to_owned(), json!(["200-299", self.status]));
                response.insert("format".to_owned(), json!("none"));
                response.insert(
                    "output".to_owned(),
                    json!({ "location": "{{response.headers.location}}" }),
                );
            }
            Format::Json | Format::Empty => {}
        }
        if let Some(schema) = schema {
            response.insert("schema".to_owned(), schema);
        }
        (!response.is_empty()).then_some(Value::Object(response))
    }
}
