//! Step 3. Request + credentials → signed request.

mod hmac;
mod jwt;
mod keys;
pub(crate) mod oauth2;
mod sigv4;

use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Outcome, Violation};
use crate::manifest::{ApiKeyPlace, Auth, Fault};
use crate::secret::Secret;
use crate::template::{Compiler, Names, Scope, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::HmacPlan;
use http::{HeaderName, HeaderValue, Request, Uri, header};
use jwt::JwtPlan;
pub(crate) use keys::Keys;
use oauth2::OAuth2Plan;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use sigv4::SigV4Plan;
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
    if !own && crate::request::FORBIDDEN_HEADERS.contains(&parsed.as_str()) {
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
                return Err(failed("a user name for basic auth can't hold a colon"));
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

/// Credentials that must be given, and were not.
pub(crate) fn missing(names: &[&str]) -> Error {
    let message = format!("the credential {} is missing", names.join(", "));
    let help = "give it in the input under that name, or by the credentials provider";
    let violation = |name: &&str| Violation::new(format!("/{name}"), "credential", "is missing");
    Error::new(ErrorKind::CredentialsMissing, message)
        .with_help(help)
        .with_violations(names.iter().map(violation).collect())
}

/// A failure before anything was sent.
pub(crate) fn failed(message: &str) -> Error {
    Error::new(ErrorKind::AuthFailed, message).with_outcome(Outcome::NotSent)
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
    let missing = |_| failed("a template of `auth` could not be rendered: a credential is missing");
    let value = template.eval(scope).map_err(missing)?;
    Ok(value.as_deref().and_then(Value::as_str).map(str::to_owned))
}

fn insert(request: &mut Request<Bytes>, name: HeaderName, text: &str) -> Result<(), Error> {
    let refused =
        || failed("a credential holds a line break or another character that a header can't hold");
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
        .map_err(|_| failed("the API key can't stand in a query"))?;
    *request.uri_mut() = uri;
    Ok(())
}
