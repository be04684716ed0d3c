//! Methods × endings × idempotency: how many attempts are made, and what is said about them.

use super::fake::{Answer, Fake, reply};
use super::{CONNECTOR, engine, operation};
use crate::made::Made;
use opwire::{ErrorKind, Outcome, TransportError};
use serde_json::json;
use std::collections::BTreeMap;

const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"];
const IDEMPOTENCIES: [(&str, &str); 3] = [
    ("natural", "idempotency: natural"),
    ("key", "idempotency: { header: Idempotency-Key }"),
    ("none", "idempotency: none"),
];

/// Who may make another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Again {
    Nobody,
    Everybody,
    /// Who may repeat, by nature or by a key.
    Repeatable,
    /// Safe methods that are repeatable by nature, once.
    SafeOnce,
}

/// What an attempt ends in, who may try again, and the error when every attempt ends so.
pub(super) struct Ending {
    pub(super) name: &'static str,
    pub(super) answer: fn() -> Answer,
    pub(super) again: Again,
    kind: ErrorKind,
    pub(super) outcome: Outcome,
}

type Row = (&'static str, fn() -> Answer, Again, ErrorKind, Outcome);

fn failed(kind: ErrorKind) -> TransportError {
    TransportError::new(kind, "made up")
}

pub(super) fn endings() -> Vec<Ending> {
    use Again::{Everybody, Nobody, Repeatable, SafeOnce};
    use ErrorKind as K;
    use Outcome::{Answered, MaybeApplied, NotSent};
    let table: [Row; 24] = [
        (
            "address refused",
            || Err(failed(K::EgressDenied)),
            Nobody,
            K::EgressDenied,
            NotSent,
        ),
        (
            "bad certificate",
            || Err(failed(K::TlsFailed)),
            Nobody,
            K::TlsFailed,
            NotSent,
        ),
        (
            "no such host",
            || Err(failed(K::DnsFailed)),
            Everybody,
            K::DnsFailed,
            NotSent,
        ),
        (
            "refused",
            || Err(failed(K::ConnectFailed)),
            Everybody,
            K::ConnectFailed,
            NotSent,
        ),
        (
            "connect timeout",
            || Err(failed(K::Timeout).with_outcome(NotSent)),
            Everybody,
            K::Timeout,
            NotSent,
        ),
        (
            "stream refused",
            || Err(failed(K::ConnectionLost).with_outcome(NotSent)),
            Everybody,
            K::ConnectionLost,
            NotSent,
        ),
        (
            "connection lost",
            || Err(failed(K::ConnectionLost)),
            Repeatable,
            K::ConnectionLost,
            MaybeApplied,
        ),
        (
            "no answer in time",
            || Err(failed(K::Timeout)),
            Repeatable,
            K::Timeout,
            MaybeApplied,
        ),
        (
            "not HTTP",
            || Err(failed(K::ProtocolError)),
            Repeatable,
            K::ProtocolError,
            MaybeApplied,
        ),
        (
            "body lost",
            || {
                Err(failed(K::ConnectionLost)
                    .with_outcome(Answered)
                    .with_status(200))
            },
            SafeOnce,
            K::ConnectionLost,
            Answered,
        ),
        (
            "body broken",
            || Err(failed(K::DecodeFailed).with_status(200)),
            SafeOnce,
            K::DecodeFailed,
            Answered,
        ),
        (
            "too large",
            || Err(failed(K::ResponseTooLarge).with_status(200)),
            Nobody,
            K::ResponseTooLarge,
            Answered,
        ),
        (
            "302",
            || Ok(reply(302, &[], "")),
            Nobody,
            K::UpstreamClientError,
            Answered,
        ),
        (
            "400",
            || Ok(reply(400, &[], "{}")),
            Nobody,
            K::UpstreamClientError,
            Answered,
        ),
        (
            "401",
            || Ok(reply(401, &[], "{}")),
            Nobody,
            K::AuthFailed,
            Answered,
        ),
        (
            "404",
            || Ok(reply(404, &[], "{}")),
            Nobody,
            K::UpstreamClientError,
            Answered,
        ),
        (
            "408",
            || Ok(reply(408, &[], "{}")),
            Repeatable,
            K::UpstreamClientError,
            MaybeApplied,
        ),
        (
            "425",
            || Ok(reply(425, &[], "{}")),
            Everybody,
            K::UpstreamClientError,
            Answered,
        ),
        (
            "429",
            || Ok(reply(429, &[], "{}")),
            Everybody,
            K::RateLimited,
            Answered,
        ),
        (
            "500",
            || Ok(reply(500, &[], "{}")),
            Repeatable,
            K::UpstreamServerError,
            MaybeApplied,
        ),
        (
            "501",
            || Ok(reply(501, &[], "{}")),
            Nobody,
            K::UpstreamServerError,
            Answered,
        ),
        (
            "502",
            || Ok(reply(502, &[], "{}")),
            Repeatable,
            K::UpstreamServerError,
            MaybeApplied,
        ),
        (
            "503",
            || Ok(reply(503, &[], "{}")),
            Repeatable,
            K::UpstreamServerError,
            MaybeApplied,
        ),
        (
            "504",
            || Ok(reply(504, &[], "{}")),
            Repeatable,
            K::UpstreamServerError,
            MaybeApplied,
        ),
    ];
    let rows = table
        .into_iter()
        .map(|(name, answer, again, kind, outcome)| Ending {
            name,
            answer,
            again,
            kind,
            outcome,
        });
    rows.collect()
}

pub(super) fn expected(again: Again, method: &str, idempotency: &str) -> usize {
    let safe = ["GET", "HEAD", "OPTIONS"].contains(&method);
    match again {
        Again::Everybody => 3,
        Again::Repeatable if idempotency != "none" => 3,
        Again::SafeOnce if idempotency == "natural" && safe => 2,
        _ => 1,
    }
}

#[tokio::test]
async fn every_ending_of_every_method_is_decided_as_the_table_says() {
    let mut operations = Vec::new();
    for method in METHODS {
        for (name, idempotency) in IDEMPOTENCIES {
            let name = format!("{}_{name}", method.to_lowercase());
            operations.push((
                name,
                operation(&format!(
                    "{idempotency}\nrequest: {{ method: {method}, path: /x }}"
                )),
            ));
        }
    }
    let texts: Vec<(&str, &str)> = operations
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let made = Made::new(CONNECTOR, &texts);
    let (mut cells, mut counts) = (0, BTreeMap::new());
    for method in METHODS {
        for ending in endings() {
            for (idempotency, _) in IDEMPOTENCIES {
                let cell = format!("{method}, {}, {idempotency}", ending.name);
                let answer = ending.answer;
                let fake = Fake::new(move |_, _| answer());
                let (engine, clock) = engine(&made, &fake);
                let engine = engine.build().unwrap();
                let name = format!("t.{}_{idempotency}", method.to_lowercase());
                let error = engine.invoke(&name, json!({"key": "k"})).await.unwrap_err();
                let sent = fake.requests();
                assert_eq!(
                    sent.len(),
                    expected(ending.again, method, idempotency),
                    "{cell}"
                );
                assert_eq!(
                    error.attempts().len(),
                    sent.len(),
                    "{cell}: requests on the wire are attempts"
                );
                assert_eq!(
                    clock.waits().len(),
                    sent.len() - 1,
                    "{cell}: one wait before each repeat"
                );
                assert_eq!(error.kind(), ending.kind, "{cell}");
                assert_eq!(error.outcome(), ending.outcome, "{cell}");
                assert!(
                    sent.windows(2).all(|pair| same(&pair[0], &pair[1])),
                    "{cell}: the same bytes"
                );
                assert_eq!(
                    error.idempotency_key().is_some(),
                    idempotency == "key",
                    "{cell}"
                );
                cells += 1;
                *counts.entry((ending.again, sent.len())).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(cells, 504);
    println!("504 cells, (who may repeat, attempts) = cells: {counts:?}");
}

fn same(one: &http::Request<bytes::Bytes>, other: &http::Request<bytes::Bytes>) -> bool {
    one.method() == other.method()
        && one.uri() == other.uri()
        && one.headers() == other.headers()
        && one.body() == other.body()
}
