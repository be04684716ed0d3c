//! One attempt: made, written down, and told to all that go by it.

use super::verdict::{Ending, sick};
use super::{Before, Ledger, Outgoing, Reply, Sender, span};
use crate::error::{Attempt, CANCELLED, ErrorKind, Outcome};
use crate::lane::Lane;
use crate::operation::Operation;
use crate::retry_after::retry_after;
use crate::transport::TransportError;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::pin::pin;
use std::time::Duration;
use tracing::Instrument as _;

impl Sender {
    /// Makes one attempt, and writes it down.
    pub(super) async fn attempt(
        &self,
        out: &Outgoing<'_>,
        mut request: Request<Bytes>,
        watch: Watch<'_>,
        ledger: &mut Ledger,
        before: &mut Before<'_>,
    ) -> Reply {
        let started = self.clock.now();
        let mut limits = out.operation.limits.clone();
        limits.timeout = limits.timeout.min(ledger.left(started));
        let cost = limits.rate.as_ref().map(|plan| plan.cost_of(request.uri()));
        let mut attempt = Attempt {
            number: u32::try_from(ledger.attempts.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
            retry: before.made,
            method: request.method().to_string(),
            host: request
                .uri()
                .authority()
                .map(ToString::to_string)
                .unwrap_or_default(),
            path: out.operation.path().unwrap_or_default().to_owned(),
            waited: std::mem::take(&mut before.waited),
            status: None,
            elapsed: Duration::ZERO,
            error: None,
            outcome: Outcome::Answered,
            limits: Vec::new(),
        };
        let span = span::attempt(
            request.method(),
            request.uri(),
            &attempt.path,
            attempt.retry,
        );
        span.in_scope(|| span::hand_on(self.traced.as_ref(), &mut request));
        let reply = pin!(self.transport.send(request, &limits));
        let reply = self.running.unless_cancelled(reply);
        let reply = reply.instrument(span.clone()).await;
        // It left, and nobody waits for what comes back.
        let reply =
            reply.unwrap_or_else(|| Err(TransportError::new(ErrorKind::Cancelled, CANCELLED)));
        let now = self.clock.now();
        watch.over(
            sick(reply.as_ref().map(Response::status)).map(|sick| !sick),
            now,
        );
        self.learn(out, &reply, cost.unwrap_or_default(), now).await;
        attempt.elapsed = now.saturating_sub(started);
        match &reply {
            Ok(response) => {
                attempt.status = Some(response.status().as_u16());
                attempt.outcome = self.outcome(out.operation, response);
                let plan = out.operation.limits.rate.as_ref();
                attempt.limits = plan
                    .map(|plan| plan.told(response.headers()))
                    .unwrap_or_default();
            }
            Err(error) => {
                attempt.status = error.status;
                attempt.error = Some(error.kind);
                attempt.outcome = error.outcome;
            }
        }
        before.made += 1;
        span::ended(&span, attempt.status, attempt.error);
        span.in_scope(|| self.tell(out.operation, &attempt));
        ledger.attempts.push(attempt);
        reply
    }

    /// What the reply's headers say about the service's limits.
    async fn learn(&self, out: &Outgoing<'_>, reply: &Reply, paid: u32, now: Duration) {
        let (Some(plan), Ok(response)) = (&out.operation.limits.rate, reply) else {
            return;
        };
        let left = if response.status() == StatusCode::TOO_MANY_REQUESTS {
            Some(0)
        } else {
            plan.left(response.headers())
        };
        if let Some(left) = left {
            self.rates.told(out.lane, plan.rate, left, now).await;
        } else if let Some(more) = plan
            .charged(response.headers())
            .and_then(|cost| cost.checked_sub(paid))
            .filter(|more| *more > 0)
        {
            // It is spent already: what follows waits the longer.
            let spent = self
                .rates
                .take(out.lane, plan.rate, more, Duration::MAX, now);
            spent.await.ok();
        }
    }

    /// How the attempt ended; nothing when the operation takes it for success.
    pub(super) fn ending(&self, operation: &Operation, reply: &Reply) -> Option<Ending> {
        match reply {
            Ok(response) => {
                let (status, asked) = self.refusal(operation, response)?;
                Some(operation.limits.statuses.ending(status, asked))
            }
            Err(error) => Some(Ending::of(error)),
        }
    }

    /// May the service have acted, by its answer?
    fn outcome(&self, operation: &Operation, response: &Response<Bytes>) -> Outcome {
        let refusal = self.refusal(operation, response);
        refusal.map_or(Outcome::Answered, |(status, asked)| {
            operation.limits.statuses.outcome(status, asked)
        })
    }

    /// A status that is no success, and whether the service says when to come back.
    fn refusal(&self, operation: &Operation, response: &Response<Bytes>) -> Option<(u16, bool)> {
        let status = response.status().as_u16();
        let asked = || retry_after(response.headers(), self.clock.unix()).is_some();
        (!operation.response.success.contains(status)).then(|| (status, asked()))
    }

    fn tell(&self, operation: &Operation, attempt: &Attempt) {
        tracing::debug!(
            operation = operation.name(), attempt = attempt.number, method = %attempt.method, host = %attempt.host,
            path = %attempt.path, status = attempt.status, error = attempt.error.map(ErrorKind::as_str),
            outcome = attempt.outcome.as_str(),
            elapsed_ms = u64::try_from(attempt.elapsed.as_millis()).unwrap_or(u64::MAX), "attempt"
        );
        self.observers.tell(|by| by.attempted(operation, attempt));
    }
}

/// Tells the breaker how an attempt ended, also when it was given up.
pub(super) struct Watch<'a> {
    sender: &'a Sender,
    lane: &'a Lane,
    told: bool,
}

impl<'a> Watch<'a> {
    /// Of an attempt that the breaker has let through.
    pub(super) fn new(sender: &'a Sender, lane: &'a Lane) -> Self {
        Self {
            sender,
            lane,
            told: false,
        }
    }

    fn over(mut self, works: Option<bool>, now: Duration) {
        self.told = true;
        self.sender.breaker.record(self.lane, works, now);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.sender
                .breaker
                .record(self.lane, None, self.sender.clock.now());
        }
    }
}
