//! Step 5. Request → reply, in attempts around one transport.

use crate::error::{Attempt, Error, ErrorKind};
use crate::operation::Operation;
use crate::transport::{Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use std::time::Duration;
use tokio::time::Instant;

/// Called with each attempt when it is over.
pub(crate) type Observer = dyn Fn(&Attempt) + Send + Sync;

/// Makes one attempt, within the operation's time.
pub(crate) async fn send(
    transport: &dyn Transport,
    observer: Option<&Observer>,
    operation: &Operation,
    request: Request<Bytes>,
    ledger: &mut Ledger,
) -> Result<Response<Bytes>, Error> {
    let started = Instant::now();
    let method = request.method().to_string();
    let host = request
        .uri()
        .authority()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut limits = operation.limits.clone();
    limits.timeout = limits.timeout.min(ledger.left(started));
    let reply = if limits.timeout.is_zero() {
        Err(
            TransportError::new(ErrorKind::Timeout, "the operation's time ran out")
                .with_outcome(crate::error::Outcome::NotSent),
        )
    } else {
        transport.send(request, &limits).await
    };
    let attempt = Attempt {
        number: u32::try_from(ledger.attempts.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1),
        method,
        host,
        path: operation.path().unwrap_or_default().to_owned(),
        status: reply.as_ref().ok().map(|reply| reply.status().as_u16()),
        elapsed: started.elapsed(),
        error: reply.as_ref().err().map(|error| error.kind),
    };
    tracing::debug!(
        operation = operation.name(), attempt = attempt.number, method = %attempt.method, host = %attempt.host,
        path = %attempt.path, status = attempt.status, error = attempt.error.map(ErrorKind::as_str),
        elapsed_ms = u64::try_from(attempt.elapsed.as_millis()).unwrap_or(u64::MAX), "attempt"
    );
    if let Some(observer) = observer {
        observer(&attempt);
    }
    ledger.attempts.push(attempt);
    reply.map_err(|error| {
        Error::new(error.kind, error.message)
            .with_outcome(error.outcome)
            .with_attempts(ledger.attempts.clone())
    })
}

/// What was sent in one invocation, and until when it may go on.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) attempts: Vec<Attempt>,
    deadline: Instant,
}

impl Ledger {
    pub(crate) fn new(time: Duration) -> Self {
        Self {
            attempts: Vec::new(),
            deadline: Instant::now() + time,
        }
    }

    fn left(&self, now: Instant) -> Duration {
        self.deadline.saturating_duration_since(now)
    }
}
