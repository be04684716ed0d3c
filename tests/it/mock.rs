//! The mock refuses what the service would.

use crate::catalog;
use crate::made::Made;
use opwire::Engine;
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

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com/api
credentials: { type: object, required: [key], properties: { key: { type: string } } }
auth: { bearer: { token: '{{credentials.key}}' } }
request: { query_style: { arrays: brackets, objects: brackets } }
";

const LIST: &str = "
title: L
kind: main
description: L
request: { method: GET, path: /list }
pagination: { items: '{{response.body}}', next: \"{{link response.headers.link 'next'}}\", request: { url: '{{next}}' } }
";

const SEND: &str = "
title: S
kind: main
description: S
input: { type: object, required: [text], additionalProperties: false, properties: { text: { type: string }, data: { type: object } } }
request: { method: POST, path: /send, body: { form: { text: '{{input.text}}', data: '{{input.data}}' } } }
";

fn made() -> Made {
    let made = Made::new(CONNECTOR, &[("list", LIST), ("send", SEND)]);
    made.write(
        "examples/list.yaml",
        "input: { key: k }\nreplies: [{ headers: { link: '<https://t.example.com/api/more?page=2>; rel=\"next\"' }, body: [1] }, { body: [2] }]\n",
    );
    made.write(
        "examples/send.yaml",
        "input: { key: k, text: a }\nreplies: [{ body: { sent: a } }]\n",
    );
    made.write(
        "examples/send.other.yaml",
        "input: { key: k, text: b, data: { x: [1] } }\nreplies: [{ body: { sent: b } }]\n",
    );
    made.write(
        "examples/send.refused.yaml",
        "input: { key: k, text: bad }\nreplies: [{ status: 422, body: { errors: [{ field: text, message: is bad }], docs: x } }]\n",
    );
    made
}

#[tokio::test]
async fn links_lead_to_it() {
    let made = made();
    let catalog = made.catalog();
    let mock = Mock::new(&catalog, None).await.unwrap();
    let running = mock
        .start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let base = running.base_url("t");
    let reply = reqwest::Client::builder().no_proxy().build().unwrap();
    let reply = reply.get(format!("{base}/api/list")).bearer_auth("any");
    let reply = reply.send().await.unwrap();
    let link = reply.headers()["link"].to_str().unwrap();
    assert_eq!(link, format!("<{base}/more?page=2>; rel=\"next\""));
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url("t", &base)
        .build()
        .unwrap();
    let mut items = engine.items("t.list", json!({"key": "k"}));
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        found.push(item.unwrap().to_value());
    }
    assert_eq!(found, [json!(1), json!(2)]);
}

#[tokio::test]
async fn forms_are_looked_into() {
    let made = made();
    let catalog = made.catalog();
    let mock = Mock::new(&catalog, None).await.unwrap();
    let running = mock
        .start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = |kind: &str, body: &'static str| {
        client
            .post(format!("{}/api/send", running.base_url("t")))
            .bearer_auth("any")
            .header("content-type", kind)
            .body(body)
    };
    let form = "application/x-www-form-urlencoded";
    for (body, answer) in [
        ("text=a", json!({"sent": "a"})),
        ("text=z", json!({"sent": "a"})),
        ("text=b&data[x][]=2", json!({"sent": "b"})),
        ("data%5Bx%5D%5B%5D=1&text=z", json!({"sent": "b"})),
    ] {
        assert_eq!(ask(post(form, body)).await, (200, answer), "{body}");
    }
    for (kind, body, wrong) in [
        (
            form,
            "data[x]=1",
            json!([{"field": "text", "message": "can't be blank"}]),
        ),
        (
            form,
            "",
            json!([{"field": "text", "message": "can't be blank"}]),
        ),
        (
            form,
            "text=a&else[y]=1",
            json!([{"field": "else", "message": "is not a field"}]),
        ),
        (
            "application/json",
            "{}",
            json!([{"field": "body", "message": "must be application/x-www-form-urlencoded"}]),
        ),
    ] {
        let (status, answer) = ask(post(kind, body)).await;
        assert_eq!((status, &answer["errors"]), (422, &wrong), "{body}");
        assert_eq!(answer["docs"], "x", "as an example of the service has it");
    }
}
