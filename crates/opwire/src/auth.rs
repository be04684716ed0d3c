//! Step 3. Request + credentials → signed request.

use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Violation};
use crate::manifest::{ApiKeyPlace, Auth, Fault};
use crate::secret::Secret;
use crate::template::{Compiler, Names, Roots, Scope, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri, header};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

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
                Self::Bearer(compiler.at("bearer", |c| c.at("token", |c| c.scalar(token))))
            }
            Auth::Basic { username, password } => compiler.at("basic", |c| Self::Basic {
                username: c.at("username", |c| c.scalar(username)),
                password: c.at("password", |c| c.scalar(password)),
            }),
            Auth::ApiKey { r#in, name, value } => compiler.at("api_key", |c| {
                let template = c.at("value", |c| c.scalar(value));
                match r#in {
                    ApiKeyPlace::Query => Self::Query(name.clone(), template),
                    ApiKeyPlace::Header => {
                        header_name(c, name).map_or(Self::None, |name| Self::Header(name, template))
                    }
                }
            }),
            Auth::Headers(headers) => compiler.at("headers", |c| {
                let signed = headers.iter().filter_map(|(name, value)| {
                    let template = c.at(name, |c| c.scalar(value));
                    header_name(c, name).map(|name| (name, template))
                });
                Self::Headers(signed.collect())
            }),
            Auth::Oauth2 { .. } => {
                compiler
                    .fault(Code::Unsupported, "oauth2 can't be run by this version")
                    .help("give an access token, by `bearer`");
                Self::None
            }
        };
        faults.append(&mut compiler.faults);
        plan
    }
}

fn header_name(compiler: &mut Compiler<'_>, name: &str) -> Option<HeaderName> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).ok();
    if parsed.is_none() {
        compiler.fault(
            Code::WrongValue,
            format!("`{name}` is not a valid header name"),
        );
    }
    parsed
}

/// The credentials of one invocation.
#[derive(Debug)]
pub(crate) struct Keys(BTreeMap<String, Secret>);

impl Keys {
    /// Those of the input, then those of the provider.
    pub(crate) async fn gather(
        connector: &Connector,
        mut given: BTreeMap<String, Secret>,
        provider: &dyn Credentials,
    ) -> Result<Self, Error> {
        for name in connector.credential_names() {
            if !given.contains_key(name)
                && let Some(secret) = provider.get(connector.name(), name).await?
            {
                given.insert(name.to_owned(), secret);
            }
        }
        let missing: Vec<&str> = connector
            .required_credentials()
            .filter(|name| !given.contains_key(*name))
            .collect();
        if missing.is_empty() {
            return Ok(Self(given));
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
        Self(connector.credential_names().map(named).collect())
    }

    /// Replaces every credential in a text that came from outside.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self
            .0
            .values()
            .map(Secret::expose)
            .filter(|secret| secret.len() >= 4)
        {
            let encoded = utf8_percent_encode(secret, &crate::request::SEGMENT).to_string();
            for form in [secret, encoded.as_str(), &STANDARD.encode(secret)] {
                if text.contains(form) {
                    text = text.replace(form, "[redacted]");
                }
            }
        }
        text
    }

    /// Replaces every credential in a value that came from outside.
    pub(crate) fn redact_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(&text)),
            Value::Array(list) => Value::Array(
                list.into_iter()
                    .map(|value| self.redact_value(value))
                    .collect(),
            ),
            Value::Object(map) => Value::Object(
                map.into_iter()
                    .map(|(key, value)| (self.redact(&key), self.redact_value(value)))
                    .collect(),
            ),
            other => other,
        }
    }
}

/// Signs a request.
pub(crate) fn sign(
    plan: &AuthPlan,
    mut request: Request<Bytes>,
    keys: &Keys,
) -> Result<Request<Bytes>, Error> {
    let credentials: Map<String, Value> = keys
        .0
        .iter()
        .map(|(name, secret)| (name.clone(), Value::String(secret.expose().to_owned())))
        .collect();
    let credentials = Value::Object(credentials);
    let roots = Roots {
        credentials: Some(&credentials),
        ..Roots::default()
    };
    let scope = Scope::new(&roots);
    match plan {
        AuthPlan::None => {}
        AuthPlan::Bearer(token) => {
            if let Some(token) = text(token, &scope)? {
                insert(
                    &mut request,
                    header::AUTHORIZATION,
                    &format!("Bearer {token}"),
                )?;
            }
        }
        AuthPlan::Basic { username, password } => {
            let username = text(username, &scope)?.unwrap_or_default();
            let password = text(password, &scope)?.unwrap_or_default();
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
                    .0
                    .values()
                    .all(|secret| secret.expose().starts_with('{'));
            let value = if shown {
                format!("Basic base64({pair})")
            } else {
                format!("Basic {}", STANDARD.encode(pair))
            };
            insert(&mut request, header::AUTHORIZATION, &value)?;
        }
        AuthPlan::Header(name, value) => {
            if let Some(value) = text(value, &scope)? {
                insert(&mut request, name.clone(), &value)?;
            }
        }
        AuthPlan::Query(name, value) => {
            if let Some(value) = text(value, &scope)? {
                append_query(&mut request, name, &value)?;
            }
        }
        AuthPlan::Headers(headers) => {
            for (name, value) in headers {
                if let Some(value) = text(value, &scope)? {
                    insert(&mut request, name.clone(), &value)?;
                }
            }
        }
    }
    Ok(request)
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
