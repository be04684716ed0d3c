//! [`Lines`]: the log as JSON, a line an event.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::io::Write;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Fields of a request's span that stand in each line of that request.
const OF_REQUEST: [&str; 2] = ["request_id", "trace_id"];

/// Writes each event as one line: `timestamp` (RFC 3339, UTC), `level`, `message`, `request_id` and `trace_id` of the
/// request that it belongs to, and the event's own fields.
pub(super) struct Lines<W>(pub(super) W);

/// What is known of the request.
struct OfRequest(Map<String, Value>);

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|span| span.name() == "request") else {
            return;
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        fields
            .0
            .retain(|name, _| OF_REQUEST.contains(&name.as_str()));
        span.extensions_mut().insert(OfRequest(fields.0));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        line.insert("timestamp".to_owned(), Timestamp::now().to_string().into());
        let level = event.metadata().level().as_str();
        line.insert("level".to_owned(), level.to_lowercase().into());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(OfRequest(fields)) = span.extensions().get() {
                line.extend(fields.clone());
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.extend(fields.0);
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // A log that can't be written is no reason to fail.
        let written = self
            .0
            .make_writer_for(event.metadata())
            .write_all(text.as_bytes());
        drop(written);
    }
}
