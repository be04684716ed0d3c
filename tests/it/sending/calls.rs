//! One invocation: its key, its time, its end.

use super::fake::{Fake, reply};
use super::{CONNECTOR, engine, operation};
use crate::made::Made;
use opwire::{Engine, ErrorKind, Outcome, TransportError};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn lost() -> TransportError {
    TransportError::new(ErrorKind::ConnectionLost, "made up")
}

fn made(keys: &str) -> Made {
    Made::new(CONNECTOR, &[("o", &operation(keys))])
}

const KEYED: &str = "idempotency: { header: Idempotency-Key }\nrequest: { method: POST, path: /x, body: { json: { a: 1 } } }";

#[tokio::test]
async fn one_key_for_all_attempts_given_back_and_taken() {
    let made = made(KEYED);
    let answers = |number, _: &_| {
        if number < 2 {
            Err(lost())
        } else {
            Ok(reply(200, &[], "{}"))
        }
    };
    let fake = Fake::new(answers);
    let engine = engine(&made, &fake).0.build().unwrap();
    let output = engine.invoke("t.o", json!({"key": "k"})).await.unwrap();
    let key = output.idempotency_key().unwrap().to_owned();
    let sent = fake.requests();
    assert_eq!((sent.len(), output.attempts().len()), (3, 3));
    assert!(
        sent.iter()
            .all(|request| request.headers()["idempotency-key"] == key.as_str())
    );

    let again = engine
        .call("t.o", json!({"key": "k"}))
        .idempotency_key("order-1")
        .await
        .unwrap();
    assert_eq!(again.idempotency_key(), Some("order-1"));
    assert_eq!(
        fake.requests().last().unwrap().headers()["idempotency-key"],
        "order-1"
    );
    let other = engine.invoke("t.o", json!({"key": "k"})).await.unwrap();
    assert_ne!(
        other.idempotency_key(),
        Some(key.as_str()),
        "another call, another key"
    );

    for wrong in ["", "a b", "ä", "a\nb", &"x".repeat(256)] {
        let error = engine
            .call("t.o", json!({"key": "k"}))
            .idempotency_key(wrong)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputInvalid, "{wrong:?}");
    }
    assert_eq!(
        fake.requests().len(),
        5,
        "nothing is sent under a key that can't be sent"
    );
}

#[tokio::test]
async fn the_key_is_in_errors() {
    let made = made(KEYED);
    let fake = Fake::new(|_, _| Err(lost()));
    let engine = engine(&made, &fake).0.build().unwrap();
    let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
    let sent = fake.requests()[0].headers()["idempotency-key"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(error.idempotency_key(), Some(sent.as_str()));
    assert_eq!(
        serde_json::to_value(&error).unwrap()["idempotency_key"],
        sent
    );
}

#[tokio::test]
async fn what_an_earlier_attempt_deleted_is_deleted() {
    let made = made("request: { method: DELETE, path: /x }");
    let answers = |number, _: &_| {
        if number == 0 {
            Err(lost())
        } else {
            Ok(reply(404, &[], "{}"))
        }
    };
    let fake = Fake::new(answers);
    let engine = engine(&made, &fake).0.build().unwrap();
    let output = engine.invoke("t.o", json!({"key": "k"})).await.unwrap();
    assert!(output.replayed());
    assert_eq!((output.status(), output.attempts().len()), (Some(204), 2));
    // What was never there is an error.
    let fake = Fake::new(|_, _| Ok(reply(404, &[], "{}")));
    let engine = super::engine(&made, &fake).0.build().unwrap();
    let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
    assert_eq!((error.status(), error.attempts().len()), (Some(404), 1));
    // Not sent is not deleted.
    let refused = || TransportError::new(ErrorKind::ConnectFailed, "made up");
    let fake = Fake::new(move |number, _| {
        if number == 0 {
            Err(refused())
        } else {
            Ok(reply(404, &[], "{}"))
        }
    });
    let engine = super::engine(&made, &fake).0.build().unwrap();
    assert_eq!(
        engine
            .invoke("t.o", json!({"key": "k"}))
            .await
            .unwrap_err()
            .status(),
        Some(404)
    );
}

#[tokio::test]
async fn an_earlier_attempt_may_have_been_applied() {
    let made = made("request: { method: PUT, path: /x }");
    let answers = |number, _: &_| {
        if number == 0 {
            Err(lost())
        } else {
            Ok(reply(409, &[], "{}"))
        }
    };
    let fake = Fake::new(answers);
    let engine = engine(&made, &fake).0.build().unwrap();
    let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
    assert_eq!(
        (error.status(), error.outcome()),
        (Some(409), Outcome::MaybeApplied)
    );
    let outcomes: Vec<Outcome> = error
        .attempts()
        .iter()
        .map(|attempt| attempt.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::MaybeApplied, Outcome::Answered]);
}

#[tokio::test]
async fn attempts_are_as_many_as_the_manifest_says() {
    for (retry, attempts) in [(1, 1), (2, 2), (10, 10)] {
        let made = made(&format!(
            "limits: {{ retry: {{ attempts: {retry} }}, deadline: 5m }}\nrequest: {{ method: GET, path: /x }}"
        ));
        let fake = Fake::new(|_, _| Err(lost()));
        let engine = engine(&made, &fake).0.build().unwrap();
        let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
        assert_eq!(
            (fake.requests().len(), error.attempts().len()),
            (attempts, attempts)
        );
    }
}

#[tokio::test]
async fn no_wait_begins_that_would_cross_the_deadline() {
    let made = made("limits: { deadline: 10s }\nrequest: { method: GET, path: /x }");
    let fake = Fake::new(|_, _| Ok(reply(503, &[("retry-after", "11")], "{}")));
    let (builder, clock) = engine(&made, &fake);
    let error = builder
        .build()
        .unwrap()
        .invoke("t.o", json!({"key": "k"}))
        .await
        .unwrap_err();
    assert_eq!((fake.requests().len(), clock.waits()), (1, vec![]));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(11)));
}

#[tokio::test]
async fn manifests_change_all_at_once_and_calls_end_as_they_began() {
    let made = made("request: { method: GET, path: /old }");
    let swap: Arc<std::sync::OnceLock<(Engine, opwire::Catalog)>> = Arc::default();
    let swapped = Arc::clone(&swap);
    // The manifests change while the first attempt is out.
    let fake = Fake::new(move |number, _| {
        if number > 0 {
            return Ok(reply(200, &[], "{}"));
        }
        let (engine, catalog) = swapped.get().unwrap();
        engine.reload(catalog.clone());
        Err(lost())
    });
    let engine = engine(&made, &fake).0.build().unwrap();
    let newer = self::made("request: { method: GET, path: /new }");
    swap.set((engine.clone(), newer.catalog())).unwrap();
    for _ in 0..2 {
        engine.invoke("t.o", json!({"key": "k"})).await.unwrap();
    }
    let paths: Vec<String> = fake
        .requests()
        .iter()
        .map(|request| request.uri().path().to_owned())
        .collect();
    assert_eq!(paths, ["/old", "/old", "/new"]);
}

#[tokio::test]
async fn a_panic_ends_one_call_and_no_process() {
    let made = made("request: { method: GET, path: /x }");
    let fake = Fake::new(|number, _| {
        if number == 0 {
            panic!("made up")
        } else {
            Ok(reply(200, &[], "{}"))
        }
    });
    let engine = engine(&made, &fake).0.build().unwrap();
    let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Internal, Outcome::MaybeApplied)
    );
    assert!(!error.to_string().contains("made up"));
}

/// A key that an earlier attempt still uses is waited for; one that was used for something else is not.
#[tokio::test]
async fn a_key_in_use_is_tried_again_and_a_key_used_otherwise_is_not() {
    let body = "idempotency: { body: request_id }\nrequest: { method: POST, path: /x, body: { json: { a: 1 } } }";
    let none = "request: { method: POST, path: /x, body: { json: { a: 1 } } }";
    for (keys, status, attempts) in [
        (KEYED, 409, 3),
        (KEYED, 422, 1),
        (body, 409, 1),
        (body, 422, 1),
        (none, 409, 1),
    ] {
        let made = made(keys);
        let fake = Fake::new(move |_, _| Ok(reply(status, &[], "{}")));
        let engine = engine(&made, &fake).0.build().unwrap();
        let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        let sent = fake.requests();
        assert_eq!(sent.len(), attempts, "{status}: {keys}");
        let same = |pair: &[http::Request<bytes::Bytes>]| {
            pair[0].headers() == pair[1].headers() && pair[0].body() == pair[1].body()
        };
        assert!(sent.windows(2).all(same), "the same key");
    }
}
