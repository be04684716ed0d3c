//! A service with OAuth 2 on loopback, that checks what RFC 6749 and RFC 7636 want checked, and its connector.

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opwire::{Catalog, Engine, EngineBuilder};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub(crate) const CLIENT_ID: &str = "client-4711";
pub(crate) const CLIENT_SECRET: &str = "CANARY-client-secret";
pub(crate) const REDIRECT: &str = "https://opwire.example.com/v1/oauth/callback";

type Pairs = HashMap<String, String>;

/// The service.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// What each code was given for: the challenge and the redirect URI.
    codes: HashMap<String, (String, String)>,
    issued: u32,
    /// The grants that token requests had.
    grants: Vec<String>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self {
            url,
            seen: Arc::default(),
        };
        let routes = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/items", get(items))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    /// A catalog with the connector `shop` of this service, and an engine of it to be built.
    pub(crate) fn engine(&self) -> (EngineBuilder, TempDir) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("connector.yaml", CONNECTOR), ("main/items.yaml", ITEMS)] {
            let path = dir.path().join("shop").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.replace("URL", &self.url)).unwrap();
        }
        let catalog = Catalog::open(dir.path()).unwrap_or_else(|found| panic!("{found}"));
        let builder = Engine::builder().catalog(catalog).allow_origin(&self.url);
        (builder, dir)
    }

    /// The grants that token requests had so far.
    pub(crate) fn grants(&self) -> Vec<String> {
        self.seen.lock().unwrap().grants.clone()
    }

    /// Lets nobody in with a token that was issued so far.
    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap().issued += 1;
    }
}

const CONNECTOR: &str = "
opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: URL
credentials:
  type: object
  properties:
    access_token: { type: string, minLength: 5, pattern: '^[a-zA-Z0-9-]+$' }
    refresh_token: { type: string }
    client_id: { type: string }
    client_secret: { type: string }
  anyOf: [{ required: [access_token] }, { required: [client_id, client_secret, refresh_token] }]
auth:
  oauth2:
    grant: refresh_token
    token_url: URL/token
    authorize_url: URL/authorize
    authorize_parameters: { scope: 'read write', access_type: offline }
    access_token: '{{credentials.access_token}}'
    refresh_token: '{{credentials.refresh_token}}'
    client_id: '{{credentials.client_id}}'
    client_secret: '{{credentials.client_secret}}'
";
const ITEMS: &str = "
title: Items
kind: main
description: Lists items.
input: { type: object, additionalProperties: false }
request: { method: GET, path: /items }
";

async fn authorize(State(provider): State<Provider>, Query(asked): Query<Pairs>) -> Response {
    let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let sound = get("response_type") == "code"
        && get("client_id") == CLIENT_ID
        && get("redirect_uri") == REDIRECT
        && get("code_challenge_method") == "S256"
        && get("code_challenge").len() == 43
        && get("scope") == "read write"
        && get("access_type") == "offline";
    if !sound {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut seen = provider.seen.lock().unwrap();
    let code = format!("CANARY-code-{}", seen.codes.len() + 1);
    seen.codes
        .insert(code.clone(), (get("code_challenge"), get("redirect_uri")));
    let mut back = url::Url::parse(REDIRECT).unwrap();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &get("state"))
        .append_pair("scope", "read write");
    (StatusCode::FOUND, [(header::LOCATION, String::from(back))]).into_response()
}

async fn token(State(provider): State<Provider>, Form(asked): Form<Pairs>) -> Response {
    let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let mut seen = provider.seen.lock().unwrap();
    seen.grants.push(get("grant_type"));
    let sound = match get("grant_type").as_str() {
        "authorization_code" => {
            let verifier = get("code_verifier");
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
            // A code holds once (RFC 6749, section 4.1.2).
            let asked_for = seen.codes.remove(&get("code"));
            asked_for == Some((challenge, get("redirect_uri"))) && verifier.len() >= 43
        }
        "refresh_token" => {
            let current = format!("CANARY-refresh-{}", seen.issued);
            [current.as_str(), "CANARY-refresh-given"].contains(&get("refresh_token").as_str())
        }
        _ => false,
    };
    if !sound || get("client_id") != CLIENT_ID || get("client_secret") != CLIENT_SECRET {
        let error = json!({ "error": "invalid_grant", "error_description": asked });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    seen.issued += 1;
    let issued = seen.issued;
    Json(json!({
        "access_token": format!("CANARY-access-{issued}"),
        "refresh_token": format!("CANARY-refresh-{issued}"),
        "token_type": "bearer",
        "expires_in": 3600,
    }))
    .into_response()
}

async fn items(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let given = headers[header::AUTHORIZATION].to_str().unwrap();
    let current = format!(
        "Bearer CANARY-access-{}",
        provider.seen.lock().unwrap().issued
    );
    if [current.as_str(), "Bearer CANARY-access-given"].contains(&given) {
        Json(json!({ "items": [1, 2] })).into_response()
    } else {
        let told = json!({ "error": format!("not {given}") });
        (StatusCode::UNAUTHORIZED, Json(told)).into_response()
    }
}
