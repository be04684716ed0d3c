//! [`Server`]: what the handlers share.

use opwire::Engine;
use std::sync::Arc;

/// A server, set up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Server(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    engine: Engine,
}

impl Server {
    /// Sets a server up around an engine.
    pub fn builder(engine: Engine) -> ServerBuilder {
        ServerBuilder { engine }
    }

    /// Has it operations to answer with?
    pub(crate) fn is_ready(&self) -> bool {
        self.0.engine.catalog().operations().next().is_some()
    }
}

/// Sets a [`Server`] up.
#[derive(Debug)]
#[must_use]
pub struct ServerBuilder {
    engine: Engine,
}

impl ServerBuilder {
    /// The server.
    #[must_use]
    pub fn build(self) -> Server {
        let Self { engine } = self;
        Server(Arc::new(Shared { engine }))
    }
}
