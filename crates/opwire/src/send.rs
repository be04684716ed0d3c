//! Step 5. Request → reply, in attempts around one transport.

pub(crate) mod backoff;
pub(crate) mod breaker;
pub(crate) mod budget;
pub(crate) mod gate;
pub(crate) mod ledger;
pub(crate) mod rate;
pub(crate) mod tokens;
pub(crate) mod verdict;

use crate::auth::{self, Keys};
use crate::clock::Clock;
use crate::egress::Site;
use crate::error::{Attempt, Error, ErrorKind, Outcome};
use crate::lane::Lane;
use crate::operation::Operation;
use crate::retry_after::retry_after;
use crate::transport::{Transport, TransportError};
use breaker::CircuitBreaker;
use bytes::Bytes;
use gate::{Count, Door, Gate, Place};
use http::{Method, Request, Response, StatusCode};
pub(crate) use ledger::Ledger;
use rate::RateLimiter;
use std::sync::Arc;
use std::time::Duration;
use tokens::Tokens;
use verdict::{Ending, Verdict, decide, outcome_of, sick};

/// Called with each attempt when it is over.
pub(crate) type Observer = dyn Fn(&Attempt) + Send + Sync;

/// Makes attempts, and keeps all that one attempt must know of others.
pub(crate) struct Sender {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) observer: Option<Box<Observer>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rates: Box<dyn RateLimiter>,
    pub(crate) breaker: Box<dyn CircuitBreaker>,
    pub(crate) gate: Gate,
    pub(crate) tokens: Tokens,
}

/// A request to be made, as often as need be.
pub(crate) struct Outgoing<'a> {
    pub(crate) operation: &'a Arc<Operation>,
    pub(crate) keys: &'a Arc<Keys>,
    pub(crate) lane: &'a Lane,
    pub(crate) site: &'a Arc<Site>,
    /// Renders the request, the same bytes each time, and says whether credentials may go with it.
    pub(crate) render: &'a (dyn Fn() -> Result<(Request<Bytes>, bool), Error> + Send + Sync),
}

/// A reply of any status.
pub(crate) struct Received {
    pub(crate) response: Response<Bytes>,
    /// An earlier attempt had done it already.
    pub(crate) replayed: bool,
    /// May an earlier attempt have been acted on?
    pub(crate) maybe_applied: bool,
}

/// A request that may be made now.
struct Ready<'a> {
    request: Request<Bytes>,
    place: Place<'a>,
    watch: Watch<'a>,
}

/// What is kept from attempt to attempt of one request.
#[derive(Default)]
struct Before<'a> {
    made: u32,
    /// May an earlier attempt have been acted on?
    maybe_applied: bool,
    lost_body: bool,
    renewed: bool,
    /// Held while a retry waits and runs.
    retrying: Option<Count<'a>>,
    cost: u32,
    waited: Duration,
}

type Reply = Result<Response<Bytes>, TransportError>;

impl Sender {
    /// Makes attempts until one is answered, or none may follow.
    pub(crate) async fn send(
        self: &Arc<Self>,
        out: &Outgoing<'_>,
        ledger: &mut Ledger,
    ) -> Result<Received, Error> {
        let door = self.gate.door(out.lane);
        let _call = door.call();
        let mut before = Before::default();
        let mut last: Option<Reply> = None;
        loop {
            let Ready {
                request,
                place,
                watch,
            } = match self.prepare(out, &door, ledger).await {
                Ok(ready) => ready,
                // What went before says more than that there can be no more.
                Err(refused) => {
                    return last.map_or_else(
                        || Err(after(refused, ledger)),
                        |last| finish(out, last, &before, ledger),
                    );
                }
            };
            let method = request.method().clone();
            let reply = self.attempt(out, request, watch, ledger, &mut before).await;
            drop(place);
            let ending = match ending(out.operation, &reply) {
                None => {
                    door.succeeded(before.cost);
                    return finish(out, reply, &before, ledger);
                }
                Some(_) if already_gone(&method, &reply, &before) => return Ok(gone()),
                Some(ending) => ending,
            };
            let verdict = decide(&out.operation.idempotency_of(&method), &method, ending);
            if !self
                .goes_on(out, verdict, ending, &reply, &door, ledger, &mut before)
                .await?
            {
                return finish(out, reply, &before, ledger);
            }
            last = Some(reply);
        }
    }

    /// A signed request, and its turn.
    async fn prepare<'a>(
        self: &'a Arc<Self>,
        out: &Outgoing<'a>,
        door: &'a Door,
        ledger: &Ledger,
    ) -> Result<Ready<'a>, Error> {
        let (request, credentials) = (out.render)()?;
        let left = ledger.left(self.clock.now());
        if left.is_zero() {
            return Err(
                Error::new(ErrorKind::Timeout, "the operation's time ran out")
                    .with_outcome(Outcome::NotSent),
            );
        }
        self.breaker
            .admit(out.lane, self.clock.now())
            .map_err(open)?;
        let watch = Watch {
            sender: self,
            lane: out.lane,
            told: false,
        };
        self.pay(out, &request, left).await?;
        let left = || ledger.left(self.clock.now());
        let place = self.gate.enter(door, &*self.clock, left()).await?;
        if !credentials {
            return Ok(Ready {
                request,
                place,
                watch,
            });
        }
        let token = self.tokens.current(self, out, left()).await?;
        let request = auth::sign(
            &out.operation.connector().auth,
            request,
            out.keys,
            token.as_ref(),
            Some(self.clock.unix()),
        )?;
        Ok(Ready {
            request,
            place,
            watch,
        })
    }

    /// Takes the request's cost out of what the service allows, and waits until it may be spent.
    async fn pay(
        &self,
        out: &Outgoing<'_>,
        request: &Request<Bytes>,
        most: Duration,
    ) -> Result<(), Error> {
        let Some(plan) = &out.operation.limits.rate else {
            return Ok(());
        };
        let cost = plan.cost_of(request.uri());
        match self
            .rates
            .take(out.lane, plan.rate, cost, most, self.clock.now())
            .await
        {
            Ok(wait) if wait.is_zero() => Ok(()),
            Ok(wait) => {
                self.clock.sleep(wait).await;
                Ok(())
            }
            Err(wait) => Err(Error::new(
                ErrorKind::RateLimited,
                "what the service allows in this time is spent",
            )
            .with_outcome(Outcome::NotSent)
            .with_retry_after(Some(wait))),
        }
    }

    /// Makes one attempt, and writes it down.
    async fn attempt(
        &self,
        out: &Outgoing<'_>,
        request: Request<Bytes>,
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
        };
        let reply = self.transport.send(request, &limits).await;
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
                if !out
                    .operation
                    .response
                    .success
                    .contains(response.status().as_u16())
                {
                    attempt.outcome = outcome_of(response.status().as_u16());
                }
            }
            Err(error) => {
                attempt.status = error.status;
                attempt.error = Some(error.kind);
                attempt.outcome = error.outcome;
            }
        }
        before.made += 1;
        self.tell(out.operation, &attempt);
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

    fn tell(&self, operation: &Operation, attempt: &Attempt) {
        tracing::debug!(
            operation = operation.name(), attempt = attempt.number, method = %attempt.method, host = %attempt.host,
            path = %attempt.path, status = attempt.status, error = attempt.error.map(ErrorKind::as_str),
            outcome = attempt.outcome.as_str(),
            elapsed_ms = u64::try_from(attempt.elapsed.as_millis()).unwrap_or(u64::MAX), "attempt"
        );
        if let Some(observer) = &self.observer {
            observer(attempt);
        }
    }

    /// Whether another attempt is made; the wait before it is over then.
    #[expect(
        clippy::too_many_arguments,
        reason = "they are what the decision goes by"
    )]
    async fn goes_on<'a>(
        self: &Arc<Self>,
        out: &Outgoing<'_>,
        verdict: Verdict,
        ending: Ending,
        reply: &Reply,
        door: &'a Door,
        ledger: &mut Ledger,
        before: &mut Before<'a>,
    ) -> Result<bool, Error> {
        before.retrying = None;
        let outcome = ledger.attempts.last().map(|attempt| attempt.outcome);
        before.maybe_applied |= outcome == Some(Outcome::MaybeApplied);
        match verdict {
            Verdict::Stop => return Ok(false),
            Verdict::Renew => {
                if before.renewed {
                    return Ok(false);
                }
                before.renewed = true;
                return self
                    .tokens
                    .renew(self, out, ledger.left(self.clock.now()))
                    .await;
            }
            Verdict::Transient | Verdict::Throttled => {}
        }
        // A lost body is asked for again once.
        if before.made >= out.operation.limits.attempts
            || (ending == Ending::LostBody && before.lost_body)
        {
            return Ok(false);
        }
        before.lost_body |= ending == Ending::LostBody;
        let asked = reply
            .as_ref()
            .ok()
            .and_then(|response| retry_after(response.headers(), self.clock.unix()));
        let pause = backoff::pause(verdict, before.made, asked, fastrand::f64);
        let too_long = asked.is_some_and(|asked| asked > backoff::LONGEST_ASKED);
        if too_long || pause >= ledger.left(self.clock.now()) {
            ledger.retry_after = Some(asked.unwrap_or(pause));
            return Ok(false);
        }
        before.cost = budget::cost(verdict == Verdict::Throttled);
        before.retrying = door.retry(before.cost);
        if before.retrying.is_none() {
            return Ok(false);
        }
        before.waited = pause;
        self.clock.sleep(pause).await;
        Ok(true)
    }
}

/// Tells the breaker how an attempt ended, also when it was given up.
struct Watch<'a> {
    sender: &'a Sender,
    lane: &'a Lane,
    told: bool,
}

impl Watch<'_> {
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

/// How the attempt ended; nothing when the operation takes it for success.
fn ending(operation: &Operation, reply: &Reply) -> Option<Ending> {
    match reply {
        Ok(response)
            if operation
                .response
                .success
                .contains(response.status().as_u16()) =>
        {
            None
        }
        Ok(response) => Some(Ending::Status(response.status().as_u16())),
        Err(error) => Some(Ending::of(error)),
    }
}

/// What is to be deleted is gone, and an earlier attempt may have been what deleted it.
fn already_gone(method: &Method, reply: &Reply, before: &Before<'_>) -> bool {
    let gone = [StatusCode::NOT_FOUND, StatusCode::GONE];
    *method == Method::DELETE
        && before.maybe_applied
        && reply
            .as_ref()
            .is_ok_and(|response| gone.contains(&response.status()))
}

fn gone() -> Received {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Received {
        response,
        replayed: true,
        maybe_applied: false,
    }
}

fn finish(
    out: &Outgoing<'_>,
    reply: Reply,
    before: &Before<'_>,
    ledger: &Ledger,
) -> Result<Received, Error> {
    match reply {
        Ok(response) => Ok(Received {
            response,
            replayed: false,
            maybe_applied: before.maybe_applied,
        }),
        Err(error) => {
            // A transport of the host's may say more than it should.
            let message = out.keys.redact(&error.message);
            let made = Error::new(error.kind, message).with_outcome(error.outcome);
            Err(made
                .or_earlier(before.maybe_applied)
                .after(error.status, &ledger.attempts))
        }
    }
}

/// An error before an attempt, in an invocation that has made others.
fn after(error: Error, ledger: &Ledger) -> Error {
    error.after(None, &ledger.attempts)
}

fn open(left: Duration) -> Error {
    Error::new(
        ErrorKind::CircuitOpen,
        "the service failed too often just now and is left alone for a while",
    )
    .with_retry_after(Some(left))
}
