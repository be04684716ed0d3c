//! The choices of fields.

use crate::world::{Got, Started, Upstream, answer};
use axum::extract::Request;
use opwire_server::{Limits, ServerBuilder};
use opwire_testkit::ManualClock;
use serde_json::{Value, json};
use std::time::Duration;

fn choices(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| json!({ "label": name, "value": name.to_lowercase() }))
        .collect()
}

/// Countries, and cities that contain what is looked for.
async fn places() -> Upstream {
    Upstream::start(|request: Request| async move {
        let query = request.uri().query().unwrap_or_default().to_owned();
        match request.uri().path() {
            "/countries" => answer(200, &choices(&["France", "Japan", "Jordan"])),
            _ if query.contains("country=france") => answer(200, &choices(&["Paris", "Lyon"])),
            _ if query.contains("q=kyo") => answer(200, &choices(&["Kyoto"])),
            _ => answer(200, &choices(&["Kyoto", "Osaka"])),
        }
    })
    .await
}

fn ask(server: &Started, query: &str, input: &Value) -> reqwest::RequestBuilder {
    server.post(&format!("t.move_to/options?{query}"), input)
}

async fn told(server: &Started, query: &str, input: Value) -> Value {
    let got = Got::of(ask(server, query, &input)).await;
    assert_eq!(got.status, 200, "{}", got.text);
    got.json()
}

#[tokio::test]
async fn choices_are_uniform_and_tray_has_its_own_form() {
    let upstream = places().await;
    let server = Started::open(&upstream).await;
    let got = Got::of(ask(&server, "field=/country", &json!({}))).await;
    assert_eq!(got.header("opwire-operation"), "t.countries_ddl");
    let all = json!([{ "label": "France", "value": "france" }, { "label": "Japan", "value": "japan" }, { "label": "Jordan", "value": "jordan" }]);
    assert_eq!(got.json(), json!({ "options": all, "next_page": null }));
    let tray = told(&server, "field=/country&style=tray&search=fr", json!({})).await;
    assert_eq!(
        tray,
        json!({ "result": [{ "text": "France", "value": "france" }] })
    );
    assert_eq!(
        told(&server, "field=/country&style=tray", json!({})).await["result"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn choices_are_searched_by_the_ddl_or_else_by_the_server() {
    let upstream = places().await;
    let server = Started::open(&upstream).await;
    let found = told(&server, "field=/country&search=J", json!({})).await;
    assert_eq!(found["options"], choices(&["Japan", "Jordan"]));
    let found = told(&server, "field=/city&search=kyo", json!({})).await;
    assert_eq!(found["options"], choices(&["Kyoto"]));
    assert_eq!(upstream.asked(), ["GET /countries", "GET /cities?q=kyo"]);
}

#[tokio::test]
async fn choices_come_in_pages() {
    let server = Started::open(&places().await).await;
    let page =
        async |query: &str| told(&server, &format!("field=/country&{query}"), json!({})).await;
    assert_eq!(
        page("per_page=2").await,
        json!({ "options": choices(&["France", "Japan"]), "next_page": 2 })
    );
    assert_eq!(
        page("per_page=2&page=2").await,
        json!({ "options": choices(&["Jordan"]), "next_page": null })
    );
    assert_eq!(
        page("per_page=2&page=3").await,
        json!({ "options": [], "next_page": null })
    );
    assert_eq!(
        page("per_page=1&search=j").await,
        json!({ "options": choices(&["Japan"]), "next_page": 2 })
    );
    let tray = page("style=tray&page=2&per_page=2").await;
    assert_eq!(
        tray,
        json!({ "result": [{ "text": "Jordan", "value": "jordan" }] })
    );
    for wrong in ["page=0", "per_page=0", "per_page=10001", "page=-1"] {
        let got = Got::of(ask(&server, &format!("field=/country&{wrong}"), &json!({}))).await;
        assert_eq!(got.problem(), (400, "bad_request".to_owned()), "{wrong}");
    }
}

#[tokio::test]
async fn a_field_can_depend_on_others() {
    let upstream = places().await;
    let server = Started::open(&upstream).await;
    let french = told(&server, "field=/city", json!({ "country": "france" })).await;
    assert_eq!(french["options"], choices(&["Paris", "Lyon"]));
    let any = told(&server, "field=/city", json!({})).await;
    assert_eq!(any["options"], choices(&["Kyoto", "Osaka"]));
    assert_eq!(
        upstream.asked(),
        ["GET /cities?country=france", "GET /cities"]
    );
    let got = Got::of(ask(&server, "field=/town", &json!({}))).await;
    assert_eq!(got.problem(), (422, "input_invalid".to_owned()));
    assert_eq!(got.json()["violations"][0]["pointer"], "/town");
}

#[tokio::test]
async fn choices_are_kept_for_their_time_and_by_whose_they_are() {
    let upstream = places().await;
    let clock = ManualClock::default();
    let engine = clock.clone();
    let server = Started::with(
        &upstream,
        |builder| builder.clock(engine),
        ServerBuilder::no_auth,
    )
    .await;
    let from = async |query: &str, tenant: &str, token: &str| {
        let input = json!({ "token": token }).to_string();
        let path = format!("/v1/operations/t.move_to/options?{query}");
        let request = crate::world::client().post(server.at(&path)).body(input);
        let request = request
            .header("content-type", "application/json")
            .header("opwire-tenant", tenant);
        let got = Got::of(request).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.header("opwire-cache").to_owned()
    };
    assert_eq!(from("field=/country", "a", "x").await, "miss");
    assert_eq!(from("field=/country", "a", "x").await, "hit");
    assert_eq!(
        from("field=/country&search=j&page=1", "a", "x").await,
        "hit"
    );
    assert_eq!(
        from("field=/country", "a", "y").await,
        "miss",
        "other credentials"
    );
    assert_eq!(
        from("field=/country", "b", "x").await,
        "miss",
        "another tenant"
    );
    assert_eq!(from("field=/city", "a", "x").await, "miss", "another DDL");
    assert_eq!(
        from("field=/city&search=k", "a", "x").await,
        "miss",
        "another input of it"
    );
    assert_eq!(upstream.asked().len(), 5);
    clock.advance(Duration::from_secs(59));
    assert_eq!(from("field=/country", "a", "x").await, "hit");
    clock.advance(Duration::from_secs(1));
    assert_eq!(from("field=/country", "a", "x").await, "miss");
}

#[tokio::test]
async fn nothing_is_kept_where_that_is_said_and_no_error_ever() {
    let upstream = places().await;
    let mut limits = Limits::default();
    limits.options_ttl = Duration::ZERO;
    let server = Started::with(
        &upstream,
        |engine| engine,
        |server| server.no_auth().limits(limits),
    )
    .await;
    for _ in 0..2 {
        let got = Got::of(ask(&server, "field=/country", &json!({}))).await;
        assert_eq!(got.header("opwire-cache"), "miss");
    }
    let failing = Upstream::start(|_| async { answer(500, &json!({})) }).await;
    let server = Started::open(&failing).await;
    for _ in 0..2 {
        let got = Got::of(ask(&server, "field=/country", &json!({}))).await;
        assert_eq!(got.problem().0, 502);
    }
    assert_eq!(failing.asked().len(), 2);
}

#[tokio::test]
async fn a_plain_get_asks_for_what_depends_on_nothing() {
    let upstream = places().await;
    let token = ("t".to_owned(), "token".to_owned());
    let known = std::collections::BTreeMap::from([(token, opwire::Secret::new("t0ken"))]);
    let server = Started::with(
        &upstream,
        |engine| engine.credentials(known),
        ServerBuilder::no_auth,
    )
    .await;
    let got =
        Got::of(server.get("/v1/operations/t.move_to/options?field=/country&search=jap")).await;
    assert_eq!(got.json()["options"], choices(&["Japan"]));
}
