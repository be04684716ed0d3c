//! A manifest → [`Operation`], with every fault.

use super::{Kept, Operation, ResponsePlan, schemas};
use crate::check;
use crate::connector::{Connector, limits};
use crate::manifest::{
    Effect, Fault, Format, Idempotency, Kind, OperationManifest, OptionsPointers, read_operation,
};
use crate::options::{self, ChoiceKinds};
use crate::output::OutputPlan;
use crate::page::PagePlan;
use crate::refusal::{ErrorPlan, StatusSet};
use crate::request::RequestPlan;
use crate::schema::{Defaults, Secrets, Validator};
use crate::template::{Environment, InputReads, Names, Probe};
use crate::types::{Kinds, Publisher, Type};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// What is known of the input and of the reply's body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) input: Type<'a>,
    pub(crate) response: Type<'a>,
    /// What templates read of the input.
    pub(crate) reads: InputReads,
    /// Who wants to know what is known at a place.
    pub(crate) probe: Option<Probe<'a>>,
}

/// What is known of one place of a manifest, for its author.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// The names that hold there; nothing where no template stands.
    pub(crate) environment: Option<Environment<'a>>,
    /// The input's schema, self-contained.
    pub(crate) input: &'a Value,
    /// The reply's, where there is one.
    pub(crate) response: Option<&'a Value>,
}

impl<'a> Known<'a> {
    fn new(typed: &OperationManifest, input: &'a Value, response: Option<&'a Value>) -> Self {
        Self {
            input: Type::of_schema(input),
            response: match typed.response.format {
                Format::Text | Format::Bytes => Type::kind(Kinds::TEXT),
                Format::None => Type::kind(Kinds::NULL),
                _ => response.map_or_else(Type::any, Type::of_schema),
            },
            reads: InputReads::default(),
            probe: None,
        }
    }

    pub(crate) fn of_input(&self) -> Names<'a> {
        Names {
            input: Some(self.input.clone()),
            reads: Some(self.reads.clone()),
            probe: self.probe.clone(),
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

/// What of an operation its reply goes through.
struct Reply<'a> {
    plan: ResponsePlan,
    page: Option<PagePlan>,
    output: Type<'a>,
}

impl<'a> Reply<'a> {
    fn compile(
        typed: &OperationManifest,
        connector: &Connector,
        known: &Known<'a>,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let page = PagePlan::compile(typed.pagination.as_ref(), connector, known, faults);
        let success = typed.response.success.as_ref();
        let success = StatusSet::compile(success, "/response/success", faults);
        let (page, item) = page.unzip();
        let collects = page.as_ref().is_some_and(|page| page.collect.is_some());
        let (plan, output) = OutputPlan::compile(
            typed.response.output.as_ref(),
            typed.request.is_some(),
            item.filter(|_| collects),
            known,
            faults,
        );
        let plan = ResponsePlan {
            success,
            format: typed.response.format,
            output: plan,
        };
        Self { plan, page, output }
    }
}

impl Operation {
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
        let known = Known::new(&typed, &schema, response_schema.as_deref());
        let request = typed
            .request
            .as_ref()
            .and_then(|request| RequestPlan::compile(request, connector, &known, &mut faults));
        let Reply {
            plan: response,
            page,
            output,
        } = Reply::compile(&typed, connector, &known, &mut faults);
        let limits = typed.limits.as_ref().map_or_else(
            || connector.limits.clone(),
            |manifest| limits(&connector.limits, manifest, "/limits", &mut faults),
        );
        let errors = ErrorPlan::compile_all(&typed.errors, "/errors", Some(&known), &mut faults);
        let links = options::links(&schema, manifest.get("input"), &known, &mut faults);
        let pointers = typed
            .options
            .clone()
            .or_else(|| (typed.kind == Kind::Ddl).then(OptionsPointers::default));
        let choices = pointers
            .as_ref()
            .and_then(|pointers| ChoiceKinds::of(pointers, &output, manifest, &mut faults));
        faults.extend(check::unused_input(typed.input.as_ref(), &known.reads));
        // What only may be wrong is told of a file that is otherwise sound: it may follow from what is not.
        if faults.iter().any(Fault::is_error) {
            faults.retain(Fault::is_error);
        }
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
            response,
            page: page.map(Box::new),
            limits,
            errors,
            options: pointers,
            choices,
            links,
            published: OnceLock::new(),
            output: OnceLock::new(),
        };
        let sound = faults.iter().all(|fault| !fault.is_error());
        (sound.then_some(operation), faults)
    }

    /// Shows what is known at a place of a manifest, its faults left aside.
    pub(crate) fn look<R>(
        typed: &OperationManifest,
        connector: &Connector,
        pointer: &str,
        show: impl FnOnce(Seen<'_>) -> R,
    ) -> R {
        let mut faults = Vec::new();
        let input = schemas::input(typed, connector, &mut faults);
        let response = schemas::response(typed, connector, &mut faults);
        let probe = Probe::new(pointer);
        let known = Known {
            probe: Some(probe.clone()),
            ..Known::new(typed, &input, response.as_deref())
        };
        if let Some(request) = &typed.request {
            RequestPlan::compile(request, connector, &known, &mut faults);
        }
        Reply::compile(typed, connector, &known, &mut faults);
        ErrorPlan::compile_all(&typed.errors, "/errors", Some(&known), &mut faults);
        let own = typed.input.clone().map(Value::Object);
        options::links(&input, own.as_ref(), &known, &mut faults);
        show(Seen {
            environment: probe.seen(),
            input: &input,
            response: response.as_deref(),
        })
    }

    /// The schema of a reply's decoded body (`response.schema`), self-contained; nothing when the manifest has none.
    #[must_use]
    pub fn response_schema(&self) -> Option<Value> {
        let typed = read_operation(self.manifest.value()).ok()?;
        schemas::response(&typed, &self.connector, &mut Vec::new()).map(Arc::unwrap_or_clone)
    }

    /// The same, compiled.
    pub(crate) fn response_validator(&self) -> Option<Validator> {
        Validator::new(self.response_schema()?).ok()
    }

    /// The output's schema, from the manifest: it is seldom asked for, so it is not kept from loading.
    pub(super) fn compute_output(&self) -> Value {
        let Ok(typed) = read_operation(self.manifest.value()) else {
            return json!({});
        };
        let mut faults = Vec::new();
        let input = schemas::input(&typed, &self.connector, &mut faults);
        let response = schemas::response(&typed, &self.connector, &mut faults);
        let known = Known::new(&typed, &input, response.as_deref());
        let reply = Reply::compile(&typed, &self.connector, &known, &mut faults);
        Publisher::publish(&reply.output)
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
pub(super) fn idempotency_of(method: &str) -> Idempotency {
    match method {
        "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" => Idempotency::Natural,
        _ => Idempotency::None,
    }
}
