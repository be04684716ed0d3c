//! Faults of TLS: certificates, handshakes, ends.

use super::{OPERATIONS, PATIENT, connector, invoke};
use crate::made::Made;
use crate::names::Names;
use opwire::{Engine, EngineBuilder, ErrorKind as K, Outcome};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use opwire_tests::tls::{Authority, Leaf};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_rustls::rustls::ServerConfig;

const NAME: &str = "t.example.com";
const WHOLE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

pub(super) fn patient() -> Made {
    connector(&super::CONNECTOR.replace("first_byte: 400ms, timeout: 600ms", PATIENT))
}

/// An engine that takes the service for `t.example.com`.
pub(super) fn engine(made: &Made, address: SocketAddr, authority: &Authority) -> EngineBuilder {
    let url = format!("https://{NAME}:{}", address.port());
    Engine::builder()
        .catalog(made.catalog())
        .base_url("t", &url)
        .resolver(Names::all_at("127.0.0.1"))
        .trust_certificate(authority.pem())
        .clock(ManualClock::default())
}

fn write(text: &str) -> Step {
    Step::Write(text.into())
}

/// How calls of an operation end, and how many connections they make.
type End = (Option<(K, Outcome)>, usize);

async fn end(engine: &Engine, server: &FaultServer, operation: &str) -> End {
    let before = server.seen().connections();
    let given = invoke(engine, operation).await;
    let connections = server.seen().connections() - before;
    match given {
        Ok(output) => {
            assert_eq!(output.attempts().len(), connections, "{operation}");
            (None, connections)
        }
        Err(error) => {
            assert_eq!(error.attempts().len(), connections, "{operation}: {error}");
            (Some((error.kind(), error.outcome())), connections)
        }
    }
}

#[tokio::test]
async fn only_a_certificate_that_is_right_is_accepted() {
    let made = patient();
    let (trusted, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let signed = |leaf: Leaf<'_>| trusted.signs(leaf, &[]).unwrap();
    let years = |years| Leaf { name: NAME, years };
    let refused = Some((K::TlsFailed, Outcome::NotSent));
    let certificates: [(&str, Arc<ServerConfig>, End); 8] = [
        ("right", signed(Leaf::of(NAME)), (None, 1)),
        (
            "of a wildcard",
            signed(Leaf::of("*.example.com")),
            (None, 1),
        ),
        (
            "of another name",
            signed(Leaf::of("evil.example.com")),
            (refused, 1),
        ),
        (
            "of a wildcard above",
            signed(Leaf::of("*.com")),
            (refused, 1),
        ),
        ("out of date", signed(years((2000, 2001))), (refused, 1)),
        ("not yet valid", signed(years((3000, 3001))), (refused, 1)),
        (
            "signed by itself",
            Leaf::of(NAME).self_signed().unwrap(),
            (refused, 1),
        ),
        (
            "of another authority",
            other.signs(Leaf::of(NAME), &[]).unwrap(),
            (refused, 1),
        ),
    ];
    for (name, tls, expected) in certificates {
        for (operation, _) in OPERATIONS {
            let script = |_| vec![Step::Request, write(WHOLE)];
            let server = FaultServer::over(Some(Arc::clone(&tls)), script);
            let server = server.await.unwrap();
            let engine = engine(&made, server.address(), &trusted).build().unwrap();
            assert_eq!(end(&engine, &server, operation).await, expected, "{name}");
            let reached = usize::from(expected.0.is_none());
            assert_eq!(server.seen().requests(), reached, "{name}: what was sent");
        }
    }
    println!("8 certificates x 4 operations");
}

#[tokio::test]
async fn a_handshake_that_fails_sends_nothing() {
    let made = patient();
    let trusted = Authority::new().unwrap();
    let refused = Some((K::TlsFailed, Outcome::NotSent));
    let lost = Some((K::ConnectFailed, Outcome::NotSent));
    // A ServerHello of TLS 1.1: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    for (name, steps, expected) in [
        ("TLS 1.1", vec![Step::Write(hello)], (refused, 1)),
        (
            "an alert: no such version",
            vec![Step::Write(vec![21, 3, 1, 0, 2, 2, 70])],
            (refused, 1),
        ),
        (
            "plain HTTP",
            vec![write("HTTP/1.1 400 Bad Request\r\n\r\n")],
            (refused, 1),
        ),
        ("noise", vec![Step::Write(vec![0; 100])], (refused, 1)),
        ("an end", vec![], (lost, 3)),
        ("a reset", vec![Step::Reset], (lost, 3)),
    ] {
        for (operation, _) in OPERATIONS {
            let steps = steps.clone();
            let server = FaultServer::start(move |_| steps.clone()).await.unwrap();
            let engine = engine(&made, server.address(), &trusted).build().unwrap();
            assert_eq!(
                end(&engine, &server, operation).await,
                expected,
                "{name}, {operation}"
            );
        }
    }
    println!("6 handshakes x 4 operations");
}

/// On paused time: what waits for ever takes no time.
#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_ends_is_given_up() {
    let made = patient();
    let trusted = Authority::new().unwrap();
    for (operation, _) in OPERATIONS {
        let server = FaultServer::start(|_| vec![Step::Hang]).await.unwrap();
        let engine = engine(&made, server.address(), &trusted).build().unwrap();
        let begun = tokio::time::Instant::now();
        let error = invoke(&engine, operation).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.attempts().len()),
            (K::Timeout, Outcome::NotSent, 3),
            "{operation}"
        );
        assert_eq!(begun.elapsed().as_secs(), 15, "5 seconds each");
    }
}

#[tokio::test]
async fn a_reply_that_is_cut_off_is_no_reply() {
    let made = patient();
    let trusted = Authority::new().unwrap();
    let tls = trusted.signs(Leaf::of(NAME), &[]).unwrap();
    let lost = |outcome| Some((K::ConnectionLost, outcome));
    let endless = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}";
    for (name, reply, repeated, expected) in [
        // Without a length the end of TLS is the end of the reply: it must be told.
        (
            "without a length",
            endless,
            ["get"].as_slice(),
            lost(Outcome::Answered),
        ),
        (
            "in the body",
            &WHOLE[..WHOLE.len() - 1],
            &["get"],
            lost(Outcome::Answered),
        ),
        (
            "in the head",
            &WHOLE[..20],
            &["get", "put", "keyed"],
            lost(Outcome::MaybeApplied),
        ),
        (
            "before the head",
            "",
            &["get", "put", "keyed"],
            lost(Outcome::MaybeApplied),
        ),
    ] {
        for (operation, _) in OPERATIONS {
            let steps = vec![Step::Request, write(reply), Step::Cut];
            let server = FaultServer::over(Some(Arc::clone(&tls)), move |_| steps.clone());
            let server = server.await.unwrap();
            let engine = engine(&made, server.address(), &trusted).build().unwrap();
            let most = if expected == lost(Outcome::Answered) {
                2
            } else {
                3
            };
            let attempts = if repeated.contains(&operation) {
                most
            } else {
                1
            };
            let given = end(&engine, &server, operation).await;
            assert_eq!(given, (expected, attempts), "{name}, {operation}");
        }
    }
    // What is ended as it should be is whole.
    let steps = vec![Step::Request, write(endless)];
    let server = FaultServer::over(Some(tls), move |_| steps.clone());
    let server = server.await.unwrap();
    let engine = engine(&made, server.address(), &trusted).build().unwrap();
    invoke(&engine, "get").await.unwrap();
}

#[test]
fn a_certificate_to_trust_must_be_one() {
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["nonsense", "", empty] {
        let builder = Engine::builder().catalog(patient().catalog());
        let error = builder.trust_certificate(pem).build().unwrap_err();
        assert_eq!(error.kind(), K::InputInvalid, "{pem}");
    }
}
