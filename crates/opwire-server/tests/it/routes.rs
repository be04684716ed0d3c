//! What each route answers when all is well.

use crate::world::{CONNECTOR, Got, OPERATIONS, Started, client, folder, plain};
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    let rows = list["operations"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn operations_are_listed_and_chosen() {
    let server = Started::open(&plain().await).await;
    let all = Got::of(server.get("/v1/operations")).await;
    assert_eq!((all.status, names(&all.json()).len()), (200, 8));
    let row = &all.json()["operations"][4];
    assert_eq!(
        *row,
        json!({
            "name": "t.get_thing", "connector": "t", "kind": "main", "title": "Get thing", "description": "Gets a thing.",
            "effect": "read", "idempotency": "natural", "method": "GET", "path": "/things/{id}", "paginated": false
        })
    );
    for (query, expected) in [
        ("kind=ddl", &["t.cities_ddl", "t.countries_ddl"][..]),
        ("connector=none", &[]),
        ("connector=t&effect=create", &["t.make_thing", "t.move_to"]),
        ("q=A%20THING", &["t.get_thing", "t.make_thing"]),
        ("q=list_", &["t.list_things"]),
    ] {
        let found = Got::of(server.get(&format!("/v1/operations?{query}"))).await;
        assert_eq!(names(&found.json()), expected, "{query}");
    }
}

#[tokio::test]
async fn an_operation_is_told_with_schemas_options_and_example() {
    let server = Started::open(&plain().await).await;
    let got = Got::of(server.get("/v1/operations/t.get_thing"))
        .await
        .json();
    assert_eq!(got["input_schema"]["properties"]["token"]["x-secret"], true);
    assert_eq!(got["example"]["input"]["id"], 7);
    assert!(got["output_schema"].is_object());
    // The short name does, where it is clear.
    let got = Got::of(server.get("/v1/operations/move_to")).await.json();
    assert_eq!(
        got["options"],
        json!([{ "field": "/country", "operation": "countries_ddl" }, { "field": "/city", "operation": "cities_ddl" }])
    );
    assert!(got.get("example").is_none());
}

#[tokio::test]
async fn an_operation_is_invoked() {
    let upstream = plain().await;
    let server = Started::open(&upstream).await;
    let got = Got::of(server.post("t.get_thing/invoke", &json!({ "id": 7 }))).await;
    assert_eq!(
        (got.status, got.text.as_str()),
        (200, r#"{"path":"/things/7"}"#)
    );
    for (header, value) in [
        ("content-type", "application/json"),
        ("opwire-operation", "t.get_thing"),
        ("opwire-attempts", "1"),
        ("opwire-status", "200"),
        ("x-ratelimit-remaining", "41"),
        ("opwire-replayed", ""),
        ("idempotency-key", ""),
    ] {
        assert_eq!(got.header(header), value, "{header}");
    }
    assert_eq!(upstream.asked(), ["GET /things/7"]);
}

#[tokio::test]
async fn an_idempotency_key_goes_in_and_out() {
    let server = Started::open(&plain().await).await;
    let post = || server.post("t.make_thing/invoke", &json!({ "name": "a" }));
    let got = Got::of(post().header("idempotency-key", "order-1")).await;
    assert_eq!(
        (got.status, got.header("idempotency-key")),
        (200, "order-1")
    );
    let made = Got::of(post()).await;
    assert_eq!(made.header("idempotency-key").len(), 36);
    let wrong = Got::of(post().header("idempotency-key", "a b")).await;
    assert_eq!(wrong.problem(), (422, "input_invalid".to_owned()));
}

#[tokio::test]
async fn text_and_bytes_come_as_they_are_to_those_who_want_them() {
    let server = Started::open(&plain().await).await;
    let get = async |operation: &str, accept: &str| {
        let request = server.post(&format!("t.{operation}/invoke"), &json!({}));
        let reply = request.header("accept", accept).send().await.unwrap();
        assert_eq!(reply.headers()["x-content-type-options"], "nosniff");
        let kind = reply.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, reply.bytes().await.unwrap().to_vec())
    };
    let (bytes, text) = ("application/octet-stream", "text/plain; charset=utf-8");
    let is = |kind: &str, body: &[u8]| (kind.to_owned(), body.to_vec());
    assert_eq!(get("get_bytes", bytes).await, is(bytes, &[0, 255, 10]));
    assert_eq!(
        get("get_bytes", "*/*").await,
        is("application/json", br#""AP8K""#)
    );
    assert_eq!(get("get_text", "text/*").await, is(text, b"hello\n<b>"));
    assert_eq!(
        get("get_text", "*/*").await,
        is("application/json", br#""hello\n<b>""#)
    );
    // What is JSON stays JSON.
    assert_eq!(get("list_things", "text/plain").await.0, "application/json");
}

#[tokio::test]
async fn a_request_is_rendered_and_not_sent() {
    let upstream = plain().await;
    let server = Started::open(&upstream).await;
    let got = Got::of(server.post("t.make_thing/render", &json!({ "name": "a" }))).await;
    assert_eq!(
        (got.status, got.header("opwire-operation")),
        (200, "t.make_thing")
    );
    let request = got.json();
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], format!("{}/things", upstream.url));
    assert_eq!(request["headers"]["authorization"], "Bearer {token}");
    assert_eq!(request["body"], json!({ "name": "a" }));
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn a_request_is_known_by_its_id_and_its_trace() {
    let server = Started::open(&plain().await).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = server.get("/healthz").header("x-request-id", "my-id");
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let got = Got::of(request).await;
    assert_eq!(got.header("x-request-id"), "my-id");
    let parts: Vec<&str> = got.header("traceparent").split('-').collect();
    assert_eq!((parts[0], parts[1], parts[3]), ("00", trace, "01"));
    assert_ne!(parts[2], "00f067aa0ba902b7");
    let odd = Got::of(server.get("/nowhere").header("x-request-id", "a b\"")).await;
    assert_eq!(odd.problem().1, "not_found");
    assert_eq!(odd.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn an_empty_body_is_an_empty_input() {
    let server = Started::open(&plain().await).await;
    let path = server.at("/v1/operations/t.get_text/render");
    let got = Got::of(client().post(path)).await;
    assert_eq!(got.status, 200, "{}", got.text);
}

#[tokio::test]
async fn other_operations_are_answered_after_a_reload() {
    let upstream = plain().await;
    let server = Started::open(&upstream).await;
    let get = || Got::of(server.get("/v1/operations/t.get_thing"));
    assert_eq!(get().await.status, 200);
    let dir = folder(CONNECTOR, &OPERATIONS[1..2]);
    server
        .engine
        .reload(opwire::Catalog::open(dir.path()).unwrap());
    assert_eq!(get().await.problem(), (404, "unknown_operation".to_owned()));
    let list = Got::of(server.get("/v1/operations")).await.json();
    assert_eq!(names(&list), ["t.make_thing"]);
}
