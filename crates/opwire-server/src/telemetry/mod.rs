//! What a server tells of its work: metrics, a line in the log for each call, spans.

mod install;
mod lines;
#[cfg(feature = "otlp")]
mod otlp;
mod watch;

use crate::ask::of_lane;
use crate::metrics::Metrics;
use axum::http::HeaderMap;
pub use install::{InstallError, Installed, Log, install, listen};
use opwire::{Attempt, Called, ErrorKind, Observer, Operation, Renewed};
use std::sync::Arc;
pub(crate) use watch::watch;

/// Was this built with the feature `otlp`?
#[must_use]
pub const fn sends_spans() -> bool {
    cfg!(feature = "otlp")
}

/// Writes the trace that the current span is part of, `traceparent` and `tracestate`: for
/// [`EngineBuilder::trace_context`](opwire::EngineBuilder::trace_context). Nothing where no spans are sent.
#[cfg_attr(
    not(feature = "otlp"),
    expect(unused_variables, reason = "there is nothing to write")
)]
pub fn write_trace_context(headers: &mut HeaderMap) {
    #[cfg(feature = "otlp")]
    otlp::write(headers);
}

/// Counts what an engine and its server do, and tells `tracing` of each call. Cheap to clone.
///
/// One telemetry goes to both:
///
/// ```no_run
/// # fn example(catalog: opwire::Catalog) -> Result<(), opwire::Error> {
/// use opwire_server::{Server, Telemetry};
///
/// let telemetry = Telemetry::default();
/// let engine = opwire::Engine::builder().catalog(catalog).observer(telemetry.clone()).build()?;
/// let server = Server::builder(engine).telemetry(telemetry);
/// # Ok(()) }
/// ```
///
/// The event of a call has the target `opwire_server::call` and the level INFO, and of the call only what stands in
/// [`Called`]: no input, no output, no credential.
#[derive(Clone, Debug, Default)]
pub struct Telemetry(Arc<Metrics>);

impl Telemetry {
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0
    }
}

impl Observer for Telemetry {
    fn called(&self, call: &Called<'_>) {
        self.0.called(call);
        // Three digits after the point.
        let duration_ms = (call.elapsed.as_secs_f64() * 1e6).round() / 1e3;
        let (tenant, connection) = call.tenant.map(of_lane).unwrap_or_default();
        tracing::info!(
            target: "opwire_server::call",
            tenant = named(tenant),
            connection = named(connection),
            work = call.work.as_str(),
            operation = call.operation.name(),
            outcome = call.outcome.as_str(),
            kind = call.error.map(ErrorKind::as_str),
            status = call.status,
            attempts = call.attempts,
            duration_ms,
            bytes = call.bytes,
            "call"
        );
    }

    fn attempted(&self, operation: &Operation, attempt: &Attempt) {
        self.0.attempted(operation, attempt);
    }

    fn withheld(&self, operation: &Operation) {
        self.0.withheld(operation);
    }

    fn renewed(&self, renewal: &Renewed<'_>) {
        self.0.renewed(renewal);
    }
}

fn named(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}
