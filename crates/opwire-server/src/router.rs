//! Which path is answered by what.

use crate::health;
use crate::server::Server;
use axum::Router;
use axum::routing::get;

/// The server's routes.
pub fn router(server: Server) -> Router {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .with_state(server)
}
