//! Asking a person before something is done that can't be taken back.

use super::parts::beginning;
use opwire::Operation;
use opwire::manifest::Effect;
use rmcp::RoleServer;
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    InputRequest, InputRequiredResult, InputResponses, ProtocolVersion,
};
use rmcp::service::RequestContext;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The question's name among those that a client is asked.
const QUESTION: &str = "confirm";
/// Of an input no more is shown.
const MOST_SHOWN: usize = 300;

/// Before which operations a person is asked, where the client can ask (elicitation).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confirm {
    /// None.
    Never,
    /// Those that remove something.
    #[default]
    Deletes,
    /// Those that change anything.
    Writes,
}

/// What came of it.
pub(crate) enum Confirmed {
    /// The call may be made.
    Yes,
    /// A person said no, in words for the model.
    No(&'static str),
    /// The client must ask first, and call again.
    Ask(InputRequiredResult),
}

impl Confirm {
    pub(crate) fn wants(self, operation: &Operation) -> bool {
        match self {
            Self::Never => false,
            Self::Deletes => operation.effect() == Effect::Delete,
            Self::Writes => operation.effect() != Effect::Read,
        }
    }

    /// Has the client ask a person, when it can.
    pub(crate) async fn ask(
        self,
        operation: &Operation,
        input: &Map<String, Value>,
        responses: Option<&InputResponses>,
        context: &RequestContext<RoleServer>,
    ) -> Confirmed {
        let can_ask = context.client_capabilities().is_some_and(|can| {
            let elicits = can.elicitation;
            elicits.is_some_and(|modes| modes.form.is_some() || modes.url.is_none())
        });
        if !can_ask || !self.wants(operation) {
            return Confirmed::Yes;
        }
        if let Some(response) = responses.and_then(|all| all.get(QUESTION)) {
            return match serde_json::from_value(response.clone()) {
                Ok(answer) => of_answer(&answer),
                Err(_) => Confirmed::No("the answer to the question was not understood"),
            };
        }
        let params = question(operation, input);
        let newest = |version: ProtocolVersion| {
            // Dates: the later one is the greater text.
            version.as_str() >= ProtocolVersion::V_2026_07_28.as_str()
        };
        if context.protocol_version().is_some_and(newest) {
            let ask = InputRequest::Elicitation(ElicitRequest::new(params));
            let questions = BTreeMap::from([(QUESTION.to_owned(), ask)]);
            return Confirmed::Ask(InputRequiredResult::from_input_requests(questions));
        }
        match context.peer.create_elicitation(params).await {
            Ok(answer) => of_answer(&answer),
            Err(_) => Confirmed::No("the client could not ask the person who has to confirm it"),
        }
    }
}

fn of_answer(answer: &ElicitResult) -> Confirmed {
    let said = answer.content.as_ref();
    let said = said
        .and_then(|content| content.get(QUESTION))
        .and_then(Value::as_bool);
    match (&answer.action, said) {
        (ElicitationAction::Accept, Some(true)) => Confirmed::Yes,
        (ElicitationAction::Cancel, _) => Confirmed::No("the person closed the question"),
        _ => Confirmed::No("the person declined"),
    }
}

fn question(operation: &Operation, input: &Map<String, Value>) -> ElicitRequestParams {
    let mut shown = input.clone();
    for name in operation.connector().credential_names() {
        shown.shift_remove(name);
    }
    let shown = beginning(Value::Object(shown).to_string(), MOST_SHOWN);
    let message = format!("{} ({}) with {shown}?", operation.title(), operation.name());
    let schema = ElicitationSchema::builder()
        .required_bool_with(QUESTION, |field| field.title("Yes, do it"))
        .build_unchecked();
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema: schema,
    }
}
