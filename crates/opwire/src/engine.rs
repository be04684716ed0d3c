//! [`Engine`]: invoke and render, top to bottom.

mod builder;
mod call;
mod world;

use crate::auth::{self, Keys};
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::egress;
use crate::error::{Error, ErrorKind, Outcome};
use crate::input::{self, Checked};
use crate::lane::Lane;
use crate::manifest::{self, Idempotency};
use crate::operation::Operation;
use crate::options::Choice;
use crate::output::{self, Output};
use crate::request::{self, Change};
use crate::response::{self, Reply};
use crate::running::One;
use crate::send::{Ledger, Outgoing, Sender};
use crate::walk::{Items, Pages, Walk};
use arc_swap::ArcSwap;
pub use builder::EngineBuilder;
use bytes::Bytes;
pub use call::Call;
use call::Caller;
use egress::Site;
use futures_util::FutureExt as _;
use http::Request;
use serde_json::Value;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use world::{Places, World};

/// Called with each reply of a service.
type OnReply = dyn Fn(&manifest::Reply) + Send + Sync;

/// What stands for the idempotency key in a request that is only shown.
const SHOWN_KEY: &str = "{idempotency_key}";

/// Invokes operations by name. Cheap to clone; use one for many invocations at once.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    world: ArcSwap<World>,
    places: Places,
    credentials: Box<dyn Credentials>,
    sender: Arc<Sender>,
    on_reply: Option<Box<OnReply>>,
}

impl Engine {
    /// Sets an engine up.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Invokes an operation: checks the input, makes the request, reshapes the reply.
    ///
    /// The name is the full one (`salesloft.get_person`), or the short one where only one connector has it. The
    /// input may hold the connector's credentials at its top level. [`call`](Self::call) says more: for which tenant,
    /// under which idempotency key.
    ///
    /// # Errors
    /// An [`Error`] of any kind; its `outcome` tells whether the service may have acted.
    pub async fn invoke(&self, operation: &str, input: Value) -> Result<Output, Error> {
        self.run(operation, input, &Caller::default()).await
    }

    /// An invocation with a tenant's name or an idempotency key. It is made when it is awaited.
    pub fn call(&self, operation: &str, input: Value) -> Call {
        Call::new(self.clone(), operation, input)
    }

    /// The exact request that `invoke` would send, with credentials as names in braces; nothing is sent.
    ///
    /// Credentials need not be given.
    ///
    /// # Errors
    /// `unknown_operation`, `input_invalid`, `template_failed`, and `egress_denied` for a URL outside the connector.
    pub fn render(&self, operation: &str, input: Value) -> Result<Request<Bytes>, Error> {
        let world = self.0.world.load();
        let operation = world.catalog.get(operation)?;
        let rendered = || {
            let Checked { mut input, .. } = input::check(&operation, input)?;
            operation.secrets.name(&mut input);
            let connector = operation.connector();
            let site = world.site(connector.name())?;
            let request = request::render(&operation, &site.base, &input, None, SHOWN_KEY)?;
            if egress::check(connector, site, request.uri(), &self.0.places.policy)? {
                return auth::sign(
                    &connector.auth,
                    request,
                    &Keys::names(connector),
                    None,
                    None,
                );
            }
            Ok(request)
        };
        rendered().map_err(|error| error.with_operation(operation.name()))
    }

    /// The outputs of an operation's pages, as a stream.
    pub fn pages(&self, operation: &str, input: Value) -> Pages {
        self.call(operation, input).pages()
    }

    /// The items of all pages of an operation, as a stream.
    pub fn items(&self, operation: &str, input: Value) -> Items {
        self.call(operation, input).items()
    }

    /// The choices of a field, through the DDL operation that its `x-options` names.
    ///
    /// `field` is a JSON Pointer into the operation's input; `input` is as much of the input as there is yet:
    /// credentials, and fields that the choices depend on.
    ///
    /// # Errors
    /// `input_invalid` when the field has no choices; else as [`invoke`](Self::invoke) of the DDL.
    pub async fn options(
        &self,
        operation: &str,
        field: &str,
        input: Value,
    ) -> Result<Vec<Choice>, Error> {
        self.call(operation, input).options(field).await
    }

    /// The operations.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.0.world.load().catalog.clone()
    }

    /// The clock that everything here goes by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.sender.clock)
    }

    /// Takes other manifests from now on, all at once. Invocations that run go on with those that they began with.
    pub fn reload(&self, catalog: Catalog) {
        self.0.world.store(Arc::new(self.0.places.world(catalog)));
    }

    /// Takes no more invocations (they fail as `overloaded`), and waits until those that run are over, but no longer
    /// than this. Says whether all are.
    pub async fn drain(&self, most: Duration) -> bool {
        let sender = &self.0.sender;
        sender.running.drain(&*sender.clock, most).await
    }

    /// Takes no more invocations, and ends those that run as `cancelled`, each with what is known of it: whether its
    /// request had left, and what was answered. The renewal of a token goes on; [`drain`](Self::drain) waits for it.
    pub fn cancel(&self) {
        self.0.sender.running.cancel();
    }

    async fn run(&self, name: &str, input: Value, caller: &Caller) -> Result<Output, Error> {
        let world = self.0.world.load_full();
        let operation = world.catalog.get(name)?;
        let invoked = guarded(async {
            let _running = self.0.sender.running.enter()?;
            let checked = input::check(&operation, input)?;
            self.run_checked(&world, &operation, checked, caller).await
        });
        invoked
            .await
            .map_err(|error| error.with_operation(operation.name()))
    }

    async fn choose(&self, call: Call, field: &str) -> Result<Vec<Choice>, Error> {
        let world = self.0.world.load_full();
        let operation = world.catalog.get(&call.operation)?;
        let chosen = guarded(async {
            let _running = self.0.sender.running.enter()?;
            let asked = operation.ask(field, call.input)?;
            let ddl = world.catalog.get(&asked.operation)?;
            let mut checked = input::check(&ddl, asked.input)?;
            checked.credentials = asked.credentials;
            let output = self
                .run_checked(&world, &ddl, checked, &call.caller)
                .await?;
            Ok(ddl.choices_in(&output.to_value()))
        });
        chosen
            .await
            .map_err(|error| error.with_operation(operation.name()))
    }

    async fn run_checked(
        &self,
        world: &World,
        operation: &Arc<Operation>,
        checked: Checked,
        caller: &Caller,
    ) -> Result<Output, Error> {
        if operation.request.is_none() {
            return output::map(operation, &checked.input, None, None);
        }
        let (invocation, input) = self.begin(world, operation, checked, caller).await?;
        let mut ledger = invocation.ledger();
        if let Some(most) = operation.page.as_ref().and_then(|page| page.collect) {
            return Walk::new(invocation, input).collect(most, ledger).await;
        }
        let reply = invocation.exchange(&input, None, &mut ledger).await?;
        invocation.output(&input, Some(&reply), None, ledger)
    }

    /// What goes with every request of an invocation.
    async fn begin(
        &self,
        world: &World,
        operation: &Arc<Operation>,
        checked: Checked,
        caller: &Caller,
    ) -> Result<(Invocation, Value), Error> {
        let connector = operation.connector();
        let site = Arc::clone(world.site(connector.name())?);
        let (provider, tenant) = (&*self.0.credentials, caller.tenant.as_ref());
        let mut given = caller.credentials.clone();
        given.extend(checked.credentials);
        let keys = pin!(Keys::gather(connector, given, provider, tenant));
        let keys = self.0.sender.running.unless_cancelled(keys).await;
        let keys = keys.unwrap_or_else(|| Err(Error::cancelled()))?;
        keys.taint(checked.secrets);
        let idempotency_key = match operation.idempotency {
            Idempotency::Header(_) | Idempotency::Body(_) => caller.key()?,
            Idempotency::Natural | Idempotency::None => String::new(),
        };
        let invocation = Invocation {
            engine: self.clone(),
            lane: Lane::new(&keys.tenant, &site.host),
            operation: Arc::clone(operation),
            site,
            keys: Arc::new(keys),
            idempotency_key,
        };
        Ok((invocation, checked.input))
    }

    /// Begins a walk over the pages of an operation.
    pub(crate) async fn walk(&self, call: Call) -> Result<Box<Walk>, Error> {
        let world = self.0.world.load_full();
        let operation = world.catalog.get(&call.operation)?;
        let begun = guarded(async {
            let _running = self.0.sender.running.enter()?;
            if operation.request.is_none() {
                let message = "the operation is static: it has no pages";
                return Err(Error::new(ErrorKind::InputInvalid, message));
            }
            let checked = input::check(&operation, call.input)?;
            let (invocation, input) = self
                .begin(&world, &operation, checked, &call.caller)
                .await?;
            Ok(Box::new(Walk::new(invocation, input)))
        });
        begun
            .await
            .map_err(|error| error.with_operation(operation.name()))
    }
}

/// One invocation: what is called, for whom, and where it goes.
pub(crate) struct Invocation {
    engine: Engine,
    pub(crate) operation: Arc<Operation>,
    site: Arc<Site>,
    keys: Arc<Keys>,
    lane: Lane,
    idempotency_key: String,
}

impl Invocation {
    /// A ledger whose time begins now.
    pub(crate) fn ledger(&self) -> Ledger {
        let now = self.engine.0.sender.clock.now();
        Ledger::new(now.saturating_add(self.operation.limits.deadline))
    }

    /// Counts as running while the guard lives.
    pub(crate) fn running(&self) -> Result<One, Error> {
        self.engine.0.sender.running.enter()
    }

    /// Steps 2 to 7 for one page: request, signature, egress, attempts, decoding.
    pub(crate) async fn exchange(
        &self,
        input: &Value,
        change: Option<&Change>,
        ledger: &mut Ledger,
    ) -> Result<Reply, Error> {
        let sender = &self.engine.0.sender;
        let outgoing = Outgoing {
            operation: &self.operation,
            keys: &self.keys,
            lane: &self.lane,
            site: &self.site,
            render: &|| self.request(input, change),
        };
        let exchanged = match sender.send(&outgoing, ledger).await {
            Ok(received) => {
                if let Some(told) = &self.engine.0.on_reply {
                    told(&response::recorded(
                        &received.response,
                        &self.keys.redactor(),
                    ));
                }
                ledger.replayed |= received.replayed;
                let unix = sender.clock.unix();
                let reply = response::decode(
                    &self.operation,
                    input,
                    received.response,
                    &self.keys,
                    &ledger.attempts,
                    unix,
                );
                reply.map_err(|error| error.or_earlier(received.maybe_applied))
            }
            Err(error) => Err(error),
        };
        exchanged.map_err(|error| {
            error
                .with_retry_after(ledger.retry_after)
                .with_idempotency_key(&self.idempotency_key)
        })
    }

    /// Steps 2 and 4: a request that may leave, and whether credentials may go with it.
    fn request(
        &self,
        input: &Value,
        change: Option<&Change>,
    ) -> Result<(Request<Bytes>, bool), Error> {
        let (operation, site) = (&*self.operation, &*self.site);
        let request = request::render(operation, &site.base, input, change, &self.idempotency_key)?;
        let policy = &self.engine.0.places.policy;
        let credentials = egress::check(operation.connector(), site, request.uri(), policy)?;
        Ok((request, credentials))
    }

    /// Step 8: the output of what came.
    pub(crate) fn output(
        &self,
        input: &Value,
        reply: Option<&Reply>,
        items: Option<&Value>,
        ledger: Ledger,
    ) -> Result<Output, Error> {
        let status = reply.map(|reply| reply.status);
        match output::map(&self.operation, input, reply, items) {
            Ok(output) => Ok(output
                .with(status, ledger.attempts)
                .after(&self.idempotency_key, ledger.replayed)),
            Err(error) => Err(self.after(error, status, &ledger)),
        }
    }

    /// What went wrong with a reply that came, told with all attempts.
    pub(crate) fn after(&self, error: Error, status: Option<u16>, ledger: &Ledger) -> Error {
        error
            .after(status, &ledger.attempts)
            .with_idempotency_key(&self.idempotency_key)
    }
}

/// What goes wrong in the engine itself ends one invocation, and not the process.
pub(crate) async fn guarded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Internal,
            "the engine failed in the middle of the invocation",
        )
        .with_outcome(Outcome::MaybeApplied)
        .with_help("this is a fault of Opwire: please report it, with the operation's manifest"))
    })
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("catalog", &self.0.world.load().catalog)
            .finish_non_exhaustive()
    }
}
