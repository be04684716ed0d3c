//! A catalog → an OpenAPI 3.1 document, in which every operation is a POST of its input.

use opwire::manifest::{ExampleManifest, parse_yaml};
use opwire::{Catalog, Connector, ErrorKind, Operation};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Describes a catalog's operations, or those of one connector, as OpenAPI 3.1.
///
/// It is what [`Export`] gives.
///
/// # Errors
/// When the catalog has no such connector.
pub fn export(catalog: &Catalog, connector: Option<&str>) -> Result<Value, UnknownConnector> {
    let name = connector.unwrap_or_default();
    let known = match connector {
        Some(name) => catalog.connectors().any(|known| known.name() == name),
        None => catalog.connectors().next().is_some(),
    };
    if !known {
        return Err(UnknownConnector(name.to_owned()));
    }
    let wanted =
        |operation: &Operation| connector.is_none_or(|_| operation.connector().name() == name);
    Ok(Export::new(catalog).only(wanted).document())
}

/// Writes a document of a catalog's operations.
///
/// An operation `a.b` is `POST /v1/operations/a.b/invoke`: its input is the body, its output the reply, and an error is
/// problem+json (RFC 9457) with the status of the table of [`ErrorKind`]: of the component `problem_STATUS`. Tags are the
/// connectors; `x-opwire-kind`, `x-opwire-effect` and `x-opwire-idempotency` tell what OpenAPI has no word for.
#[must_use]
pub struct Export<'a> {
    catalog: &'a Catalog,
    wanted: Box<dyn Fn(&Operation) -> bool + 'a>,
    refusals: Vec<(u16, &'static str)>,
}

impl std::fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").finish_non_exhaustive()
    }
}

impl<'a> Export<'a> {
    /// Of all operations of the catalog.
    pub fn new(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            wanted: Box::new(|_| true),
            refusals: Vec::new(),
        }
    }

    /// Of these operations alone.
    pub fn only(mut self, wanted: impl Fn(&Operation) -> bool + 'a) -> Self {
        self.wanted = Box::new(wanted);
        self
    }

    /// The statuses and kinds of errors that a server in front has of its own: components of the document. Operations
    /// are said to answer with those of the engine.
    pub fn refusals(mut self, refusals: impl IntoIterator<Item = (u16, &'static str)>) -> Self {
        self.refusals.extend(refusals);
        self
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut writer = Writer::default();
        let mut paths = Map::new();
        let mut connectors: Vec<&Connector> = Vec::new();
        let operations = self.catalog.operations();
        for operation in operations.filter(|operation| (self.wanted)(operation)) {
            let path = format!("/v1/operations/{}/invoke", operation.name());
            paths.insert(path, json!({ "post": writer.operation(operation) }));
            // They come by name, so those of one connector come together.
            let connector = &**operation.connector();
            if connectors
                .last()
                .is_none_or(|last| last.name() != connector.name())
            {
                connectors.push(connector);
            }
        }
        let (title, description) = match connectors.as_slice() {
            [only] => (only.title(), only.description()),
            _ => (
                "Operations",
                "Operations of several services, each invoked with JSON.",
            ),
        };
        let tag = |connector: &&Connector| json!({ "name": connector.name(), "description": connector.description() });
        let tags: Vec<Value> = connectors.iter().map(tag).collect();
        let statuses = statuses(&self.refusals);
        writer
            .schemas
            .insert("problem".to_owned(), problem(&statuses));
        json!({
            "openapi": "3.1.0",
            "info": { "title": title, "description": description, "version": "1" },
            "servers": [{ "url": "/" }],
            "tags": tags,
            "paths": paths,
            "components": { "schemas": writer.schemas, "responses": refusals(&statuses) },
        })
    }
}

/// The catalog has no connector of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownConnector(String);

impl std::fmt::Display for UnknownConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no connector `{}`", self.0)
    }
}

impl std::error::Error for UnknownConnector {}

/// Writes operations, and gathers the schemas that they share.
#[derive(Default)]
struct Writer {
    schemas: Map<String, Value>,
}

impl Writer {
    fn operation(&mut self, operation: &Operation) -> Value {
        let connector = operation.connector().name();
        let input = self.schema(connector, operation.input_schema());
        let output = self.schema(connector, operation.output_schema());
        // No body is an empty input.
        let needed = operation.check_input(json!({})).is_err();
        let mut content = json!({ "schema": input });
        if let (Some(example), Some(map)) = (example(operation), content.as_object_mut()) {
            map.insert("example".to_owned(), example);
        }
        let mut responses = Map::new();
        responses.insert("200".to_owned(), json!({ "description": "The output.", "content": { "application/json": { "schema": output } } }));
        for status in statuses(&[]).into_keys() {
            responses.insert(
                status.to_string(),
                json!({ "$ref": format!("#/components/responses/problem_{status}") }),
            );
        }
        json!({
            "operationId": operation.name(),
            "summary": operation.title(),
            "description": operation.description(),
            "tags": [connector],
            "x-opwire-kind": operation.kind(),
            "x-opwire-effect": operation.effect(),
            "x-opwire-idempotency": operation.idempotency(),
            "requestBody": { "required": needed, "content": { "application/json": content } },
            "responses": responses,
        })
    }

    /// A self-contained schema, whose definitions become the document's.
    fn schema(&mut self, connector: &str, schema: &Value) -> Value {
        let mut schema = schema.clone();
        let defs = schema.as_object_mut().and_then(|map| map.remove("$defs"));
        let defs: BTreeMap<String, Value> = defs
            .and_then(|defs| serde_json::from_value(defs).ok())
            .unwrap_or_default();
        // A definition has a new name when what it says, with all that it leads to, is another's already.
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut number = 1;
        loop {
            for name in defs.keys() {
                let suffix = if number == 1 {
                    String::new()
                } else {
                    format!("_{number}")
                };
                let plain = name.replace(
                    |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')),
                    "_",
                );
                names.insert(name.clone(), format!("{connector}.{plain}{suffix}"));
            }
            let renamed = |value: &Value| {
                let mut value = value.clone();
                rename(&mut value, &names);
                value
            };
            let fits = defs.iter().all(|(name, value)| {
                let known = names.get(name).and_then(|name| self.schemas.get(name));
                known.is_none_or(|known| *known == renamed(value))
            });
            if fits {
                for (name, value) in &defs {
                    let name = names.get(name).cloned().unwrap_or_default();
                    self.schemas.entry(name).or_insert_with(|| renamed(value));
                }
                rename(&mut schema, &names);
                return schema;
            }
            number += 1;
        }
    }
}

/// Leads references to where the definitions are now.
fn rename(schema: &mut Value, names: &BTreeMap<String, String>) {
    if let Some(Value::String(reference)) = schema.get_mut("$ref")
        && let Some(name) = reference
            .strip_prefix("#/$defs/")
            .and_then(|name| names.get(name))
    {
        *reference = format!("#/components/schemas/{name}");
    }
    for child in crate::schema::children_mut(schema) {
        rename(child, names);
    }
}

/// The input of the operation's example, without credentials.
fn example(operation: &Operation) -> Option<Value> {
    let file = operation
        .examples_dir()
        .join(format!("{}.yaml", operation.id()));
    let value = parse_yaml(&std::fs::read_to_string(file).ok()?).ok()?;
    let mut input = serde_json::from_value::<ExampleManifest>(value).ok()?.input;
    for name in operation.connector().credential_names() {
        if let Some(map) = input.as_object_mut() {
            map.remove(name);
        }
    }
    Some(input)
}

/// The kinds of error of each status: the engine's, and these.
fn statuses(more: &[(u16, &'static str)]) -> BTreeMap<u16, Vec<&'static str>> {
    let mut statuses: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    let engine = ErrorKind::ALL.map(|kind| (kind.http_status(), kind.as_str()));
    for (status, kind) in engine.iter().chain(more) {
        statuses.entry(*status).or_default().push(kind);
    }
    statuses
}

/// A response for each status that an error can have.
fn refusals(statuses: &BTreeMap<u16, Vec<&'static str>>) -> Value {
    let each = statuses.iter().map(|(status, kinds)| {
        let response = json!({
            "description": format!("The operation failed: {}.", kinds.join(", ")),
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } },
        });
        (format!("problem_{status}"), response)
    });
    Value::Object(each.collect())
}

/// An error as it is serialised: problem details (RFC 9457) with members of its own.
fn problem(statuses: &BTreeMap<u16, Vec<&'static str>>) -> Value {
    let kinds: Vec<&str> = statuses.values().flatten().copied().collect();
    let outcomes = ["not_sent", "maybe_applied", "answered"];
    let text = |description: &str| json!({ "type": "string", "description": description });
    let count = |description: &str| json!({ "type": "integer", "description": description });
    json!({
        "title": "Problem",
        "description": "What went wrong, as problem details (RFC 9457).",
        "type": "object",
        "required": ["type", "title", "status", "detail", "kind", "outcome", "retryable"],
        "properties": {
            "type": text("urn:opwire:error: and the kind."),
            "title": text("The kind in words."),
            "status": count("The HTTP status."),
            "detail": text("What is wrong, where and what to do."),
            "instance": text("The ID of the request, where a server was asked."),
            "kind": { "type": "string", "enum": kinds },
            "outcome": { "type": "string", "enum": outcomes, "description": "Whether the service may have acted." },
            "retryable": { "type": "boolean", "description": "Whether the same call may succeed later." },
            "operation": text("The operation."),
            "code": text("The connector's or the service's own name for the error."),
            "help": text("What to do."),
            "upstream_status": count("The status of the service's reply."),
            "upstream_body": { "description": "The service's reply." },
            "retry_after_ms": count("How long to wait, in milliseconds."),
            "violations": {
                "type": "array",
                "description": "What is wrong with the input, place by place.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "keyword", "message"],
                    "properties": {
                        "pointer": text("A JSON Pointer into the input."),
                        "keyword": text("The JSON Schema keyword, or the engine's rule."),
                        "message": text("What is wrong there."),
                    },
                },
            },
            "attempts": count("How many requests were made."),
            "idempotency_key": text("The key that the service knows the call by."),
        },
    })
}
