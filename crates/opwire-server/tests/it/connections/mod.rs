//! Connections over HTTP.

mod authorized;
mod kept;
mod shared;

use crate::client::Client;
use crate::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use opwire_server::{Scopes, Sealing, SealingKeys, Server, ServerBuilder, Store};
use opwire_testkit::ManualClock;
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server with a store of its own, its clients' keys, and the service that it calls.
struct Setup {
    client: Client,
    store: Store,
    clock: ManualClock,
    provider: Provider,
    engine: opwire::Engine,
    /// The API keys of two tenants.
    acme: String,
    other: String,
    _dirs: [TempDir; 2],
}

impl Setup {
    async fn new() -> Self {
        Self::with(|server| server.public_url("https://opwire.example.com/")).await
    }

    async fn with(set: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = format!("sqlite:{}", dir.path().join("opwire.db").display());
        let store = Store::open(&at, Sealing::Keys(SealingKeys::parse(KEY).unwrap()))
            .await
            .unwrap();
        let (provider, clock) = (Provider::start().await, ManualClock::default());
        let (engine, connectors) = provider.engine();
        let engine = engine
            .clock(clock.clone())
            .token_store(store.clone())
            .build()
            .unwrap();
        let server = set(Server::builder(engine.clone()).store(store.clone())).build();
        let now = Duration::from_secs(1_700_000_000);
        let (_, acme) = store
            .add_key("acme", &Scopes::default(), now)
            .await
            .unwrap();
        let (_, other) = store
            .add_key("other", &Scopes::default(), now)
            .await
            .unwrap();
        Self {
            client: Client::of(server).await,
            store,
            clock,
            provider,
            engine,
            acme,
            other,
            _dirs: [dir, connectors],
        }
    }

    /// A key of the tenant `acme` with these scopes.
    async fn key(&self, scopes: Scopes) -> String {
        self.store
            .add_key("acme", &scopes, Duration::ZERO)
            .await
            .unwrap()
            .1
    }
}

/// A connection whose tokens are to be got.
fn client_alone() -> Value {
    json!({
        "connector": "shop",
        "credentials": { "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET },
    })
}
