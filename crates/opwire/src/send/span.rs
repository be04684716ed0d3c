//! Spans of requests, by OpenTelemetry's semantic conventions for HTTP clients.
//!
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span>. `url.full` is left out, although the
//! conventions ask for it: paths and queries hold values of the input. `url.template` is the manifest's own text.

use super::Traced;
use crate::error::ErrorKind;
use http::header::HeaderName;
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Uri};
use tracing::field::Empty;
use tracing::{Span, info_span};

/// What of a trace is sent on (W3C Trace Context).
const TRACE: [HeaderName; 2] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// The span of an attempt, the `resend`th after the first of its request.
pub(super) fn attempt(method: &Method, uri: &Uri, template: &str, resend: u32) -> Span {
    let method = known(method);
    info_span!(
        target: "opwire",
        "attempt",
        otel.name = format_args!("{method} {template}"),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        http.request.resend_count = (resend > 0).then_some(resend),
        http.response.status_code = Empty,
        url.scheme = uri.scheme_str(),
        url.template = template,
        server.address = uri.host(),
        server.port = port(uri),
        error.r#type = Empty,
    )
}

/// The span of a request for a token. Where tokens are got stands in the manifest, or the program says it.
pub(super) fn renewal(uri: &Uri) -> Span {
    info_span!(
        target: "opwire",
        "renewal",
        otel.name = format_args!("POST {}", uri.path()),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = "POST",
        http.response.status_code = Empty,
        url.scheme = uri.scheme_str(),
        url.template = uri.path(),
        server.address = uri.host(),
        server.port = port(uri),
        error.r#type = Empty,
    )
}

/// Writes down how it ended. A status of 400 and more is an error, named by its number.
pub(super) fn ended(span: &Span, status: Option<u16>, error: Option<ErrorKind>) {
    if span.is_disabled() {
        return;
    }
    if let Some(status) = status {
        span.record("http.response.status_code", status);
    }
    match (error, status) {
        (Some(error), _) => span.record("error.type", error.as_str()),
        (None, Some(status @ 400..)) => span.record("error.type", status.to_string()),
        (None, _) => return,
    };
    span.record("otel.status_code", "ERROR");
}

/// Has the request say which trace it belongs to, if its host may be told.
pub(super) fn hand_on<T>(traced: Option<&Traced>, request: &mut Request<T>) {
    let host = request.uri().authority().map(Authority::as_str);
    let Some(traced) = traced.filter(|traced| host.is_some_and(|host| traced.hosts.contains(host)))
    else {
        return;
    };
    let mut written = HeaderMap::new();
    (traced.write)(&mut written);
    for name in TRACE {
        if let Some(value) = written.remove(&name) {
            request.headers_mut().insert(name, value);
        }
    }
}

/// A method that the input decides is a value of the input, unless it is one that everybody knows.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::HEAD
        | Method::OPTIONS
        | Method::TRACE
        | Method::CONNECT => method.as_str(),
        _ => "_OTHER",
    }
}

fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}
