//! `GET /v1/oauth/callback`: a person is back from the service.
//!
//! What is told is told in fixed sentences: nothing of the request stands in an answer.

use super::authorize::{Redirect, flow};
use super::{now, store, uncached, unknown};
use crate::access::Caller;
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use opwire::Secret;
use serde_json::json;

/// A state is 256 bits in base64url.
const STATE: usize = 43;
/// A code is at most so long.
const LONGEST_CODE: usize = 8192;

/// What the service sent along (RFC 6749, section 4.1.2).
#[derive(Default)]
struct Brought {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// Takes what came back: once for each state, in time, and of the same tenant.
///
/// A browser gets a page, and who accepts JSON alone gets the connection's name or a problem.
pub(crate) async fn callback(
    State(server): State<Server>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let answer = async {
        let done = come_back(&server, &method, &headers, query.as_deref()).await;
        let accepted = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        let page = accepted.is_some_and(|accepted| accepted.contains("text/html"));
        match done {
            Ok(_) if page => sheet(StatusCode::OK, "Connected", "You can close this window."),
            Ok(id) => Json(json!({ "connection": id, "authorized": true })).into_response(),
            Err(problem) if page => {
                let told = "Nothing was connected. Go back to where you came from, and try again.";
                sheet(problem.status(), "Not connected", told)
            }
            Err(problem) => problem.into_response(),
        }
    };
    uncached(server.in_time(answer).await)
}

/// The connection that is authorized now.
async fn come_back(
    server: &Server,
    method: &Method,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<String, Problem> {
    // What only looks must not use the state up.
    if method != Method::GET {
        return Err(crate::problem::method_not_allowed().await);
    }
    let store = store(server)?;
    let caller = caller(server, headers).await?;
    // Of all that are not known yet only so many are looked at, at once.
    let _slot = server.slots().take("")?;
    let brought = brought(query.unwrap_or_default())?;
    let state = brought
        .state
        .filter(|state| state.len() == STATE)
        .ok_or_else(stale)?;
    let pending = store
        .take_authorization(&state, now(server))
        .await?
        .ok_or_else(stale)?;
    if caller.is_some_and(|caller| caller.tenant != pending.tenant) {
        let detail = "the authorization is another tenant's";
        return Err(Problem::new(Refusal::Forbidden, detail));
    }
    if let Some(error) = brought.error {
        return Err(Problem::new(Refusal::Forbidden, refused(&error)));
    }
    let code = brought
        .code
        .filter(|code| (1..=LONGEST_CODE).contains(&code.len()));
    let code = code.ok_or_else(|| {
        Problem::new(
            Refusal::BadRequest,
            "the service sent neither a code nor an error",
        )
    })?;
    let connection = store
        .connection(&pending.tenant, &pending.connection)
        .await?;
    let connection = connection
        .filter(|connection| connection.revision == pending.revision)
        .ok_or_else(unknown)?;
    let flow = flow(server, store, &connection).await?;
    flow.exchange(Secret::new(code), pending.verifier).await?;
    Ok(connection.id)
}

/// Who hands on what a person brought: nobody, where the person comes here directly.
async fn caller(server: &Server, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let needed = matches!(server.redirect(), Some(Redirect::Platform(_)));
    if needed || headers.contains_key(header::AUTHORIZATION) {
        return server.access().caller(headers).await.map(Some);
    }
    Ok(None)
}

/// Reads the query. Others than the known parameters are passed over; a known one must not stand twice (RFC 6749, section 3.1).
fn brought(query: &str) -> Result<Brought, Problem> {
    let mut brought = Brought::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "state" => &mut brought.state,
            "code" => &mut brought.code,
            "error" => &mut brought.error,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            let detail = "a parameter of the query stands twice";
            return Err(Problem::new(Refusal::BadRequest, detail));
        }
    }
    Ok(brought)
}

fn stale() -> Problem {
    let detail = "the authorization is not known, was used already, or took too long";
    Problem::new(Refusal::BadRequest, detail)
        .with_help("begin again at /v1/connections/{id}/authorize")
}

/// Why the service refused, of the reasons that RFC 6749 (section 4.1.2.1) has.
fn refused(error: &str) -> &'static str {
    match error {
        "access_denied" => "the person or the service said no (access_denied)",
        "invalid_scope" => "the service does not know the scope that was asked for (invalid_scope)",
        "unauthorized_client" => "the service does not let this client ask (unauthorized_client)",
        "invalid_request" => "the service did not take the request (invalid_request)",
        "unsupported_response_type" => "the service gives no codes (unsupported_response_type)",
        "server_error" => "the service failed (server_error)",
        "temporarily_unavailable" => "the service is not available now (temporarily_unavailable)",
        _ => "the service refused",
    }
}

/// A page of fixed text, that loads nothing and can't be framed.
fn sheet(status: StatusCode, title: &str, text: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title}</title><h1>{title}</h1><p>{text}</p></html>\n"
    );
    let mut response = (status, Html(page)).into_response();
    let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_stand_once() {
        let read = brought("state=a%20b&code=c&scope=x&scope=y&iss=z")
            .ok()
            .unwrap();
        assert_eq!(
            (read.state.as_deref(), read.code.as_deref()),
            (Some("a b"), Some("c"))
        );
        assert!(read.error.is_none());
        for twice in [
            "state=a&state=a",
            "code=a&state=b&code=c",
            "error=a&error=b",
        ] {
            assert!(brought(twice).is_err(), "{twice}");
        }
    }

    #[test]
    fn what_the_service_says_is_not_repeated() {
        assert_eq!(refused("<script>"), "the service refused");
        assert!(refused("access_denied").contains("access_denied"));
    }
}
