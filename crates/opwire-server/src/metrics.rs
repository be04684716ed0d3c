//! `GET /metrics`: what the server and its engine count, in the text format of OpenMetrics 1.0, which Prometheus reads.
//!
//! Labels have few values: names of operations, connectors and hosts come from the catalog, routes from the router, and
//! the rest from closed lists. Tenants are no label. Catalogs may be reloaded or large, so beyond [`MOST`] operations the
//! rest are counted as `other`.

use crate::server::Server;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use opwire::{Attempt, Called, Engine, ErrorKind, HostStats, Operation, Renewed};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// The content type of OpenMetrics' text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Operations that have series of their own.
pub(crate) const MOST: usize = 2_000;
/// What the others are counted as.
const OTHER: &str = "other";
/// From what a reply of this machine takes to the longest deadline that a manifest can set, in seconds.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0,
];

/// Names and values of labels.
type Labels<const N: usize> = [(&'static str, String); N];

fn labels<const N: usize>(of: [(&'static str, &str); N]) -> Labels<N> {
    of.map(|(name, value)| (name, value.to_owned()))
}

/// A histogram for each set of labels.
type Times<const N: usize> = Family<Labels<N>, Histogram>;
type Counts<const N: usize> = Family<Labels<N>, Counter>;

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    /// Operations that have been counted by name.
    named: RwLock<HashSet<String>>,
    calls: Counts<5>,
    call_times: Times<2>,
    attempts: Counts<2>,
    attempt_times: Times<1>,
    retries: Counts<1>,
    withheld: Counts<1>,
    renewals: Counts<2>,
    options: Counts<1>,
    requests: Counts<3>,
    request_times: Times<1>,
    running: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("opwire");
        let r = &mut registry;
        Self {
            calls: counts(
                r,
                "calls",
                "Invocations, pages of walks and choices that were asked for",
            ),
            call_times: times(
                r,
                "call_duration",
                "How long calls took, with all their attempts and waits",
            ),
            attempts: counts(
                r,
                "attempts",
                "Requests to services, by status class or what went wrong",
            ),
            attempt_times: times(r, "attempt_duration", "How long requests to services took"),
            retries: counts(r, "retries", "Attempts that were made again"),
            withheld: counts(
                r,
                "retries_withheld",
                "Retries that the budget for retries did not allow",
            ),
            renewals: counts(r, "token_renewals", "Access tokens that were asked for"),
            options: counts(
                r,
                "options_cache",
                "Fields' choices that were looked for in the cache",
            ),
            requests: counts(r, "http_requests", "Requests to this server"),
            request_times: times(
                r,
                "http_request_duration",
                "How long requests to this server took until the answer began",
            ),
            running: gauge(
                r,
                "http_requests_running",
                "Requests to this server whose answers have not ended",
            ),
            named: RwLock::default(),
            registry,
        }
    }
}

fn counts<const N: usize>(registry: &mut Registry, name: &str, help: &str) -> Counts<N> {
    let family = Family::default();
    registry.register(name, help, Family::clone(&family));
    family
}

fn times<const N: usize>(registry: &mut Registry, name: &str, help: &str) -> Times<N> {
    let family = Family::new_with_constructor(histogram as fn() -> Histogram);
    registry.register_with_unit(name, help, Unit::Seconds, Family::clone(&family));
    family
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, Gauge::clone(&gauge));
    gauge
}

impl Metrics {
    pub(crate) fn called(&self, call: &Called<'_>) {
        let operation = self.name(call.operation.name());
        let outcome = call.outcome.as_str();
        let of = labels([
            ("operation", operation),
            ("connector", call.operation.connector().name()),
            ("work", call.work.as_str()),
            ("outcome", outcome),
            ("error", call.error.map_or("none", ErrorKind::as_str)),
        ]);
        self.calls.get_or_create(&of).inc();
        let of = labels([("operation", operation), ("outcome", outcome)]);
        let times = self.call_times.get_or_create(&of);
        times.observe(call.elapsed.as_secs_f64());
    }

    pub(crate) fn attempted(&self, operation: &Operation, attempt: &Attempt) {
        let connector = ("connector", operation.connector().name());
        let result = match (attempt.error, attempt.status) {
            (Some(error), _) => error.as_str(),
            (None, status) => class(status.unwrap_or_default()),
        };
        let of = labels([connector, ("result", result)]);
        self.attempts.get_or_create(&of).inc();
        let of = labels([connector]);
        let times = self.attempt_times.get_or_create(&of);
        times.observe(attempt.elapsed.as_secs_f64());
        if attempt.retry > 0 {
            self.retries.get_or_create(&of).inc();
        }
    }

    pub(crate) fn withheld(&self, operation: &Operation) {
        let of = labels([("connector", operation.connector().name())]);
        self.withheld.get_or_create(&of).inc();
    }

    pub(crate) fn renewed(&self, renewal: &Renewed<'_>) {
        let of = labels([
            ("connector", renewal.connector.name()),
            ("error", renewal.error.map_or("none", ErrorKind::as_str)),
        ]);
        self.renewals.get_or_create(&of).inc();
    }

    /// Choices were in the cache, or had to be asked for.
    pub(crate) fn options(&self, hit: bool) {
        let result = if hit { "hit" } else { "miss" };
        self.options
            .get_or_create(&labels([("result", result)]))
            .inc();
    }

    /// Counts a request as running.
    pub(crate) fn request_began(&self) {
        self.running.inc();
    }

    /// Its answer has ended, or nobody waits for it any more.
    pub(crate) fn request_ended(&self) {
        self.running.dec();
    }

    /// The head of an answer is there. The route is the router's own text.
    pub(crate) fn answered(
        &self,
        route: &str,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let of = labels([
            ("route", route),
            ("method", known(method)),
            ("status", status.as_str()),
        ]);
        self.requests.get_or_create(&of).inc();
        let times = self
            .request_times
            .get_or_create(&labels([("route", route)]));
        times.observe(took.as_secs_f64());
    }

    /// The operation's name, while there aren't too many.
    fn name<'a>(&self, operation: &'a str) -> &'a str {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        if named.contains(operation) {
            return operation;
        }
        drop(named);
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= MOST {
            return OTHER;
        }
        named.insert(operation.to_owned());
        operation
    }

    /// All of it as text, with how the engine stands at the moment.
    pub(crate) fn text(&self, engine: &Engine) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &moment(engine))?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// How the engine stands at the moment.
fn moment(engine: &Engine) -> Registry {
    let stats = engine.stats();
    let mut registry = Registry::with_prefix("opwire");
    let r = &mut registry;
    let build = Family::<Labels<1>, Gauge>::default();
    build
        .get_or_create(&labels([("version", env!("CARGO_PKG_VERSION"))]))
        .set(1);
    r.register("build_info", "The version that runs", build);
    for (name, help, value) in [
        (
            "operations",
            "Operations in the catalog",
            engine.catalog().operations().count(),
        ),
        ("calls_running", "Calls that run", stats.calls),
        (
            "upstream_requests_out",
            "Requests to services that are out",
            stats.requests,
        ),
        (
            "upstream_requests_waiting",
            "Requests to services that wait for their turn",
            stats.waiting,
        ),
    ] {
        gauge(r, name, help).set(whole(value));
    }
    let mut by_host = |name: &str, help: &str, value: fn(&HostStats) -> usize| {
        let family = Family::<Labels<1>, Gauge>::default();
        for host in &stats.hosts {
            family
                .get_or_create(&labels([("host", &host.host)]))
                .set(whole(value(host)));
        }
        r.register(name, help, family);
    };
    by_host(
        "host_tenants",
        "Tenants that have called the host",
        |host| host.tenants,
    );
    by_host(
        "host_requests_out",
        "Requests to the host that are out",
        |host| host.requests,
    );
    by_host(
        "host_retrying",
        "Calls that wait for a retry or make one",
        |host| host.retrying,
    );
    by_host(
        "host_circuits_open",
        "Tenants whose requests are held back, since the host failed too often",
        |host| host.open,
    );
    by_host(
        "host_retry_budget_lowest",
        "What is left for retries to the tenant that has the least, of 500",
        |host| usize::try_from(host.budget).unwrap_or(usize::MAX),
    );
    registry
}

fn whole(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `2xx`, and so on.
fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => OTHER,
    }
}

/// A method that nobody knows could be any text.
pub(crate) fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::HEAD
        | Method::OPTIONS => method.as_str(),
        _ => "_OTHER",
    }
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(server): State<Server>) -> Response {
    match server.telemetry().metrics().text(server.engine()) {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
