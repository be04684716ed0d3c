//! What observers are told.

use super::made;
use crate::sending::fake::{Fake, reply};
use crate::sending::tokens;
use futures_util::FutureExt as _;
use opwire::{Attempt, Called, Engine, EngineBuilder, NoRateLimit, Observer, Operation, Renewed};
use opwire_testkit::ManualClock;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Writes down what it is told, a line each. Clones share it.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Observer for Notes {
    fn called(&self, call: &Called<'_>) {
        let (work, name) = (call.work.as_str(), call.operation.name());
        let error = call.error.map_or("ok", |error| error.as_str());
        let (outcome, attempts, bytes) = (call.outcome, call.attempts, call.bytes);
        let (tenant, status) = (call.tenant.unwrap_or("-"), call.status.unwrap_or_default());
        let took = call.elapsed.as_millis();
        self.note(format!(
            "{work} {name} {error} {outcome} {status} {attempts} {bytes} {tenant} {took}ms"
        ));
    }

    fn attempted(&self, operation: &Operation, attempt: &Attempt) {
        self.note(format!(
            "attempt {} {} {}",
            operation.name(),
            attempt.number,
            attempt.retry
        ));
    }

    fn withheld(&self, operation: &Operation) {
        self.note(format!("withheld {}", operation.name()));
    }

    fn renewed(&self, renewal: &Renewed<'_>) {
        let error = renewal.error.map_or("ok", |error| error.as_str());
        self.note(format!("renewed {} {error}", renewal.connector.name()));
    }
}

fn builder(fake: &Fake, notes: &Notes) -> EngineBuilder {
    Engine::builder()
        .catalog(made().catalog())
        .transport(fake.clone())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
        .observer(notes.clone())
}

#[tokio::test]
async fn a_call_is_told_once_however_it_ends() {
    let fake = Fake::new(|_, request| match request.uri().path() {
        "/v1/things/1" => Ok(reply(200, &[], r#"{"a":1}"#)),
        _ => Ok(reply(409, &[], "{}")),
    });
    let notes = Notes::default();
    let engine = builder(&fake, &notes).build().unwrap();
    let call = engine.call("t.get", json!({"id": "1"})).tenant("acme");
    call.await.unwrap();
    let told = "invoke t.get ok answered 200 1 7 acme 0ms";
    assert_eq!(notes.take(), ["attempt t.get 1 0", told]);
    engine
        .invoke("t.get", json!({"id": "2"}))
        .await
        .unwrap_err();
    let told = "invoke t.get upstream_client_error answered 409 1 0 - 0ms";
    assert_eq!(notes.take(), ["attempt t.get 1 0", told]);
    engine.invoke("t.get", json!({"id": 3})).await.unwrap_err();
    assert_eq!(
        notes.take(),
        ["invoke t.get input_invalid not_sent 0 0 0 - 0ms"]
    );
    engine.invoke("t.none", json!({})).await.unwrap_err();
    assert!(notes.take().is_empty(), "it has no name to be told by");
    assert!(
        engine
            .call("t.get", json!({"id": "1"}))
            .into_future()
            .now_or_never()
            .is_none()
    );
    assert_eq!(
        notes.take(),
        ["invoke t.get cancelled maybe_applied 0 0 0 - 0ms"]
    );
}

#[tokio::test]
async fn pages_items_and_choices_are_told_each() {
    let fake = Fake::new(|before, request| match (before % 3, request.uri().path()) {
        (_, "/v1/choices") => Ok(reply(200, &[], r#"[{"label":"A","value":"a"}]"#)),
        (0, _) => Ok(reply(200, &[], r#"{"items":[1,2],"next":2}"#)),
        (1, _) => Ok(reply(200, &[], r#"{"items":[333]}"#)),
        _ => Ok(reply(400, &[], "{}")),
    });
    let notes = Notes::default();
    let engine = builder(&fake, &notes).build().unwrap();
    let pages = || {
        let mut told = notes.take();
        told.retain(|line| !line.starts_with("attempt"));
        told
    };
    let mut items = engine.call("t.walk", json!({})).tenant("acme").items();
    while let Some(item) = items.next().await {
        item.unwrap();
    }
    assert_eq!(
        pages(),
        [
            "page t.walk ok answered 200 1 2 acme 0ms",
            "page t.walk ok answered 200 1 3 acme 0ms"
        ]
    );
    let mut walk = engine.pages("t.walk", json!({}));
    walk.next().await.unwrap().unwrap_err();
    assert!(walk.next().await.is_none());
    assert_eq!(
        pages(),
        ["page t.walk upstream_client_error answered 400 1 0 - 0ms"]
    );
    let mut walk = engine.pages("t.walk", json!({"id": 1}));
    walk.next().await.unwrap().unwrap_err();
    assert_eq!(pages(), ["page t.walk input_invalid not_sent 0 0 0 - 0ms"]);
    engine.options("t.get", "/id", json!({})).await.unwrap();
    assert_eq!(pages(), ["options t.get ok answered 200 1 39 - 0ms"]);
}

#[tokio::test]
async fn renewals_and_retries_that_were_not_made_are_told() {
    let issuer = tokens::Issuer::new();
    let notes = Notes::default();
    let made = tokens::made("refresh_token", tokens::REFRESH);
    let engine = builder(&issuer.fake(), &notes)
        .catalog(made.catalog())
        .build()
        .unwrap();
    engine.invoke("t.o", tokens::input()).await.unwrap();
    assert_eq!(notes.take()[0], "renewed t ok");
    let refused = Fake::new(|_, _| Ok(reply(400, &[], r#"{"error":"invalid_grant"}"#)));
    let engine = builder(&refused, &notes)
        .catalog(made.catalog())
        .build()
        .unwrap();
    engine.invoke("t.o", tokens::input()).await.unwrap_err();
    assert_eq!(notes.take()[0], "renewed t auth_failed");
    let failing = Fake::new(|_, _| Ok(reply(429, &[], "{}")));
    let engine = builder(&failing, &notes).build().unwrap();
    // 500 tokens, 5 for each retry: 100 retries, 2 by call.
    for _ in 0..51 {
        engine.invoke("t.post", json!({})).await.unwrap_err();
    }
    let told = notes.take();
    let withheld = told.iter().filter(|line| *line == "withheld t.post");
    assert_eq!(withheld.count(), 1, "{told:#?}");
    assert_eq!(
        told.iter()
            .filter(|line| line.starts_with("attempt"))
            .count(),
        151
    );
}
