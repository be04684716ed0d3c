//! `/v1/connections`: the credentials that tenants keep here. Secrets go in, and never come out.

pub(crate) mod authorize;
mod callback;
mod provider;

pub(crate) use callback::callback;

use crate::access::{Caller, is_name};
use crate::ask::{Input, Query};
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use crate::store::{Connection, Store, date};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opwire::Connector;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Of a list no more come at once, and so many unless the query says.
const MOST: usize = 100;

/// What a list's query may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Listed {
    connector: Option<String>,
    after: String,
    limit: Option<usize>,
}

/// `GET /v1/connections`: the tenant's connections by name, `limit` (1 to 100, default 100) of those after `after`; `next` is
/// what to give as `after` for more, or null.
pub(crate) async fn list(
    State(server): State<Server>,
    caller: Caller,
    Query(listed): Query<Listed>,
) -> Result<Json<Value>, Problem> {
    let store = store(&server)?;
    let limit = listed.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        let detail = "`limit` must be 1 to 100";
        return Err(Problem::new(Refusal::BadRequest, detail));
    }
    let connector = listed.connector.as_deref();
    let mut found = store
        .connections(&caller.tenant, connector, &listed.after, limit + 1)
        .await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.clone());
    let mut shown = Vec::new();
    for connection in found {
        if caller.scopes.allows_connector(&connection.connector) {
            shown.push(describe(&server, store, &connection).await?);
        }
    }
    Ok(Json(json!({ "connections": shown, "next": next })))
}

/// `GET /v1/connections/{id}`: which connector it is for, which credentials it holds, since when.
pub(crate) async fn one(
    State(server): State<Server>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let store = store(&server)?;
    let connection = find(store, &caller, &id).await?;
    Ok(Json(describe(&server, store, &connection).await?))
}

/// A connection as it is put.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    connector: String,
    #[serde(default)]
    credentials: Value,
}

/// `PUT /v1/connections/{id}`: keeps `{"connector": …, "credentials": {…}}`, in place of what it had. 201 when it is new.
pub(crate) async fn put(
    State(server): State<Server>,
    caller: Caller,
    Path(id): Path<String>,
    Input(body): Input,
) -> Result<Response, Problem> {
    let store = store(&server)?;
    if !is_name(&id) {
        let detail = "a connection's name has 1 to 128 letters, digits, `.`, `_` and `-`";
        return Err(Problem::new(Refusal::BadRequest, detail));
    }
    let Put {
        connector,
        credentials,
    } = read(body)?;
    manages(&caller, &connector)?;
    let before = store.connection(&caller.tenant, &id).await?;
    // Another's connector may not be taken away by a key that doesn't have it.
    if let Some(before) = &before {
        manages(&caller, &before.connector)?;
    }
    if known(&server, &connector).is_none() {
        let detail = "there is no such connector";
        return Err(Problem::new(Refusal::NotFound, detail));
    }
    let credentials = server
        .engine()
        .check_credentials(&connector, credentials)
        .await?;
    let now = now(&server);
    let put = store
        .put_connection(&caller.tenant, &id, &connector, &credentials, now)
        .await?;
    let status = if before.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(describe(&server, store, &put).await?)).into_response())
}

/// The reason that the reader gives could hold a value.
fn read(value: Value) -> Result<Put, Problem> {
    let read = Some(value).filter(Value::is_object);
    let read = read.and_then(|value| serde_json::from_value(value).ok());
    read.ok_or_else(|| {
        let detail = "a connection is {\"connector\": NAME, \"credentials\": {NAME: TEXT}}";
        Problem::new(Refusal::BadRequest, detail)
    })
}

/// `DELETE /v1/connections/{id}`: forgets its credentials and its tokens. 204.
pub(crate) async fn delete(
    State(server): State<Server>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let store = store(&server)?;
    let connection = find(store, &caller, &id).await?;
    manages(&caller, &connection.connector)?;
    if store.delete_connection(&caller.tenant, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown())
    }
}

fn store(server: &Server) -> Result<&Store, Problem> {
    server.store().ok_or_else(|| {
        Problem::new(Refusal::NotFound, "this server keeps no connections")
            .with_help("start it with --store")
    })
}

/// A connection of the caller's, within the key's scopes. One that is not is as good as none.
async fn find(store: &Store, caller: &Caller, id: &str) -> Result<Connection, Problem> {
    let found = store.connection(&caller.tenant, id).await?;
    found
        .filter(|connection| caller.scopes.allows_connector(&connection.connector))
        .ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::new(Refusal::NotFound, "the tenant has no such connection")
}

/// May the caller change connections with this connector? A key for some effects alone uses connections, and changes none.
fn manages(caller: &Caller, connector: &str) -> Result<(), Problem> {
    if caller.scopes.allows_connector(connector) && caller.scopes.effects.is_none() {
        return Ok(());
    }
    let detail = "the API key does not allow to change this connection";
    let help = "use one whose scopes have the connector, and every effect";
    Err(Problem::new(Refusal::Forbidden, detail).with_help(help))
}

async fn describe(
    server: &Server,
    store: &Store,
    connection: &Connection,
) -> Result<Value, Problem> {
    let mut shown = Map::new();
    let mut put = |key: &str, value: Value| shown.insert(key.to_owned(), value);
    put("id", connection.id.as_str().into());
    put("connector", connection.connector.as_str().into());
    put("credentials", connection.credentials.clone().into());
    if authorizable(server, &connection.connector) {
        put("authorized", store.has_token(connection).await?.into());
    }
    put("created_at", date(connection.created).into());
    put("changed_at", date(connection.changed).into());
    Ok(Value::Object(shown))
}

/// Can a person allow this connector's use in a browser?
fn authorizable(server: &Server, connector: &str) -> bool {
    known(server, connector).is_some_and(|known| known.can_be_authorized())
}

fn known(server: &Server, connector: &str) -> Option<Arc<Connector>> {
    let catalog = server.engine().catalog();
    let mut known = catalog.connectors();
    known.find(|known| known.name() == connector).cloned()
}

fn now(server: &Server) -> Duration {
    server.engine().clock().unix()
}

/// What is about to be sent is for nobody's cache.
fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
