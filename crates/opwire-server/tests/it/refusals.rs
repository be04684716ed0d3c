//! What the server refuses, and how it says so.

use crate::world::{Got, Started, Upstream, answer, client, json, plain};
use opwire::manifest::Effect;
use opwire_server::{Caller, KeyHash, Scopes, new_key};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

fn is(status: u16, kind: &str) -> (u16, String) {
    (status, kind.to_owned())
}

/// A server with keys: of `acme` for everything, of `acme` for reading, of `other` for another connector.
async fn keyed(upstream: &Upstream) -> (Started, [String; 3]) {
    let keys: [(String, KeyHash); 3] = std::array::from_fn(|_| new_key().unwrap());
    let callers = [
        Caller::new("acme", Scopes::default()),
        Caller::new("acme", Scopes::default().effects([Effect::Read])),
        Caller::new("other", Scopes::default().connectors(["else"])),
    ];
    let known: Vec<_> = keys.iter().map(|(_, hash)| *hash).zip(callers).collect();
    let server = Started::with(
        upstream,
        |engine| engine,
        |server| server.keys(Arc::new(known)),
    );
    (server.await, keys.map(|(text, _)| text))
}

#[tokio::test]
async fn nobody_gets_in_without_a_key_that_is_known() {
    let (server, [key, ..]) = keyed(&plain().await).await;
    let mut paths = vec![
        "/v1/operations".to_owned(),
        "/v1/operations/t.get_thing".to_owned(),
    ];
    paths.push("/v1/operations/t.move_to/options?field=/city".to_owned());
    for path in &paths {
        let nobody = Got::of(server.get(path)).await;
        assert_eq!(nobody.problem(), is(401, "unauthenticated"));
        assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"opwire\"");
        let known = Got::of(server.get(path).bearer_auth(&key)).await;
        // The service's own credentials may be missing still.
        assert!(!known.text.contains("unauthenticated"), "{}", known.text);
    }
    for what in ["invoke", "render", "pages", "options?field=/city"] {
        let request = server.post(&format!("t.get_thing/{what}"), &json!({}));
        assert_eq!(
            Got::of(request).await.problem(),
            is(401, "unauthenticated"),
            "{what}"
        );
    }
    let get = || server.get("/v1/operations");
    let wrong = Got::of(get().bearer_auth(format!("{key}x"))).await;
    assert_eq!(wrong.problem(), is(401, "unauthenticated"));
    assert!(
        wrong
            .header("www-authenticate")
            .ends_with("error=\"invalid_token\"")
    );
    assert_eq!(
        Got::of(get().basic_auth("user", Some(&key))).await.status,
        401
    );
    // A server that was told nothing lets nobody in.
    let closed = Started::with(&plain().await, |engine| engine, |server| server).await;
    assert_eq!(
        Got::of(closed.get("/v1/operations").bearer_auth(&key))
            .await
            .status,
        401
    );
    assert_eq!(Got::of(closed.get("/healthz")).await.status, 200);
    assert_eq!(Got::of(closed.get("/readyz")).await.status, 200);
}

#[tokio::test]
async fn a_key_allows_what_its_scopes_have() {
    let upstream = plain().await;
    let (server, [all, reads, other]) = keyed(&upstream).await;
    let post = |what: &str, key: &str| server.post(what, &json!({ "name": "a" })).bearer_auth(key);
    assert_eq!(Got::of(post("t.make_thing/invoke", &all)).await.status, 200);
    for key in [&reads, &other] {
        for what in ["invoke", "render", "pages"] {
            let got = Got::of(post(&format!("t.make_thing/{what}"), key)).await;
            assert_eq!(got.problem(), is(403, "forbidden"), "{what}");
        }
    }
    let get = |path: &str, key: &str| Got::of(server.get(path).bearer_auth(key));
    assert_eq!(get("/v1/operations/t.get_thing", &reads).await.status, 200);
    assert_eq!(
        get("/v1/operations/t.get_thing", &other).await.problem(),
        is(403, "forbidden")
    );
    let count = async |key: &str| {
        let list = get("/v1/operations", key).await.json();
        list["operations"].as_array().unwrap().len()
    };
    assert_eq!(
        (count(&all).await, count(&reads).await, count(&other).await),
        (8, 6, 0)
    );
    assert_eq!(upstream.asked(), ["POST /things"]);
}

#[tokio::test]
async fn without_keys_no_web_page_gets_in() {
    let upstream = plain().await;
    let server = Started::open(&upstream).await;
    let post = || server.post("t.get_thing/invoke", &json!({ "id": 7 }));
    for (name, value) in [
        ("host", "evil.example"),
        ("host", "127.0.0.1.evil.example:80"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let got = Got::of(post().header(name, value)).await;
        assert_eq!(got.problem(), is(403, "forbidden"), "{name}: {value}");
    }
    assert!(upstream.asked().is_empty());
    for (name, value) in [
        ("host", "localhost:1"),
        ("origin", "http://localhost:3000"),
        ("origin", "http://[::1]:3000"),
        ("sec-fetch-site", "none"),
        ("opwire-tenant", "acme"),
    ] {
        assert_eq!(
            Got::of(post().header(name, value)).await.status,
            200,
            "{name}: {value}"
        );
    }
    let odd = Got::of(post().header("opwire-tenant", "a/b")).await;
    assert_eq!(odd.problem(), is(400, "bad_request"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = Started::open(&plain().await).await;
    assert_eq!(
        Got::of(server.get("/v1/nothing")).await.problem(),
        is(404, "not_found")
    );
    let near = Got::of(server.get("/v1/operations/t.get_thin")).await;
    assert_eq!(near.problem(), is(404, "unknown_operation"));
    assert_eq!(near.json()["help"], "did you mean `t.get_thing`?");
    let odd = Got::of(server.get("/v1/operations/%ff")).await;
    assert_eq!(odd.problem(), is(400, "bad_request"));
    let post = || server.post("t.get_thing/invoke", &json!({ "id": 7 }));
    let unknown = Got::of(post().header("x-opwire-connection", "mine")).await;
    assert_eq!(unknown.problem(), is(404, "not_found"));
    let odd = Got::of(post().header("x-opwire-connection", "a/b")).await;
    assert_eq!(odd.problem(), is(400, "bad_request"));
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let server = Started::open(&plain().await).await;
    for (path, allowed) in [
        ("/v1/operations", "GET,HEAD"),
        ("/v1/operations/t.get_thing/invoke", "POST"),
        ("/v1/operations/t.move_to/options", "GET,HEAD,POST"),
        ("/healthz", "GET,HEAD"),
    ] {
        let got = Got::of(client().delete(server.at(path))).await;
        assert_eq!(got.problem(), is(405, "method_not_allowed"), "{path}");
        assert_eq!(got.header("allow"), allowed, "{path}");
    }
}

#[tokio::test]
async fn bodies_are_held_to_their_form_and_size() {
    let upstream = plain().await;
    let server = Started::limited(&upstream, |limits| limits.body = 4_096).await;
    let url = server.at("/v1/operations/t.get_thing/invoke");
    let send = |kind: &str, body: String| {
        let request = client().post(&url).header("content-type", kind);
        Got::of(request.body(body))
    };
    let form = "application/json";
    let deep = format!("{{\"id\":{}1{}}}", "[".repeat(64), "]".repeat(64));
    for (kind, body, status, problem) in [
        ("text/plain", "{}".to_owned(), 415, "unsupported_media_type"),
        (
            "application/x-www-form-urlencoded",
            "id=7".to_owned(),
            415,
            "unsupported_media_type",
        ),
        (
            form,
            format!("{{\"id\": {:5000}}}", 7),
            413,
            "payload_too_large",
        ),
        (form, "{\"id\": ".to_owned(), 422, "input_invalid"),
        (
            form,
            "{\"id\": 1, \"id\": 2}".to_owned(),
            422,
            "input_invalid",
        ),
        (form, deep, 422, "input_invalid"),
        (form, "[]".to_owned(), 422, "input_invalid"),
        (form, "{\"id\": \"x\"}".to_owned(), 422, "input_invalid"),
        (form, "{\"id\": 7}".to_owned(), 401, "credentials_missing"),
    ] {
        let got = send(kind, body.clone()).await;
        assert_eq!(got.problem(), is(status, problem), "{body:.60}");
    }
    let utf8 = client()
        .post(&url)
        .header("content-type", form)
        .body(vec![b'"', 255, b'"']);
    assert_eq!(Got::of(utf8).await.problem(), is(400, "bad_request"));
    // Without a type it can't be told from what a web page may send.
    let untyped = client().post(&url).body("{\"id\": 7}");
    assert_eq!(
        Got::of(untyped).await.problem(),
        is(415, "unsupported_media_type")
    );
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn queries_have_only_what_is_known() {
    let server = Started::open(&plain().await).await;
    for path in [
        "/v1/operations?kinds=main",
        "/v1/operations?kind=other",
        "/v1/operations/t.move_to/options",
        "/v1/operations/t.move_to/options?field=/country&style=other",
    ] {
        assert_eq!(
            Got::of(server.get(path)).await.problem(),
            is(400, "bad_request"),
            "{path}"
        );
    }
    let walk = server.post("t.list_things/pages?max_page=1", &json!({}));
    assert_eq!(Got::of(walk).await.problem(), is(400, "bad_request"));
    let form = server
        .post("t.list_things/pages", &json!({}))
        .header("accept", "image/png");
    assert_eq!(Got::of(form).await.problem(), is(406, "not_acceptable"));
}

#[tokio::test]
async fn what_the_service_refuses_is_told_with_what_it_said() {
    let upstream = Upstream::start(|request: axum::extract::Request| async move {
        let mut response = match request.uri().path() {
            "/things/401" => answer(401, &json!({})),
            "/things/429" => answer(429, &json!({})),
            _ => answer(404, &json!({ "error": "no such thing" })),
        };
        response
            .headers_mut()
            .insert("retry-after", HeaderValue::from_static("2000"));
        response
    })
    .await;
    let server = Started::open(&upstream).await;
    let get = |id: u16| Got::of(server.post("t.get_thing/invoke", &json!({ "id": id })));
    let missing = get(404).await;
    assert_eq!(missing.problem(), is(502, "upstream_client_error"));
    let problem = missing.json();
    assert_eq!(problem["upstream_status"], 404);
    assert_eq!(
        problem["upstream_body"],
        json!({ "error": "no such thing" })
    );
    assert_eq!(
        (&problem["operation"], &problem["attempts"]),
        (&json!("t.get_thing"), &json!(1))
    );
    assert_eq!(
        (
            missing.header("opwire-attempts"),
            missing.header("x-ratelimit-remaining")
        ),
        ("1", "41")
    );
    let refused = get(401).await;
    assert_eq!(refused.problem(), is(401, "auth_failed"));
    assert_eq!(refused.header("www-authenticate"), "Opwire-Connection");
    let limited = get(429).await;
    assert_eq!(limited.problem(), is(429, "rate_limited"));
    assert_eq!(limited.header("retry-after"), "2000");
    assert_eq!(limited.json()["retry_after_ms"], 2_000_000);
}

/// A service that tells when it was asked, and answers when it is let.
async fn held() -> (Upstream, mpsc::UnboundedReceiver<()>, Arc<Semaphore>) {
    let (tell, told) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let let_through = Arc::clone(&gate);
    let upstream = Upstream::start(move |_| {
        let (tell, gate) = (tell.clone(), Arc::clone(&let_through));
        async move {
            tell.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
            answer(200, &Value::Null)
        }
    })
    .await;
    (upstream, told, gate)
}

#[tokio::test]
async fn more_than_may_run_at_once_is_refused() {
    let (upstream, mut told, gate) = held().await;
    let server = Started::limited(&upstream, |limits| {
        (limits.requests, limits.tenant_requests) = (3, 2);
    })
    .await;
    let post = |tenant: &'static str| {
        let request = server.post("t.get_thing/invoke", &json!({ "id": 7 }));
        request.header("opwire-tenant", tenant)
    };
    let mut running = Vec::new();
    for tenant in ["a", "a", "b"] {
        running.push(tokio::spawn(Got::of(post(tenant))));
        told.recv().await.unwrap();
        if running.len() == 2 {
            let full = Got::of(post("a")).await;
            assert_eq!(full.problem(), is(429, "too_many_requests"));
            assert_eq!(full.header("retry-after"), "1");
        }
    }
    let full = Got::of(post("c")).await;
    assert_eq!(full.problem(), is(503, "overloaded"));
    assert_eq!(
        (full.header("retry-after"), &full.json()["retryable"]),
        ("1", &json!(true))
    );
    // Whether it lives is told all the same.
    assert_eq!(Got::of(server.get("/healthz")).await.status, 200);
    gate.add_permits(4);
    for one in running {
        assert_eq!(one.await.unwrap().status, 200);
    }
    assert_eq!(Got::of(post("c")).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_late_is_given_up() {
    let (upstream, _told, _gate) = held().await;
    let server = Started::limited(&upstream, |limits| {
        limits.request_time = Duration::from_millis(50);
    })
    .await;
    let late = Got::of(server.post("t.get_thing/invoke", &json!({ "id": 7 }))).await;
    assert_eq!(late.problem(), is(504, "timeout"));
    assert_eq!(late.json()["outcome"], "maybe_applied");
}

#[tokio::test]
async fn a_server_that_lets_everyone_in_listens_on_loopback_alone() {
    let upstream = plain().await;
    let started = Started::open(&upstream).await;
    let server = opwire_server::Server::builder(started.engine.clone())
        .no_auth()
        .build();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = opwire_server::serve(listener, server, std::future::pending())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("on loopback alone"), "{error}");
}

#[tokio::test]
async fn an_input_of_a_mebibyte_is_the_most() {
    let server = Started::open(&plain().await).await;
    let text = "x".repeat(200 * 1024);
    let five: Vec<&str> = vec![&text; 5];
    let fits = json(
        client().post(server.at("/v1/operations/t.get_thing/render")),
        &json!({ "name": five }),
    );
    assert_eq!(Got::of(fits).await.problem(), is(422, "input_invalid"));
    let six: Vec<&str> = vec![&text; 6];
    let over = json(
        client().post(server.at("/v1/operations/t.get_thing/render")),
        &json!({ "name": six }),
    );
    assert_eq!(Got::of(over).await.problem(), is(413, "payload_too_large"));
}
