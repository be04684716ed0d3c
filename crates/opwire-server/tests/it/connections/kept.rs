//! Credentials go in, and never come out.

use super::{Setup, client_alone};
use opwire::manifest::Effect;
use opwire_server::{Scopes, Server};
use serde_json::{Value, json};

const PATH: &str = "/v1/connections/main";

fn given(token: &str) -> Value {
    json!({ "connector": "shop", "credentials": { "access_token": token } })
}

#[tokio::test]
async fn a_connection_is_put_shown_listed_and_deleted() {
    let setup = Setup::new().await;
    let (client, acme) = (&setup.client, setup.acme.as_str());
    let put = client
        .ask("PUT", PATH, acme, Some(&given("CANARY-token-1")))
        .await;
    assert_eq!(put.status, 201, "{put:?}");
    let shown = json!({
        "id": "main",
        "connector": "shop",
        "credentials": ["access_token"],
        "authorized": false,
        "created_at": "2023-11-14T22:13:20Z",
        "changed_at": "2023-11-14T22:13:20Z",
    });
    assert_eq!(put.json(), shown);
    let one = client.ask("GET", PATH, acme, None).await;
    assert_eq!((one.status.as_u16(), one.json()), (200, shown));

    setup.clock.advance(std::time::Duration::from_secs(60));
    let again = client.ask("PUT", PATH, acme, Some(&client_alone())).await;
    assert_eq!(again.status, 200, "{again:?}");
    let changed = again.json();
    assert_eq!(
        changed["credentials"],
        json!(["client_id", "client_secret"])
    );
    assert_eq!(changed["changed_at"], "2023-11-14T22:14:20Z");
    assert_eq!(changed["created_at"], "2023-11-14T22:13:20Z");

    client
        .ask(
            "PUT",
            "/v1/connections/a.second_one-2",
            acme,
            Some(&given("CANARY-token-2")),
        )
        .await;
    let list = client
        .ask("GET", "/v1/connections?limit=1", acme, None)
        .await
        .json();
    assert_eq!(
        (&list["connections"][0]["id"], &list["next"]),
        (&json!("a.second_one-2"), &json!("a.second_one-2"))
    );
    let path = "/v1/connections?limit=1&connector=shop&after=a.second_one-2";
    let list = client.ask("GET", path, acme, None).await.json();
    assert_eq!(
        (&list["connections"][0], &list["next"]),
        (&changed, &Value::Null)
    );
    let list = client
        .ask("GET", "/v1/connections?connector=till", acme, None)
        .await
        .json();
    assert_eq!(list, json!({ "connections": [], "next": null }));

    let deleted = client.ask("DELETE", PATH, acme, None).await;
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
    for method in ["GET", "DELETE"] {
        assert_eq!(client.ask(method, PATH, acme, None).await.status, 404);
    }
    assert!(!client.told().contains("CANARY"), "{}", client.told());
}

#[tokio::test]
async fn one_tenant_sees_nothing_of_another() {
    let setup = Setup::new().await;
    let client = &setup.client;
    client
        .ask("PUT", PATH, &setup.acme, Some(&given("CANARY-token-1")))
        .await;
    for (method, path) in [
        ("GET", PATH),
        ("DELETE", PATH),
        ("GET", "/v1/connections/main/authorize"),
    ] {
        assert_eq!(
            client.ask(method, path, &setup.other, None).await.status,
            404
        );
        assert_eq!(client.ask(method, path, "", None).await.status, 401);
        assert_eq!(
            client.ask(method, path, "opwire_wrong", None).await.status,
            401
        );
    }
    let list = client
        .ask("GET", "/v1/connections", &setup.other, None)
        .await
        .json();
    assert_eq!(list["connections"], json!([]));
    // The same name is another connection.
    let put = client
        .ask("PUT", PATH, &setup.other, Some(&given("CANARY-token-2")))
        .await;
    assert_eq!(put.status, 201);
    let (_, held) = setup
        .store
        .credentials("acme", "main")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(held["access_token"].expose(), "CANARY-token-1");
}

#[tokio::test]
async fn a_key_changes_what_its_scopes_have() {
    let setup = Setup::new().await;
    let client = &setup.client;
    client
        .ask("PUT", PATH, &setup.acme, Some(&given("CANARY-token-1")))
        .await;
    let till = setup.key(Scopes::default().connectors(["till"])).await;
    let reader = setup.key(Scopes::default().effects([Effect::Read])).await;
    let shop = setup.key(Scopes::default().connectors(["shop"])).await;
    for (key, seen, changed) in [(&till, 404, 403), (&reader, 200, 403), (&shop, 200, 200)] {
        assert_eq!(client.ask("GET", PATH, key, None).await.status, seen);
        let put = client
            .ask("PUT", PATH, key, Some(&given("CANARY-token-2")))
            .await;
        assert_eq!(put.status, changed, "{put:?}");
    }
    let listed = client
        .ask("GET", "/v1/connections", &till, None)
        .await
        .json();
    assert_eq!(listed["connections"], json!([]));
    assert_eq!(client.ask("DELETE", PATH, &reader, None).await.status, 403);
    assert_eq!(
        client
            .ask("GET", "/v1/connections/main/authorize", &reader, None)
            .await
            .status,
        403
    );
    assert_eq!(client.ask("DELETE", PATH, &shop, None).await.status, 204);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_name_and_not_by_value() {
    let setup = Setup::new().await;
    let (client, acme) = (&setup.client, setup.acme.as_str());
    let credentials = |value: Value| json!({ "connector": "shop", "credentials": value });
    for (body, status, pointers) in [
        (
            credentials(json!({ "access_token": "CANARY token" })),
            422,
            "/credentials/access_token",
        ),
        (
            credentials(json!({ "access_token": 4711 })),
            422,
            "/credentials/access_token",
        ),
        (
            credentials(json!({ "access_token": "" })),
            422,
            "/credentials/access_token",
        ),
        (
            credentials(json!({ "access_token": "C".repeat(8193) })),
            422,
            "/credentials/access_token",
        ),
        (
            credentials(json!({ "access_token": "CANARY-1", "acces_token": "CANARY-2" })),
            422,
            "/credentials/acces_token",
        ),
        (credentials(json!({ "client_id": "CANARY" })), 422, ""),
        (credentials(json!("CANARY")), 422, "/credentials"),
        (
            json!({ "connector": "none", "credentials": { "a": "CANARY" } }),
            404,
            "",
        ),
        (
            json!({ "connector": "shop", "credentials": {}, "CANARY": 1 }),
            400,
            "",
        ),
        (
            json!({ "credentials": { "access_token": "CANARY-1" } }),
            400,
            "",
        ),
        (json!(["CANARY"]), 400, ""),
    ] {
        let answer = client.ask("PUT", PATH, acme, Some(&body)).await;
        // The client's ID alone: what is missing is the secret, as a person's authorization stands for the tokens.
        let expected = if body["credentials"]["client_id"].is_string() {
            "/credentials/client_secret"
        } else {
            pointers
        };
        assert_eq!(answer.status, status, "{body} {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let violations = &answer.json()["violations"];
        if !expected.is_empty() {
            assert_eq!(violations[0]["pointer"], expected, "{answer:?}");
        }
    }
    for (path, status) in [
        ("/v1/connections/a%2Fb", 400),
        ("/v1/connections/%20", 400),
        ("/v1/connections?limit=0", 400),
        ("/v1/connections?limit=101", 400),
        ("/v1/connections?what=CANARY", 400),
    ] {
        let (method, body) = if path.contains('?') {
            ("GET", None)
        } else {
            ("PUT", Some(given("CANARY-1")))
        };
        let answer = client.ask(method, path, acme, body.as_ref()).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
    }
    let long = format!("/v1/connections/{}", "a".repeat(129));
    assert_eq!(
        client
            .ask("PUT", &long, acme, Some(&given("CANARY-1")))
            .await
            .status,
        400
    );
    let large =
        json!({ "connector": "shop", "credentials": { "access_token": "x".repeat(2 << 20) } });
    assert_eq!(
        client.ask("PUT", PATH, acme, Some(&large)).await.status,
        413
    );
    assert_eq!(
        client.ask("GET", PATH, acme, None).await.status,
        404,
        "none of these was kept"
    );
    assert!(!client.told().contains("CANARY"), "{}", client.told());
}

#[tokio::test]
async fn a_server_without_a_store_says_so() {
    let (engine, _dir) = crate::provider::Provider::start().await.engine();
    let server = Server::builder(engine.build().unwrap()).no_auth().build();
    let client = crate::client::Client::of(server).await;
    for path in ["/v1/connections", PATH, "/v1/oauth/callback?state=x"] {
        let answer = client.ask("GET", path, "", None).await;
        assert_eq!(answer.status, 404);
        assert!(answer.text.contains("keeps no connections"), "{answer:?}");
    }
}
