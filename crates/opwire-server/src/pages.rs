//! `POST /v1/operations/{name}/pages`: a walk, as a stream of lines (NDJSON) or of server-sent events.
//!
//! A page is fetched when the client has taken the one before it, and none after the client has gone.

use crate::accept::preferred;
use crate::ask::{Input, Query, Target};
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use crate::slots::Slot;
use crate::upstream;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use opwire::{Error, Output};
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::pin::Pin;

const LINES: &str = "application/x-ndjson";
const EVENTS: &str = "text/event-stream";

/// How the walk is walked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    /// The items of pages, one by one, instead of pages.
    #[serde(default)]
    items: bool,
    /// The walk ends after so many pages.
    max_pages: Option<usize>,
}

type Outputs = Pin<Box<dyn Stream<Item = Result<Output, Error>> + Send>>;

/// `POST …/pages[?items=true&max_pages=N]`.
///
/// What goes wrong before the first page is answered as a problem. Later it is the last line, `{"error": problem}`, or
/// an event `error`.
pub(crate) async fn pages(
    State(server): State<Server>,
    target: Target,
    Extension(slot): Extension<Slot>,
    Query(walk): Query<Walk>,
    headers: HeaderMap,
    Input(input): Input,
) -> Result<Response, Problem> {
    let Some(form) = preferred(&headers, &[LINES, EVENTS]) else {
        let detail = format!("pages come as {LINES} or {EVENTS}");
        return Err(Problem::new(Refusal::NotAcceptable, detail));
    };
    let opened = target.open(&server, &input).await?;
    let call = target.call(&server, &target.operation, input, opened);
    let most = walk.max_pages.unwrap_or(usize::MAX);
    let mut outputs: Outputs = if walk.items {
        Box::pin(call.items().max_pages(most))
    } else {
        Box::pin(call.pages().max_pages(most))
    };
    let first = outputs.next().await.transpose()?;
    let outputs = stream::iter(first.map(Ok)).chain(outputs);
    // The walk counts as running until its end.
    let outputs = outputs.inspect(move |_| {
        let _ = &slot;
    });
    let told = upstream::of_operation(target.operation.name());
    let name = if walk.items { "item" } else { "page" };
    let body = match form {
        EVENTS => events(outputs, name),
        _ => lines(outputs),
    };
    Ok((told, body).into_response())
}

/// A problem in the middle of a walk.
fn failed(error: Error) -> String {
    json!({ "error": Problem::from(error).to_value() }).to_string()
}

fn lines(outputs: impl Stream<Item = Result<Output, Error>> + Send + 'static) -> Response {
    let lines = outputs.map(|output| {
        let line = match output {
            Ok(output) => output.one_line().into_owned(),
            Err(error) => failed(error),
        };
        Ok::<_, Infallible>(Bytes::from(line + "\n"))
    });
    let mut response = Response::new(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(LINES));
    response
}

/// Events of this name, then `end` or `error`: without them a browser would begin anew.
fn events(
    outputs: impl Stream<Item = Result<Output, Error>> + Send + 'static,
    name: &'static str,
) -> Response {
    let ended = stream::once(async { None });
    let events = outputs.map(Some).chain(ended);
    // After an error there is no end.
    let events = events.scan(false, |over, output| {
        let before = std::mem::replace(over, matches!(output, Some(Err(_))));
        std::future::ready((!before).then_some(output))
    });
    let events = events.map(move |output| {
        let event = match output {
            Some(Ok(output)) => Event::default().event(name).data(output.one_line()),
            Some(Err(error)) => Event::default().event("error").data(failed(error)),
            None => Event::default().event("end").data("{}"),
        };
        Ok::<_, Infallible>(event)
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}
