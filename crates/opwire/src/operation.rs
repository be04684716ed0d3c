//! [`Operation`]: a compiled manifest.

mod compile;
pub(crate) mod fields;
mod schemas;

pub(crate) use compile::{Known, Seen};
pub use fields::Field;

use crate::connector::Connector;
use crate::error::Error;
use crate::manifest::{Effect, Format, Idempotency, Kind, OptionsPointers};
use crate::options::{ChoiceKinds, OptionLink};
use crate::output::OutputPlan;
use crate::page::PagePlan;
use crate::refusal::{ErrorPlan, StatusSet};
use crate::request::RequestPlan;
use crate::schema::{Defaults, Resting, Secrets};
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
    /// Most operations have none, and it is large.
    pub(crate) page: Option<Box<PagePlan>>,
    pub(crate) limits: Limits,
    pub(crate) errors: Vec<ErrorPlan>,
    options: Option<OptionsPointers>,
    /// What is known of a DDL's choices.
    pub(crate) choices: Option<ChoiceKinds>,
    pub(crate) links: Vec<OptionLink>,
    published: OnceLock<Value>,
    output: OnceLock<Value>,
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
            Cow::Owned(compile::idempotency_of(method.as_str()))
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

    /// Checks an input as an invocation does before anything is sent: against the schema, with credentials taken out.
    /// Missing credentials are no fault of an input.
    ///
    /// # Errors
    /// `input_invalid`, with every violation.
    pub fn check_input(&self, input: Value) -> Result<(), Error> {
        crate::input::check(self, input).map(drop)
    }

    /// The output's JSON Schema (2020-12), self-contained: computed from the templates, the input's schema and
    /// `response.schema`. What is not known allows anything; `{}` is its least.
    #[must_use]
    pub fn output_schema(&self) -> &Value {
        self.output.get_or_init(|| self.compute_output())
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
}
