//! An operation on its way: what is known before shared schemas have settled, and after.

use super::body::{self, BodyDraft, BodyPlan, Form};
use super::inputs::{self, Input, Origin};
use super::pages::{self, Paginator};
use super::place;
use super::reply::{self, Reply};
use super::request::{Parts, filename};
use super::styles::{self, Style, Styles, Writing};
use crate::names;
use crate::read::model::{Layout, ListLayout, ObjectLayout, Operation, Place};
use crate::schema::shelf::Shelf;
use crate::schema::{BINARY, Converter, clean, in_order, sentence};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An operation before shared schemas have settled.
#[derive(Debug)]
pub(super) struct Draft<'p, 'a> {
    pub(super) operation: &'p Operation<'a>,
    pub(super) name: String,
    path: String,
    fixed: Vec<(String, String)>,
    inputs: Vec<Input>,
    /// The header of an idempotency key.
    key: Option<String>,
    pub(super) body: Option<BodyDraft>,
    pub(super) reply: Reply,
}

impl<'p, 'a> Draft<'p, 'a> {
    /// Nothing where no request can be made of it.
    pub(super) fn new(
        converter: Converter<'_, '_>,
        operation: &'p Operation<'a>,
        name: &str,
        signing: &[(Place, String)],
    ) -> Option<Self> {
        let path = place::path(converter.source, operation)?;
        let (mut inputs, key) = inputs::of_parameters(converter, operation, signing);
        let mut fixed = path.fixed;
        for input in inputs
            .iter_mut()
            .filter(|input| input.origin == Origin::Path)
        {
            let hole = format!("{{{}}}", input.wire);
            // A hole in the query is a parameter of the query.
            if let Some(at) = fixed.iter().position(|(_, value)| *value == hole) {
                input.wire = fixed.remove(at).0;
                input.origin = Origin::Query;
            }
        }
        fixed.retain(|(_, value)| !value.contains('{'));
        let unread = converter.source;
        inputs.retain(|input| {
            let read =
                input.origin != Origin::Path || path.path.contains(&format!("{{{}}}", input.wire));
            if !read {
                unread.warn(
                    &input.at,
                    "the path doesn't hold this parameter: it is left out",
                );
            }
            read
        });
        let body = operation.body.as_ref().and_then(|body| {
            if matches!(operation.method.as_str(), "GET" | "HEAD") {
                converter
                    .source
                    .warn(&body.at, "a GET has no body: it is left out");
                return None;
            }
            body::choose(converter, body)
        });
        Some(Self {
            name: name.to_owned(),
            path: path.path,
            fixed,
            inputs,
            key,
            body,
            reply: reply::of(converter, operation),
            operation,
        })
    }

    /// Every schema of it.
    pub(super) fn schemas(&self) -> Vec<&Value> {
        let own = self.inputs.iter().map(|input| &input.schema);
        let body = self.body.iter().map(|body| &body.schema);
        own.chain(body).chain(&self.reply.schema).collect()
    }
}

/// An operation after shared schemas have settled.
#[derive(Debug)]
pub(super) struct Built<'p, 'a> {
    pub(super) draft: Draft<'p, 'a>,
    /// Parameters and the body's own, in the order in which they are written.
    pub(super) inputs: Vec<Input>,
    pub(super) plan: Option<BodyPlan>,
    written: Vec<(String, (Writing, Styles))>,
    pub(super) paginator: Option<Paginator>,
}

impl<'p, 'a> Built<'p, 'a> {
    /// `bodies` counts the operations that have the same shared schema for a body.
    pub(super) fn new(
        shelf: &Shelf<'_, '_>,
        mut draft: Draft<'p, 'a>,
        bodies: &BTreeMap<String, usize>,
        warn: &dyn Fn(&str, String),
    ) -> Self {
        let mut inputs = std::mem::take(&mut draft.inputs);
        for input in &mut inputs {
            inputs::settle(shelf, input, warn);
        }
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let plan = draft.body.as_ref().map(|body| {
            let reference = body.schema.get("$ref").and_then(Value::as_str);
            let shared = reference
                .is_some_and(|reference| bodies.get(reference).is_some_and(|count| *count > 1));
            body::plan(shelf, body, &names, shared, warn)
        });
        let written = written(shelf, &inputs, warn);
        if let Some(plan) = &plan {
            inputs.extend(plan.inputs.iter().cloned());
            if draft
                .body
                .as_ref()
                .is_some_and(|body| body.form == Form::Multipart)
            {
                let names = file_names(shelf, &plan.inputs);
                inputs.extend(names);
            }
        }
        let told = draft
            .operation
            .description
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let paginator = pages::of(shelf, &draft.operation.method, &inputs, &draft.reply, &told);
        Self {
            draft,
            inputs,
            plan,
            written,
            paginator,
        }
    }

    /// The styles that its query and form need.
    pub(super) fn styles(&self) -> Vec<Styles> {
        let query = self.written.iter().map(|(_, (_, styles))| *styles);
        let form = self.plan.iter().map(|plan| plan.styles);
        query
            .chain(form)
            .filter(|styles| *styles != Styles::default())
            .collect()
    }

    /// The input's schema, its references as they lead in the document.
    pub(super) fn input_schema(&self) -> Value {
        let mut schema = Map::new();
        let shared = self.plan.as_ref().and_then(|plan| plan.shared.as_ref());
        let of_shared = |input: &&Input| shared.is_some() && input.origin == Origin::Body;
        let mut closed = json!(false);
        if let Some(Value::Object(shared)) = shared {
            schema.extend(shared.clone());
        } else {
            schema.insert("type".to_owned(), json!("object"));
            let fields = self.plan.as_ref().map(|plan| &plan.fields);
            closed = fields
                .and_then(|fields| fields.open.clone())
                .unwrap_or(closed);
            schema.extend(fields.map(|fields| fields.sets.clone()).unwrap_or_default());
        }
        let own: Vec<&Input> = self
            .inputs
            .iter()
            .filter(|input| !of_shared(input))
            .collect();
        let required: Vec<&str> = own
            .iter()
            .filter(|input| input.required)
            .map(|input| input.name.as_str())
            .collect();
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        let key = if shared.is_some() {
            "unevaluatedProperties"
        } else {
            "additionalProperties"
        };
        if closed != json!(true) && closed != json!({}) {
            schema.insert(key.to_owned(), closed);
        } else {
            schema.insert(key.to_owned(), json!(true));
        }
        let properties: Map<String, Value> = own
            .iter()
            .map(|input| (input.name.clone(), input.schema.clone()))
            .collect();
        if !properties.is_empty() {
            schema.insert("properties".to_owned(), Value::Object(properties));
        }
        Value::Object(in_order(schema))
    }

    /// The file of the operation, of schemas that are placed.
    pub(super) fn manifest(
        &self,
        pool: &Shelf<'_, '_>,
        styles: Styles,
        input: Value,
        reply: Option<Value>,
        paginator: Option<&str>,
    ) -> Value {
        let operation = self.draft.operation;
        let mut manifest = Map::new();
        let mut put = |key: &str, value: Value| drop(manifest.insert(key.to_owned(), value));
        let (title, description) = self.told();
        put("title", json!(title));
        put("kind", json!("main"));
        put("description", json!(description));
        if let Some(key) = &self.draft.key {
            put("idempotency", json!({ "header": key }));
        }
        put("input", input);
        let parts = Parts {
            method: &operation.method,
            path: &self.draft.path,
            fixed: &self.draft.fixed,
            inputs: &self.inputs,
            written: &self.written,
            body: self.draft.body.as_ref().zip(self.plan.as_ref()),
            styles,
            shelf: pool,
        };
        put("request", parts.manifest());
        if let Some(name) = paginator {
            put("pagination", json!(name));
        }
        if let Some(response) = self.draft.reply.manifest(reply) {
            put("response", response);
        }
        Value::Object(manifest)
    }

    /// The title and the description, which a manifest must have.
    fn told(&self) -> (String, String) {
        let operation = self.draft.operation;
        let summary = operation.summary.as_deref().and_then(clean);
        let short = summary
            .as_deref()
            .filter(|text| text.chars().count() <= 100 && !text.contains('\n'));
        let title = short.map(|text| text.trim_end_matches('.').to_owned());
        let title = title.unwrap_or_else(|| names::title(&self.draft.name));
        let description = operation.description.as_deref().and_then(clean).or(summary);
        let description = sentence(&description.unwrap_or_else(|| title.clone()));
        if operation.deprecated {
            return (title, format!("Deprecated. {description}"));
        }
        (title, description)
    }
}

/// How each parameter of the query is written.
fn written(
    shelf: &Shelf<'_, '_>,
    inputs: &[Input],
    warn: &dyn Fn(&str, String),
) -> Vec<(String, (Writing, Styles))> {
    let query = inputs.iter().filter(|input| input.origin == Origin::Query);
    let mut written: Vec<(&Input, (Writing, Styles))> = query
        .map(|input| (input, styles::of(shelf, input, warn)))
        .collect();
    let spread = |(_, (writing, _)): &&mut (&Input, (Writing, Styles))| *writing == Writing::Spread;
    if written.iter_mut().filter(spread).count() > 1 {
        for (input, writing) in written.iter_mut().filter(spread) {
            warn(&input.at, "several objects whose own names are not sent can't be told apart: brackets are sent".to_owned());
            *writing = (
                Writing::Plain,
                Styles {
                    objects: Some(Style::Brackets),
                    ..writing.1
                },
            );
        }
    }
    written
        .into_iter()
        .map(|(input, writing)| (input.name.clone(), writing))
        .collect()
}

/// For each file of a multipart body an input for its name, where that is free.
fn file_names(shelf: &Shelf<'_, '_>, inputs: &[Input]) -> Vec<Input> {
    let is_file = |input: &&Input| {
        input
            .schema
            .get(BINARY)
            .or(shelf.resolve(&input.schema).get(BINARY))
            .is_some()
    };
    let taken = |name: &str| inputs.iter().any(|input| input.name == name);
    let files = inputs
        .iter()
        .filter(is_file)
        .filter(|input| !taken(&filename(&input.name)));
    files
        .map(|input| Input {
            at: input.at.clone(),
            name: filename(&input.name),
            wire: filename(&input.name),
            origin: Origin::Body,
            required: false,
            schema: json!({ "type": "string", "description": "The file's name, as the service is told it." }),
            layout: Layout {
                lists: ListLayout::Repeat,
                objects: ObjectLayout::Json,
            },
            examples: Vec::new(),
            default: None,
        })
        .collect()
}
