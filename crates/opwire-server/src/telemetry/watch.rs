//! Watching a request of this server: its span, and what is counted of it.

use super::Telemetry;
use crate::identity::{RequestId, Trace};
use crate::metrics::known;
use crate::server::Server;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

/// What no route matches.
const NO_ROUTE: &str = "none";

/// Counts as running while it lives, and keeps the request's span open.
struct Running {
    telemetry: Telemetry,
    span: Span,
}

impl Running {
    fn new(telemetry: &Telemetry, span: Span) -> Self {
        telemetry.metrics().request_began();
        Self {
            telemetry: telemetry.clone(),
            span,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.telemetry.metrics().request_ended();
    }
}

/// An answer's body, with its length, that counts as running until it ends.
struct Held {
    body: Body,
    _running: Running,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Opens a request's span, and counts the request. The span lasts until the answer's body ends.
pub(crate) async fn watch(State(server): State<Server>, request: Request, next: Next) -> Response {
    let clock = server.engine().clock();
    let started = clock.now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let span = open(&request, &method, route);
    let running = Running::new(server.telemetry(), span.clone());
    let response = next.run(request).instrument(span).await;
    let status = response.status();
    let took = clock.now().saturating_sub(started);
    let metrics = server.telemetry().metrics();
    metrics.answered(route, &method, status, took);
    running
        .span
        .record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        running.span.record("error.type", status.as_str());
        running.span.record("otel.status_code", "ERROR");
    }
    response.map(|body| {
        Body::new(Held {
            body,
            _running: running,
        })
    })
}

/// By OpenTelemetry's conventions for HTTP servers, but for `url.path`: a path may name what is a caller's own.
fn open(request: &Request, method: &Method, route: &str) -> Span {
    let method = known(method);
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().map(|RequestId(id)| &**id);
    let trace = extensions.get::<Trace>();
    let span = info_span!(
        target: "opwire_server",
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        error.r#type = Empty,
        request_id = id,
        trace_id = trace.map(Trace::trace_id),
    );
    #[cfg(feature = "otlp")]
    if let Some(trace) = trace {
        super::otlp::adopt(&span, *trace);
    }
    span
}
