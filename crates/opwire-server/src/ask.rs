//! What handlers read of a request: its query, and its input.

use crate::problem::{Problem, Refusal};
use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

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
