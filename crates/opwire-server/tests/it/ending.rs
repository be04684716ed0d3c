//! Stopping: what runs is finished, and nothing more is begun.

use crate::world::{Got, PATIENCE, Started, Upstream, answer};
use axum::extract::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};

/// A service that tells when it was asked, and answers when it is let.
struct Held {
    upstream: Upstream,
    told: mpsc::UnboundedReceiver<()>,
    gate: Arc<Semaphore>,
}

impl Held {
    async fn start() -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let through = Arc::clone(&gate);
        let upstream = Upstream::start(move |request: Request| {
            let (tell, gate) = (tell.clone(), Arc::clone(&through));
            async move {
                tell.send(()).unwrap();
                gate.acquire().await.unwrap().forget();
                let next = (request.uri().path() == "/list").then(|| format!("{}x", request.uri()));
                answer(200, &json!({ "items": [1], "next": next.map(|next| next.replace("listx", "list?n=x")) }))
            }
        })
        .await;
        Self {
            upstream,
            told,
            gate,
        }
    }

    async fn asked(&mut self) {
        tokio::time::timeout(PATIENCE, self.told.recv())
            .await
            .unwrap()
            .unwrap();
    }
}

/// Waits until nobody listens there any more.
async fn closed(address: &str) {
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_that_runs_is_finished_and_no_other_begun() {
    let mut held = Held::start().await;
    let mut server = Started::open(&held.upstream).await;
    let running = tokio::spawn(Got::of(
        server.post("t.get_thing/invoke", &json!({ "id": 7 })),
    ));
    held.asked().await;
    server.stop();
    closed(server.address()).await;
    held.gate.add_permits(1);
    let got = running.await.unwrap();
    assert_eq!((got.status, got.header("connection")), (200, "close"));
    assert!(server.ended().await);
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let held = Held::start().await;
    let mut server = Started::open(&held.upstream).await;
    // A connection that is kept for later requests doesn't hold it.
    let client = crate::world::client();
    assert_eq!(Got::of(client.get(server.at("/readyz"))).await.status, 200);
    server.stop();
    assert!(server.ended().await);
}

#[tokio::test]
async fn a_walk_ends_after_its_page() {
    let mut held = Held::start().await;
    let mut server = Started::open(&held.upstream).await;
    held.gate.add_permits(1);
    let running = tokio::spawn(Got::of(
        server.post("t.list_things/pages?items=true", &json!({})),
    ));
    held.asked().await;
    held.asked().await;
    server.stop();
    closed(server.address()).await;
    held.gate.add_permits(1);
    let got = running.await.unwrap();
    let lines: Vec<Value> = got
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{}", got.text);
    let error = &lines[2]["error"];
    assert_eq!(
        (&error["kind"], &error["outcome"]),
        (&json!("cancelled"), &json!("not_sent"))
    );
    assert!(server.ended().await);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up_and_told_so() {
    let mut held = Held::start().await;
    let mut server = Started::limited(&held.upstream, |limits| {
        limits.drain = Duration::from_millis(100);
    })
    .await;
    let running = tokio::spawn(Got::of(
        server.post("t.make_thing/invoke", &json!({ "name": "a" })),
    ));
    held.asked().await;
    server.stop();
    let got = running.await.unwrap();
    assert_eq!(got.problem(), (499, "cancelled".to_owned()));
    assert_eq!(got.json()["outcome"], "maybe_applied");
    assert!(!server.ended().await);
}
