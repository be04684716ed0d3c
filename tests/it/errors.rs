//! What can go wrong, and how it is told.

use crate::catalog;
use opwire::{Engine, Error, Outcome};
use opwire_testkit::ManualClock;
use opwire_tests::{Upstream, json as reply};
use serde_json::{Value, json};

async fn answered(
    status: u16,
    body: &'static str,
    kind: &'static str,
) -> Result<opwire::Output, Error> {
    let upstream = Upstream::start(move |_| {
        let mut response = reply(status, body);
        response
            .headers_mut()
            .insert("content-type", http::HeaderValue::from_static(kind));
        response
            .headers_mut()
            .insert("retry-after", http::HeaderValue::from_static("7"));
        response
    });
    let upstream = upstream.await.unwrap();
    let engine = Engine::builder()
        .catalog(catalog())
        .base_url("salesloft", &upstream.url())
        .clock(ManualClock::default())
        .build()
        .unwrap();
    engine
        .invoke(
            "get_person",
            json!({"access_token": "s3cr3t-token", "person_id": 1}),
        )
        .await
}

#[tokio::test]
async fn the_services_answers_become_errors_of_one_form() {
    let json_type = "application/json";
    for (status, body, content_type, kind, outcome) in [
        (
            400,
            "{\"error\":\"no\"}",
            json_type,
            "upstream_client_error",
            Outcome::Answered,
        ),
        (
            401,
            "{\"error\":\"no\"}",
            json_type,
            "auth_failed",
            Outcome::Answered,
        ),
        (
            404,
            "{\"error\":\"no\"}",
            json_type,
            "upstream_client_error",
            Outcome::Answered,
        ),
        (429, "{}", json_type, "rate_limited", Outcome::Answered),
        (
            302,
            "",
            "text/html",
            "upstream_client_error",
            Outcome::Answered,
        ),
        (
            500,
            "<html>",
            "text/html",
            "upstream_server_error",
            Outcome::MaybeApplied,
        ),
        (
            503,
            "",
            "text/plain",
            "upstream_server_error",
            Outcome::MaybeApplied,
        ),
        (
            200,
            "{\"a\":",
            json_type,
            "decode_failed",
            Outcome::Answered,
        ),
        (
            200,
            "<html>",
            "text/html",
            "decode_failed",
            Outcome::Answered,
        ),
    ] {
        let error = answered(status, body, content_type).await.unwrap_err();
        assert_eq!(error.kind().as_str(), kind, "{status}: {error}");
        assert_eq!(error.outcome(), outcome, "{status}");
        let again = matches!(status, 429 | 500 | 503);
        assert_eq!(
            error.attempts().len(),
            if again { 3 } else { 1 },
            "{status}"
        );
        assert_eq!(error.status(), Some(status));
        let problem = serde_json::to_value(&error).unwrap();
        assert_eq!(problem["operation"], "salesloft.get_person");
        assert_eq!(problem["kind"], kind);
    }
    let limited = answered(429, "{}", json_type).await.unwrap_err();
    assert_eq!(limited.retry_after().map(|wait| wait.as_secs()), Some(7));
}

#[tokio::test]
async fn a_refusal_by_field_tells_the_fields() {
    let error = answered(
        422,
        "{\"errors\":{\"email_address\":[\"is already taken\",\"is odd\"]}}",
        "application/json",
    )
    .await
    .unwrap_err();
    assert_eq!(error.code(), Some("rejected"));
    let told: Vec<_> = error
        .violations()
        .iter()
        .map(|v| (v.pointer.as_str(), v.message.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("/email_address", "is already taken"),
            ("/email_address", "is odd")
        ]
    );
}

#[tokio::test]
async fn an_echoed_token_never_shows() {
    for body in [
        "{\"error\":\"bad token s3cr3t-token\"}",
        "{\"x\":[\"Bearer s3cr3t-token\"]}",
        "plain s3cr3t-token",
    ] {
        for status in [400, 401, 403, 422, 500] {
            let error = answered(status, body, "application/json")
                .await
                .unwrap_err();
            let shown = format!(
                "{error} {error:?} {}",
                serde_json::to_string(&error).unwrap()
            );
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
    }
}

#[tokio::test]
async fn input_errors_list_everything_and_no_value() {
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    let input = json!({"access_token": "t", "fields": {"full_name": "", "domain": 5, "tags": "SECRET-VALUE", "owner_id": "x1", "locael": 1}, "extra": 1});
    let error = engine.invoke("create_account", input).await.unwrap_err();
    let pointers: Vec<&str> = error
        .violations()
        .iter()
        .map(|v| v.pointer.as_str())
        .collect();
    for pointer in [
        "/fields/full_name",
        "/fields/domain",
        "/fields/tags",
        "/fields/owner_id",
        "/fields/locael",
        "/extra",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
    let shown = format!(
        "{error} {error:?} {}",
        serde_json::to_string(&error).unwrap()
    );
    assert!(!shown.contains("SECRET-VALUE"), "{shown}");
    assert!(shown.contains("did you mean `locale`?"), "{shown}");
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[tokio::test]
async fn loopback_private_and_foreign_addresses_are_refused() {
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    for url in [
        "https://evil.example.com/x",
        "http://api.salesloft.com/v2",
        "https://127.0.0.1/x",
        "https://api.salesloft.com.evil.com/",
        "https://user:pw@api.salesloft.com/",
        "https://api.salesloft.com:8443/",
    ] {
        let input = json!({"access_token": "t", "method": "GET", "url": {"full_url": url}});
        let error = engine.invoke("raw_http_request", input).await.unwrap_err();
        assert_eq!(error.kind().as_str(), "egress_denied", "{url}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.attempts().is_empty());
    }
    for endpoint in [
        "//evil.example.com/x",
        "\\\\evil.example.com",
        "/a b",
        "/a\r\nb",
    ] {
        let input = json!({"access_token": "t", "method": "GET", "url": {"endpoint": endpoint}});
        let error = engine.invoke("raw_http_request", input).await.unwrap_err();
        assert!(
            ["input_invalid", "egress_denied"].contains(&error.kind().as_str()),
            "{endpoint}: {error}"
        );
    }
}

#[tokio::test]
async fn nobody_listening_is_not_sent_and_silence_ends_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let engine = Engine::builder()
        .catalog(catalog())
        .base_url("salesloft", &url)
        .build()
        .unwrap();
    let error = engine
        .invoke(
            "delete_person",
            json!({"access_token": "t", "person_id": 1}),
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind().as_str(), error.outcome()),
        ("connect_failed", Outcome::NotSent)
    );
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn an_unknown_name_tells_the_nearest() {
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    let error = engine
        .invoke("salesloft.get_persn", Value::Null)
        .await
        .unwrap_err();
    assert_eq!(error.help(), Some("did you mean `salesloft.get_person`?"));
}

#[tokio::test]
async fn one_client_serves_many_calls_at_once() {
    let upstream =
        Upstream::start(|request| reply(200, format!("{{\"path\":\"{}\"}}", request.uri().path())))
            .await
            .unwrap();
    let engine = Engine::builder()
        .catalog(catalog())
        .base_url("salesloft", &upstream.url())
        .build()
        .unwrap();
    let calls = (0..200).map(|id| {
        let engine = engine.clone();
        async move {
            engine
                .invoke("get_person", json!({"access_token": "t", "person_id": id}))
                .await
                .unwrap()
                .to_value()
        }
    });
    let outputs = futures_util::future::join_all(calls).await;
    for (id, output) in outputs.iter().enumerate() {
        assert_eq!(output["path"], format!("/v2/people/{id}.json"));
    }
}

#[test]
fn the_error_page_is_the_table() {
    let text = std::fs::read_to_string(crate::root().join("docs/errors.md")).unwrap();
    for kind in opwire::ErrorKind::ALL {
        let later = if kind.retryable() { "yes" } else { "no" };
        let row = format!(
            "| `{kind}` | `{}` | {later} | {} | {} |",
            kind.outcome(),
            kind.exit_code(),
            kind.http_status()
        );
        assert!(text.contains(&row), "docs/errors.md lacks {row}");
    }
}
