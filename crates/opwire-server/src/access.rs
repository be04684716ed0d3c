//! Who may call: API keys, and what they allow.
//!
//! A key is `opwire_` and 256 random bits, given as `Authorization: Bearer KEY` (RFC 6750). Only its SHA-256 is kept:
//! a key that is random needs no slow hash.

use crate::problem::{Problem, Refusal};
use crate::server::Server;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opwire::manifest::Effect;
use opwire::{Operation, Secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a key's text begins with, so that scanners find one that leaked.
const PREFIX: &str = "opwire_";
/// A tenant's or a connection's name is at most so long.
const LONGEST_NAME: usize = 128;
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Whose a call is without API keys, when `Opwire-Tenant` doesn't say.
const NOBODY: &str = "default";

/// Who calls. Handlers take it as an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// Whose connections and limits the call has.
    pub tenant: String,
    /// What the call may do.
    pub scopes: Scopes,
}

impl Caller {
    /// Who calls for this tenant, within these scopes.
    pub fn new(tenant: impl Into<String>, scopes: Scopes) -> Self {
        Self {
            tenant: tenant.into(),
            scopes,
        }
    }

    /// Refuses an operation that is not within the scopes.
    ///
    /// # Errors
    /// `forbidden`, with the operation's name.
    pub fn may(&self, operation: &Operation) -> Result<(), Problem> {
        if self.scopes.allows(operation) {
            return Ok(());
        }
        let detail = format!("the API key does not allow {}", operation.name());
        let help = "use one whose scopes have the connector and the effect";
        Err(Problem::new(Refusal::Forbidden, detail).with_help(help))
    }
}

/// What an API key allows: connectors and effects. The default allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scopes {
    /// Only operations of these connectors. Nothing given: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connectors: Option<Vec<String>>,
    /// Only operations with these effects. Nothing given: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Vec<Effect>>,
}

impl Scopes {
    /// Allows only these connectors' operations.
    #[must_use]
    pub fn connectors(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.connectors = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Allows only these effects.
    #[must_use]
    pub fn effects(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.effects = Some(effects.into_iter().collect());
        self
    }

    /// Is the operation within them?
    #[must_use]
    pub fn allows(&self, operation: &Operation) -> bool {
        let effects = self.effects.as_ref();
        self.allows_connector(operation.connector().name())
            && effects.is_none_or(|effects| effects.contains(&operation.effect()))
    }

    /// Is the connector within them?
    #[must_use]
    pub fn allows_connector(&self, name: &str) -> bool {
        let connectors = self.connectors.as_ref();
        connectors.is_none_or(|connectors| connectors.iter().any(|known| known == name))
    }
}

/// The SHA-256 of an API key: all that is kept of it. Compared in constant time.
#[derive(Clone, Copy)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The hash of a key's text.
    #[must_use]
    pub fn of(key: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
        Self(hash)
    }

    /// A hash that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for KeyHash {}

impl std::fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Makes a new API key: its text, to be shown once, and its hash, to be kept.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_key() -> std::io::Result<(String, KeyHash)> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| std::io::Error::other("the operating system gives no random bytes"))?;
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = KeyHash::of(&key);
    Ok((key, hash))
}

/// What [`Keys::find`] gives.
pub type KeyFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<Caller>, Problem>> + Send + 'a>>;

/// Knows whose an API key is.
pub trait Keys: Send + Sync {
    /// Who has the key with this hash; nothing when nobody has.
    ///
    /// # Errors
    /// When it can't be told now.
    fn find<'a>(&'a self, hash: &'a KeyHash) -> KeyFuture<'a>;
}

/// A fixed set of keys. Each is compared, whatever was found before.
impl Keys for Vec<(KeyHash, Caller)> {
    fn find<'a>(&'a self, hash: &'a KeyHash) -> KeyFuture<'a> {
        let found = self.iter().fold(
            None,
            |found, (known, caller)| {
                if known == hash { Some(caller) } else { found }
            },
        );
        let found = found.cloned();
        Box::pin(async move { Ok(found) })
    }
}

/// What [`Connections::credentials`] gives: secrets by credential's name.
pub type ConnectionFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<BTreeMap<String, Secret>>, Problem>> + Send + 'a>>;

/// Holds credentials of tenants' connections.
pub trait Connections: Send + Sync {
    /// The credentials of a tenant's connection with this connector; nothing when there is none of this ID.
    ///
    /// # Errors
    /// When it is another connector's, or can't be read now.
    fn credentials<'a>(
        &'a self,
        tenant: &'a str,
        id: &'a str,
        connector: &'a str,
    ) -> ConnectionFuture<'a>;
}

/// Can this name a tenant or a connection? 1 to 128 letters, digits, `.`, `_` and `-`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(known)
}

/// How callers are known.
#[derive(Clone)]
pub(crate) enum Access {
    /// Nobody is.
    Closed,
    /// By API keys.
    Keys(Arc<dyn Keys>),
    /// Everyone is who they say they are. For loopback alone.
    Open,
}

impl Access {
    async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        match self {
            Self::Closed => Err(unauthenticated(
                "there is no API key that is valid here",
                None,
            )),
            Self::Open => open(headers),
            Self::Keys(keys) => {
                let given = headers.get(header::AUTHORIZATION);
                let Some(given) = given.and_then(|value| value.to_str().ok()).and_then(bearer)
                else {
                    let detail = "an API key is needed: Authorization: Bearer KEY";
                    return Err(unauthenticated(detail, None));
                };
                let found = keys.find(&KeyHash::of(given)).await?;
                found.ok_or_else(|| {
                    unauthenticated("nobody has this API key", Some("invalid_token"))
                })
            }
        }
    }
}

/// The token of `Bearer TOKEN`; the scheme's case is free (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

fn unauthenticated(detail: &str, error: Option<&str>) -> Problem {
    let error = error
        .map(|error| format!(", error=\"{error}\""))
        .unwrap_or_default();
    let challenge = HeaderValue::from_str(&format!("Bearer realm=\"opwire\"{error}"));
    let problem = Problem::new(Refusal::Unauthenticated, detail);
    match challenge {
        Ok(challenge) => problem.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => problem,
    }
}

/// Without API keys a web page that the user looks at must not get in: neither by a name of its own for 127.0.0.1 (DNS
/// rebinding), nor by a request to another site.
fn open(headers: &HeaderMap) -> Result<Caller, Problem> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(header::HOST).unwrap_or_default();
    // A browser leaves the origin out where it asks for pictures and the like, and says there whether that is another's.
    let local = match text(header::ORIGIN) {
        Some(origin) => origin
            .split_once("://")
            .is_some_and(|(_, host)| is_loopback(host)),
        None => text(SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "none")),
    };
    if !local || !is_loopback(host) {
        let detail = "without API keys only programs on this machine are answered";
        let help = "call 127.0.0.1 or localhost by that name, or use API keys";
        return Err(Problem::new(Refusal::Forbidden, detail).with_help(help));
    }
    let tenant = match headers.get("opwire-tenant") {
        None => NOBODY,
        Some(value) => value
            .to_str()
            .ok()
            .filter(|name| is_name(name))
            .ok_or_else(|| {
                let detail = "Opwire-Tenant must have 1 to 128 letters, digits, `.`, `_` and `-`";
                Problem::new(Refusal::BadRequest, detail)
            })?,
    };
    Ok(Caller::new(tenant, Scopes::default()))
}

/// Is a host, perhaps with a port, this machine by an address or a name that nobody else can have?
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Lets a request in: its caller known, within what may run at once, and no longer than it may take.
pub(crate) async fn admit(
    State(server): State<Server>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let admitted = async {
        let caller = server.access().caller(headers).await?;
        let slot = server.slots().take(&caller.tenant)?;
        Ok::<_, Problem>((caller, slot))
    };
    match admitted.await {
        Ok((caller, slot)) => {
            // What is streamed keeps its slot until the end.
            request.extensions_mut().insert(slot.clone());
            request.extensions_mut().insert(caller);
            let answered = server.in_time(next.run(request)).await;
            drop(slot);
            answered
        }
        Err(problem) => problem.into_response(),
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Self>().cloned();
        // A route that doesn't let requests in by `admit` lets nobody in.
        known.ok_or_else(|| unauthenticated("nobody is known here", None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_random_and_known_by_its_hash() {
        let (one, hash) = new_key().unwrap();
        let (other, _) = new_key().unwrap();
        assert_ne!(one, other);
        assert_eq!(one.len(), PREFIX.len() + 43);
        assert_eq!(KeyHash::of(&one), hash);
        assert_ne!(KeyHash::of(&other), hash);
        assert_eq!(KeyHash::from_bytes(*hash.as_bytes()), hash);
        assert_eq!(format!("{hash:?}"), "[redacted]");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8787",
            "127.9.9.9",
            "[::1]:1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "localhost.evil.example",
            "10.0.0.1:8787",
            "127.0.0.1.nip.io",
            "[::2]:1",
            "null",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert!(is_name("acme-1.x_Y"));
        for name in ["", "a/b", "a b", "ä", &"a".repeat(129)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn bearer_tokens_are_read() {
        assert_eq!(bearer("bearer x"), Some("x"));
        for wrong in ["Basic x", "Bearer", "Bearer ", "x"] {
            assert_eq!(bearer(wrong), None);
        }
    }
}
