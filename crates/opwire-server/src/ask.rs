//! What handlers read of a request: its query, and its input.

use crate::problem::{Problem, Refusal};
use crate::server::Server;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The query. One that can't be read, or has what nobody knows, is a `bad_request`.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        // The reason would hold what was given.
        let wrong = |_| {
            Problem::new(
                Refusal::BadRequest,
                "the query is not one that is taken here",
            )
        };
        read.map(|axum::extract::Query(query)| Self(query))
            .map_err(wrong)
    }
}

/// The body, as JSON without loss.
pub(crate) async fn json(server: &Server, request: Request) -> Result<Value, Problem> {
    let limits = server.limits();
    let most = limits.body;
    let clock = server.engine().clock();
    let read = axum::body::to_bytes(request.into_body(), most);
    let bytes = tokio::select! {
        biased;
        read = read => read,
        () = clock.expire(limits.body_time) => {
            return Err(Problem::new(Refusal::RequestTimeout, "the body did not come in time"));
        }
    };
    let large = |_| {
        Problem::new(
            Refusal::PayloadTooLarge,
            "the body is too large, or broke off",
        )
    };
    let bytes = bytes.map_err(large)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Problem::new(Refusal::BadRequest, "the body is not UTF-8"))?;
    Ok(opwire::parse_json(text)?)
}
