//! Whether the process lives, and whether it can answer.

use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;

/// `GET /healthz`: 200 while the process lives.
pub(crate) async fn live() -> StatusCode {
    StatusCode::OK
}

/// `GET /readyz`: 200 when it can answer, else 503.
pub(crate) async fn ready(State(server): State<Server>) -> StatusCode {
    if server.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}
