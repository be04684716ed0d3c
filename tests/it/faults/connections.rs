//! Connections that end too early, too late, or not at all.

use super::{End, Scenario, engine, invoke, made, run};
use opwire::{ErrorKind as K, Outcome};
use opwire_tests::faults::{FaultServer, Step};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n";
const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
const WHOLE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

fn write(text: &str) -> Step {
    Step::Write(text.into())
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut found = Vec::new();
    for (end, close) in [
        ("closed", None),
        ("reset", Some(Step::Reset)),
        ("silent", Some(Step::Hang)),
    ] {
        let kind = if end == "silent" {
            K::Timeout
        } else {
            K::ConnectionLost
        };
        let mut add = |name: &str, steps: Vec<Step>, end_of: End| {
            let steps = steps.into_iter().chain(close.clone()).collect();
            found.push(Scenario::new(format!("{end} {name}"), steps, end_of));
        };
        add(
            "after the request's head",
            vec![Step::Head],
            End::Lost(kind),
        );
        add("after the request", vec![Step::Request], End::Lost(kind));
        add(
            "in the status line",
            vec![Step::Request, write("HTTP/1.1 20")],
            End::Lost(kind),
        );
        add(
            "after the status line",
            vec![Step::Request, write("HTTP/1.1 200 OK\r\n")],
            End::Lost(kind),
        );
        add(
            "in a header",
            vec![Step::Request, write("HTTP/1.1 200 OK\r\nContent-Le")],
            End::Lost(kind),
        );
        add(
            "after the head",
            vec![Step::Request, write(HEAD)],
            End::LostBody(kind),
        );
        add(
            "in the body",
            vec![Step::Request, write(HEAD), write("{\"a\": 1")],
            End::LostBody(kind),
        );
        add(
            "before the first chunk",
            vec![Step::Request, write(CHUNKED)],
            End::LostBody(kind),
        );
        add(
            "in a chunk's size",
            vec![Step::Request, write(CHUNKED), write("1")],
            End::LostBody(kind),
        );
        add(
            "in a chunk",
            vec![Step::Request, write(CHUNKED), write("10\r\n{\"a\"")],
            End::LostBody(kind),
        );
        add(
            "before the last chunk",
            vec![Step::Request, write(CHUNKED), write("2\r\n{}\r\n")],
            End::LostBody(kind),
        );
        add(
            "after the reply",
            vec![Step::Request, write(WHOLE)],
            End::Fine,
        );
    }
    found.push(Scenario::new(
        "closed at once",
        vec![],
        End::Lost(K::ConnectionLost),
    ));
    found.push(Scenario::new(
        "a head that drips",
        vec![
            Step::Request,
            Step::Drip([HEAD.as_bytes(), b"12345678901234567890"].concat()),
        ],
        End::Lost(K::Timeout),
    ));
    found.push(Scenario::new(
        "a body that drips",
        vec![
            Step::Request,
            write(&HEAD.replace("h: 20", "h: 200")),
            Step::Drip(vec![b'1'; 200]),
        ],
        End::LostBody(K::Timeout),
    ));
    found.push(Scenario::new(
        "an endless body that drips",
        vec![
            Step::Request,
            write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),
            Step::Drip(vec![b'1'; 500]),
        ],
        End::LostBody(K::Timeout),
    ));
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_end() {
    run("connections", scenarios()).await;
}

/// The reset may come before the connection is taken for one, or after.
#[tokio::test]
async fn a_connection_that_is_reset_at_once() {
    let made = made();
    for operation in ["get", "put", "post", "keyed"] {
        for _ in 0..20 {
            let server = FaultServer::start(|_| vec![Step::Reset]).await.unwrap();
            let error = invoke(&engine(&made, &server.url()), operation)
                .await
                .unwrap_err();
            let unsent = error
                .attempts()
                .iter()
                .filter(|attempt| attempt.outcome == Outcome::NotSent);
            let again = operation != "post" || unsent.count() == 3;
            assert_eq!(error.attempts().len() == 3, again, "{operation}: {error:?}");
            assert_eq!(server.seen().connections(), error.attempts().len());
        }
    }
}

#[tokio::test]
async fn a_port_that_is_closed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let made = made();
    for operation in ["get", "put", "post", "keyed"] {
        let error = invoke(&engine(&made, &url), operation).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.attempts().len()),
            (K::ConnectFailed, Outcome::NotSent, 3)
        );
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_nobody_used_it() {
    let made = made();
    for (operation, attempts) in [("get", 2), ("put", 2), ("keyed", 2), ("post", 1)] {
        // The service reads the second request on the same connection, and closes without an answer.
        let server = FaultServer::start(|number| {
            let twice = vec![Step::Request, write(WHOLE), Step::Request];
            if number == 0 {
                twice
            } else {
                vec![Step::Request, write(WHOLE)]
            }
        });
        let server = server.await.unwrap();
        let engine = engine(&made, &server.url());
        invoke(&engine, "get").await.unwrap();
        let second = invoke(&engine, operation).await;
        assert_eq!(server.seen().requests(), 1 + attempts, "{operation}");
        match second {
            Ok(output) => assert_eq!(output.attempts().len(), attempts, "{operation}"),
            Err(error) => assert_eq!(
                (operation, error.kind(), error.outcome()),
                ("post", K::ConnectionLost, Outcome::MaybeApplied)
            ),
        }
    }
}

#[tokio::test]
async fn a_fault_that_passes() {
    let made = made();
    for (operation, works) in [
        ("get", true),
        ("put", true),
        ("keyed", true),
        ("post", false),
    ] {
        let server = FaultServer::start(|number| match number {
            0 => vec![Step::Request],
            1 => vec![
                Step::Request,
                write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
            ],
            _ => vec![Step::Request, write(WHOLE)],
        });
        let server = server.await.unwrap();
        let given = invoke(&engine(&made, &server.url()), operation).await;
        assert_eq!(given.is_ok(), works, "{operation}");
        assert_eq!(
            server.seen().requests(),
            if works { 3 } else { 1 },
            "{operation}"
        );
    }
}
