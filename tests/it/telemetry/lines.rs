//! The log of a server: a line a call.

use super::serving::Serving;
use crate::log::{Log as Kept, somebody_listens};
use crate::sending::fake::{Fake, reply};
use opwire_server::{Log, listen};
use serde_json::{Value, json};
use tracing::dispatcher::set_default;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn fake() -> Fake {
    Fake::new(|_, request| match request.uri().path() {
        "/v1/things/2" => Ok(reply(404, &[], r#"{"error": "value-of-reply"}"#)),
        _ if request.uri().query() == Some("page=2") => Ok(reply(200, &[], r#"{"items": [3]}"#)),
        "/v1/things" => Ok(reply(200, &[], r#"{"items": [1, 2], "next": 2}"#)),
        _ => Ok(reply(200, &[], r#"{"a": "value-of-reply"}"#)),
    })
}

/// Lines of JSON, without when they were written and how long calls took.
fn lines(kept: &Kept) -> Vec<Value> {
    let text = kept.text();
    let line = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let fields = line.as_object_mut().unwrap();
        let written = fields.remove("timestamp").unwrap();
        assert!(written.as_str().unwrap().ends_with('Z'), "{written}");
        assert!(fields.remove("duration_ms").unwrap().is_f64());
        line
    };
    text.lines().map(line).collect()
}

#[tokio::test]
async fn each_call_is_a_line_without_what_it_was_about() {
    somebody_listens();
    let kept = Kept::default();
    let writer = kept.clone();
    let (dispatch, _installed) = listen(Log::Json, None, move || writer.clone()).unwrap();
    let _listening = set_default(&dispatch);
    let serving = Serving::start(&fake()).await;
    for id in ["1", "2"] {
        let input = json!({"id": id, "q": "value-of-input"});
        let request = serving.post("t.get/invoke", &input);
        let request = request
            .header("opwire-tenant", "acme")
            .header("x-request-id", format!("r-{id}"))
            .header("traceparent", PARENT);
        request.send().await.unwrap().bytes().await.unwrap();
    }
    assert_eq!(
        lines(&kept),
        [
            json!({
                "level": "info", "request_id": "r-1", "trace_id": "0af7651916cd43dd8448eb211c80319c",
                "message": "call", "tenant": "acme", "work": "invoke", "operation": "t.get", "outcome": "answered",
                "status": 200, "attempts": 1, "bytes": 23,
            }),
            json!({
                "level": "info", "request_id": "r-2", "trace_id": "0af7651916cd43dd8448eb211c80319c",
                "message": "call", "tenant": "acme", "work": "invoke", "operation": "t.get", "outcome": "answered",
                "kind": "upstream_client_error", "status": 404, "attempts": 1, "bytes": 0,
            }),
        ]
    );
    assert!(!kept.text().contains("value-of-"), "{}", kept.text());
}

/// Pages are fetched while the answer's body is read, when the handler is long over.
#[tokio::test]
async fn pages_have_the_id_of_their_request() {
    somebody_listens();
    let kept = Kept::default();
    let writer = kept.clone();
    let (dispatch, _installed) = listen(Log::Json, None, move || writer.clone()).unwrap();
    let _listening = set_default(&dispatch);
    let serving = Serving::start(&fake()).await;
    let request = serving.post("t.walk/pages", &json!({}));
    let answer = request.header("x-request-id", "r-3").send().await.unwrap();
    answer.bytes().await.unwrap();
    let lines = lines(&kept);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    for line in lines {
        assert_eq!(
            (&line["request_id"], &line["work"]),
            (&json!("r-3"), &json!("page"))
        );
    }
}

#[tokio::test]
async fn the_log_can_be_for_people_or_nobody() {
    somebody_listens();
    for (log, told) in [(Log::Text, true), (Log::Off, false)] {
        let kept = Kept::default();
        let writer = kept.clone();
        let (dispatch, _installed) = listen(log, None, move || writer.clone()).unwrap();
        let _listening = set_default(&dispatch);
        let serving = Serving::start(&fake()).await;
        let request = serving.post("t.get/invoke", &json!({"id": "1"}));
        request.send().await.unwrap().bytes().await.unwrap();
        assert_eq!(
            kept.text().contains("operation=\"t.get\""),
            told,
            "{}",
            kept.text()
        );
    }
}
