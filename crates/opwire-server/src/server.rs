//! [`Server`]: what the handlers share.

use crate::access::{Access, Connections, Keys};
use crate::connections::authorize::Redirect;
use crate::health::Asked;
use crate::limits::Limits;
use crate::mcp::Mcp;
use crate::openapi::Written;
use crate::options::Kept;
use crate::problem::Problem;
use crate::slots::Slots;
use crate::store::Store;
use crate::telemetry::Telemetry;
use axum::response::{IntoResponse as _, Response};
use opwire::{Choice, Engine, Error, ErrorKind};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// So many operations are described at once: each takes a thread.
const DESCRIBED_AT_ONCE: usize = 4;

/// A server, set up. Cheap to clone.
#[derive(Clone)]
pub struct Server(Arc<Shared>);

struct Shared {
    engine: Engine,
    access: Access,
    connections: Option<Arc<dyn Connections>>,
    store: Option<Store>,
    asked: Asked,
    redirect: Option<Redirect>,
    limits: Limits,
    slots: Arc<Slots>,
    telemetry: Telemetry,
    kept: Kept<Choice>,
    describing: Semaphore,
    written: Written,
    /// Known to this server alone, or to those that share its store, so that nothing about a credential can be told from a
    /// hash.
    salt: [u8; 32],
    mcp: Mcp,
    stopping: AtomicBool,
    /// Ends what would go on for ever.
    stopped: CancellationToken,
}

impl Server {
    /// Sets a server up around an engine.
    pub fn builder(engine: Engine) -> ServerBuilder {
        ServerBuilder {
            engine,
            access: Access::Closed,
            connections: None,
            store: None,
            redirect: None,
            limits: Limits::default(),
            telemetry: Telemetry::default(),
            mcp: None,
        }
    }

    /// The engine that answers.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// How much it takes, and for how long.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Are callers who they say they are, without API keys?
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.0.access, Access::Open)
    }

    /// Has it operations to answer with, and isn't it about to stop?
    pub(crate) fn is_ready(&self) -> bool {
        let some = self.0.engine.catalog().operations().next().is_some();
        some && !self.0.stopping.load(Ordering::Relaxed)
    }

    /// From now on it says that it isn't ready.
    pub(crate) fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    /// The operations as tools.
    pub(crate) fn mcp(&self) -> &Mcp {
        &self.0.mcp
    }

    /// Is cancelled when what runs had its time.
    pub(crate) fn stopped(&self) -> &CancellationToken {
        &self.0.stopped
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.0.telemetry
    }

    /// Choices that were fetched.
    pub(crate) fn kept(&self) -> &Kept<Choice> {
        &self.0.kept
    }

    /// Turns to describe an operation.
    pub(crate) fn describing(&self) -> &Semaphore {
        &self.0.describing
    }

    /// Documents of what it answers.
    pub(crate) fn written(&self) -> &Written {
        &self.0.written
    }

    pub(crate) fn salt(&self) -> &[u8; 32] {
        &self.0.salt
    }

    pub(crate) fn slots(&self) -> &Arc<Slots> {
        &self.0.slots
    }

    /// Where stored credentials are, when there is such a place.
    pub(crate) fn connections(&self) -> Option<&dyn Connections> {
        self.0.connections.as_deref()
    }

    /// Where connections are kept, when they are.
    pub(crate) fn store(&self) -> Option<&Store> {
        self.0.store.as_ref()
    }

    /// What is known of the store's being there.
    pub(crate) fn asked(&self) -> &Asked {
        &self.0.asked
    }

    /// Where a person comes back to who was sent to a service.
    pub(crate) fn redirect(&self) -> Option<&Redirect> {
        self.0.redirect.as_ref()
    }

    /// An answer, that must begin within the time of a request.
    pub(crate) async fn in_time(&self, answer: impl Future<Output = Response>) -> Response {
        let most = self.0.engine.clock().expire(self.0.limits.request_time);
        tokio::select! {
            biased;
            answered = answer => answered,
            () = most => {
                let late = Error::new(ErrorKind::Timeout, "the time for the request ran out");
                Problem::from(late).into_response()
            }
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("engine", &self.0.engine)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

/// Sets a [`Server`] up.
#[must_use]
pub struct ServerBuilder {
    engine: Engine,
    access: Access,
    connections: Option<Arc<dyn Connections>>,
    store: Option<Store>,
    redirect: Option<Redirect>,
    limits: Limits,
    telemetry: Telemetry,
    mcp: Option<Mcp>,
}

impl ServerBuilder {
    /// Knows callers by API keys. Default: nobody is let in.
    pub fn keys(mut self, keys: Arc<dyn Keys>) -> Self {
        self.access = Access::Keys(keys);
        self
    }

    /// Lets everyone in who calls from this machine, for the tenant that `Opwire-Tenant` names, else `default`.
    ///
    /// Such a server must listen on loopback alone; [`serve`](crate::serve) sees to it.
    pub fn no_auth(mut self) -> Self {
        self.access = Access::Open;
        self
    }

    /// Holds the credentials that `Opwire-Connection` names. Default: inputs hold them, or the engine's provider.
    pub fn connections(mut self, connections: Arc<dyn Connections>) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Keeps connections there, and knows callers by the API keys that stand there. Default: none.
    ///
    /// The engine should have the same as its [token store](opwire::EngineBuilder::token_store), so that several servers
    /// use one token.
    pub fn store(mut self, store: Store) -> Self {
        let shared = Arc::new(store.clone());
        if matches!(self.access, Access::Closed) {
            self.access = Access::Keys(shared.clone());
        }
        self.connections = Some(shared);
        self.store = Some(store);
        self
    }

    /// Where browsers reach this server: a person who allowed a connector's use comes back to `/v1/oauth/callback` there.
    ///
    /// Whoever has the link of an authorization can go through it. A platform that must know that it is its own user uses
    /// [`redirect_url`](Self::redirect_url).
    pub fn public_url(mut self, url: &str) -> Self {
        let callback = format!("{}/v1/oauth/callback", url.trim_end_matches('/'));
        self.redirect = Some(Redirect::Own(callback));
        self
    }

    /// The platform's page that a person comes back to who allowed a connector's use.
    ///
    /// It looks whether the person is the one that it sent (RFC 9700, section 2.1), and hands the query on to
    /// `/v1/oauth/callback` with its API key; without one nobody is answered there.
    pub fn redirect_url(mut self, url: &str) -> Self {
        self.redirect = Some(Redirect::Platform(url.to_owned()));
        self
    }

    /// How much it takes, and for how long. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Counts what it does: the one that observes the engine, so that `/metrics` has both. Default: one of its own.
    pub fn telemetry(mut self, telemetry: Telemetry) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// How operations are offered at `/mcp`; it must be around the same engine. Default: all, each as a tool.
    pub fn mcp(mut self, mcp: Mcp) -> Self {
        self.mcp = Some(mcp);
        self
    }

    /// The server. Times go by the engine's clock.
    #[must_use]
    pub fn build(self) -> Server {
        let Self {
            engine,
            access,
            connections,
            store,
            redirect,
            limits,
            telemetry,
            mcp,
        } = self;
        let mcp = mcp.unwrap_or_else(|| Mcp::builder(engine.clone()).build());
        let slots = Arc::new(Slots::new(limits.requests, limits.tenant_requests));
        let kept = Kept::new(engine.clock(), limits.options_ttl);
        let salt = store.as_ref().map_or_else(new_salt, Store::salt);
        Server(Arc::new(Shared {
            engine,
            access,
            connections,
            store,
            asked: Asked::default(),
            redirect,
            limits,
            slots,
            telemetry,
            kept,
            describing: Semaphore::new(DESCRIBED_AT_ONCE),
            written: Written::default(),
            salt,
            mcp,
            stopping: AtomicBool::new(false),
            stopped: CancellationToken::new(),
        }))
    }
}

fn new_salt() -> [u8; 32] {
    let mut salt = [0; 32];
    let halves = salt.chunks_exact_mut(16);
    halves.for_each(|half| half.copy_from_slice(Uuid::new_v4().as_bytes()));
    salt
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
