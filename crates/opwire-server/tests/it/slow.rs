//! Clients that take their time can't hold the server.

use crate::world::{PATIENCE, Started, Upstream, answer, plain};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(100);

/// What the server says until it closes the connection, which it must.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is closed with something unread is reset.
    timeout(PATIENCE, stream.read_to_end(&mut text))
        .await
        .unwrap()
        .ok();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let server = Started::limited(&plain().await, |limits| limits.head_time = SHORT).await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nhost: loc"] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let told = until_closed(&mut stream).await;
        assert!(!told.contains(" 200 "), "{told}");
    }
}

#[tokio::test]
async fn a_head_that_does_not_end_is_refused() {
    let server = Started::open(&plain().await).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}",
        "y".repeat(80 * 1024)
    );
    // It may be closed before all is written.
    stream.write_all(head.as_bytes()).await.ok();
    let told = until_closed(&mut stream).await;
    assert!(
        told.is_empty() || told.starts_with("HTTP/1.1 431"),
        "{told}"
    );
}

#[tokio::test]
async fn a_connection_that_is_idle_is_closed() {
    let server = Started::limited(&plain().await, |limits| limits.head_time = SHORT).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let told = until_closed(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused() {
    let upstream = plain().await;
    let server = Started::limited(&upstream, |limits| limits.body_time = SHORT).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = "POST /v1/operations/t.get_thing/invoke HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"id\"";
    stream.write_all(head.as_bytes()).await.unwrap();
    let told = until_closed(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    assert!(told.contains("\"kind\":\"request_timeout\""), "{told}");
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go() {
    let upstream = Upstream::start(|_| async {
        let body = json!({ "items": ["x".repeat(1 << 20)], "next": null });
        answer(200, &body)
    })
    .await;
    let server = Started::limited(&upstream, |limits| {
        (limits.write_time, limits.requests) = (SHORT, 1_000);
    })
    .await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let body = json!({ "token": "t0ken" }).to_string();
    let length = body.len();
    let one = format!(
        "POST /v1/operations/t.list_things/invoke HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    // Many answers are asked for on one connection, more than any buffer holds, and none is taken.
    let asks = one.repeat(64);
    stream.write_all(asks.as_bytes()).await.unwrap();
    let closed = async {
        // When the server has closed, what is written comes back as an error.
        while stream.write_all(b" ").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, closed).await.unwrap();
    assert!(upstream.asked().len() < 64);
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let server = Started::limited(&plain().await, |limits| limits.connections = 1).await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut first = TcpStream::connect(server.address()).await.unwrap();
    first.write_all(ask).await.unwrap();
    let mut begun = [0; 12];
    timeout(PATIENCE, first.read_exact(&mut begun))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    let mut second = TcpStream::connect(server.address()).await.unwrap();
    second.write_all(ask).await.unwrap();
    let waits = timeout(SHORT, second.read_exact(&mut begun)).await;
    assert!(waits.is_err());
    drop(first);
    timeout(PATIENCE, second.read_exact(&mut begun))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
}
