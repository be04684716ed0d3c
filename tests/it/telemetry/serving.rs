//! A server on loopback, over a service that is made up.

use super::made;
use crate::sending::fake::Fake;
use opwire::{Engine, NoRateLimit};
use opwire_server::{Server, Telemetry, router};
use opwire_testkit::ManualClock;
use serde_json::Value;

pub(super) struct Serving {
    pub(super) engine: Engine,
    url: String,
    client: reqwest::Client,
}

impl Serving {
    /// Runs in the test's own runtime, so that whoever listens on its thread hears all of it.
    pub(super) async fn start(fake: &Fake) -> Self {
        let telemetry = Telemetry::default();
        let engine = Engine::builder()
            .catalog(made().catalog())
            .transport(fake.clone())
            .clock(ManualClock::default())
            .rate_limiter(NoRateLimit)
            .trace_context(
                ["t.example.com".to_owned()],
                opwire_server::write_trace_context,
            )
            .observer(telemetry.clone())
            .build()
            .unwrap();
        let server = Server::builder(engine.clone())
            .no_auth()
            .telemetry(telemetry);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let running = axum::serve(listener, router(server.build()));
        tokio::spawn(running.into_future());
        let client = reqwest::Client::new();
        Self {
            engine,
            url,
            client,
        }
    }

    pub(super) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// `POST /v1/operations/…`.
    pub(super) fn post(&self, path: &str, input: &Value) -> reqwest::RequestBuilder {
        let url = format!("{}/v1/operations/{path}", self.url);
        let request = self.client.post(url).body(input.to_string());
        request.header("content-type", "application/json")
    }
}
