//! `/mcp` over HTTP: who gets in, what they see, whose a session is.

use crate::shop::{engine, json};
use opwire::Secret;
use opwire::manifest::Effect;
use opwire_server::{
    Caller, ConnectionFuture, Connections, KeyHash, Mcp, Opened, Scopes, Server, ServerBuilder,
};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const VERSION: &str = "2026-07-28";

/// A server on loopback, stopped when it is dropped.
struct Running {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

async fn start(builder: ServerBuilder) -> Running {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        stopped.await.ok();
    };
    tokio::spawn(opwire_server::serve(listener, builder.build(), stopped));
    Running {
        address,
        _stop: stop,
    }
}

fn server() -> ServerBuilder {
    Server::builder(engine(|request| {
        let key = request.headers()["x-key"].to_str().unwrap();
        Some(json(
            200,
            &json!({ "id": 1, "key": key, "next": 1, "orders": [] }),
        ))
    }))
}

/// Keys `all`, `reads` and `other` of the tenants acme, acme and umbrella.
fn with_keys() -> ServerBuilder {
    let caller = |tenant, scopes| Caller::new(tenant, scopes);
    let keys = vec![
        (KeyHash::of("all"), caller("acme", Scopes::default())),
        (
            KeyHash::of("reads"),
            caller("acme", Scopes::default().effects([Effect::Read])),
        ),
        (KeyHash::of("other"), caller("umbrella", Scopes::default())),
    ];
    server().keys(Arc::new(keys))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        "accept",
        HeaderValue::from_static("application/json, text/event-stream"),
    );
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in pairs {
        headers.insert(*name, value.parse().unwrap());
    }
    headers
}

/// The status, the headers, and the message that the body ends with.
async fn post(
    running: &Running,
    query: &str,
    headers: HeaderMap,
    message: &Value,
) -> (u16, HeaderMap, Value) {
    let url = format!("http://{}/mcp{query}", running.address);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(url)
        .headers(headers)
        .body(message.to_string())
        .send()
        .await
        .unwrap();
    let (status, told) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    let last = text.lines().rev().find_map(|line| {
        line.strip_prefix("data: ")
            .filter(|data| data.starts_with('{'))
    });
    let value = serde_json::from_str(last.unwrap_or(&text)).unwrap_or(Value::String(text.clone()));
    (status, told, value)
}

/// A request of a client that has no session.
async fn ask(
    running: &Running,
    query: &str,
    more: &[(&'static str, &str)],
    method: &str,
    mut params: Value,
) -> (u16, Value) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut headers = headers(more);
    headers.insert("mcp-protocol-version", VERSION.parse().unwrap());
    headers.insert("mcp-method", method.parse().unwrap());
    if let Some(name) = params["name"].as_str() {
        headers.insert("mcp-name", name.parse().unwrap());
    }
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (status, _, answer) = post(running, query, headers, &message).await;
    (status, answer)
}

async fn names(running: &Running, query: &str, more: &[(&'static str, &str)]) -> Vec<String> {
    let (status, answer) = ask(running, query, more, "tools/list", json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let tools = answer["result"]["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_key_shows_and_calls_what_it_allows() {
    let running = start(with_keys()).await;
    let (status, problem) = ask(&running, "", &[], "tools/list", json!({})).await;
    assert_eq!((status, &problem["kind"]), (401, &json!("unauthenticated")));
    let (all, reads) = (
        ("authorization", "Bearer all"),
        ("authorization", "Bearer reads"),
    );
    assert_eq!(names(&running, "", &[all]).await.len(), 5);
    let read = [
        "shop_get_order",
        "shop_list_orders",
        "shop_list_statuses_ddl",
    ];
    let mut seen = names(&running, "", &[reads]).await;
    seen.sort();
    assert_eq!(seen, read);
    let delete = json!({ "name": "shop_delete_order", "arguments": { "id": 1 } });
    let (_, answer) = ask(&running, "", &[reads], "tools/call", delete.clone()).await;
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("unknown tool"),
        "{answer}"
    );
    let (_, answer) = ask(&running, "", &[all], "tools/call", delete).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

#[tokio::test]
async fn the_query_chooses() {
    let running = start(server().no_auth()).await;
    assert_eq!(
        names(&running, "?effect=delete", &[]).await,
        ["shop_delete_order"]
    );
    assert_eq!(
        names(&running, "?kind=ddl", &[]).await,
        ["shop_list_statuses_ddl"]
    );
    assert_eq!(
        names(&running, "?tool=*_get_*&tool=shop.create*", &[]).await,
        ["shop_create_order", "shop_get_order"]
    );
    assert_eq!(names(&running, "?connector=other", &[]).await.len(), 0);
    assert_eq!(names(&running, "?catalogue=true", &[]).await.len(), 3);
    let (_, answer) = ask(&running, "?efect=read", &[], "tools/list", json!({})).await;
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("the query takes"),
        "{answer}"
    );
}

#[tokio::test]
async fn web_pages_do_not_get_in() {
    let open = start(server().no_auth()).await;
    let key = ("authorization", "Bearer all");
    let mcp = Mcp::builder(engine(|_| None)).origin("https://app.example.com:443");
    let keyed = start(with_keys().mcp(mcp.build())).await;
    for (name, value, by_key) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost.evil.example", 403),
        // Who has a key has not been led here by a name.
        ("host", "evil.example", 200),
    ] {
        let (status, answer) = ask(&open, "", &[(name, value)], "tools/list", json!({})).await;
        assert_eq!(status, 403, "{name} {value}: {answer}");
        let (status, answer) =
            ask(&keyed, "", &[key, (name, value)], "tools/list", json!({})).await;
        assert_eq!(status, by_key, "{name} {value}: {answer}");
    }
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1:8787",
        "https://app.example.com",
    ] {
        let (status, _) = ask(
            &keyed,
            "",
            &[key, ("origin", origin)],
            "tools/list",
            json!({}),
        )
        .await;
        assert_eq!(status, 200, "{origin}");
    }
}

#[tokio::test]
async fn a_session_is_its_tenants() {
    let running = start(with_keys()).await;
    let hello = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } },
    });
    let all = ("authorization", "Bearer all");
    let (status, told, answer) = post(&running, "", headers(&[all]), &hello).await;
    assert_eq!(status, 200, "{answer}");
    let session = told["mcp-session-id"].to_str().unwrap().to_owned();
    let version = ("mcp-protocol-version", "2025-11-25");
    let session = ("mcp-session-id", session.as_str());
    let begun = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let (status, ..) = post(&running, "", headers(&[all, version, session]), &begun).await;
    assert_eq!(status, 202);
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    let other = ("authorization", "Bearer other");
    let (status, _, answer) = post(&running, "", headers(&[other, version, session]), &list).await;
    assert_eq!(
        (status, &answer["detail"]),
        (404, &json!("there is no such session"))
    );
    // What a request may is told by its own key, whoever began the session.
    let reads = ("authorization", "Bearer reads");
    for (key, tools) in [(all, 5), (reads, 3)] {
        let (status, _, answer) =
            post(&running, "", headers(&[key, version, session]), &list).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["result"]["tools"].as_array().unwrap().len(), tools);
    }
}

#[tokio::test]
async fn what_follows_is_its_tenants() {
    let running = start(with_keys()).await;
    let call = |arguments: Value| json!({ "name": "shop_list_orders", "arguments": arguments });
    let (all, other) = (
        ("authorization", "Bearer all"),
        ("authorization", "Bearer other"),
    );
    let (_, answer) = ask(&running, "", &[all], "tools/call", call(json!({}))).await;
    let token = &answer["result"]["structuredContent"]["_opwire"]["continue"];
    assert!(token.is_string(), "{answer}");
    let next = call(json!({ "_continue": token }));
    let (_, answer) = ask(&running, "", &[other], "tools/call", next.clone()).await;
    assert_eq!(answer["result"]["isError"], true);
    let (_, answer) = ask(&running, "", &[all], "tools/call", next).await;
    // The service's page leads to itself: the walk got there and says so.
    assert!(
        answer["result"]["structuredContent"].is_object() || answer["result"]["isError"] == true
    );
    assert!(
        !answer
            .to_string()
            .contains("there is nothing to go on with"),
        "{answer}"
    );
}

/// One connection of acme's.
struct Stored;

impl Connections for Stored {
    fn open<'a>(
        &'a self,
        tenant: &'a str,
        id: &'a str,
        connector: &'a str,
    ) -> ConnectionFuture<'a> {
        let found = (tenant, id, connector) == ("acme", "main", "shop");
        let credentials = BTreeMap::from([("api_key".to_owned(), Secret::new("stored"))]);
        Box::pin(
            async move { Ok(found.then(|| Opened::new(credentials, format!("{tenant}/{id}/1")))) },
        )
    }
}

#[tokio::test]
async fn a_connection_gives_the_credentials() {
    let running = start(with_keys().connections(Arc::new(Stored))).await;
    let call = json!({ "name": "shop_get_order", "arguments": { "id": 1 } });
    let all = ("authorization", "Bearer all");
    let (_, answer) = ask(
        &running,
        "",
        &[all, ("x-opwire-connection", "main")],
        "tools/call",
        call.clone(),
    )
    .await;
    assert_eq!(
        answer["result"]["structuredContent"]["key"], "stored",
        "{answer}"
    );
    let (_, answer) = ask(
        &running,
        "",
        &[all, ("x-opwire-connection", "none")],
        "tools/call",
        call,
    )
    .await;
    assert_eq!(answer["result"]["isError"], true);
    let told = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        told.starts_with("there is no connection of this ID with shop"),
        "{told}"
    );
    let asks = async |more: &[(&'static str, &str)]| {
        let (_, answer) = ask(&running, "", more, "tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap().clone();
        tools[0]["inputSchema"]["properties"]["api_key"].is_object()
    };
    assert!(asks(&[all]).await);
    assert!(!asks(&[all, ("x-opwire-connection", "main")]).await);
}
