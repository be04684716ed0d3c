//! Faults of HTTP/2: streams that are refused, connections that go away.

use super::secure::{engine, patient};
use super::{OPERATIONS, invoke};
use opwire::{ErrorKind as K, Outcome};
use opwire_tests::http2::Reply::{Answer, Close, GoAwayAt, GoAwayBelow, Half, Reset};
use opwire_tests::http2::{Http2Server, Reply, reason};
use opwire_tests::tls::{Authority, Leaf};
use std::sync::Arc;
use tokio_rustls::rustls::ServerConfig;

const NAME: &str = "t.example.com";

fn tls(authority: &Authority) -> Arc<ServerConfig> {
    authority.signs(Leaf::of(NAME), &["h2"]).unwrap()
}

/// RFC 9113, section 8.7: a refused stream, and one above the last that GOAWAY names, was not looked at. Any other end
/// says nothing.
#[tokio::test]
async fn what_was_not_looked_at_is_made_again_by_everybody_and_nothing_else() {
    let made = patient();
    let authority = Authority::new().unwrap();
    let tls = tls(&authority);
    let unsent = (K::ConnectionLost, Outcome::NotSent);
    let unknown = (K::ConnectionLost, Outcome::MaybeApplied);
    let half = (K::ConnectionLost, Outcome::Answered);
    for (reply, end) in [
        (Reset(reason::REFUSED_STREAM), unsent),
        (GoAwayBelow(reason::NO_ERROR), unsent),
        (GoAwayBelow(reason::ENHANCE_YOUR_CALM), unsent),
        (GoAwayBelow(reason::INTERNAL_ERROR), unsent),
        (GoAwayAt(reason::NO_ERROR), unknown),
        (GoAwayAt(reason::ENHANCE_YOUR_CALM), unknown),
        (GoAwayAt(reason::INTERNAL_ERROR), unknown),
        (Reset(reason::CANCEL), unknown),
        (Reset(reason::INTERNAL_ERROR), unknown),
        (Reset(reason::NO_ERROR), unknown),
        (Close, unknown),
        (Half(reason::INTERNAL_ERROR), half),
        (Half(reason::REFUSED_STREAM), half),
    ] {
        for (operation, _) in OPERATIONS {
            let server = Http2Server::start(Arc::clone(&tls), move |_| reply);
            let server = server.await.unwrap();
            let engine = engine(&made, server.address(), &authority).build().unwrap();
            let error = invoke(&engine, operation).await.unwrap_err();
            let attempts = match end.1 {
                Outcome::NotSent => 3,
                Outcome::MaybeApplied if operation != "post" => 3,
                Outcome::Answered if operation == "get" => 2,
                _ => 1,
            };
            assert_eq!(
                (error.kind(), error.outcome(), error.attempts().len()),
                (end.0, end.1, attempts),
                "{reply:?}, {operation}"
            );
            assert_eq!(
                server.requests(),
                attempts,
                "{reply:?}, {operation}: on the wire"
            );
        }
    }
    println!("13 ends of streams x 4 operations");
}

/// As a service does that is replaced while calls run.
#[tokio::test]
async fn a_service_that_goes_away_is_called_on_a_new_connection() {
    let made = patient();
    let authority = Authority::new().unwrap();
    for gone in [Reset(reason::REFUSED_STREAM), GoAwayBelow(reason::NO_ERROR)] {
        let script = move |number| -> Reply { if number == 1 { gone } else { Answer } };
        let server = Http2Server::start(tls(&authority), script).await.unwrap();
        let engine = engine(&made, server.address(), &authority).build().unwrap();
        for (number, attempts) in [(0, 1), (1, 2), (2, 1)] {
            let output = invoke(&engine, "post").await.unwrap();
            assert_eq!(output.attempts().len(), attempts, "{gone:?}: call {number}");
        }
        assert_eq!(server.requests(), 4, "{gone:?}");
    }
}
