//! Walks as streams.

use crate::world::{Got, PATIENCE, Started, Upstream, answer, plain};
use axum::extract::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

/// The page that a request asks for: `/list?page=3`.
fn number(request: &Request) -> usize {
    let query = request.uri().query().unwrap_or("page=1");
    query.trim_start_matches("page=").parse().unwrap()
}

/// A service of so many pages; the one after them fails.
async fn pages(last: usize, fails: bool) -> Upstream {
    Upstream::start(move |request: Request| async move {
        let page = number(&request);
        if page > last {
            return answer(500, &json!({ "error": "broken" }));
        }
        let next = (page < last || fails).then(|| format!("/list?page={}", page + 1));
        answer(
            200,
            &json!({ "items": [{ "n": page }, { "n": page * 10 }], "next": next }),
        )
    })
    .await
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn pages_come_a_line_each() {
    let upstream = pages(3, false).await;
    let server = Started::open(&upstream).await;
    let got = Got::of(server.post("t.list_things/pages", &json!({}))).await;
    assert_eq!(
        (got.status, got.header("content-type")),
        (200, "application/x-ndjson")
    );
    assert_eq!(got.header("opwire-operation"), "t.list_things");
    let pages = lines(&got.text);
    assert_eq!(pages.len(), 3);
    assert_eq!(
        pages[2],
        json!({ "items": [{ "n": 3 }, { "n": 30 }], "next": null })
    );
    assert_eq!(
        upstream.asked(),
        ["GET /list", "GET /list?page=2", "GET /list?page=3"]
    );
}

#[tokio::test]
async fn items_come_a_line_each_and_a_walk_can_be_shortened() {
    let upstream = pages(3, false).await;
    let server = Started::open(&upstream).await;
    let walk = server.post("t.list_things/pages?items=true&max_pages=2", &json!({}));
    let got = Got::of(walk).await;
    assert_eq!(
        lines(&got.text),
        [
            json!({ "n": 1 }),
            json!({ "n": 10 }),
            json!({ "n": 2 }),
            json!({ "n": 20 })
        ]
    );
    assert_eq!(upstream.asked().len(), 2);
}

#[tokio::test]
async fn an_indented_page_is_one_line() {
    let upstream = Upstream::start(|_| async {
        let body =
            "{\r\n  \"items\": [\n 1.10,\r 12345678901234567890123\n],\n \"text\": \"a \\n b\" }\n";
        let response =
            axum::response::Response::builder().header("content-type", "application/json");
        response.body(axum::body::Body::from(body)).unwrap()
    })
    .await;
    let server = Started::open(&upstream).await;
    let line = "{\"items\": [1.10,12345678901234567890123],\"text\": \"a \\n b\" }";
    let got = Got::of(server.post("t.list_things/pages", &json!({}))).await;
    assert_eq!(got.text, format!("{line}\n"));
    let events = server
        .post("t.list_things/pages", &json!({}))
        .header("accept", "text/event-stream");
    assert_eq!(
        Got::of(events).await.text,
        format!("event: page\ndata: {line}\n\nevent: end\ndata: {{}}\n\n")
    );
}

#[tokio::test]
async fn what_fails_at_once_is_a_problem_and_later_the_last_line() {
    let server = Started::open(&pages(0, true).await).await;
    let got = Got::of(server.post("t.list_things/pages", &json!({}))).await;
    assert_eq!(got.problem(), (502, "upstream_server_error".to_owned()));
    let static_or_plain = Got::of(server.post("t.get_text/pages?items=true", &json!({}))).await;
    assert_ne!(static_or_plain.status, 200);

    let server = Started::open(&pages(1, true).await).await;
    let got = Got::of(server.post("t.list_things/pages?items=true", &json!({}))).await;
    let lines = lines(&got.text);
    assert_eq!((got.status, lines.len()), (200, 3));
    let error = &lines[2]["error"];
    assert_eq!(
        (&error["kind"], &error["operation"]),
        (&json!("upstream_server_error"), &json!("t.list_things"))
    );
}

#[tokio::test]
async fn events_say_how_the_walk_ended() {
    for (fails, last) in [(false, "end"), (true, "error")] {
        let server = Started::open(&pages(2, fails).await).await;
        let walk = server.post("t.list_things/pages?items=true", &json!({}));
        let got = Got::of(walk.header("accept", "text/event-stream")).await;
        assert_eq!(got.header("content-type"), "text/event-stream");
        let names: Vec<&str> = got
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("event: "))
            .collect();
        assert_eq!(names, ["item", "item", "item", "item", last]);
        let data = got
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        let data: Vec<Value> = data
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        assert_eq!(data[3], json!({ "n": 20 }));
        assert_eq!(
            data[4]["error"]["kind"].as_str(),
            fails.then_some("upstream_server_error")
        );
    }
}

/// A connection that asks for pages, and the head of the answer.
async fn walk(server: &Started) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let body = json!({ "token": "t0ken" }).to_string();
    let head = format!(
        "POST /v1/operations/t.list_things/pages HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        server.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    assert!(
        text.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&text)
    );
    stream
}

/// Pages of a mebibyte each are fetched as the client takes them: what is not taken fills the buffers, and no more.
#[tokio::test]
async fn pages_are_fetched_as_they_are_taken() {
    const LAST: usize = 64;
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
    let upstream = Upstream::start(move |request: Request| {
        let page = number(&request);
        count.store(page, Ordering::SeqCst);
        async move {
            let next = (page < LAST).then(|| format!("/list?page={}", page + 1));
            answer(
                200,
                &json!({ "items": ["x".repeat(1 << 20)], "next": next }),
            )
        }
    })
    .await;
    let server = Started::open(&upstream).await;
    let mut stream = walk(&server).await;
    // The client takes nothing. Other requests are answered meanwhile, many times over.
    let mut before = 0;
    let mut still = 0;
    while still < 200 {
        let got = Got::of(server.get("/healthz")).await;
        assert_eq!(got.status, 200);
        let now = fetched.load(Ordering::SeqCst);
        still = if now == before { still + 1 } else { 0 };
        before = now;
    }
    assert!(
        before < LAST / 2,
        "{before} pages for a client that took none"
    );
    let mut taken = 0;
    let mut buffer = vec![0; 1 << 16];
    while fetched.load(Ordering::SeqCst) < LAST {
        let size = timeout(PATIENCE, stream.read(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        assert!(size > 0);
        taken += size;
    }
    assert!(taken > (LAST / 2) << 20, "{taken}");
}

#[tokio::test]
async fn a_walk_ends_when_its_client_goes() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let through = Arc::clone(&gate);
    let upstream = Upstream::start(move |request: Request| {
        let (tell, gate) = (tell.clone(), Arc::clone(&through));
        let page = number(&request);
        async move {
            // When the request is given up, this is dropped.
            let gone = Gone(tell.clone());
            tell.send(format!("page {page}")).unwrap();
            if page > 1 {
                gate.acquire().await.unwrap().forget();
            }
            std::mem::forget(gone);
            answer(
                200,
                &json!({ "items": [page], "next": format!("/list?page={}", page + 1) }),
            )
        }
    })
    .await;
    let server = Started::limited(&upstream, |limits| limits.requests = 1).await;
    let stream = walk(&server).await;
    let mut next = async || timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
    assert_eq!(next().await, "page 1");
    assert_eq!(next().await, "page 2");
    // The walk has the only place.
    assert_eq!(
        Got::of(server.post("t.get_text/render", &json!({})))
            .await
            .status,
        503
    );
    drop(stream);
    assert_eq!(next().await, "gone");
    gate.add_permits(10);
    while Got::of(server.post("t.get_text/render", &json!({})))
        .await
        .status
        == 503
    {}
    assert_eq!(upstream.asked(), ["GET /list", "GET /list?page=2"]);
}

struct Gone(mpsc::UnboundedSender<String>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.send("gone".to_owned()).ok();
    }
}

#[tokio::test]
async fn an_operation_without_pages_is_one_page() {
    let server = Started::open(&plain().await).await;
    let got = Got::of(server.post("t.get_thing/pages", &json!({ "id": 7 }))).await;
    assert_eq!(got.text, "{\"path\":\"/things/7\"}\n");
}
