//! Step 3. Request + credentials → signed request.

mod hmac;
mod jwt;
pub(crate) mod oauth2;
mod sigv4;

use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Violation};
use crate::lane::Tenant;
use crate::manifest::{ApiKeyPlace, Auth, Fault};
use crate::redact::Redactor;
use crate::secret::Secret;
use crate::template::{Compiler, Names, Roots, Scope, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::HmacPlan;
use http::{HeaderName, HeaderValue, Request, Uri, header};
use jwt::JwtPlan;
use oauth2::OAuth2Plan;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};
use sigv4::SigV4Plan;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A way to sign, compiled at load.
#[derive(Debug)]
pub(crate) enum AuthPlan {
    None,
    Bearer(Template),
    Basic {
        username: Template,
        password: Template,
    },
    Header(HeaderName, Template),
    Query(String, Template),
    Headers(Vec<(HeaderName, Template)>),
    OAuth2(Box<OAuth2Plan>),
    Jwt(Box<JwtPlan>),
    Hmac(Box<HmacPlan>),
    AwsSigv4(Box<SigV4Plan>),
}

impl AuthPlan {
    pub(crate) fn compile(auth: &Auth, credentials: Vec<String>, faults: &mut Vec<Fault>) -> Self {
        let names = Names {
            credentials: Some(credentials),
            ..Names::default()
        };
        let mut compiler = Compiler::new(names, "/auth");
        let plan = match auth {
            Auth::None => Self::None,
            Auth::Bearer { token } => {
                Self::Bearer(compiler.at("bearer", |c| c.at("token", |c| secret(c, token))))
            }
            Auth::Basic { username, password } => compiler.at("basic", |c| Self::Basic {
                username: c.at("username", |c| c.scalar(username)),
                password: c.at("password", |c| perhaps_secret(c, password)),
            }),
            Auth::ApiKey { r#in, name, value } => compiler.at("api_key", |c| {
                let template = c.at("value", |c| secret(c, value));
                match r#in {
                    ApiKeyPlace::Query => Self::Query(name.clone(), template),
                    ApiKeyPlace::Header => {
                        header_name(c, name).map_or(Self::None, |name| Self::Header(name, template))
                    }
                }
            }),
            Auth::Headers(headers) => compiler.at("headers", |c| {
                let signed = headers.iter().filter_map(|(name, value)| {
                    let template = c.at(name, |c| perhaps_secret(c, value));
                    header_name(c, name).map(|name| (name, template))
                });
                Self::Headers(signed.collect())
            }),
            Auth::Oauth2(manifest) => compiler.at("oauth2", |c| {
                Self::OAuth2(Box::new(OAuth2Plan::compile(c, manifest)))
            }),
            Auth::Jwt(manifest) => compiler.at("jwt", |c| {
                Self::Jwt(Box::new(JwtPlan::compile(c, manifest)))
            }),
            Auth::Hmac(manifest) => compiler.at("hmac", |c| {
                HmacPlan::compile(c, manifest).map_or(Self::None, |plan| Self::Hmac(Box::new(plan)))
            }),
            Auth::AwsSigv4(manifest) => compiler.at("aws_sigv4", |c| {
                Self::AwsSigv4(Box::new(SigV4Plan::compile(c, manifest)))
            }),
        };
        faults.append(&mut compiler.faults);
        plan
    }

    /// How tokens are got, where they are.
    pub(crate) fn oauth2(&self) -> Option<&OAuth2Plan> {
        match self {
            Self::OAuth2(plan) => Some(plan),
            _ => None,
        }
    }
}

fn header_name(compiler: &mut Compiler<'_>, name: &str) -> Option<HeaderName> {
    let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
        let message = format!("`{name}` is not a valid header name");
        compiler.fault(Code::WrongValue, message);
        return None;
    };
    let own = [header::AUTHORIZATION, header::COOKIE].contains(&parsed);
    if !own && crate::request::FORBIDDEN.contains(&parsed.as_str()) {
        let message = format!("`{name}` can't be set here");
        let fault = compiler.fault(Code::ForbiddenHeader, message);
        fault.help("the transport sets it");
        return None;
    }
    Some(parsed)
}

/// The template of a secret: one that is written out in the file is refused.
fn secret(compiler: &mut Compiler<'_>, text: &str) -> Template {
    if !text.contains("{{") && !text.is_empty() {
        literal(compiler);
    }
    compiler.scalar(text)
}

/// The template of what may be a secret: one that is written out in the file is refused when it looks like one.
fn perhaps_secret(compiler: &mut Compiler<'_>, text: &str) -> Template {
    let random = text.len() >= 12
        && !text.contains([' ', '/', '{'])
        && text.bytes().any(|b| b.is_ascii_digit());
    if random && text.bytes().any(|b| b.is_ascii_alphabetic()) {
        literal(compiler);
    }
    compiler.scalar(text)
}

fn literal(compiler: &mut Compiler<'_>) {
    let message = "a secret is written out in the file";
    let fault = compiler.fault(Code::SecretInManifest, message.to_owned());
    fault.help("declare it under `credentials`, and write `{{credentials.NAME}}` here");
}

/// The credentials of one invocation, and whose it is.
#[derive(Debug)]
pub(crate) struct Keys {
    secrets: BTreeMap<String, Secret>,
    pub(crate) tenant: Tenant,
    /// What was got on the way, and what of the input is secret: to be found in texts from outside.
    learned: Mutex<Learned>,
}

#[derive(Debug, Default)]
struct Learned {
    secrets: Vec<Secret>,
    /// The version of the token that was used last.
    version: Option<u64>,
}

/// Hashes credentials without showing them.
struct Hashed<'a>(&'a str, &'a BTreeMap<String, Secret>);

impl Hash for Hashed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        for (name, secret) in self.1 {
            (name, secret.expose()).hash(state);
        }
    }
}

impl Keys {
    fn new(secrets: BTreeMap<String, Secret>, connector: &str, tenant: Option<&Arc<str>>) -> Self {
        let tenant = match tenant {
            Some(name) => Tenant::named(name),
            None => Tenant::of(&Hashed(connector, &secrets)),
        };
        Self {
            secrets,
            tenant,
            learned: Mutex::default(),
        }
    }

    /// Those of the input, then those of the provider.
    pub(crate) async fn gather(
        connector: &Connector,
        mut given: BTreeMap<String, Secret>,
        provider: &dyn Credentials,
        tenant: Option<&Arc<str>>,
    ) -> Result<Self, Error> {
        for name in connector.credential_names() {
            if !given.contains_key(name)
                && let Some(secret) = provider.get(connector.name(), name).await?
            {
                given.insert(name.to_owned(), secret);
            }
        }
        let missing = connector.missing_credentials(|name| given.contains_key(name));
        if missing.is_empty() {
            return Ok(Self::new(given, connector.name(), tenant));
        }
        let message = format!("the credential {} is missing", missing.join(", "));
        let help = "give it in the input under that name, or by the credentials provider";
        let violation =
            |name: &&str| Violation::new(format!("/{name}"), "credential", "is missing");
        let violations = missing.iter().map(violation).collect();
        Err(Error::new(ErrorKind::CredentialsMissing, message)
            .with_help(help)
            .with_violations(violations))
    }

    /// Names in braces instead of values, for requests that are only shown.
    pub(crate) fn names(connector: &Connector) -> Self {
        let named = |name: &str| (name.to_owned(), Secret::new(format!("{{{name}}}")));
        Self::new(
            connector.credential_names().map(named).collect(),
            connector.name(),
            None,
        )
    }

    /// Does something with the credentials as templates see them.
    fn with<T>(&self, work: impl FnOnce(&Scope<'_>) -> T) -> T {
        let credentials: Map<String, Value> = self
            .secrets
            .iter()
            .map(|(name, secret)| (name.clone(), Value::String(secret.expose().to_owned())))
            .collect();
        let credentials = Value::Object(credentials);
        let roots = Roots {
            credentials: Some(&credentials),
            ..Roots::default()
        };
        work(&Scope::new(&roots))
    }

    /// A name for these credentials of a connector in a token store.
    pub(crate) fn label(&self, connector: &str) -> String {
        format!("{connector}/{}", self.tenant.label())
    }

    /// A token that was got on the way.
    pub(crate) fn learn(&self, version: u64, secrets: impl Iterator<Item = Secret>) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.version = Some(version);
        learned.secrets.extend(secrets);
    }

    /// Fields of the input that are secret.
    pub(crate) fn taint(&self, secrets: Vec<Secret>) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.secrets.extend(secrets);
    }

    /// The version of the token that was used last.
    pub(crate) fn version(&self) -> Option<u64> {
        self.learned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .version
    }

    /// Finds all of them in texts that came from outside.
    pub(crate) fn redactor(&self) -> Redactor {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let secrets = self.secrets.values().chain(&learned.secrets);
        Redactor::of(secrets)
    }

    /// Replaces every credential in a text that came from outside.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.redactor().text(text)
    }
}

/// The first so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Signs a request. Without the time it is one that is only shown, and names stand for signatures.
pub(crate) fn sign(
    plan: &AuthPlan,
    mut request: Request<Bytes>,
    keys: &Keys,
    token: Option<&Secret>,
    unix: Option<Duration>,
) -> Result<Request<Bytes>, Error> {
    keys.with(|scope| apply(plan, &mut request, keys, token, unix, scope))?;
    Ok(request)
}

fn apply(
    plan: &AuthPlan,
    request: &mut Request<Bytes>,
    keys: &Keys,
    token: Option<&Secret>,
    unix: Option<Duration>,
    scope: &Scope<'_>,
) -> Result<(), Error> {
    match plan {
        AuthPlan::None => {}
        AuthPlan::Bearer(token) => {
            if let Some(token) = text(token, scope)? {
                insert(request, header::AUTHORIZATION, &format!("Bearer {token}"))?;
            }
        }
        AuthPlan::Basic { username, password } => {
            let username = text(username, scope)?.unwrap_or_default();
            let password = text(password, scope)?.unwrap_or_default();
            if username.contains(':') {
                return Err(Error::new(
                    ErrorKind::AuthFailed,
                    "a user name for basic auth can't hold a colon",
                )
                .with_outcome(crate::error::Outcome::NotSent));
            }
            // A request that is only shown keeps the names readable.
            let pair = format!("{username}:{password}");
            let shown = pair.contains('{')
                && keys
                    .secrets
                    .values()
                    .all(|secret| secret.expose().starts_with('{'));
            let value = if shown {
                format!("Basic base64({pair})")
            } else {
                format!("Basic {}", STANDARD.encode(pair))
            };
            insert(request, header::AUTHORIZATION, &value)?;
        }
        AuthPlan::Header(name, value) => {
            if let Some(value) = text(value, scope)? {
                insert(request, name.clone(), &value)?;
            }
        }
        AuthPlan::Query(name, value) => {
            if let Some(value) = text(value, scope)? {
                append_query(request, name, &value)?;
            }
        }
        AuthPlan::Headers(headers) => {
            for (name, value) in headers {
                if let Some(value) = text(value, scope)? {
                    insert(request, name.clone(), &value)?;
                }
            }
        }
        AuthPlan::OAuth2(_) => {
            let token = token.map_or("{access_token}", Secret::expose);
            insert(request, header::AUTHORIZATION, &format!("Bearer {token}"))?;
        }
        AuthPlan::Jwt(plan) => {
            let token = unix.map_or(Ok("{jwt}".to_owned()), |unix| plan.sign(scope, unix))?;
            insert(request, header::AUTHORIZATION, &format!("Bearer {token}"))?;
        }
        AuthPlan::Hmac(plan) => plan.sign(request, scope, unix)?,
        AuthPlan::AwsSigv4(plan) => plan.sign(request, scope, unix)?,
    }
    Ok(())
}

/// A failure before anything was sent.
fn failed(message: &str) -> Error {
    Error::new(ErrorKind::AuthFailed, message).with_outcome(crate::error::Outcome::NotSent)
}

/// The text of a template that must give one.
fn needed(template: &Template, scope: &Scope<'_>) -> Result<String, Error> {
    text(template, scope)?
        .ok_or_else(|| failed("a credential that requests are signed with is missing"))
}

/// A fault at a way of signing that this build doesn't have.
#[cfg(not(all(feature = "jwt", feature = "hmac", feature = "sigv4")))]
fn lacks(compiler: &mut Compiler<'_>, feature: &str) {
    compiler.fault(
        Code::Unsupported,
        format!("this build of Opwire lacks the feature `{feature}`"),
    );
}

/// The text of a template; nothing when an optional credential is missing.
fn text(template: &Template, scope: &Scope<'_>) -> Result<Option<String>, Error> {
    let failed = |_| {
        Error::new(
            ErrorKind::AuthFailed,
            "a template of `auth` could not be rendered: a credential is missing",
        )
        .with_outcome(crate::error::Outcome::NotSent)
    };
    let value = template.eval(scope).map_err(failed)?;
    Ok(value.as_deref().and_then(Value::as_str).map(str::to_owned))
}

fn insert(request: &mut Request<Bytes>, name: HeaderName, text: &str) -> Result<(), Error> {
    let refused = || {
        Error::new(
            ErrorKind::AuthFailed,
            "a credential holds a line break or another character that a header can't hold",
        )
        .with_outcome(crate::error::Outcome::NotSent)
    };
    if text.chars().any(char::is_control) {
        return Err(refused());
    }
    let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| refused())?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

fn append_query(request: &mut Request<Bytes>, name: &str, value: &str) -> Result<(), Error> {
    let uri = request.uri().to_string();
    let separator = if uri.contains('?') { '&' } else { '?' };
    let encode = |text: &str| utf8_percent_encode(text, &crate::request::SEGMENT).to_string();
    let shown = if value.starts_with('{') && value.ends_with('}') {
        value.to_owned()
    } else {
        encode(value)
    };
    let uri: Uri = format!("{uri}{separator}{}={shown}", encode(name))
        .parse()
        .map_err(|_| {
            Error::new(ErrorKind::AuthFailed, "the API key can't stand in a query")
                .with_outcome(crate::error::Outcome::NotSent)
        })?;
    *request.uri_mut() = uri;
    Ok(())
}
