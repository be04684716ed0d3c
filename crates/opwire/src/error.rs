//! [`Error`]: what went wrong in an invocation, and whether the service may have acted.

mod kind;

pub use kind::{ErrorKind, Outcome};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// What a call that was given up tells.
pub(crate) const CANCELLED: &str = "the call was cancelled";

/// One thing that is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// Where in the input, as a JSON Pointer (RFC 6901); empty for the whole.
    pub pointer: String,
    /// The JSON Schema keyword that refused it, or the engine's rule (`path`, `header`, `credential`).
    pub keyword: String,
    /// What is wrong, without the value.
    pub message: String,
}

impl Violation {
    pub(crate) fn new(
        pointer: impl Into<String>,
        keyword: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            keyword: keyword.into(),
            message: message.into(),
        }
    }
}

/// One request that was put on the wire, or tried to be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// How many attempts at the same request came before; pages that an invocation collects are requests of their own.
    pub retry: u32,
    /// The HTTP method.
    pub method: String,
    /// The host and port.
    pub host: String,
    /// The path as a template, so that no value of the input shows.
    pub path: String,
    /// The reply's status, when there was a reply.
    pub status: Option<u16>,
    /// How long the attempt was waited for after the one before.
    pub waited: Duration,
    /// How long the attempt took.
    pub elapsed: Duration,
    /// What went wrong, when something did.
    pub error: Option<ErrorKind>,
    /// May the service have acted on this attempt?
    pub outcome: Outcome,
    /// What the reply's headers told of the service's limits: those that the connector's `limits.rate` names, and
    /// `RateLimit`, by their names in lower case.
    pub limits: Vec<(String, String)>,
}

/// Why an invocation gave no output.
///
/// The text is lower-case and holds no secret and no value of the input. It serialises as
/// `application/problem+json` (RFC 9457).
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    message: String,
    help: Option<String>,
    operation: Option<String>,
    code: Option<String>,
    status: Option<u16>,
    body: Option<Value>,
    retry_after: Option<Duration>,
    violations: Vec<Violation>,
    attempts: Vec<Attempt>,
    idempotency_key: Option<String>,
}

impl Error {
    /// An error of this kind, with its usual outcome.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            outcome: kind.outcome(),
            message: message.into(),
            help: None,
            operation: None,
            code: None,
            status: None,
            body: None,
            retry_after: None,
            violations: Vec::new(),
            attempts: Vec::new(),
            idempotency_key: None,
        }))
    }

    pub(crate) fn input(violations: Vec<Violation>) -> Self {
        let message = match violations.as_slice() {
            [one] => format!(
                "the input is not valid: {}: {}",
                shown(&one.pointer),
                one.message
            ),
            many => format!("the input is not valid in {} places", many.len()),
        };
        let mut error = Self::new(ErrorKind::InputInvalid, message);
        error.0.violations = violations;
        error
    }

    /// Given up before anything was sent.
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, CANCELLED).with_outcome(Outcome::NotSent)
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// The service may have acted at an earlier attempt, whatever it answered to the last.
    #[must_use]
    pub(crate) fn or_earlier(self, maybe_applied: bool) -> Self {
        if maybe_applied {
            return self.with_outcome(Outcome::MaybeApplied);
        }
        self
    }

    #[must_use]
    pub(crate) fn with_operation(mut self, operation: &str) -> Self {
        self.0.operation.get_or_insert_with(|| operation.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn with_attempts(mut self, attempts: Vec<Attempt>) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// After a reply came: its status and all attempts, where the error doesn't know them yet.
    #[must_use]
    pub(crate) fn after(mut self, status: Option<u16>, attempts: &[Attempt]) -> Self {
        self.0.status = self.0.status.or(status);
        if self.0.attempts.is_empty() {
            self.0.attempts = attempts.to_vec();
        }
        self
    }

    #[must_use]
    pub(crate) fn with_reply(mut self, status: u16, body: Option<Value>) -> Self {
        self.0.status = Some(status);
        self.0.body = body;
        self
    }

    #[must_use]
    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    #[must_use]
    pub(crate) fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.0.violations = violations;
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = self.0.retry_after.or(wait);
        self
    }

    #[must_use]
    pub(crate) fn with_idempotency_key(mut self, key: &str) -> Self {
        if !key.is_empty() {
            self.0.idempotency_key = Some(key.to_owned());
        }
        self
    }

    /// The idempotency key that was sent: give it to a later call to repeat this one safely.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// May the service have acted?
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Can the same call succeed later? True also says that repeating it can't duplicate anything unless
    /// [`outcome`](Self::outcome) is `maybe_applied`.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.0.kind.retryable()
    }

    /// The command line's exit code: by kind, and 4 for what never left.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.kind().exit_code(), self.outcome()) {
            (5 | 6, Outcome::NotSent) => 4,
            (code, _) => code,
        }
    }

    /// Every request that was tried, in order.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// How long the service asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// All that is wrong with the input, or with its fields as the service told.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// The reply's status.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The reply's body: JSON as such, other text as a string.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        self.0.body.as_ref()
    }

    /// The operation's full name.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The connector's own name for this refusal (`rejected`), from its `errors`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

/// A pointer as a person reads it: the empty one is the whole input.
fn shown(pointer: &str) -> &str {
    if pointer.is_empty() {
        "(the whole input)"
    } else {
        pointer
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.0.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.0.message)?;
        if self.0.violations.len() > 1 {
            for violation in &self.0.violations {
                write!(f, "; {}: {}", shown(&violation.pointer), violation.message)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The reply's body stays out: it may echo what was sent.
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("outcome", &self.0.outcome)
            .field("operation", &self.0.operation)
            .field("message", &self.0.message)
            .field("status", &self.0.status)
            .field("violations", &self.0.violations)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = &self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format!("urn:opwire:error:{}", inner.kind))?;
        map.serialize_entry("title", &inner.kind.as_str().replace('_', " "))?;
        map.serialize_entry("status", &inner.kind.http_status())?;
        map.serialize_entry("detail", &inner.message)?;
        map.serialize_entry("kind", inner.kind.as_str())?;
        map.serialize_entry("outcome", inner.outcome.as_str())?;
        map.serialize_entry("retryable", &inner.kind.retryable())?;
        let texts = [
            ("operation", &inner.operation),
            ("code", &inner.code),
            ("help", &inner.help),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        if let Some(status) = inner.status {
            map.serialize_entry("upstream_status", &status)?;
        }
        if let Some(body) = &inner.body {
            map.serialize_entry("upstream_body", body)?;
        }
        if let Some(wait) = inner.retry_after {
            map.serialize_entry(
                "retry_after_ms",
                &u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            )?;
        }
        if !inner.violations.is_empty() {
            map.serialize_entry("violations", &inner.violations)?;
        }
        if !inner.attempts.is_empty() {
            map.serialize_entry("attempts", &inner.attempts.len())?;
        }
        if let Some(key) = &inner.idempotency_key {
            map.serialize_entry("idempotency_key", key)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_json_has_the_members_of_rfc_9457() {
        let error = Error::input(vec![Violation::new("/a", "type", "must be a string")])
            .with_operation("x.y");
        let problem = serde_json::to_value(&error).unwrap();
        assert_eq!(problem["type"], "urn:opwire:error:input_invalid");
        assert_eq!(problem["status"], 422);
        assert_eq!(problem["violations"][0]["pointer"], "/a");
        assert_eq!(
            error.to_string(),
            "x.y: the input is not valid: /a: must be a string"
        );
    }
}
