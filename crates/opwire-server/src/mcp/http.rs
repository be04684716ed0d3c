//! `/mcp`: the protocol over streamable HTTP.
//!
//! The query chooses what is offered: `?connector=salesloft&effect=read&catalogue=true`. Clients that
//! speak 2026-07-28 have no sessions; older ones get one, good for the tenant that began it alone.

use super::handler::Session;
use crate::access::Caller;
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse as _, Response};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// At most so many sessions are open; each ends after five minutes in which nothing comes.
const MOST_SESSIONS: usize = 1_000;
/// Web pages of these origins may call, whatever else is allowed.
const LOOPBACK: [&str; 6] = [
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
    "https://127.0.0.1:*",
    "https://[::1]:*",
];

/// What answers at `/mcp`.
pub(crate) struct Endpoint {
    service: StreamableHttpService<Session, LocalSessionManager>,
    sessions: Arc<LocalSessionManager>,
    /// Session → tenant.
    owners: Mutex<HashMap<String, String>>,
}

/// `GET`, `POST`, `DELETE /mcp`.
pub(crate) async fn answer(
    Extension(endpoint): Extension<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Response {
    endpoint.answer(caller, request).await
}

impl Endpoint {
    pub(crate) fn new(server: &Server) -> Self {
        let mcp = server.mcp().clone();
        let origins = LOOPBACK.iter().map(|origin| (*origin).to_owned());
        let origins: Vec<String> = origins.chain(mcp.0.origins.iter().cloned()).collect();
        // A page that the user looks at must not get in by a name of its own for this machine (DNS rebinding).
        let mut config = StreamableHttpServerConfig::default()
            .with_allowed_origins(origins)
            .enforce_origin_validation()
            .with_cancellation_token(server.stopped().clone())
            .with_max_request_body_bytes(server.limits().body);
        if !server.is_open() {
            // Whoever has a key knows where it calls; the server's own names are not known here.
            config = config.disable_allowed_hosts();
        }
        let sessions = Arc::new(LocalSessionManager::default());
        let (server, mcp) = (server.clone(), mcp);
        let session = move || Ok(Session::at(mcp.clone(), server.clone()));
        Self {
            service: StreamableHttpService::new(session, Arc::clone(&sessions), config),
            sessions,
            owners: Mutex::default(),
        }
    }

    async fn answer(&self, caller: Caller, request: Request) -> Response {
        let tenant = caller.tenant;
        if let Err(problem) = self.may(&tenant, request.headers()).await {
            return problem.into_response();
        }
        let response = self.service.handle(request).await;
        if let Some(id) = text(response.headers(), &SESSION) {
            self.own(id, tenant).await;
        }
        response.map(Body::new)
    }

    /// Refuses a session of another tenant, as if there were none, and a new one when there are too many.
    async fn may(&self, tenant: &str, headers: &HeaderMap) -> Result<(), Problem> {
        if let Some(id) = text(headers, &SESSION) {
            let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
            return match owners.get(id) {
                Some(owner) if owner == tenant => Ok(()),
                _ => Err(Problem::new(Refusal::NotFound, "there is no such session")
                    .with_help("begin one with `initialize`")),
            };
        }
        let begins = !headers.contains_key(VERSION);
        if begins && self.sessions.sessions.read().await.len() >= MOST_SESSIONS {
            return Err(Problem::overloaded("too many sessions are open"));
        }
        Ok(())
    }

    async fn own(&self, id: &str, tenant: String) {
        let open = self.sessions.sessions.read().await;
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if !owners.contains_key(id) {
            owners.retain(|id, _| open.contains_key(id.as_str()));
            owners.insert(id.to_owned(), tenant);
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
