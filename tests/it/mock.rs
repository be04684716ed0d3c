//! The mock refuses what the service would.

use crate::catalog;
use opwire_testkit::Mock;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};

async fn ask(request: reqwest::RequestBuilder) -> (u16, Value) {
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    let text = reply.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn it_answers_as_the_service_would() {
    let mock = Mock::new(&catalog(), Some("salesloft")).await.unwrap();
    let running = mock
        .start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let base = running.base_url("salesloft");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |path: &str| client.get(format!("{base}{path}")).bearer_auth("any");

    let (status, body) = ask(get("/v2/people/7.json")).await;
    assert_eq!(
        (status, body["data"]["first_name"].clone()),
        (200, json!("John"))
    );
    assert_eq!(
        ask(client.get(format!("{base}/v2/people/7.json"))).await,
        (401, json!({"error": "Unauthorized"}))
    );
    assert_eq!(
        ask(get("/v2/nothing.json?x=1")).await,
        (404, json!({"error": "Not Found"}))
    );
    assert_eq!(ask(get("/v2/people/404.json")).await.0, 404);
    let (status, body) = ask(get("/v2/people.json?sort=name")).await;
    assert_eq!(
        (status, body["errors"]["sort"][0].clone()),
        (422, json!("is not a parameter"))
    );
    assert_eq!(ask(get("/v2/phone_numbers/caller_ids.json")).await.0, 422);

    let post = |body: Value| {
        client
            .post(format!("{base}/v2/accounts.json"))
            .bearer_auth("any")
            .header("content-type", "application/json")
            .body(body.to_string())
    };
    assert_eq!(
        ask(post(json!({"name": "A", "domain": "a.example"})))
            .await
            .0,
        200
    );
    let (status, body) = ask(post(json!({"name": "A", "full_name": "B"}))).await;
    assert_eq!(status, 422);
    assert_eq!(
        body["errors"],
        json!({"full_name": ["is not a field"], "domain": ["can't be blank"]})
    );
    let form = client
        .post(format!("{base}/v2/accounts.json"))
        .bearer_auth("any")
        .body("name=A");
    assert_eq!(ask(form).await.0, 422);
    assert_eq!(
        ask(client
            .delete(format!("{base}/v2/people/7.json"))
            .bearer_auth("any"))
        .await
        .0,
        204
    );
}
