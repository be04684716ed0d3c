//! [`Operation`]: a compiled manifest.

mod schemas;

use crate::connector::{Connector, limits};
use crate::manifest::{
    Effect, Fault, Format, Idempotency, Kind, OperationManifest, OptionsPointers,
};
use crate::options::{self, OptionLink};
use crate::output::OutputPlan;
use crate::page::PagePlan;
use crate::refusal::{ErrorPlan, StatusSet};
use crate::request::RequestPlan;
use crate::schema::{Defaults, Resting, Secrets};
use crate::template::Names;
use crate::template::check::Shape;
use crate::transport::Limits;
use serde_json::Value;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// An operation, compiled at load: an invocation parses nothing of the manifest again.
#[derive(Debug)]
pub struct Operation {
    name: String,
    id: String,
    connector: Arc<Connector>,
    file: PathBuf,
    manifest: Kept,
    kind: Kind,
    title: String,
    description: String,
    effect: Effect,
    pub(crate) idempotency: Idempotency,
    /// Does the input decide the method, and with it whether repeating is safe?
    dynamic: bool,
    pub(crate) schema: Resting,
    pub(crate) defaults: Defaults,
    pub(crate) secrets: Secrets,
    pub(crate) request: Option<RequestPlan>,
    pub(crate) response: ResponsePlan,
    pub(crate) page: Option<PagePlan>,
    pub(crate) limits: Limits,
    pub(crate) errors: Vec<ErrorPlan>,
    options: Option<OptionsPointers>,
    pub(crate) links: Vec<OptionLink>,
    published: OnceLock<Value>,
}

/// JSON kept as text until it is looked at.
#[derive(Debug)]
struct Kept {
    text: Box<str>,
    value: OnceLock<Value>,
}

impl Kept {
    fn new(value: &Value) -> Self {
        Self {
            text: value.to_string().into(),
            value: OnceLock::new(),
        }
    }

    fn value(&self) -> &Value {
        let read = || serde_json::from_str(&self.text).unwrap_or_default();
        self.value.get_or_init(read)
    }
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

    /// Whether repeating a request with this method is safe.
    pub(crate) fn idempotency_of(&self, method: &http::Method) -> Cow<'_, Idempotency> {
        if self.dynamic {
            Cow::Owned(idempotency_of(method.as_str()))
        } else {
            Cow::Borrowed(&self.idempotency)
        }
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
            .get_or_init(|| schemas::publish(self.schema.validator().schema(), &self.connector))
    }

    /// The file as JSON.
    #[must_use]
    pub fn manifest(&self) -> &Value {
        self.manifest.value()
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
        manifest: &Value,
        file: &Path,
        id: &str,
        connector: &Arc<Connector>,
    ) -> (Option<Self>, Vec<Fault>) {
        let mut faults = Vec::new();
        let schema = schemas::input(&typed, connector, &mut faults);
        let validator = if faults.is_empty() {
            schemas::compile(schema.clone(), "/input", &mut faults)
        } else {
            None
        };
        let response_schema = schemas::response(&typed, connector, &mut faults);
        // A schema with faults still says enough to check the templates.
        let shapes = Shapes {
            input: Shape::of(&schema),
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
        let links = options::links(&schema, manifest.get("input"), &shapes, &mut faults);
        let Some(validator) = validator else {
            return (None, faults);
        };
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
            dynamic: typed.idempotency.is_none() && method == "dynamic",
            idempotency: typed.idempotency.unwrap_or_else(|| idempotency_of(&method)),
            kind: typed.kind,
            title: typed.title,
            description: typed.description,
            manifest: Kept::new(manifest),
            defaults: Defaults::of(validator.schema()),
            secrets: Secrets::of(validator.schema()),
            schema: validator.rest(),
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
