//! What `opwire serve` tells of its work: the log, spans, and traces to services.

use crate::args::{LogArg, ServeArgs};
use crate::{environment, exit, terminal};
use opwire::EngineBuilder;
use opwire_server::{Installed, Log, Telemetry, install, sends_spans, write_trace_context};
use std::process::ExitCode;

/// Begins to listen. What it gives sends spans while it lives.
pub(crate) fn listen(log: LogArg) -> Result<Installed, ExitCode> {
    let form = match log {
        LogArg::Json => Log::Json,
        LogArg::Text => Log::Text,
        LogArg::Off => Log::Off,
    };
    let named = environment::otlp_endpoint();
    let endpoint = named.as_deref().filter(|_| sends_spans());
    let installed = install(form, endpoint).map_err(|error| exit::usage(&error.to_string()))?;
    if named.is_some() && endpoint.is_none() {
        let unused =
            "OTEL_EXPORTER_OTLP_ENDPOINT is not used: this was built without the feature otlp";
        note(log, unused);
    }
    Ok(installed)
}

/// An engine that is watched.
pub(crate) fn watched(
    builder: EngineBuilder,
    telemetry: &Telemetry,
    args: &ServeArgs,
) -> EngineBuilder {
    let hosts = args.trace_host.iter().cloned();
    builder
        .observer(telemetry.clone())
        .trace_context(hosts, write_trace_context)
}

/// A line on standard error, in the log's form.
pub(crate) fn note(log: LogArg, text: &str) {
    match log {
        LogArg::Json => tracing::info!(target: "opwire_server::serve", "{text}"),
        LogArg::Text | LogArg::Off => terminal::note(text),
    }
}
