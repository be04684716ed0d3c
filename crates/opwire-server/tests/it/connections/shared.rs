//! Several servers on one PostgreSQL: connections are shared, and one token is got for all.

use super::{KEY, client_alone};
use crate::client::{Answer, Client};
use crate::postgres;
use crate::provider::{Provider, REDIRECT};
use opwire_server::{Scopes, Sealing, SealingKeys, Server, Store};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

const MAIN: &str = "/v1/connections/main";
const INVOKE: &str = "/v1/operations/shop.items/invoke";

/// A server of its own: engine, store, connections to the database.
async fn server(provider: &Provider, database: &str) -> (Client, Store, TempDir) {
    let keys = Sealing::Keys(SealingKeys::parse(KEY).unwrap());
    let store = Store::open(database, keys).await.unwrap();
    let (engine, dir) = provider.engine();
    let engine = engine.token_store(store.clone()).build().unwrap();
    let server = Server::builder(engine)
        .store(store.clone())
        .public_url("https://opwire.example.com")
        .build();
    (Client::of(server).await, store, dir)
}

async fn invoke(client: &Client, key: &str) -> Answer {
    let connection = [("x-opwire-connection", "main")];
    client
        .ask_with("POST", INVOKE, key, Some(&json!({})), &connection)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_connections_and_get_one_token() {
    const CALLS: usize = 60;
    let provider = Provider::start().await;
    let database = postgres::server().database().await;
    let (first, store, _first) = server(&provider, &database).await;
    let (second, _, _second) = server(&provider, &database).await;
    let (_, key) = store
        .add_key("acme", &Scopes::default(), Duration::ZERO)
        .await
        .unwrap();
    let (_, other) = store
        .add_key("other", &Scopes::default(), Duration::ZERO)
        .await
        .unwrap();

    // What one keeps the other has.
    let mut given = client_alone();
    given["credentials"]["refresh_token"] = "CANARY-refresh-given".into();
    assert_eq!(first.ask("PUT", MAIN, &key, Some(&given)).await.status, 201);
    let shown = second.ask("GET", MAIN, &key, None).await;
    assert_eq!(
        shown.json()["credentials"],
        json!(["client_id", "client_secret", "refresh_token"])
    );
    assert_eq!(second.ask("GET", MAIN, &other, None).await.status, 404);

    // All at once on both, and nobody has a token yet.
    let calls = (0..CALLS).map(|number| {
        let client = [&first, &second][number % 2].clone();
        let key = key.clone();
        tokio::spawn(async move { invoke(&client, &key).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json(), json!({ "items": [1, 2] }));
    }
    assert_eq!(
        provider.grants(),
        ["refresh_token"],
        "{CALLS} calls on two servers"
    );

    // Credentials that stand in inputs: the token that they get is shared, too.
    let mut input = given["credentials"].clone();
    input["client_id"] = crate::provider::CLIENT_ID.into();
    for client in [&first, &second] {
        let answer = client.ask("POST", INVOKE, &key, Some(&input)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(
        provider.grants().len(),
        2,
        "one for the connection, one for the input"
    );

    // Credentials that the other server changed hold at once, and so do the tokens of an authorization.
    assert_eq!(
        second
            .ask("PUT", MAIN, &key, Some(&client_alone()))
            .await
            .status,
        200
    );
    let refused = invoke(&first, &key).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["kind"]),
        (401, &json!("credentials_missing"))
    );
    let away = first
        .ask("GET", &format!("{MAIN}/authorize"), &key, None)
        .await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    let back = http
        .build()
        .unwrap()
        .get(away.header("location"))
        .send()
        .await
        .unwrap();
    let back = back.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(REDIRECT)
        .unwrap();
    let done = second
        .ask("GET", &format!("/v1/oauth/callback{back}"), "", None)
        .await;
    assert_eq!(
        done.status, 200,
        "one sends away, the other takes what came back: {done:?}"
    );
    assert_eq!(invoke(&first, &key).await.status, 200);

    // Deleted on one, gone on both. An API key, too.
    assert_eq!(first.ask("DELETE", MAIN, &key, None).await.status, 204);
    assert_eq!(invoke(&second, &key).await.status, 404);
    let row = store.keys(Some("acme")).await.unwrap().remove(0);
    assert!(store.revoke_key(&row.id).await.unwrap());
    assert_eq!(invoke(&second, &key).await.status, 401);
    for client in [&first, &second] {
        assert!(!client.told().contains("CANARY"), "{}", client.told());
    }
}

#[tokio::test]
async fn a_connection_is_for_its_connector_and_its_tenant() {
    let provider = Provider::start().await;
    let database = postgres::server().database().await;
    let (client, store, _dir) = server(&provider, &database).await;
    let (_, key) = store
        .add_key("acme", &Scopes::default(), Duration::ZERO)
        .await
        .unwrap();
    let (_, other) = store
        .add_key("other", &Scopes::default(), Duration::ZERO)
        .await
        .unwrap();
    let given: Value =
        json!({ "connector": "shop", "credentials": { "access_token": "CANARY-access-given" } });
    client.ask("PUT", MAIN, &key, Some(&given)).await;
    assert_eq!(invoke(&client, &key).await.status, 200);
    assert_eq!(
        invoke(&client, &other).await.status,
        404,
        "another tenant's"
    );
    let missing = client.ask("POST", INVOKE, &key, Some(&json!({}))).await;
    assert_eq!(
        missing.json()["kind"],
        "credentials_missing",
        "none is named"
    );
    // One that was kept when the catalog had another connector.
    let opened = super::super::store::credentials(&[("token", "CANARY-1")]);
    store
        .put_connection("acme", "main", "till", &opened, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(invoke(&client, &key).await.status, 409);
    assert!(!client.told().contains("CANARY"), "{}", client.told());
}

#[tokio::test]
async fn a_server_whose_database_is_gone_is_not_ready_and_says_no_more() {
    let provider = Provider::start().await;
    let database = postgres::server().database().await;
    let keys = Sealing::Keys(SealingKeys::parse(KEY).unwrap());
    let store = Store::open(&database, keys).await.unwrap();
    let (engine, _dir) = provider.engine();
    let clock = opwire_testkit::ManualClock::default();
    let engine = engine
        .clock(clock.clone())
        .token_store(store.clone())
        .build()
        .unwrap();
    let client = Client::of(Server::builder(engine).store(store.clone()).build()).await;
    let (_, key) = store
        .add_key("acme", &Scopes::default(), Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(client.ask("GET", "/readyz", "", None).await.status, 200);
    let other = postgres::client(&database).await;
    other
        .batch_execute("DROP TABLE opwire_seal, opwire_keys")
        .await
        .unwrap();
    assert_eq!(
        client.ask("GET", "/readyz", "", None).await.status,
        200,
        "it was asked just now"
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(client.ask("GET", "/readyz", "", None).await.status, 503);
    let answer = client.ask("GET", MAIN, &key, None).await;
    assert_eq!(answer.status, 503);
    let problem = answer.json();
    assert_eq!(
        (&problem["kind"], &problem["retryable"]),
        (&json!("overloaded"), &json!(true))
    );
    assert_eq!(problem["detail"], "the store can't be used now");
}
