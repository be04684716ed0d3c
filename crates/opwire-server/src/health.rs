//! Whether the process lives, and whether it can answer.

use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use std::time::Duration;
use tokio::sync::Mutex;

/// `GET /healthz`: 200 while the process lives.
pub(crate) async fn live() -> StatusCode {
    StatusCode::OK
}

/// What is known of the store holds so long: anyone may ask, and the database answers one question.
const KNOWN: Duration = Duration::from_secs(1);

/// When the store was last asked for, and whether it answered.
pub(crate) type Asked = Mutex<Option<(Duration, bool)>>;

/// `GET /readyz`: 200 when it can answer, and reach its store, else 503.
pub(crate) async fn ready(State(server): State<Server>) -> StatusCode {
    if server.is_ready() && reaches_store(&server).await {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn reaches_store(server: &Server) -> bool {
    let Some(store) = server.store() else {
        return true;
    };
    let now = server.engine().clock().now();
    let mut asked = server.asked().lock().await;
    if let Some((at, answered)) = *asked
        && now.saturating_sub(at) < KNOWN
    {
        return answered;
    }
    let answered = store.ping().await;
    if let Err(error) = &answered {
        tracing::warn!(target: "opwire::store", "{error}");
    }
    *asked = Some((now, answered.is_ok()));
    answered.is_ok()
}
