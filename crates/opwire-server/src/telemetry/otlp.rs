//! Spans to a collector: OTLP, as protobuf over HTTP.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>. The SDK reads its own variables besides the endpoint:
//! `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
//! `OTEL_TRACES_SAMPLER` and `OTEL_BSP_*`.

use crate::identity::Trace;
use axum::http::{HeaderMap, HeaderName};
use opentelemetry::propagation::{Injector, TextMapPropagator as _};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, Key, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracerProvider};
use std::cell::Cell;
use std::fmt;
use tracing::level_filters::LevelFilter;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Where spans go below a collector's base URL.
const TRACES: &str = "v1/traces";
const SERVICE: &str = "opwire";

thread_local! {
    /// The IDs of the span that is about to begin on this thread, when it has its IDs already.
    static GIVEN: Cell<Option<Trace>> = const { Cell::new(None) };
}

/// Sends spans. Dropped, it sends those that are left.
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    pub(super) fn new(endpoint: &str) -> Result<Self, String> {
        let url = format!("{}/{TRACES}", endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(url)
            .build()
            .map_err(|error| format!("spans can't be sent: {error}"))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_id_generator(Ids(RandomIdGenerator::default()))
            .with_resource(resource())
            .build();
        Ok(Self(provider))
    }

    /// Takes the spans of the engine and the server, and no events: the log has them.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let taken = Targets::new()
            .with_target("opwire", LevelFilter::INFO)
            .with_target("opwire_server", LevelFilter::INFO)
            .with_target("opwire_server::call", LevelFilter::OFF);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(taken)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // A collector that doesn't answer is no reason to fail.
        drop(self.0.shutdown());
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exporter")
    }
}

/// What sends the spans: named by `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES`, else `opwire`.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    let found = Resource::builder().build();
    let name = found.get(&Key::from_static_str("service.name"));
    if name.is_none_or(|name| name.as_str().starts_with("unknown_service")) {
        return builder.with_service_name(SERVICE).build();
    }
    builder.build()
}

/// Random IDs, but for a request's span, whose IDs the answer tells.
#[derive(Debug)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        let given = GIVEN.get().map(|given| TraceId::from_bytes(given.id));
        given.unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        let given = GIVEN.get().map(|given| SpanId::from_bytes(given.span));
        given.unwrap_or_else(|| self.0.new_span_id())
    }
}

/// Makes a request's span the one that the request's trace says, below the caller's.
pub(super) fn adopt(span: &Span, trace: Trace) {
    if let Some(parent) = trace.parent {
        let caller = SpanContext::new(
            TraceId::from_bytes(trace.id),
            SpanId::from_bytes(parent),
            TraceFlags::new(trace.flags),
            true,
            TraceState::default(),
        );
        // Nobody may listen.
        drop(span.set_parent(Context::new().with_remote_span_context(caller)));
    }
    GIVEN.set(Some(trace));
    // It begins now, and takes its IDs.
    span.context();
    GIVEN.set(None);
}

/// Writes the trace that the current span is part of.
pub(super) fn write(headers: &mut HeaderMap) {
    struct Into<'a>(&'a mut HeaderMap);
    impl Injector for Into<'_> {
        fn set(&mut self, key: &str, value: String) {
            let name = HeaderName::try_from(key);
            if let (Ok(name), Ok(value)) = (name, value.try_into()) {
                self.0.insert(name, value);
            }
        }
    }
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut Into(headers));
}
