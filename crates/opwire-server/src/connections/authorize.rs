//! `GET /v1/connections/{id}/authorize`: sends a person to the service, to allow its use.

use super::{find, manages, now, store, uncached};
use crate::access::Caller;
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use crate::store::{Connection, Pending, Store};
use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opwire::{Authorization, Secret};
use serde_json::json;
use std::time::Duration;

/// So long a person may take.
pub(super) const TIME: Duration = Duration::from_secs(600);

/// Where a person comes back to.
#[derive(Clone, Debug)]
pub(crate) enum Redirect {
    /// This server's own callback, where anyone with the state comes through.
    Own(String),
    /// A page of the platform's, which knows its user, and hands on what came with its API key.
    Platform(String),
}

impl Redirect {
    pub(super) fn uri(&self) -> &str {
        match self {
            Self::Own(uri) | Self::Platform(uri) => uri,
        }
    }
}

/// Redirects to the service, with a new state and PKCE (RFC 7636, S256, as RFC 9700 wants it). The URL stands in the body,
/// too: a platform gives it to its user's browser.
pub(crate) async fn authorize(
    State(server): State<Server>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let store = store(&server)?;
    let connection = find(store, &caller, &id).await?;
    manages(&caller, &connection.connector)?;
    let flow = flow(&server, store, &connection).await?;
    let (state, verifier) = (random()?, random()?);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let url = flow.url(&state, &challenge).await?;
    let pending = Pending::new(&connection, Secret::new(verifier));
    let now = now(&server);
    store
        .add_authorization(&state, &pending, now, now + TIME)
        .await?;
    let told = json!({ "authorize_url": url, "expires_in": TIME.as_secs() });
    let to = [(header::LOCATION, url)];
    Ok(uncached(
        (StatusCode::FOUND, to, Json(told)).into_response(),
    ))
}

/// The flow of a connection, as the engine has it.
pub(super) async fn flow(
    server: &Server,
    store: &Store,
    connection: &Connection,
) -> Result<Authorization, Problem> {
    let redirect = server.redirect().ok_or_else(|| {
        Problem::new(
            Refusal::Conflict,
            "this server has no URL that a person could come back to",
        )
        .with_help("start it with --public-url")
    })?;
    if !super::authorizable(server, &connection.connector) {
        let detail = "the connector's use is not allowed by a person in a browser";
        return Err(Problem::new(Refusal::Conflict, detail));
    }
    let opened = store
        .credentials(&connection.tenant, &connection.id)
        .await?;
    let (_, credentials) = opened
        .filter(|(opened, _)| opened.revision == connection.revision)
        .ok_or_else(super::unknown)?;
    let flow = server
        .engine()
        .authorization(&connection.connector, redirect.uri())?;
    Ok(flow.tenant(&connection.lane()).credentials(credentials))
}

/// 256 random bits, as the URL's alphabet has them: 43 characters.
fn random() -> Result<String, Problem> {
    Ok(URL_SAFE_NO_PAD.encode(crate::store::random::<32>()?))
}
