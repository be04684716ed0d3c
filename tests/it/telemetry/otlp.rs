//! Spans as they reach a collector, decoded from OTLP's protobuf.

use super::serving::Serving;
use crate::log::somebody_listens;
use crate::sending::fake::{Fake, reply};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opwire_server::{Log, listen};
use prost::Message as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use tracing::dispatcher::set_default;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

type Attributes = BTreeMap<String, String>;

/// What a collector on loopback was sent: the resource's attributes, and a span.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(Attributes, Span)>>>);

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let kept = collector.clone();
        let traces = axum::routing::post(async move |body: axum::body::Bytes| kept.keep(&body));
        let router = axum::Router::new().route("/v1/traces", traces);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        (collector, url)
    }

    fn keep(&self, body: &[u8]) {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        for of_resource in request.resource_spans {
            let resource = attributes(&of_resource.resource.unwrap().attributes);
            for span in of_resource
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans)
            {
                self.0.lock().unwrap().push((resource.clone(), span));
            }
        }
    }

    fn spans(&self) -> Vec<Span> {
        let kept = self.0.lock().unwrap();
        kept.iter().map(|(_, span)| span.clone()).collect()
    }

    fn named(&self, name: &str) -> Span {
        let spans = self.spans();
        let mut named = spans.iter().filter(|span| span.name == name);
        let found = named
            .next()
            .unwrap_or_else(|| panic!("no {name}: {spans:#?}"));
        assert!(named.next().is_none(), "{name} is there twice");
        found.clone()
    }
}

fn attributes(of: &[KeyValue]) -> Attributes {
    let text = |value: &Any| match value {
        Any::StringValue(text) => text.clone(),
        Any::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let value = |pair: &KeyValue| {
        let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
        (pair.key.clone(), value.map(text).unwrap_or_default())
    };
    of.iter().map(value).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_request_its_call_and_its_attempts_are_one_trace() {
    somebody_listens();
    let (collector, url) = Collector::start().await;
    let (dispatch, installed) = listen(Log::Off, Some(&url), io::sink).unwrap();
    let listening = set_default(&dispatch);
    let fake = Fake::new(|before, _| match before {
        0 => Ok(reply(503, &[], "{}")),
        _ => Ok(reply(200, &[], "{}")),
    });
    let serving = Serving::start(&fake).await;
    let input = json!({"id": "value-of-id", "q": "value-of-q"});
    let request = serving.post("t.get/invoke", &input);
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let told = answer.headers()["traceparent"].to_str().unwrap().to_owned();
    answer.bytes().await.unwrap();
    drop(listening);
    // What is left is sent while the collector's task runs.
    tokio::task::spawn_blocking(move || drop(installed))
        .await
        .unwrap();

    let request = collector.named("POST /v1/operations/{name}/invoke");
    assert_eq!(hex(&request.parent_span_id), CALLER);
    assert_eq!(request.kind(), SpanKind::Server);
    assert_eq!(told, format!("00-{TRACE}-{}-01", hex(&request.span_id)));
    let call = collector.named("invoke t.get");
    assert_eq!(
        (call.kind(), &call.parent_span_id),
        (SpanKind::Internal, &request.span_id)
    );
    let mut attempts = collector.spans();
    attempts.retain(|span| span.name == "GET /things/{id}");
    attempts.sort_by_key(|span| span.start_time_unix_nano);
    assert_eq!(attempts.len(), 2);
    for (attempt, sent) in attempts.iter().zip(fake.requests()) {
        assert_eq!(
            (attempt.kind(), &attempt.parent_span_id),
            (SpanKind::Client, &call.span_id)
        );
        let handed = format!("00-{TRACE}-{}-01", hex(&attempt.span_id));
        assert_eq!(sent.headers()["traceparent"], handed.as_str());
    }
    let failed = attempts[0].status.as_ref().unwrap();
    assert_eq!(failed.code(), StatusCode::Error);
    let wanted = [
        ("http.request.method", "GET"),
        ("http.request.resend_count", "1"),
        ("http.response.status_code", "200"),
        ("server.address", "t.example.com"),
        ("server.port", "443"),
        ("url.scheme", "https"),
        ("url.template", "/things/{id}"),
    ];
    let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(attributes(&attempts[1].attributes), BTreeMap::from(wanted));
    let kept = collector.0.lock().unwrap();
    assert!(kept.iter().all(|(_, span)| hex(&span.trace_id) == TRACE));
    assert!(kept.iter().all(|(of, _)| of["service.name"] == "opwire"));
    assert!(!format!("{kept:?}").contains("value-of-"));
}

#[tokio::test]
async fn a_caller_that_is_not_recorded_is_not() {
    somebody_listens();
    let (collector, url) = Collector::start().await;
    let (dispatch, installed) = listen(Log::Off, Some(&url), io::sink).unwrap();
    let listening = set_default(&dispatch);
    let serving = Serving::start(&Fake::new(|_, _| Ok(reply(200, &[], "{}")))).await;
    for flags in ["00", "01"] {
        let request = serving.get("/healthz");
        let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-{flags}"));
        request.send().await.unwrap().bytes().await.unwrap();
    }
    drop(listening);
    tokio::task::spawn_blocking(move || drop(installed))
        .await
        .unwrap();
    assert_eq!(collector.spans().len(), 1);
}

#[test]
fn an_endpoint_must_be_a_url() {
    let refused = listen(Log::Off, Some("no url"), io::sink);
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .starts_with("spans can't be sent")
    );
}
