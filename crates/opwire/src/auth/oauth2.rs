//! Token requests and their replies (RFC 6749).

use super::jwt::JwtPlan;
use super::{Keys, failed, text};
use crate::diagnostic::Code;
use crate::error::{Error, Outcome};
use crate::manifest::{OAuth2, OAuth2Client, OAuth2Format, OAuth2Grant};
use crate::secret::Secret;
use crate::template::{Compiler, Scope, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a service says of a refused token request is cut here.
const WHY: usize = 200;

/// How a connector's tokens are got, compiled.
#[derive(Debug)]
pub(crate) struct OAuth2Plan {
    grant: OAuth2Grant,
    access_token: Option<Template>,
    client_id: Option<Template>,
    client_secret: Option<Template>,
    refresh_token: Option<Template>,
    client: OAuth2Client,
    format: OAuth2Format,
    parameters: Vec<(String, Template)>,
    /// What the URL has where a person allows it.
    authorize: Vec<(String, Template)>,
    assertion: Option<JwtPlan>,
}

/// What a token request shows beside the client's ID and secret.
pub(crate) enum Shown<'a> {
    /// What the grant has: for `refresh_token` the refresh token that the service gave last, else that of the credentials.
    Grant(Option<&'a Secret>),
    /// The code that a person brought back.
    Code(&'a AuthorizationCode),
}

/// A code that a person brought back, and what it was asked for with.
#[derive(Debug)]
pub(crate) struct AuthorizationCode {
    pub(crate) code: Secret,
    pub(crate) verifier: Secret,
    pub(crate) redirect_uri: String,
}

/// What the URL has from the flow itself, and no manifest sets.
const OWN: [&str; 6] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// What a token request brought.
pub(crate) struct Grant {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) expires_in: Option<Duration>,
}

impl OAuth2Plan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, manifest: &OAuth2) -> Self {
        let optional = |compiler: &mut Compiler<'_>, key: &str, text: &Option<String>| {
            text.as_ref().map(|text| {
                compiler.at(key, |c| {
                    if key == "client_id" {
                        c.scalar(text)
                    } else {
                        super::secret(c, text)
                    }
                })
            })
        };
        Self {
            grant: manifest.grant,
            access_token: optional(compiler, "access_token", &manifest.access_token),
            client_id: optional(compiler, "client_id", &manifest.client_id),
            client_secret: optional(compiler, "client_secret", &manifest.client_secret),
            refresh_token: optional(compiler, "refresh_token", &manifest.refresh_token),
            assertion: manifest
                .assertion
                .as_ref()
                .map(|jwt| compiler.at("assertion", |c| JwtPlan::compile(c, jwt))),
            client: manifest.client,
            format: manifest.format,
            parameters: scalars(compiler, "parameters", &manifest.parameters),
            authorize: {
                authorizable(compiler, manifest);
                scalars(
                    compiler,
                    "authorize_parameters",
                    &manifest.authorize_parameters,
                )
            },
        }
    }

    /// What the URL has where a person allows the connector's use, besides the redirect URI and what is new each time.
    pub(crate) fn authorize(&self, keys: &Keys) -> Result<Vec<(String, String)>, Error> {
        keys.with(|scope| {
            let id = needed(self.client_id.as_ref(), scope)?;
            let mut members = vec![("response_type".to_owned(), "code".to_owned())];
            members.extend(id.map(|id| ("client_id".to_owned(), id)));
            rendered(&self.authorize, scope, &mut members)?;
            Ok(members)
        })
    }

    /// The token that the credentials hold already.
    pub(crate) fn given(&self, keys: &Keys) -> Option<Secret> {
        keys.with(|scope| {
            let token = text(self.access_token.as_ref()?, scope).ok()??;
            (!token.is_empty()).then(|| Secret::new(token))
        })
    }

    /// Is all there that a token request takes? `refresh` is the refresh token that the service gave last.
    pub(crate) fn can_fetch(&self, keys: &Keys, refresh: Option<&Secret>) -> bool {
        keys.with(|scope| {
            let there = |template: &Template| matches!(text(template, scope), Ok(Some(_)));
            let shown = match self.grant {
                OAuth2Grant::RefreshToken => self.refresh_token.as_ref(),
                OAuth2Grant::ClientCredentials => self.client_id.as_ref(),
                OAuth2Grant::JwtBearer => self.assertion.as_ref().map(|jwt| &jwt.key),
            };
            let got = refresh.is_some() && matches!(self.grant, OAuth2Grant::RefreshToken);
            let rest = [&self.client_id, &self.client_secret];
            let mut rest = rest.into_iter().flatten();
            (got || shown.is_some_and(there)) && rest.all(there)
        })
    }

    /// The token request.
    pub(crate) fn request(
        &self,
        keys: &Keys,
        shown: &Shown<'_>,
        url: &Uri,
        unix: Duration,
    ) -> Result<Request<Bytes>, Error> {
        let (mut members, basic) = keys.with(|scope| self.members(scope, shown, unix))?;
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.clone();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some((user, password)) = basic {
            let encode = |text: &str| -> String {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let pair = format!("{}:{}", encode(&user), encode(&password));
            let value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
            let mut value = value.map_err(|_| failed("the client's ID can't stand in a header"))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let (kind, body) = match self.format {
            OAuth2Format::Form => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(&members);
                ("application/x-www-form-urlencoded", form.finish())
            }
            OAuth2Format::Json => {
                let members = members.into_iter().map(|(k, v)| (k, Value::String(v)));
                let members: Map<String, Value> = members.collect();
                ("application/json", Value::Object(members).to_string())
            }
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        *request.body_mut() = body.into();
        Ok(request)
    }

    /// The body's members, and the client's ID and secret where they stand in a header.
    #[expect(clippy::type_complexity, reason = "two lists that are used at once")]
    fn members(
        &self,
        scope: &Scope<'_>,
        shown: &Shown<'_>,
        unix: Duration,
    ) -> Result<(Vec<(String, String)>, Option<(String, String)>), Error> {
        let mut members = Vec::new();
        rendered(&self.parameters, scope, &mut members)?;
        let own = match shown {
            Shown::Code(code) => vec![
                ("grant_type", "authorization_code".to_owned()),
                ("code", code.code.expose().to_owned()),
                ("redirect_uri", code.redirect_uri.clone()),
                ("code_verifier", code.verifier.expose().to_owned()),
            ],
            Shown::Grant(refresh) => self.grant(scope, *refresh, unix)?,
        };
        members.extend(
            own.into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        let id = needed(self.client_id.as_ref(), scope)?;
        let secret = needed(self.client_secret.as_ref(), scope)?;
        if self.client == OAuth2Client::Basic {
            let pair = (id.unwrap_or_default(), secret.unwrap_or_default());
            return Ok((members, Some(pair)));
        }
        let own = [("client_id", id), ("client_secret", secret)];
        members.extend(
            own.into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
        Ok((members, None))
    }

    fn grant(
        &self,
        scope: &Scope<'_>,
        refresh: Option<&Secret>,
        unix: Duration,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        Ok(match self.grant {
            OAuth2Grant::ClientCredentials => vec![("grant_type", "client_credentials".to_owned())],
            OAuth2Grant::JwtBearer => {
                let jwt = self.assertion.as_ref();
                let jwt = jwt.ok_or_else(|| failed("the connector has no `assertion`"))?;
                let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                vec![
                    ("grant_type", grant.to_owned()),
                    ("assertion", jwt.sign(scope, unix)?),
                ]
            }
            OAuth2Grant::RefreshToken => {
                let token = match refresh {
                    Some(token) => Some(token.expose().to_owned()),
                    None => needed(self.refresh_token.as_ref(), scope)?,
                };
                let token = token.ok_or_else(|| failed("there is no refresh token"))?;
                vec![
                    ("grant_type", "refresh_token".to_owned()),
                    ("refresh_token", token),
                ]
            }
        })
    }
}

/// What a template gives, where there is one: it must give something.
fn needed(template: Option<&Template>, scope: &Scope<'_>) -> Result<Option<String>, Error> {
    let missing = || failed("a credential for getting a token is missing");
    let given = |template| text(template, scope)?.ok_or_else(missing);
    template.map(given).transpose()
}

fn scalars(
    compiler: &mut Compiler<'_>,
    key: &str,
    texts: &BTreeMap<String, String>,
) -> Vec<(String, Template)> {
    compiler.at(key, |compiler| {
        let named = texts.iter();
        named
            .map(|(name, text)| (name.clone(), compiler.at(name, |c| c.scalar(text))))
            .collect()
    })
}

/// Members whose templates give something.
fn rendered(
    templates: &[(String, Template)],
    scope: &Scope<'_>,
    into: &mut Vec<(String, String)>,
) -> Result<(), Error> {
    for (name, template) in templates {
        if let Some(value) = text(template, scope)? {
            into.push((name.clone(), value));
        }
    }
    Ok(())
}

/// Can a person allow it, as the manifest says?
fn authorizable(compiler: &mut Compiler<'_>, manifest: &OAuth2) {
    let mut fault = |key: &str, code, message: String| {
        compiler.at(key, |c| {
            c.fault(code, message);
        });
    };
    if manifest.authorize_url.is_none() {
        if !manifest.authorize_parameters.is_empty() {
            let message = "`authorize_parameters` needs `authorize_url`";
            fault("authorize_parameters", Code::MissingKey, message.to_owned());
        }
        return;
    }
    if !matches!(manifest.grant, OAuth2Grant::RefreshToken) {
        let message = "only with `grant: refresh_token` does a person allow it";
        fault("authorize_url", Code::WrongValue, message.to_owned());
    }
    if manifest.client_id.is_none() {
        let message = "`authorize_url` needs `client_id`";
        fault("authorize_url", Code::MissingKey, message.to_owned());
    }
    let own = manifest.authorize_parameters.keys();
    for name in own.filter(|name| OWN.contains(&name.as_str())) {
        let message = format!("`{name}` is set by the engine");
        fault("authorize_parameters", Code::WrongValue, message);
    }
}

/// Reads the reply to a token request. What it says in an error is redacted and cut.
pub(crate) fn grant(reply: &Response<Bytes>, keys: &Keys) -> Result<Grant, Error> {
    let body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    let text = |key: &str| {
        body.get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if !reply.status().is_success() {
        let status = reply.status().as_u16();
        let why = text("error")
            .map(|why| super::cut(&keys.redact(why), WHY))
            .unwrap_or_default();
        let why = if why.is_empty() {
            why
        } else {
            format!(": {why}")
        };
        return Err(failed(&format!(
            "the token could not be renewed: the service that issues it answered {status}{why}"
        ))
        .with_outcome(Outcome::Answered)
        .with_help("connect the account again, or check the client's ID and secret"));
    }
    let token = text("access_token").ok_or_else(|| {
        failed("the token could not be renewed: the reply of the service that issues it holds no `access_token`")
            .with_outcome(Outcome::Answered)
    })?;
    let seconds = match body.get("expires_in") {
        Some(Value::String(seconds)) => seconds.parse().ok(),
        Some(number) => number.as_u64(),
        None => None,
    };
    Ok(Grant {
        access_token: Secret::new(token),
        refresh_token: text("refresh_token").map(Secret::new),
        expires_in: seconds.map(Duration::from_secs),
    })
}
