//! Access tokens that were got with one caller's credentials are not another's.

use crate::world::{Got, Started, Upstream, answer, client, folder, json};
use axum::extract::Request;
use opwire::Secret;
use opwire_server::{ConnectionFuture, Connections, ServerBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, required: [id, secret], properties: { id: { type: string }, secret: { type: string } } }
auth:
  oauth2:
    grant: client_credentials
    token_url: https://id.example.com/token
    client_id: '{{credentials.id}}'
    client_secret: '{{credentials.secret}}'
";
const WHO: &str = "title: W\nkind: main\ndescription: W\nrequest: { method: GET, path: /who }\n";

/// Gives a token that names the client, and tells who calls.
async fn service() -> Upstream {
    Upstream::start(|request: Request| async move {
        let signed = request.headers().get("authorization");
        let signed = signed
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        if request.uri().path() == "/who" {
            return answer(200, &json!({ "who": signed }));
        }
        let body = axum::body::to_bytes(request.into_body(), 10_000)
            .await
            .unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        let client = ["one", "two", "three"];
        let client = client
            .iter()
            .find(|name| body.contains(&format!("client-{name}")));
        let token = format!("token-of-{}", client.unwrap());
        answer(
            200,
            &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }),
        )
    })
    .await
}

/// Each tenant has two connections.
struct Two;

impl Connections for Two {
    fn credentials<'a>(&'a self, _: &'a str, id: &'a str, _: &'a str) -> ConnectionFuture<'a> {
        let secrets = [("id", format!("client-{id}")), ("secret", "s".to_owned())];
        let secrets = secrets.map(|(name, text)| (name.to_owned(), Secret::new(text)));
        Box::pin(async move { Ok(Some(BTreeMap::from(secrets))) })
    }
}

#[tokio::test]
async fn each_has_its_own() {
    let upstream = service().await;
    let token_url = format!("{}/token", upstream.url);
    let server = Started::of(
        folder(CONNECTOR, &[("main/who", WHO)]),
        &upstream,
        |engine| engine.token_url("t", &token_url),
        |server: ServerBuilder| server.no_auth().connections(Arc::new(Two)),
    )
    .await;
    let who = async |tenant: &str, connection: &str, input: Value| {
        let request = client().post(server.at("/v1/operations/t.who/invoke"));
        let request = json(request, &input).header("opwire-tenant", tenant);
        let request = match connection {
            "" => request,
            id => request.header("x-opwire-connection", id),
        };
        let got = Got::of(request).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.json()["who"].as_str().unwrap().to_owned()
    };
    let given = |id: &str| json!({ "id": format!("client-{id}"), "secret": "s" });
    for _ in 0..2 {
        assert_eq!(who("a", "one", json!({})).await, "Bearer token-of-one");
        assert_eq!(who("a", "two", json!({})).await, "Bearer token-of-two");
        assert_eq!(who("a", "", given("two")).await, "Bearer token-of-two");
        assert_eq!(who("a", "", given("three")).await, "Bearer token-of-three");
        assert_eq!(
            who("a", "one", given("three")).await,
            "Bearer token-of-three"
        );
        assert_eq!(who("b", "one", json!({})).await, "Bearer token-of-one");
    }
    let asked = upstream.asked();
    let tokens = asked.iter().filter(|line| line.ends_with("/token"));
    assert_eq!(tokens.count(), 6, "one for each, and each is kept");
}
