//! [`View`]: what one request sees, and for whom it is.

use super::call::Failed;
use super::known::{Entry, Known};
use super::selection::Selection;
use crate::access::Caller;
use crate::ask::{Connection, Target};
use crate::problem::Problem;
use crate::server::Server;
use crate::slots::Slot;
use axum::http::request::Parts;
use opwire::{Call, Engine};
use rmcp::ErrorData;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What one request sees of the operations.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Each must let an operation in.
    pub(crate) selections: Vec<Selection>,
    /// Three tools in place of one for each operation?
    pub(crate) catalogue: bool,
    /// The credentials (connector, name) that calls don't have to give.
    pub(crate) credentials: Arc<BTreeSet<(String, String)>>,
    /// Whose request it is, where it came over HTTP.
    of: Option<Arc<Sender>>,
}

/// Who sent a request over HTTP.
#[derive(Debug)]
struct Sender {
    server: Server,
    caller: Caller,
    connection: Connection,
    /// Kept as long as the request is answered.
    _slot: Option<Slot>,
}

impl View {
    /// What a request over HTTP sees: of what the server offers, what the caller may, and the URL's query chooses.
    ///
    /// # Errors
    /// When the query or a header can't be read.
    pub(crate) fn over_http(&self, server: &Server, parts: &Parts) -> Result<Self, ErrorData> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller =
            caller.ok_or_else(|| ErrorData::invalid_request("nobody is known here", None))?;
        let connection = Connection::of(&parts.headers).map_err(|problem| refused(&problem))?;
        let query = parts.uri.query().unwrap_or_default();
        let (selection, catalogue) =
            Selection::of_query(query).map_err(|told| ErrorData::invalid_request(told, None))?;
        let mut view = self.clone();
        view.selections.push(selection);
        view.catalogue = catalogue.unwrap_or(view.catalogue);
        view.of = Some(Arc::new(Sender {
            server: server.clone(),
            caller,
            connection,
            _slot: parts.extensions.get::<Slot>().cloned(),
        }));
        Ok(view)
    }

    /// Is this operation offered?
    pub(crate) fn offers(&self, entry: &Entry) -> bool {
        let sender = self.of.as_ref();
        sender.is_none_or(|sender| sender.caller.scopes.allows(&entry.operation))
            && self
                .selections
                .iter()
                .all(|selection| selection.takes(&entry.tool, &entry.operation))
    }

    /// The operations that are offered.
    pub(crate) fn offered<'a>(&self, known: &'a Known) -> Vec<&'a Entry> {
        let entries = known.entries().iter();
        entries.filter(|entry| self.offers(entry)).collect()
    }

    /// Has the session this credential?
    pub(crate) fn has_credential(&self, connector: &str, name: &str) -> bool {
        let sender = self.of.as_ref();
        sender.is_some_and(|sender| sender.connection.is_named())
            || self
                .credentials
                .contains(&(connector.to_owned(), name.to_owned()))
    }

    /// Whose continuations these are.
    pub(crate) fn owner(&self) -> Option<String> {
        let sender = self.of.as_ref()?;
        Some(sender.connection.lane(&sender.caller.tenant))
    }

    /// The call of an operation, on behalf of whoever asks for it.
    pub(crate) async fn call(
        &self,
        engine: &Engine,
        entry: &Entry,
        input: Value,
    ) -> Result<Call, Failed> {
        let operation = &entry.operation;
        let Some(sender) = &self.of else {
            return Ok(engine.call(operation.name(), input));
        };
        let Sender {
            server,
            caller,
            connection,
            ..
        } = &**sender;
        let target = Target::new(Arc::clone(operation), caller.clone(), connection.clone());
        let opened = target.open(server, &input).await;
        let opened = opened.map_err(|problem| Failed::Asked(text(&problem)))?;
        Ok(target.call(server, operation, input, opened))
    }
}

fn refused(problem: &Problem) -> ErrorData {
    ErrorData::invalid_request(text(problem), None)
}

fn text(problem: &Problem) -> String {
    let value = problem.to_value();
    let member = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match member("help") {
        help if help.is_empty() => format!("{}.", member("detail")),
        help => format!("{}: {help}.", member("detail")),
    }
}
