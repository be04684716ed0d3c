//! [`Operation`]: a compiled manifest.

use crate::connector::{Connector, limits};
use crate::diagnostic::Code;
use crate::manifest::{
    Effect, ErrorRule, Fault, Format, Idempotency, Kind, OperationManifest, OptionsPointers,
    Statuses,
};
use crate::options::{self, OptionLink};
use crate::output::OutputPlan;
use crate::page::PagePlan;
use crate::request::RequestPlan;
use crate::schema::{Bundle, Defaults, Validator};
use crate::template::check::Shape;
use crate::template::{Compiler, Names, Template};
use crate::transport::Limits;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// An operation, compiled at load: an invocation parses nothing of the manifest again.
#[derive(Debug)]
pub struct Operation {
    name: String,
    id: String,
    connector: Arc<Connector>,
    file: PathBuf,
    manifest: Value,
    kind: Kind,
    title: String,
    description: String,
    effect: Effect,
    pub(crate) idempotency: Idempotency,
    pub(crate) validator: Validator,
    pub(crate) defaults: Defaults,
    pub(crate) request: Option<RequestPlan>,
    pub(crate) response: ResponsePlan,
    pub(crate) page: Option<PagePlan>,
    pub(crate) limits: Limits,
    pub(crate) errors: Vec<ErrorPlan>,
    options: Option<OptionsPointers>,
    pub(crate) links: Vec<OptionLink>,
    published: OnceLock<Value>,
}

/// How a reply is read and reshaped.
#[derive(Debug)]
pub(crate) struct ResponsePlan {
    pub(crate) success: StatusSet,
    pub(crate) format: Format,
    pub(crate) output: OutputPlan,
}

impl Operation {
    /// The full name: `salesloft.get_person`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name within the connector: `get_person`, its file's stem.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The connector that it belongs to.
    #[must_use]
    pub fn connector(&self) -> &Arc<Connector> {
        &self.connector
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it does, for people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What it does to the service's data.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether repeating the same call is safe.
    #[must_use]
    pub fn idempotency(&self) -> &Idempotency {
        &self.idempotency
    }

    /// The HTTP method; `dynamic` when the input decides it, nothing when the operation is static.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.request.as_ref().map(RequestPlan::method_shown)
    }

    /// The path with `{name}` for what the input gives; `dynamic` when the input decides it all, nothing when the
    /// operation is static.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.request.as_ref().map(RequestPlan::path_shown)
    }

    /// The input's JSON Schema, self-contained; credentials stand in it as optional properties with `x-secret: true`.
    #[must_use]
    pub fn input_schema(&self) -> &Value {
        self.published
            .get_or_init(|| publish(self.validator.schema(), &self.connector))
    }

    /// The file as JSON.
    #[must_use]
    pub fn manifest(&self) -> &Value {
        &self.manifest
    }

    /// The file that it was loaded from.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// For a DDL: where the options stand in its output.
    #[must_use]
    pub fn options_pointers(&self) -> Option<&OptionsPointers> {
        self.options.as_ref()
    }

    /// The fields of the input that a DDL fills.
    #[must_use]
    pub fn option_links(&self) -> &[OptionLink] {
        &self.links
    }

    /// Can its pages be walked?
    #[must_use]
    pub fn paginated(&self) -> bool {
        self.page.is_some()
    }

    /// Does one invocation walk its pages by itself (`collect`)?
    #[must_use]
    pub fn collects(&self) -> bool {
        self.page
            .as_ref()
            .is_some_and(|page| page.collect.is_some())
    }

    /// The folder of its examples.
    #[must_use]
    pub fn examples_dir(&self) -> PathBuf {
        self.connector.dir().join("examples")
    }

    /// Compiles a manifest.
    pub(crate) fn compile(
        typed: OperationManifest,
        manifest: Value,
        file: &Path,
        id: &str,
        connector: &Arc<Connector>,
    ) -> (Option<Self>, Vec<Fault>) {
        let mut faults = Vec::new();
        let validator = compile_input(&typed, connector, &mut faults);
        let response_schema = compile_response_schema(&typed, connector, &mut faults);
        let Some(validator) = validator else {
            return (None, faults);
        };
        let shapes = Shapes {
            input: validator.shape(),
            response: response_schema.as_ref().map(Shape::of).unwrap_or_default(),
        };
        let request = typed
            .request
            .as_ref()
            .and_then(|request| RequestPlan::compile(request, connector, &shapes, &mut faults));
        let page = PagePlan::compile(typed.pagination.as_ref(), connector, &shapes, &mut faults);
        let success = StatusSet::compile(
            typed.response.success.as_ref(),
            "/response/success",
            &mut faults,
        );
        let collects = page.as_ref().is_some_and(|page| page.collect.is_some());
        let output = OutputPlan::compile(
            typed.response.output.as_ref(),
            typed.request.is_some(),
            collects,
            &shapes,
            &mut faults,
        );
        let limits = typed.limits.as_ref().map_or_else(
            || connector.limits.clone(),
            |manifest| limits(&connector.limits, manifest, "/limits", &mut faults),
        );
        let errors = ErrorPlan::compile_all(&typed.errors, "/errors", Some(&shapes), &mut faults);
        let links = options::links(
            validator.schema(),
            manifest.get("input"),
            &shapes,
            &mut faults,
        );
        drop(shapes);
        let method = request
            .as_ref()
            .map_or("GET", RequestPlan::method_shown)
            .to_owned();
        let operation = Self {
            name: format!("{}.{id}", connector.name()),
            id: id.to_owned(),
            connector: Arc::clone(connector),
            file: file.to_owned(),
            effect: typed.effect.unwrap_or_else(|| effect_of(&method)),
            idempotency: typed.idempotency.unwrap_or_else(|| idempotency_of(&method)),
            kind: typed.kind,
            title: typed.title,
            description: typed.description,
            manifest,
            defaults: Defaults::of(validator.schema()),
            validator,
            request,
            response: ResponsePlan {
                success,
                format: typed.response.format,
                output,
            },
            page,
            limits,
            errors,
            options: typed
                .options
                .or_else(|| (typed.kind == Kind::Ddl).then(OptionsPointers::default)),
            links,
            published: OnceLock::new(),
        };
        let sound = faults.iter().all(|fault| !fault.is_error());
        (sound.then_some(operation), faults)
    }
}

/// What is known of the input and of the reply's body.
#[derive(Clone, Debug)]
pub(crate) struct Shapes<'a> {
    pub(crate) input: Shape<'a>,
    pub(crate) response: Shape<'a>,
}

impl<'a> Shapes<'a> {
    pub(crate) fn of_input(&self) -> Names<'a> {
        Names {
            input: Some(self.input.clone()),
            ..Names::default()
        }
    }

    pub(crate) fn of_reply(&self) -> Names<'a> {
        Names {
            response: Some(self.response.clone()),
            ..self.of_input()
        }
    }
}

/// The input's schema: gathered, closed at the top unless it says otherwise, compiled.
fn compile_input(
    typed: &OperationManifest,
    connector: &Connector,
    faults: &mut Vec<Fault>,
) -> Option<Validator> {
    let own = Value::Object(typed.input.clone().unwrap_or_default());
    let (mut schema, found) = Bundle::make(&connector.documents, &own, "/input");
    let sound = found.is_empty();
    faults.extend(found);
    if let Some(map) = schema.as_object_mut() {
        map.entry("type").or_insert_with(|| json!("object"));
        if !map.contains_key("additionalProperties") && !map.contains_key("unevaluatedProperties") {
            let combined = ["$ref", "allOf", "anyOf", "oneOf", "if"]
                .iter()
                .any(|key| map.contains_key(*key));
            let key = if combined {
                "unevaluatedProperties"
            } else {
                "additionalProperties"
            };
            map.insert(key.to_owned(), json!(false));
        }
        if let Some(name) = connector.credential_names().into_iter().find(|name| {
            map.get("properties")
                .is_some_and(|properties| properties.get(name).is_some())
        }) {
            let message =
                format!("`{name}` is a credential of the connector and is taken out of the input");
            faults.push(Fault::new(
                Code::WrongValue,
                format!("/input/properties/{name}"),
                message,
            ));
        }
    }
    if !sound {
        return None;
    }
    compile_schema(schema, "/input", faults)
}

fn compile_response_schema(
    typed: &OperationManifest,
    connector: &Connector,
    faults: &mut Vec<Fault>,
) -> Option<Value> {
    let own = typed.response.schema.as_ref()?;
    let (schema, found) = Bundle::make(&connector.documents, own, "/response/schema");
    let sound = found.is_empty();
    faults.extend(found);
    if !sound {
        return None;
    }
    compile_schema(schema, "/response/schema", faults).map(|validator| validator.schema().clone())
}

fn compile_schema(schema: Value, pointer: &str, faults: &mut Vec<Fault>) -> Option<Validator> {
    match Validator::new(schema) {
        Ok(validator) => Some(validator),
        Err((at, message)) => {
            // A fault in a shared schema can't be pointed at in this file: its name is said instead.
            let (pointer, message) = match at.strip_prefix("/$defs/") {
                Some(shared) => (
                    pointer.to_owned(),
                    format!("the shared schema {shared} is not valid: {message}"),
                ),
                None => (
                    format!("{pointer}{at}"),
                    format!("the schema is not valid: {message}"),
                ),
            };
            faults.push(Fault::new(Code::SchemaInvalid, pointer, message));
            None
        }
    }
}

/// The schema as callers see it.
fn publish(schema: &Value, connector: &Connector) -> Value {
    let mut schema = schema.clone();
    let Some(map) = schema.as_object_mut() else {
        return schema;
    };
    let described = connector
        .manifest
        .pointer("/credentials/properties")
        .and_then(Value::as_object);
    let properties = map
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    for (name, property) in described.into_iter().flatten() {
        let mut property = property.clone();
        if let (Some(property), Some(properties)) =
            (property.as_object_mut(), properties.as_object_mut())
        {
            property.insert("x-secret".to_owned(), json!(true));
            properties.shift_insert(0, name.clone(), Value::Object(property.clone()));
        }
    }
    schema
}

fn effect_of(method: &str) -> Effect {
    match method {
        "GET" | "HEAD" | "OPTIONS" => Effect::Read,
        "POST" => Effect::Create,
        "DELETE" => Effect::Delete,
        _ => Effect::Update,
    }
}

/// RFC 9110, section 9.2.2.
fn idempotency_of(method: &str) -> Idempotency {
    match method {
        "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" => Idempotency::Natural,
        _ => Idempotency::None,
    }
}

/// A set of HTTP statuses.
#[derive(Clone, Debug)]
pub(crate) struct StatusSet {
    ranges: Vec<(u16, u16)>,
    /// The status is data: none is an error.
    pub(crate) any: bool,
}

impl StatusSet {
    pub(crate) fn contains(&self, status: u16) -> bool {
        self.any
            || self
                .ranges
                .iter()
                .any(|(low, high)| (*low..=*high).contains(&status))
    }

    pub(crate) fn compile(
        statuses: Option<&Statuses>,
        pointer: &str,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let mut set = Self {
            ranges: Vec::new(),
            any: false,
        };
        match statuses {
            None => set.ranges.push((200, 299)),
            Some(statuses) => set.add(statuses, pointer, faults),
        }
        set
    }

    fn add(&mut self, statuses: &Statuses, pointer: &str, faults: &mut Vec<Fault>) {
        match statuses {
            Statuses::One(status) if (100..=599).contains(status) => {
                self.ranges.push((*status, *status));
            }
            Statuses::Text(text) if text == "any" => self.any = true,
            Statuses::Text(text) => {
                let range = text
                    .split_once('-')
                    .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
                match range
                    .filter(|(low, high)| (100..=599).contains(low) && low <= high && *high <= 599)
                {
                    Some(range) => self.ranges.push(range),
                    None => Self::refuse(pointer, faults),
                }
            }
            Statuses::Several(list) => list
                .iter()
                .for_each(|statuses| self.add(statuses, pointer, faults)),
            Statuses::One(_) => Self::refuse(pointer, faults),
        }
    }

    fn refuse(pointer: &str, faults: &mut Vec<Fault>) {
        let message = "a status is 100 to 599, a range such as 200-299, or `any`";
        faults.push(Fault::new(Code::WrongValue, pointer, message));
    }
}

/// How a reply outside the success range becomes an error.
#[derive(Clone, Debug)]
pub(crate) struct ErrorPlan {
    pub(crate) when: StatusSet,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<Template>,
    pub(crate) fields: Option<Template>,
}

impl ErrorPlan {
    pub(crate) fn compile_all(
        rules: &[ErrorRule],
        pointer: &str,
        shapes: Option<&Shapes<'_>>,
        faults: &mut Vec<Fault>,
    ) -> Vec<Self> {
        let input = shapes
            .map(|shapes| shapes.input.clone())
            .unwrap_or_default();
        let names = Names {
            input: Some(input),
            response: Some(Shape::default()),
            ..Names::default()
        };
        let mut plans = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let at = format!("{pointer}/{index}");
            let when = StatusSet::compile(
                Some(&rule.when.status),
                &format!("{at}/when/status"),
                faults,
            );
            let mut compiler = Compiler::new(names.clone(), at);
            let message = rule
                .message
                .as_ref()
                .map(|value| compiler.at("message", |c| c.template(value)));
            let fields = rule
                .fields
                .as_ref()
                .map(|value| compiler.at("fields", |c| c.template(value)));
            faults.append(&mut compiler.faults);
            plans.push(Self {
                when,
                code: rule.code.clone(),
                message,
                fields,
            });
        }
        plans
    }
}
