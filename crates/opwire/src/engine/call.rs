//! [`Call`]: an invocation with more said about it than its input.

use super::Engine;
use crate::error::{Error, Violation};
use crate::options::Choice;
use crate::output::Output;
use crate::secret::Secret;
use crate::walk::{Items, Pages};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use tracing::Span;

/// A key is at most so long.
const LONGEST_KEY: usize = 255;

/// Who calls, and under which key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) tenant: Option<Arc<str>>,
    pub(super) credentials: BTreeMap<String, Secret>,
    idempotency_key: Option<String>,
    /// What the call was made in; nothing: whatever it is awaited in.
    span: Option<Span>,
}

impl Caller {
    /// Runs this in what the call was made in.
    pub(super) fn within<T>(&self, run: impl FnOnce() -> T) -> T {
        match &self.span {
            Some(span) => span.in_scope(run),
            None => run(),
        }
    }

    /// What the call was made in, to be entered; nothing when that is entered anyway.
    pub(super) fn around(&self) -> Span {
        self.span.clone().unwrap_or_else(Span::none)
    }

    /// What goes on being known of it while pages are fetched.
    pub(super) fn known(&self) -> Self {
        Self {
            tenant: self.tenant.clone(),
            span: self.span.clone(),
            ..Self::default()
        }
    }

    /// The caller's own key, else a new one.
    pub(super) fn key(&self) -> Result<String, Error> {
        let Some(key) = &self.idempotency_key else {
            return Ok(uuid::Uuid::new_v4().to_string());
        };
        if !key.is_empty()
            && key.len() <= LONGEST_KEY
            && key.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Ok(key.clone());
        }
        let message = "the idempotency key must have 1 to 255 characters of ASCII without spaces";
        Err(Error::input(vec![Violation::new(
            "",
            "idempotency_key",
            message,
        )]))
    }
}

/// An invocation that is about to be made. Await it, or take its pages.
///
/// Its spans belong to the span in which it was made.
///
/// ```no_run
/// # async fn doc(engine: opwire::Engine, input: serde_json::Value) -> Result<(), opwire::Error> {
/// let output = engine
///     .call("salesloft.create_task", input)
///     .tenant("acme")
///     .idempotency_key("order-4711")
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a call is made when it is awaited"]
pub struct Call {
    engine: Engine,
    pub(super) operation: String,
    pub(super) input: Value,
    pub(super) caller: Caller,
}

impl Call {
    pub(super) fn new(engine: Engine, operation: &str, input: Value) -> Self {
        Self {
            engine,
            operation: operation.to_owned(),
            input,
            caller: Caller {
                span: Some(Span::current()),
                ..Caller::default()
            },
        }
    }

    /// Whose call it is. Limits, budgets, breakers and tokens are kept by tenant and host.
    ///
    /// Default: callers with the same credentials are the same tenant.
    pub fn tenant(mut self, name: &str) -> Self {
        self.caller.tenant = Some(name.into());
        self
    }

    /// The key under which the service makes the change only once, 1 to 255 characters of ASCII without spaces.
    ///
    /// Default: a new one for each call, the same for all its attempts, given back in the output and in errors. Give
    /// that one to make the call again after an error. Only operations with an idempotency key send it.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.caller.idempotency_key = Some(key.to_owned());
        self
    }

    /// Credentials by name, for this call alone. Those in the input win, then these, then the provider's. Given again, the
    /// later ones win.
    ///
    /// With a [`tenant`](Self::tenant) tokens are kept by its name: give one for each set of credentials.
    pub fn credentials(mut self, credentials: BTreeMap<String, Secret>) -> Self {
        self.caller.credentials.extend(credentials);
        self
    }

    /// The outputs of the operation's pages, as a stream.
    pub fn pages(self) -> Pages {
        Pages::new(self)
    }

    /// The items of all pages of the operation, as a stream.
    pub fn items(self) -> Items {
        Items::new(self)
    }

    /// The choices of a field (see [`Engine::options`]).
    ///
    /// # Errors
    /// As [`Engine::options`].
    pub async fn options(self, field: &str) -> Result<Vec<Choice>, Error> {
        let engine = self.engine.clone();
        engine.choose(self, field).await
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone()
    }
}

impl IntoFuture for Call {
    type Output = Result<Output, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.engine
                .run(&self.operation, self.input, &self.caller)
                .await
        })
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("tenant", &self.caller.tenant)
            .finish_non_exhaustive()
    }
}
