//! [`Server`]: what the handlers share.

use crate::access::{Access, Connections, Keys};
use crate::limits::Limits;
use crate::mcp::Mcp;
use crate::options::Kept;
use crate::problem::Problem;
use crate::slots::Slots;
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
    limits: Limits,
    slots: Arc<Slots>,
    kept: Kept<Choice>,
    describing: Semaphore,
    /// New for each server, so that nothing about a credential can be told from a hash.
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
            limits: Limits::default(),
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

    /// Choices that were fetched.
    pub(crate) fn kept(&self) -> &Kept<Choice> {
        &self.0.kept
    }

    /// Turns to describe an operation.
    pub(crate) fn describing(&self) -> &Semaphore {
        &self.0.describing
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
    limits: Limits,
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

    /// How much it takes, and for how long. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
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
            limits,
            mcp,
        } = self;
        let mcp = mcp.unwrap_or_else(|| Mcp::builder(engine.clone()).build());
        let slots = Arc::new(Slots::new(limits.requests, limits.tenant_requests));
        let kept = Kept::new(engine.clock(), limits.options_ttl);
        let mut salt = [0; 32];
        let halves = salt.chunks_exact_mut(16);
        halves.for_each(|half| half.copy_from_slice(Uuid::new_v4().as_bytes()));
        Server(Arc::new(Shared {
            engine,
            access,
            connections,
            limits,
            slots,
            kept,
            describing: Semaphore::new(DESCRIBED_AT_ONCE),
            salt,
            mcp,
            stopping: AtomicBool::new(false),
            stopped: CancellationToken::new(),
        }))
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
