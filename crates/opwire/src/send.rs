//! Step 5. Request → reply, in attempts around one transport.

mod attempt;
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
use crate::running::Running;
use crate::transport::{Transport, TransportError};
use attempt::Watch;
use breaker::CircuitBreaker;
use bytes::Bytes;
use gate::{Count, Door, Gate, Place};
use http::{HeaderMap, Method, Request, Response, StatusCode};
pub(crate) use ledger::Ledger;
use rate::RateLimiter;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokens::Tokens;
use verdict::{Ending, Verdict, decide};

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
    pub(crate) running: Arc<Running>,
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
            } = match self.ready(out, &door, ledger).await {
                Ok(ready) => ready,
                Err(refused) => {
                    // What went before says more than that there can be no more.
                    return match last.filter(|_| refused.kind() != ErrorKind::Cancelled) {
                        Some(last) => finish(out, last, &before, ledger),
                        None => Err(after(refused, ledger)),
                    };
                }
            };
            let method = request.method().clone();
            let reply = self.attempt(out, request, watch, ledger, &mut before).await;
            drop(place);
            let ending = match self.ending(out.operation, &reply) {
                None => {
                    door.succeeded(before.cost);
                    return finish(out, reply, &before, ledger);
                }
                Some(_) if already_gone(&method, &reply, &before) => return Ok(gone()),
                Some(ending) => ending,
            };
            let verdict = decide(&out.operation.idempotency_of(&method), &method, ending);
            let goes_on = {
                let before = &mut before;
                let decided = self.goes_on(out, verdict, ending, &reply, &door, ledger, before);
                self.running.unless_cancelled(pin!(decided)).await
            };
            match goes_on.unwrap_or_else(|| Err(Error::cancelled())) {
                Ok(true) => last = Some(reply),
                Ok(false) => return finish(out, reply, &before, ledger),
                Err(error) => return Err(after(error, ledger)),
            }
        }
    }

    /// A signed request, and its turn, unless the call is given up before that.
    async fn ready<'a>(
        self: &'a Arc<Self>,
        out: &Outgoing<'a>,
        door: &'a Door,
        ledger: &Ledger,
    ) -> Result<Ready<'a>, Error> {
        // What is ready at once would leave all the same.
        if self.running.cancelled() {
            return Err(Error::cancelled());
        }
        let ready = pin!(self.prepare(out, door, ledger));
        let ready = self.running.unless_cancelled(ready).await;
        ready.unwrap_or_else(|| Err(Error::cancelled()))
    }

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
        let watch = Watch::new(self, out.lane);
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
        let asked = reply.as_ref().ok().and_then(|response| {
            asked(
                out.operation,
                response.status().as_u16(),
                response.headers(),
                self.clock.unix(),
            )
        });
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

/// How long the service asks to wait: by `Retry-After`, else, when it has too much to do, by the header that tells when
/// more is allowed.
pub(crate) fn asked(
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    unix: Duration,
) -> Option<Duration> {
    retry_after(headers, unix).or_else(|| {
        let plan = operation.limits.rate.as_ref().filter(|_| status == 429);
        plan?.reset(headers, unix)
    })
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

/// An error between attempts: what was sent before it is part of it.
fn after(error: Error, ledger: &Ledger) -> Error {
    if ledger.attempts.is_empty() {
        return error;
    }
    let error = match error.kind() {
        ErrorKind::Cancelled => error.with_outcome(ledger.outcome()),
        _ => error.or_earlier(ledger.outcome() == Outcome::MaybeApplied),
    };
    error.after(None, &ledger.attempts)
}

fn open(left: Duration) -> Error {
    Error::new(
        ErrorKind::CircuitOpen,
        "the service failed too often just now and is left alone for a while",
    )
    .with_retry_after(Some(left))
}
