//! Which path is answered by what.

use crate::problem::{self, Problem};
use crate::server::Server;
use crate::{
    access, catalog, connections, docs, health, identity, invoke, mcp, metrics, openapi, options,
    pages, telemetry,
};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use opwire::{Error, ErrorKind};
use std::any::Any;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// The server's routes.
pub fn router(server: Server) -> Router {
    Router::new()
        .merge(admitted(&server))
        .route("/v1/oauth/callback", get(connections::callback))
        .route("/docs", get(docs::page))
        .route("/docs/{file}", get(docs::file))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(server.clone(), telemetry::watch))
        .layer(from_fn(identity::identify))
        .with_state(server)
}

/// The routes of callers that are known: each handler can take a [`Caller`](crate::Caller).
fn admitted(server: &Server) -> Router<Server> {
    Router::new()
        .route("/v1/operations", get(catalog::list))
        .route("/v1/operations/{name}", get(catalog::one))
        .route("/v1/operations/{name}/invoke", post(invoke::invoke))
        .route("/v1/operations/{name}/render", post(invoke::render))
        .route("/v1/operations/{name}/pages", post(pages::pages))
        .route(
            "/v1/operations/{name}/options",
            get(options::of_query).post(options::options),
        )
        .route("/openapi.json", get(openapi::openapi))
        .route("/v1/connections", get(connections::list))
        .route(
            "/v1/connections/{id}",
            get(connections::one)
                .put(connections::put)
                .delete(connections::delete),
        )
        .route(
            "/v1/connections/{id}/authorize",
            get(connections::authorize::authorize),
        )
        .route(
            "/mcp",
            get(mcp::http::answer)
                .post(mcp::http::answer)
                .delete(mcp::http::answer),
        )
        .route_layer(Extension(Arc::new(mcp::http::Endpoint::new(server))))
        .route_layer(from_fn_with_state(server.clone(), access::admit))
}

/// What a panic says may hold a value of the input, and isn't told.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    let error = Error::new(
        ErrorKind::Internal,
        "the server failed in the middle of the request",
    );
    Problem::from(error).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_nothing_of_what_it_says() {
        let response = panicked(Box::new("the token is s3cr3t"));
        assert_eq!(response.status(), 500);
        let problem = response
            .extensions()
            .get::<Problem>()
            .map(Problem::to_value);
        let text = problem.unwrap_or_default().to_string();
        assert!(
            text.contains("\"internal\"") && !text.contains("s3cr3t"),
            "{text}"
        );
    }
}
