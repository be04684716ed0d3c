//! What handlers read of a request: the operation, the query, the input, and with what it is called.

use crate::access::{Caller, Opened, is_name};
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use aws_lc_rs::digest::{Context, SHA256};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use opwire::{Call, Operation, parse_json};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

const CONNECTION: HeaderName = HeaderName::from_static("x-opwire-connection");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The query. One that can't be read, or has what nobody knows, is a `bad_request`.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::from_request_parts(parts, state).await;
        // The reason would hold what was given.
        read.map(|axum::extract::Query(query)| Self(query))
            .map_err(|_| bad("the query is not one that is taken here"))
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(Refusal::BadRequest, detail)
}

/// The connection that a request names, if it names one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection(Option<String>);

impl Connection {
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let id = text(headers, &CONNECTION)?;
        if id.as_deref().is_some_and(|id| !is_name(id)) {
            let detail = "X-Opwire-Connection must have 1 to 128 letters, digits, `.`, `_` and `-`";
            return Err(bad(detail));
        }
        Ok(Self(id))
    }

    pub(crate) fn is_named(&self) -> bool {
        self.0.is_some()
    }

    /// Under what name a tenant's limits and tokens are kept with it.
    pub(crate) fn lane(&self, tenant: &str) -> String {
        lane(tenant, self.0.as_deref().unwrap_or_default())
    }
}

/// The operation that the path names, its caller, who may call it, and with what.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) operation: Arc<Operation>,
    pub(crate) caller: Caller,
    connection: Connection,
    idempotency_key: Option<String>,
}

impl FromRequestParts<Server> for Target {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, server).await?;
        let path = Path::<String>::from_request_parts(parts, server).await;
        let Path(name) = path.map_err(|_| bad("the operation's name can't be read"))?;
        let operation = find(server, &caller, &name)?;
        Ok(Self {
            operation,
            caller,
            connection: Connection::of(&parts.headers)?,
            idempotency_key: text(&parts.headers, &IDEMPOTENCY_KEY)?,
        })
    }
}

/// A header's text.
fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().map(|text| Some(text.trim().to_owned()));
    text.map_err(|_| bad(&format!("the header {name} is not plain text")))
}

/// The operation of this name, when the caller may invoke it.
pub(crate) fn find(
    server: &Server,
    caller: &Caller,
    name: &str,
) -> Result<Arc<Operation>, Problem> {
    let operation = server.engine().catalog().get(name)?;
    caller.may(&operation)?;
    Ok(operation)
}

impl Target {
    /// An operation that the caller may call.
    pub(crate) fn new(operation: Arc<Operation>, caller: Caller, connection: Connection) -> Self {
        Self {
            operation,
            caller,
            connection,
            idempotency_key: None,
        }
    }

    /// With which credentials it is called, and under what name limits and tokens are kept: the tenant's and the
    /// connection's, and where the input has credentials, a hash of those, so that nobody gets a token that was got with
    /// another's.
    pub(crate) async fn open(&self, server: &Server, input: &Value) -> Result<Opened, Problem> {
        let mut opened = self.stored(server).await?;
        let mut hash = Context::new(&SHA256);
        hash.update(server.salt());
        let mut given = false;
        for name in self.operation.connector().credential_names() {
            if let Some(text) = input.get(name).and_then(Value::as_str) {
                given = true;
                for part in [name, text] {
                    hash.update(&part.len().to_be_bytes());
                    hash.update(part.as_bytes());
                }
            }
        }
        if given {
            opened.lane.push('#');
            for byte in hash.finish().as_ref().iter().take(16) {
                let _ = write!(opened.lane, "{byte:02x}");
            }
        }
        Ok(opened)
    }

    /// The connection that the request names; what there is without one when it names none.
    async fn stored(&self, server: &Server) -> Result<Opened, Problem> {
        let tenant = &self.caller.tenant;
        let Some(id) = &self.connection.0 else {
            return Ok(Opened::new(BTreeMap::new(), self.connection.lane(tenant)));
        };
        let connector = self.operation.connector().name();
        let found = match server.connections() {
            Some(store) => store.open(tenant, id, connector).await?,
            None => None,
        };
        found.ok_or_else(|| {
            let detail = format!("there is no connection of this ID with {connector}");
            Problem::new(Refusal::NotFound, detail).with_help("X-Opwire-Connection names it")
        })
    }

    /// The call of an operation of the same connector.
    pub(crate) fn call(
        &self,
        server: &Server,
        operation: &Operation,
        input: Value,
        opened: Opened,
    ) -> Call {
        let call = server.engine().call(operation.name(), input);
        let call = call.credentials(opened.credentials).tenant(&opened.lane);
        match &self.idempotency_key {
            Some(key) => call.idempotency_key(key),
            None => call,
        }
    }
}

/// Under what name the tokens and limits of a tenant's connection are kept.
///
/// No connection's ID has a slash, so the names of two never meet.
pub(crate) fn lane(tenant: &str, connection: &str) -> String {
    format!("{tenant}/{connection}")
}

/// The tenant and the connection of such a name; the latter is empty when there is none.
pub(crate) fn of_lane(lane: &str) -> (&str, &str) {
    let known = lane.split('#').next().unwrap_or_default();
    known.split_once('/').unwrap_or((known, ""))
}

/// An input: the body, as JSON. No body is an empty input.
#[derive(Debug)]
pub(crate) struct Input(pub(crate) Value);

impl FromRequest<Server> for Input {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let json = is_json(&parts.headers);
        let bytes = read(server, body).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Null));
        }
        // A web page can send no JSON to another site without asking there first.
        if !json {
            let detail = "the body must be JSON: Content-Type: application/json";
            return Err(Problem::new(Refusal::UnsupportedMediaType, detail));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("the body is not UTF-8"))?;
        Ok(Self(parse_json(text)?))
    }
}

/// The body, within its size and its time.
async fn read(server: &Server, body: Body) -> Result<Bytes, Problem> {
    let limits = server.limits();
    let whole = Limited::new(body, limits.body).collect();
    let late = server.engine().clock().expire(limits.body_time);
    let read = tokio::select! {
        biased;
        read = whole => read,
        () = late => {
            let detail = "the body did not come in time";
            return Err(Problem::new(Refusal::RequestTimeout, detail));
        }
    };
    read.map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                let detail = format!("the body is larger than {} bytes", limits.body);
                return Problem::new(Refusal::PayloadTooLarge, detail);
            }
            bad("the body can't be read")
        })
}

/// `application/json`, or another form of JSON (RFC 6839).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_several_names() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("text/plain; a=application/json", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            assert_eq!(is_json(&headers), expected, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
