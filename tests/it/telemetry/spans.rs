//! Spans, as OpenTelemetry's conventions have them.

use super::made;
use crate::log::Log;
use crate::sending::fake::{Fake, reply};
use crate::sending::tokens;
use opwire::{Engine, NoRateLimit};
use opwire_testkit::ManualClock;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Instrument as _, Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// A span: what it is called, in which it is, and what is written in it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) name: &'static str,
    pub(crate) parent: Option<usize>,
    pub(crate) fields: BTreeMap<&'static str, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

/// Keeps every span of the engine. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Spans(Arc<Mutex<Vec<Seen>>>);

/// Where a span stands among those that were seen.
struct Number(usize);

impl Spans {
    /// Listens to spans, and to the log beside.
    pub(crate) fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        self.beside(&Log::default())
    }

    pub(crate) fn beside(&self, log: &Log) -> impl Subscriber + Send + Sync + use<> {
        log.subscriber().with(self.clone())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    fn named(&self, name: &str) -> Vec<(usize, Seen)> {
        let seen = self.seen().into_iter().enumerate();
        seen.filter(|(_, seen)| seen.name == name).collect()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let parent = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<Number>().map(|Number(number)| *number)
        });
        let mut seen = Seen {
            name: span.name(),
            parent,
            fields: BTreeMap::new(),
        };
        attributes.record(&mut seen);
        let mut all = self.0.lock().unwrap();
        span.extensions_mut().insert(Number(all.len()));
        all.push(seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let extensions = span.extensions();
        if let Some(Number(number)) = extensions.get::<Number>() {
            values.record(&mut self.0.lock().unwrap()[*number]);
        }
    }
}

fn engine(fake: &Fake) -> Engine {
    Engine::builder()
        .catalog(made().catalog())
        .transport(fake.clone())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
        .build()
        .unwrap()
}

fn fields(of: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
    let owned = of.iter().map(|(name, value)| (*name, (*value).to_owned()));
    owned.collect()
}

#[tokio::test]
async fn a_call_and_its_attempts_are_spans() {
    let fake = Fake::new(|before, _| match before {
        0 => Ok(reply(503, &[], "{}")),
        _ => Ok(reply(200, &[], "{}")),
    });
    let spans = Spans::default();
    let input = json!({"id": "value-of-id", "q": "value-of-q"});
    let engine = engine(&fake);
    let call = engine.call("t.get", input).tenant("acme");
    let called = async { call.await.unwrap() };
    called.with_subscriber(spans.subscriber()).await;
    let seen = spans.seen();
    assert_eq!(seen.len(), 3, "{seen:#?}");
    assert_eq!(seen[0].parent, None);
    assert_eq!(
        seen[0].fields,
        fields(&[
            ("otel.name", "invoke t.get"),
            ("otel.kind", "internal"),
            ("opwire.work", "invoke"),
            ("opwire.operation", "t.get"),
            ("opwire.connector", "t"),
            ("opwire.tenant", "acme"),
            ("opwire.outcome", "answered"),
            ("opwire.attempts", "2"),
        ])
    );
    let attempt = [
        ("otel.name", "GET /things/{id}"),
        ("otel.kind", "client"),
        ("http.request.method", "GET"),
        ("url.scheme", "https"),
        ("url.template", "/things/{id}"),
        ("server.address", "t.example.com"),
        ("server.port", "443"),
    ];
    let mut first = fields(&attempt);
    first.extend(fields(&[
        ("http.response.status_code", "503"),
        ("error.type", "503"),
        ("otel.status_code", "ERROR"),
    ]));
    let mut second = fields(&attempt);
    second.extend(fields(&[
        ("http.request.resend_count", "1"),
        ("http.response.status_code", "200"),
    ]));
    assert_eq!((seen[1].parent, &seen[1].fields), (Some(0), &first));
    assert_eq!((seen[2].parent, &seen[2].fields), (Some(0), &second));
    let text = format!("{seen:?}");
    assert!(!text.contains("value-of-"), "{text}");
}

#[tokio::test]
async fn what_fails_is_an_error_of_its_kind() {
    let fake = Fake::new(|_, _| Ok(reply(404, &[], "{}")));
    let spans = Spans::default();
    let engine = engine(&fake);
    for input in [json!({"id": "1"}), json!({"id": 1})] {
        let called = engine.invoke("t.get", input);
        called
            .with_subscriber(spans.subscriber())
            .await
            .unwrap_err();
    }
    let calls = spans.named("call");
    let told = |call: usize, field: &str| calls[call].1.fields.get(field).cloned().unwrap();
    assert_eq!(told(0, "error.type"), "upstream_client_error");
    assert_eq!(told(0, "opwire.outcome"), "answered");
    assert_eq!(told(1, "error.type"), "input_invalid");
    assert_eq!(told(1, "opwire.outcome"), "not_sent");
    assert_eq!(told(1, "otel.status_code"), "ERROR");
    assert_eq!(spans.named("attempt").len(), 1);
}

/// A stream's pages are fetched wherever it is polled; they belong to where it was made.
#[tokio::test]
async fn spans_belong_to_where_the_call_was_made() {
    let fake = Fake::new(|before, _| match before {
        0 => Ok(reply(200, &[], r#"{"items": [1, 2], "next": 2}"#)),
        _ => Ok(reply(200, &[], r#"{"items": [3]}"#)),
    });
    let spans = Spans::default();
    let engine = engine(&fake);
    let walked = async {
        let mut items = info_span!("made here").in_scope(|| engine.items("t.walk", json!({})));
        let polled = async {
            let mut count = 0;
            while items.next().await.is_some() {
                count += 1;
            }
            count
        };
        polled.instrument(info_span!("polled there")).await
    };
    assert_eq!(walked.with_subscriber(spans.subscriber()).await, 3);
    let made = spans.named("made here")[0].0;
    let pages = spans.named("call");
    assert_eq!(pages.len(), 2, "no page, no span: {pages:#?}");
    for (_, page) in &pages {
        assert_eq!(page.parent, Some(made));
        assert_eq!(page.fields["otel.name"], "page t.walk");
    }
    let parents: Vec<_> = spans
        .named("attempt")
        .iter()
        .map(|(_, s)| s.parent)
        .collect();
    assert_eq!(parents, [Some(pages[0].0), Some(pages[1].0)]);
}

#[tokio::test]
async fn a_renewal_is_a_span_of_the_call_that_needs_it() {
    let issuer = tokens::Issuer::new();
    let made = tokens::made("refresh_token", tokens::REFRESH);
    let engine = Engine::builder()
        .catalog(made.catalog())
        .transport(issuer.fake())
        .clock(ManualClock::default())
        .build()
        .unwrap();
    let spans = Spans::default();
    let called = engine.invoke("t.o", tokens::input());
    called.with_subscriber(spans.subscriber()).await.unwrap();
    let renewals = spans.named("renewal");
    assert_eq!(renewals.len(), 1);
    assert_eq!(renewals[0].1.parent, Some(spans.named("call")[0].0));
    assert_eq!(
        renewals[0].1.fields,
        fields(&[
            ("otel.name", "POST /token"),
            ("otel.kind", "client"),
            ("http.request.method", "POST"),
            ("http.response.status_code", "200"),
            ("url.scheme", "https"),
            ("url.template", "/token"),
            ("server.address", "id.example.com"),
            ("server.port", "443"),
        ])
    );
}

#[tokio::test]
async fn choices_are_a_span() {
    let choices = r#"[{"label": "A", "value": "a"}]"#;
    let fake = Fake::new(move |_, _| Ok(reply(200, &[], choices)));
    let spans = Spans::default();
    let engine = engine(&fake);
    let asked = engine.options("t.get", "/id", json!({}));
    let asked = asked.with_subscriber(spans.subscriber()).await.unwrap();
    assert_eq!(asked.len(), 1);
    let seen = spans.seen();
    assert_eq!(seen[0].fields["otel.name"], "options t.get");
    assert_eq!(seen[1].fields["otel.name"], "GET /choices");
    assert_eq!(seen[1].parent, Some(0));
}
