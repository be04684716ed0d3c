//! No secret gets into an answer, its headers, or a log.

use crate::world::{Got, Started, Upstream, answer, client};
use axum::extract::Request;
use opwire::Secret;
use opwire_server::{Caller, ConnectionFuture, Connections, Scopes, new_key};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

const STORED: &str = "canary-of-a-connection-4f1c";
const GIVEN: &str = "canary-of-an-input-9a2e";

/// One connection, `mine` of `acme`.
struct One;

impl Connections for One {
    fn credentials<'a>(
        &'a self,
        tenant: &'a str,
        id: &'a str,
        connector: &'a str,
    ) -> ConnectionFuture<'a> {
        let known = (tenant, id, connector) == ("acme", "mine", "t");
        let secrets = BTreeMap::from([("token".to_owned(), Secret::new(STORED))]);
        Box::pin(async move { Ok(known.then_some(secrets)) })
    }
}

/// Everything that is logged, by anyone.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn subscriber(log: Log) -> impl tracing::Subscriber + Send + Sync {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    subscriber.with_ansi(false).with_writer(log).finish()
}

/// A service that refuses, and tells in its refusal all that it was told.
async fn echo() -> Upstream {
    Upstream::start(|request: Request| async move {
        let headers = format!("{:?}", request.headers());
        let uri = request.uri().to_string();
        let status = if uri.contains("/things/1") { 401 } else { 422 };
        answer(status, &json!({ "error": headers, "uri": uri }))
    })
    .await
}

#[tokio::test]
async fn nothing_of_a_secret_is_seen() {
    let log = Log::default();
    // Somebody always listens: a place in the code that is first reached while nobody does is never heard of again, by a
    // race within `tracing` when others begin to listen.
    let _kept = tracing::Dispatch::new(subscriber(Log::default()));
    tracing::callsite::rebuild_interest_cache();
    let _guard = tracing::subscriber::set_default(subscriber(log.clone()));
    let upstream = echo().await;
    let (key, hash) = new_key().unwrap();
    let keys = vec![(hash, Caller::new("acme", Scopes::default()))];
    let server = Started::with(
        &upstream,
        |engine| engine,
        |server| server.keys(Arc::new(keys)).connections(Arc::new(One)),
    )
    .await;
    let wrong = format!("{key}-wrong");
    let mut seen = String::new();
    let mut statuses = Vec::new();
    for (token, connection, input) in [
        (&key, "mine", json!({ "id": 1 })),
        (&key, "mine", json!({ "id": 2 })),
        (&key, "other", json!({ "id": 2 })),
        (&key, "", json!({ "id": 2, "token": GIVEN })),
        (&key, "", json!({ "id": 1, "token": GIVEN })),
        (&key, "", json!({ "id": GIVEN, "token": GIVEN })),
        (&key, "", json!({ "id": 2, "token": { "a": GIVEN } })),
        (&wrong, "mine", json!({ "id": 2 })),
    ] {
        for what in [
            "get_thing/invoke",
            "get_thing/render",
            "get_thing/pages",
            "move_to/options?field=/country",
        ] {
            let url = server.at(&format!("/v1/operations/t.{what}"));
            let request = client()
                .post(url)
                .bearer_auth(token)
                .body(input.to_string());
            let request = request.header("content-type", "application/json");
            let request = match connection {
                "" => request,
                id => request.header("x-opwire-connection", id),
            };
            let got = Got::of(request).await;
            statuses.push(got.status);
            seen.push_str(&format!("{:?}\n{}\n", got.headers, got.text));
        }
    }
    for path in ["/v1/operations", "/v1/operations/t.get_thing", "/readyz"] {
        let got = Got::of(server.get(path).bearer_auth(&key)).await;
        seen.push_str(&format!("{:?}\n{}\n", got.headers, got.text));
    }
    // All of it was tried: the service was asked with the secrets, and its refusals are told.
    for status in [200, 401, 404, 422, 502] {
        assert!(statuses.contains(&status), "{status} in {statuses:?}");
    }
    assert!(upstream.asked().len() > 8 && seen.contains("upstream_body"));
    let logged =
        String::from_utf8_lossy(&log.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(logged.contains("opwire::send::attempt"), "{logged}");
    for canary in [STORED, GIVEN, &key] {
        assert!(!seen.contains(canary), "{canary} in {seen}");
        assert!(!logged.contains(canary), "{canary} in the log");
    }
}

#[tokio::test]
async fn a_connection_is_its_tenants_alone() {
    let upstream = Upstream::start(|request: Request| async move {
        let given = request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        answer(
            200,
            &json!({ "is_stored": given == format!("Bearer {STORED}") }),
        )
    })
    .await;
    let server = Started::with(
        &upstream,
        |engine| engine,
        |server| server.no_auth().connections(Arc::new(One)),
    )
    .await;
    let invoke = async |tenant: &str, input: Value| {
        let url = server.at("/v1/operations/t.get_thing/invoke");
        let request = crate::world::json(client().post(url), &input);
        let request = request
            .header("opwire-tenant", tenant)
            .header("x-opwire-connection", "mine");
        Got::of(request).await
    };
    let got = invoke("acme", json!({ "id": 2 })).await;
    assert_eq!(got.json(), json!({ "is_stored": true }));
    // What the input has wins.
    let got = invoke("acme", json!({ "id": 2, "token": GIVEN })).await;
    assert_eq!(got.json(), json!({ "is_stored": false }));
    let other = invoke("other", json!({ "id": 2 })).await;
    assert_eq!(other.problem(), (404, "not_found".to_owned()));
}
