//! [`Watched`]: a call as it is told to observers, and to `tracing` as a span.

use super::call::Caller;
use super::guarded;
use crate::error::{Error, ErrorKind, Outcome};
use crate::observer::{Called, Facts, Work};
use crate::operation::Operation;
use crate::send::Sender;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tracing::field::Empty;
use tracing::instrument::Instrument as _;
use tracing::{Span, info_span};

/// A call that is watched from its beginning to its end, also when it is dropped before that.
pub(crate) struct Watched<'a> {
    sender: &'a Sender,
    operation: &'a Operation,
    caller: &'a Caller,
    work: Work,
    span: Span,
    /// By the engine's clock; nothing when nobody watches, or all is told.
    started: Option<Duration>,
}

/// How it went, as far as it is told.
struct Ended {
    error: Option<ErrorKind>,
    outcome: Outcome,
    facts: Facts,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(
        sender: &'a Sender,
        operation: &'a Operation,
        caller: &'a Caller,
        work: Work,
    ) -> Self {
        let span = caller.within(|| span(operation, caller, work));
        let watched = sender.observers.any() || !span.is_disabled();
        Self {
            started: watched.then(|| sender.clock.now()),
            sender,
            operation,
            caller,
            work,
            span,
        }
    }

    /// Does the work, and tells how it went. Work is pinned where it is made: moved, it would take its place twice.
    pub(crate) async fn through<T>(
        mut self,
        work: Pin<&mut impl Future<Output = Result<(T, Facts), Error>>>,
    ) -> Result<T, Error> {
        let work = guarded(work).instrument(self.span.clone());
        // Who takes the outer span and not the inner one finds it only when both are entered.
        let done = work.instrument(self.caller.around()).await;
        match done {
            Ok((done, facts)) => {
                self.end(&Ended {
                    error: None,
                    outcome: Outcome::Answered,
                    facts,
                });
                Ok(done)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Tells how it went that the work could not begin.
    pub(crate) fn failed(&mut self, error: Error) -> Error {
        let facts = Facts {
            status: error.status(),
            attempts: error.attempts().len(),
            bytes: 0,
        };
        self.end(&Ended {
            error: Some(error.kind()),
            outcome: error.outcome(),
            facts,
        });
        error.with_operation(self.operation.name())
    }

    fn end(&mut self, ended: &Ended) {
        let Some(started) = self.started.take() else {
            return;
        };
        let Ended {
            error,
            outcome,
            facts,
        } = *ended;
        record(&self.span, error, outcome, facts);
        let called = Called {
            work: self.work,
            operation: self.operation,
            tenant: self.caller.tenant.as_deref(),
            error,
            outcome,
            status: facts.status,
            attempts: facts.attempts,
            bytes: facts.bytes,
            elapsed: self.sender.clock.now().saturating_sub(started),
        };
        let tell = || self.sender.observers.tell(|by| by.called(&called));
        self.caller.within(|| self.span.in_scope(tell));
    }
}

impl Drop for Watched<'_> {
    /// Its caller gave it up: what was sent by then is not known here.
    fn drop(&mut self) {
        self.end(&Ended {
            error: Some(ErrorKind::Cancelled),
            outcome: Outcome::MaybeApplied,
            facts: Facts::default(),
        });
    }
}

fn span(operation: &Operation, caller: &Caller, work: Work) -> Span {
    info_span!(
        target: "opwire",
        "call",
        otel.name = format_args!("{} {}", work.as_str(), operation.name()),
        otel.kind = "internal",
        otel.status_code = Empty,
        opwire.work = work.as_str(),
        opwire.operation = operation.name(),
        opwire.connector = operation.connector().name(),
        opwire.tenant = caller.tenant.as_deref(),
        opwire.outcome = Empty,
        opwire.attempts = Empty,
        error.r#type = Empty,
    )
}

fn record(span: &Span, error: Option<ErrorKind>, outcome: Outcome, facts: Facts) {
    if span.is_disabled() {
        return;
    }
    span.record("opwire.outcome", outcome.as_str());
    span.record("opwire.attempts", facts.attempts);
    if let Some(error) = error {
        span.record("error.type", error.as_str());
        span.record("otel.status_code", "ERROR");
    }
}
