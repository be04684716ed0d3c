//! Odd characters and values reach path, query, header and body as they should.

use bytes::Bytes;
use http::{Request, Response};
use opwire::{Catalog, Engine, Error};
use opwire_tests::{Upstream, json as reply};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const CONNECTOR: &str = "
opwire: 1
name: odd
title: Odd
description: Puts one value everywhere.
base_url: https://odd.example.com
request: { query_style: { arrays: repeat, objects: json } }
";

const OPERATION: &str = "
title: Everywhere
kind: main
description: Puts values everywhere.
input:
  type: object
  additionalProperties: false
  properties: { path: {}, query: {}, header: {}, body: {} }
request:
  method: POST
  path: /a/{{default input.path 'x'}}/z
  query: { q: '{{input.query}}' }
  headers: { X-Value: '{{input.header}}' }
  body: { json: { value: '{{input.body}}', text: 'v={{default input.body.text 1}}' } }
";

struct Odd {
    engine: Engine,
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
    _dir: tempfile::TempDir,
}

impl Odd {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("odd/main")).unwrap();
        std::fs::write(dir.path().join("odd/connector.yaml"), CONNECTOR).unwrap();
        std::fs::write(dir.path().join("odd/main/everywhere.yaml"), OPERATION).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let upstream = Upstream::start(move |request: &Request<Bytes>| -> Response<Bytes> {
            kept.lock().unwrap().push(request.clone());
            reply(200, "{\"ok\":true}")
        });
        let upstream = upstream.await.unwrap();
        let engine = Engine::builder()
            .catalog(Catalog::open(dir.path()).unwrap())
            .base_url("odd", &upstream.url())
            .build()
            .unwrap();
        Self {
            engine,
            seen,
            _dir: dir,
        }
    }

    async fn send(&self, input: Value) -> Result<Request<Bytes>, Error> {
        self.engine.invoke("odd.everywhere", input).await?;
        Ok(self.seen.lock().unwrap().pop().unwrap())
    }

    fn sent(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

#[tokio::test]
async fn text_arrives_as_it_is_in_every_place() {
    let odd = Odd::new().await;
    for text in [
        "O'Brien & \"A&B\" <x>",
        "a/b",
        "🦀 emoji",
        "50% + 1 = #2?",
        "ä\u{301}\u{200b}",
        "{{input.secret}}",
        "%2e%2e",
        "..a",
        "a b",
        "\\..\\",
        "null",
    ] {
        let request = odd
            .send(json!({"path": text, "query": text, "header": text, "body": {"text": text}}))
            .await
            .unwrap();
        let path = request.uri().path();
        assert_eq!(path.split('/').count(), 4, "{path}");
        assert_eq!(decoded(path), format!("/a/{text}/z"));
        let (name, value) = request.uri().query().unwrap().split_once('=').unwrap();
        assert_eq!((name, decoded(value)), ("q", text.to_owned()));
        assert_eq!(request.headers()["x-value"].as_bytes(), text.as_bytes());
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(
            body,
            json!({"value": {"text": text}, "text": format!("v={text}")})
        );
    }
}

#[tokio::test]
async fn what_would_lead_elsewhere_is_refused_and_nothing_is_sent() {
    let odd = Odd::new().await;
    for path in [
        json!(""),
        json!("."),
        json!(".."),
        json!("a\r\nb"),
        json!("a\u{0}"),
        json!([1]),
        json!({"a": 1}),
        json!("x".repeat(2000)),
    ] {
        let error = odd.send(json!({"path": path})).await.unwrap_err();
        assert_eq!(error.kind().as_str(), "input_invalid", "{path}");
        assert_eq!(error.violations()[0].keyword, "path");
    }
    for header in ["a\r\nX-Evil: 1", "a\nb", "a\u{0}b", "\u{7f}"] {
        let error = odd.send(json!({"header": header})).await.unwrap_err();
        assert_eq!(error.kind().as_str(), "input_invalid", "{header:?}");
        assert!(!error.to_string().contains("Evil"));
    }
    assert_eq!(odd.sent(), 0);
    // A line break is nothing special in a query or a body.
    let request = odd
        .send(json!({"query": "a\r\nb", "body": {"text": "a\r\nb"}}))
        .await
        .unwrap();
    assert_eq!(request.uri().query(), Some("q=a%0D%0Ab"));
}

#[tokio::test]
async fn types_missing_and_null_are_kept_apart() {
    let odd = Odd::new().await;
    let request = odd.send(json!({"path": 9_007_199_254_740_993_i64, "query": true, "header": 1.5, "body": 9_007_199_254_740_993_i64})).await.unwrap();
    assert_eq!(request.uri().to_string(), "/a/9007199254740993/z?q=true");
    assert_eq!(request.headers()["x-value"], "1.5");
    assert_eq!(
        request.body(),
        "{\"value\":9007199254740993,\"text\":\"v=1\"}".as_bytes()
    );
    let request = odd
        .send(json!({"query": null, "header": null, "body": null}))
        .await
        .unwrap();
    assert_eq!(request.uri().query(), None);
    assert!(!request.headers().contains_key("x-value"));
    assert_eq!(
        request.body(),
        "{\"value\":null,\"text\":\"v=1\"}".as_bytes()
    );
    let request = odd.send(json!({})).await.unwrap();
    assert_eq!(request.uri().query(), None);
    assert_eq!(request.body(), "{\"text\":\"v=1\"}".as_bytes());
    let request = odd
        .send(json!({"query": [1, "b", true, null], "body": [1, {"a": []}, ""]}))
        .await
        .unwrap();
    assert_eq!(request.uri().query(), Some("q=1&q=b&q=true"));
    assert_eq!(
        request.body(),
        "{\"value\":[1,{\"a\":[]},\"\"],\"text\":\"v=1\"}".as_bytes()
    );
}

#[tokio::test]
async fn numbers_keep_their_digits_on_the_way_back() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("odd/main")).unwrap();
    std::fs::write(dir.path().join("odd/connector.yaml"), CONNECTOR).unwrap();
    let whole = "title: W\nkind: main\ndescription: W\nrequest: { method: GET, path: /w }\n";
    std::fs::write(dir.path().join("odd/main/whole.yaml"), whole).unwrap();
    let mapped = format!("{whole}response: {{ output: {{ id: '{{{{response.body.id}}}}' }} }}\n");
    std::fs::write(dir.path().join("odd/main/mapped.yaml"), mapped).unwrap();
    let body = "{\"id\": 9007199254740993, \"big\": 123456789012345678901234567890, \"d\": 1.10, \"e\": 1E400}";
    let upstream = Upstream::start(move |_| reply(200, format!(" \n{body}\n")))
        .await
        .unwrap();
    let engine = Engine::builder()
        .catalog(Catalog::open(dir.path()).unwrap())
        .base_url("odd", &upstream.url())
        .build()
        .unwrap();
    assert_eq!(
        engine.invoke("whole", json!({})).await.unwrap().as_str(),
        body
    );
    assert_eq!(
        engine.invoke("mapped", json!({})).await.unwrap().as_str(),
        "{\"id\":9007199254740993}"
    );
}
