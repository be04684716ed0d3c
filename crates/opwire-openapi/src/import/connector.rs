//! `connector.yaml`, and what operations share in it.

use super::auth::Auth;
use super::pages::Paginator;
use super::styles::Styles;
use crate::names;
use crate::read::model::Api;
use crate::read::node::{Node, Source};
use crate::schema::{clean, sentence};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// An input that so many operations have is shared.
const SHARED_BY: usize = 3;

/// Where a service says what is wrong: a pointer into the schemas of its refusals, and the path that reads it.
const MESSAGES: [&str; 8] = [
    "message",
    "error.message",
    "error_description",
    "detail",
    "error",
    "errors.message",
    "title",
    "reason",
];

/// What connector.yaml is made of.
pub(super) struct Parts<'p> {
    pub(super) name: &'p str,
    pub(super) base_url: &'p str,
    pub(super) auth: &'p Auth,
    pub(super) styles: Styles,
    pub(super) message: Option<&'static str>,
    pub(super) paginators: &'p [(String, Value)],
    pub(super) defs: Vec<(String, Value)>,
}

pub(super) fn manifest(api: &Api<'_>, parts: Parts<'_>) -> Value {
    let mut manifest = Map::new();
    let mut put = |key: &str, value: Value| drop(manifest.insert(key.to_owned(), value));
    let title = api
        .title
        .as_deref()
        .and_then(clean)
        .filter(|title| !title.contains('\n'));
    let title = title.unwrap_or_else(|| names::title(parts.name));
    put("opwire", json!(1));
    put("name", json!(parts.name));
    put("title", json!(title));
    put("description", json!(described(api, &title)));
    put("base_url", json!(parts.base_url));
    if let (Some(credentials), Some(auth)) = (&parts.auth.credentials, &parts.auth.signs) {
        put("credentials", credentials.clone());
        put("auth", auth.clone());
    }
    if parts.styles != Styles::default() {
        put("request", json!({ "query_style": parts.styles.manifest() }));
    }
    if let Some(message) = parts.message {
        let message = format!("{{{{response.body.{message}}}}}");
        put(
            "errors",
            json!([{ "when": { "status": "400-599" }, "message": message }]),
        );
    }
    if !parts.paginators.is_empty() {
        put(
            "pagination",
            Value::Object(parts.paginators.iter().cloned().collect()),
        );
    }
    if !parts.defs.is_empty() {
        put("$defs", Value::Object(parts.defs.into_iter().collect()));
    }
    Value::Object(manifest)
}

/// What the service is, in a sentence or two.
fn described(api: &Api<'_>, title: &str) -> String {
    let text = api
        .description
        .as_deref()
        .and_then(clean)
        .unwrap_or_default();
    let paragraph = text
        .split("\n\n")
        .find(|part| !part.starts_with(['#', '-', '*', '|', '<', '[', '!']))
        .unwrap_or_default();
    let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short = String::new();
    for part in paragraph.split_inclusive(". ") {
        if !short.is_empty() && short.len() + part.len() > 300 {
            break;
        }
        short.push_str(part);
    }
    let short = short.trim();
    if short.is_empty() {
        sentence(&format!("The service {title}"))
    } else {
        sentence(short)
    }
}

/// Gives the paginators of all operations names: one name for those that are the same.
pub(super) fn named_paginators<'p>(
    each: impl Iterator<Item = &'p Paginator>,
) -> Vec<(String, Value)> {
    let (mut named, mut taken): (Vec<(String, Value)>, BTreeSet<String>) =
        (Vec::new(), BTreeSet::new());
    for paginator in each {
        if !named
            .iter()
            .any(|(_, manifest)| *manifest == paginator.manifest)
        {
            named.push((
                names::unique(paginator.name, &mut taken),
                paginator.manifest.clone(),
            ));
        }
    }
    named
}

/// Moves inputs that many operations have to `$defs`. `schemas` are the operations' inputs, and which of their
/// properties are parameters.
pub(super) fn share_inputs(
    schemas: &mut [(&mut Value, Vec<String>)],
    taken: &[(String, Value)],
) -> Vec<(String, Value)> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (schema, parameters) in schemas.iter() {
        for name in parameters {
            let property = schema.pointer("/properties").and_then(|all| all.get(name));
            if let Some(property) = property.filter(|property| is_worth_sharing(property)) {
                *counts
                    .entry((name.clone(), property.to_string()))
                    .or_default() += 1;
            }
        }
    }
    // Of several that have one name, the most usual one is shared.
    let mut most: BTreeMap<&String, (&String, usize)> = BTreeMap::new();
    for ((name, text), count) in &counts {
        let best = most.entry(name).or_insert((text, *count));
        if *count > best.1 {
            *best = (text, *count);
        }
    }
    let mut names_taken: BTreeSet<String> = taken.iter().map(|(name, _)| name.clone()).collect();
    let mut shared = Vec::new();
    for (name, (text, count)) in most {
        if count < SHARED_BY {
            continue;
        }
        let id = names::unique(name, &mut names_taken);
        let mut value = Value::Null;
        for (schema, parameters) in schemas.iter_mut() {
            let property = schema
                .pointer_mut("/properties")
                .and_then(|all| all.get_mut(name));
            let property = property
                .filter(|property| parameters.contains(name) && property.to_string() == *text);
            if let Some(property) = property {
                value = std::mem::replace(
                    property,
                    json!({ "$ref": format!("connector.yaml#/$defs/{id}") }),
                );
            }
        }
        local_references(&mut value);
        shared.push((id, value));
    }
    shared
}

/// More than a type, and more than a reference.
fn is_worth_sharing(property: &Value) -> bool {
    let map = property.as_object();
    map.is_some_and(|map| {
        map.contains_key("description") || (map.len() > 2 && !map.contains_key("$ref"))
    })
}

/// In connector.yaml its own definitions are near.
fn local_references(schema: &mut Value) {
    if let Some(Value::String(reference)) = schema.get_mut("$ref")
        && let Some(own) = reference.strip_prefix("connector.yaml")
    {
        *reference = own.to_owned();
    }
    for child in crate::schema::children_mut(schema) {
        local_references(child);
    }
}

/// Where most refusals have their message.
pub(super) fn message(source: &Source<'_>, api: &Api<'_>) -> Option<&'static str> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for operation in &api.operations {
        for response in &operation.responses {
            let refusal = response.status.starts_with(['4', '5']) || response.status == "DEFAULT";
            let json = response
                .media
                .iter()
                .find(|media| media.kind.contains("json") || media.kind.contains('*'));
            let schema = json
                .filter(|_| refusal)
                .and_then(|media| media.schema.as_ref());
            let Some(schema) = schema else { continue };
            let node = Node {
                value: &schema.value,
                at: schema.at.clone(),
            };
            if let Some(path) = MESSAGES.iter().find(|path| has(source, &node, path)) {
                *counts.entry(path).or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(path, _)| path)
}

/// Does a schema of the document have text at this path?
fn has(source: &Source<'_>, node: &Node<'_>, path: &str) -> bool {
    let mut value = node.value;
    for name in path.split('.') {
        let Some(found) = property(source, value, name, 0) else {
            return false;
        };
        value = found;
    }
    let target = followed(source, value);
    target.get("type").and_then(Value::as_str) == Some("string")
}

fn followed<'v>(source: &Source<'v>, value: &'v Value) -> &'v Value {
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|at| source.target(at));
    target.map_or(value, |node| node.value)
}

fn property<'v>(
    source: &Source<'v>,
    value: &'v Value,
    name: &str,
    depth: usize,
) -> Option<&'v Value> {
    let value = followed(source, value);
    if let Some(own) = value.get("properties").and_then(|all| all.get(name)) {
        return Some(own);
    }
    let parts = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|key| value.get(key)?.as_array())
        .flatten();
    parts
        .take_while(|_| depth < 4)
        .find_map(|part| property(source, part, name, depth + 1))
}
