//! `POST /v1/operations/{name}/invoke` and `…/render`.

use crate::accept::preferred;
use crate::ask::{Input, Target};
use crate::problem::Problem;
use crate::server::Server;
use crate::upstream;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use opwire::{Output, request_json};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const BYTES: &str = "application/octet-stream";

/// `POST …/invoke`: the output's own JSON text. An output that is a reply's text or bytes is given as they came, to those
/// who accept `text/plain` or `application/octet-stream` rather than JSON.
pub(crate) async fn invoke(
    State(server): State<Server>,
    target: Target,
    headers: HeaderMap,
    Input(input): Input,
) -> Result<Response, Problem> {
    let operation = &target.operation;
    let opened = target.open(&server, &input).await?;
    let output = target.call(&server, operation, input, opened).await?;
    let told = upstream::of_output(operation.name(), &output);
    Ok((told, body(output, &headers)).into_response())
}

/// The output as the caller would have it. What was done was done: when no form is accepted it is JSON.
fn body(output: Output, headers: &HeaderMap) -> Response {
    let raw = output.raw().cloned();
    let wanted = preferred(headers, &[JSON, TEXT, BYTES]);
    let (kind, bytes) = match (raw, wanted) {
        (Some(raw), Some(TEXT)) => ("text/plain; charset=utf-8", raw),
        (Some(raw), Some(BYTES)) => (BYTES, raw),
        _ => (JSON, output.into_bytes()),
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A service's text is never a page of this origin.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// `POST …/render`: `{method, url, headers, body}`, the request that invoking would send, with credentials as names.
/// Nothing is sent.
pub(crate) async fn render(
    State(server): State<Server>,
    target: Target,
    Input(input): Input,
) -> Result<Response, Problem> {
    let name = target.operation.name();
    let request = server.engine().render(name, input)?;
    let told = upstream::of_operation(name);
    Ok((told, Json(request_json(&request))).into_response())
}
