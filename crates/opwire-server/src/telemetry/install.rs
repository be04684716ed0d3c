//! What listens to `tracing` in a server's process: its log, and what sends spans.

use super::lines::Lines;
use std::fmt;
use std::io::{self, stderr};
use tracing::Dispatch;
use tracing::dispatcher::set_global_default;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// How the log is written, to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Log {
    /// A JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
    /// Not at all.
    Off,
}

/// What listens. Dropped, it sends the spans that are left, for at most five seconds.
#[derive(Debug, Default)]
#[must_use = "spans are sent while it lives"]
pub struct Installed {
    #[cfg(feature = "otlp")]
    exporter: Option<super::otlp::Exporter>,
}

/// Why it can't be set up.
#[derive(Debug)]
pub struct InstallError(String);

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InstallError {}

/// Listens to `tracing` in the whole process, as [`listen`] does, with the log on standard error.
///
/// # Errors
/// As [`listen`], and when something listens already.
pub fn install(log: Log, endpoint: Option<&str>) -> Result<Installed, InstallError> {
    let (dispatch, installed) = listen(log, endpoint, stderr)?;
    set_global_default(dispatch)
        .map_err(|_| InstallError("something else listens to `tracing` already".to_owned()))?;
    Ok(installed)
}

/// Writes the log, and sends spans over OTLP when there is an endpoint.
///
/// The log has each call (see [`Telemetry`](super::Telemetry)) and all warnings; `writer` is called for each line. The
/// endpoint is a collector's base URL, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it: spans go to `/v1/traces` below it, as
/// protobuf over HTTP.
///
/// # Errors
/// When the endpoint is no URL, and when there is one but the crate was built without the feature `otlp`.
pub fn listen<W: io::Write + 'static>(
    log: Log,
    endpoint: Option<&str>,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> Result<(Dispatch, Installed), InstallError> {
    let installed = Installed::to(endpoint)?;
    // A list, and no layer that may be missing: such a one would have every span made.
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
    match log {
        Log::Json => layers.push(Lines(writer).with_filter(told()).boxed()),
        Log::Text => {
            let text = tracing_subscriber::fmt::layer().with_ansi(false);
            layers.push(text.with_writer(writer).with_filter(told()).boxed());
        }
        Log::Off => {}
    }
    #[cfg(feature = "otlp")]
    layers.extend(installed.exporter.as_ref().map(|to| to.layer().boxed()));
    Ok((Dispatch::new(Registry::default().with(layers)), installed))
}

impl Installed {
    #[cfg(feature = "otlp")]
    fn to(endpoint: Option<&str>) -> Result<Self, InstallError> {
        let exporter = endpoint.map(super::otlp::Exporter::new).transpose();
        let exporter = exporter.map_err(InstallError)?;
        Ok(Self { exporter })
    }

    #[cfg(not(feature = "otlp"))]
    fn to(endpoint: Option<&str>) -> Result<Self, InstallError> {
        match endpoint {
            None => Ok(Self::default()),
            Some(_) => Err(InstallError(
                "spans can't be sent: this program was built without the feature `otlp`".to_owned(),
            )),
        }
    }
}

/// What gets into the log: calls, warnings of all, and the requests' spans, which lines take their IDs from.
fn told() -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("opwire_server", LevelFilter::INFO)
}
