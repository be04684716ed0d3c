//! Step 7. Reply → success or error; the body decoded.

pub(crate) mod depth;
mod recorded;

pub(crate) use recorded::recorded;

use crate::auth::{Keys, cut};
use crate::error::{Attempt, Error, ErrorKind, Violation};
use crate::manifest::Format;
use crate::operation::Operation;
use crate::redact::Redactor;
use crate::refusal::ErrorPlan;
use crate::retry_after::retry_after;
use crate::send::asked;
use crate::template::Roots;
use crate::template::eval::text_of;
use crate::template::{Reads, Scope, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Response, header};
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::time::Duration;

/// A text of a service that is shown in an error is cut here.
const SHOWN: usize = 2048;

/// A reply whose status is success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Body,
}

/// A body by its format.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// None: null.
    None,
    /// JSON text, not yet looked into.
    Json(Bytes),
    Text(Bytes),
    Bytes(Bytes),
}

/// Decides between success and error, and finds the body's format.
pub(crate) fn decode(
    operation: &Operation,
    input: &Value,
    reply: Response<Bytes>,
    keys: &Keys,
    attempts: &[Attempt],
    unix: Duration,
) -> Result<Reply, Error> {
    let (parts, body) = reply.into_parts();
    let status = parts.status.as_u16();
    if !operation.response.success.contains(status) {
        let refused = Refused {
            operation,
            input,
            status,
            headers: &parts.headers,
            body: &body,
            redactor: keys.redactor(),
            unix,
        };
        return Err(refused.error().with_attempts(attempts.to_vec()));
    }
    let body = format(operation, &parts.headers, body).and_then(shallow);
    let body = body.map_err(|error| {
        error
            .with_reply(status, None)
            .with_attempts(attempts.to_vec())
    })?;
    Ok(Reply {
        status,
        headers: parts.headers,
        body,
    })
}

/// A body that is no deeper than can be built.
fn shallow(body: Body) -> Result<Body, Error> {
    match &body {
        Body::Json(text) if depth::exceeds(text, depth::MOST) => Err(Error::new(
            ErrorKind::DecodeFailed,
            "the reply's JSON is nested deeper than 64 levels",
        )),
        _ => Ok(body),
    }
}

fn format(operation: &Operation, headers: &HeaderMap, body: Bytes) -> Result<Body, Error> {
    // A byte order mark says how text is written. To bytes it belongs.
    let text = match body.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => body.slice_ref(rest),
        None => body.clone(),
    };
    let blank = text.iter().all(u8::is_ascii_whitespace);
    Ok(match operation.response.format {
        Format::None => Body::None,
        Format::Bytes => Body::Bytes(body),
        Format::Text => Body::Text(text),
        _ if blank => Body::None,
        Format::Json => Body::Json(text),
        Format::Auto => match content_type(headers).as_deref() {
            Some(kind) if is_json(kind) => Body::Json(text),
            Some("text/html") if !operation.response.success.any => {
                let help = "the address may be wrong, or a login page answered; `response.format: text` takes it as text";
                return Err(Error::new(
                    ErrorKind::DecodeFailed,
                    "the service answered with a web page",
                )
                .with_help(help));
            }
            Some(kind)
                if kind.starts_with("text/")
                    || kind.ends_with("+xml")
                    || kind == "application/xml" =>
            {
                Body::Text(text)
            }
            None if serde_json::from_slice::<&RawValue>(&text).is_ok() => Body::Json(text),
            None if std::str::from_utf8(&text).is_ok() => Body::Text(text),
            _ => Body::Bytes(body),
        },
    })
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase(),
    )
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}

/// The parts of a reply that templates read, built.
#[derive(Debug, Default)]
pub(crate) struct View {
    status: Value,
    headers: Option<Value>,
    body: Option<Value>,
    text: Option<Value>,
}

impl View {
    /// Builds what is read.
    pub(crate) fn of(reply: &Reply, reads: &Reads) -> Result<Self, Error> {
        Ok(Self {
            status: reply.status.into(),
            headers: reads.headers.then(|| headers_value(&reply.headers)),
            body: if reads.body.is_empty() {
                None
            } else {
                Some(reply.body.value(reads)?)
            },
            text: if reads.text {
                Some(reply.body.text()?)
            } else {
                None
            },
        })
    }

    /// The roots of templates over this reply.
    pub(crate) fn roots<'a>(&'a self, input: &'a Value) -> Roots<'a> {
        Roots {
            input: Some(input),
            status: Some(&self.status),
            headers: self.headers.as_ref(),
            body: self.body.as_ref(),
            text: self.text.as_ref(),
            ..Roots::default()
        }
    }
}

impl Body {
    /// The part of the body that is read. The whole text is checked to be JSON.
    fn value(&self, reads: &Reads) -> Result<Value, Error> {
        match self {
            Self::None => Ok(Value::Null),
            Self::Json(text) => {
                let mut deserializer = serde_json::Deserializer::from_slice(text);
                let value = reads
                    .body
                    .deserialize(&mut deserializer)
                    .map_err(|error| not_json(&error))?;
                deserializer.end().map_err(|error| not_json(&error))?;
                Ok(value)
            }
            Self::Text(_) => self.text(),
            Self::Bytes(bytes) => Ok(Value::String(STANDARD.encode(bytes))),
        }
    }

    /// The body as text, whatever its format.
    fn text(&self) -> Result<Value, Error> {
        match self {
            Self::None => Ok(Value::String(String::new())),
            Self::Json(bytes) | Self::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Value::String(text.to_owned())),
                Err(_) => Err(Error::new(
                    ErrorKind::DecodeFailed,
                    "the reply's text is not UTF-8",
                )),
            },
            Self::Bytes(bytes) => Ok(Value::String(String::from_utf8_lossy(bytes).into_owned())),
        }
    }
}

pub(crate) fn not_json(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    Error::new(
        ErrorKind::DecodeFailed,
        format!("the reply is not valid JSON (line {line}, column {column})"),
    )
}

/// Header names in lower case; a repeated one joined by commas (RFC 9110, section 5.3).
fn headers_value(headers: &HeaderMap) -> Value {
    let mut map = Map::new();
    for (name, value) in headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        match map.get_mut(name.as_str()) {
            Some(Value::String(before)) => {
                before.push_str(", ");
                before.push_str(&text);
            }
            _ => drop(map.insert(name.as_str().to_owned(), Value::String(text.into_owned()))),
        }
    }
    Value::Object(map)
}

/// What the connector's rule makes of a refusal.
#[derive(Default)]
struct Told {
    code: Option<String>,
    message: Option<String>,
    violations: Vec<Violation>,
}

/// A reply that is no success.
struct Refused<'a> {
    operation: &'a Operation,
    input: &'a Value,
    status: u16,
    headers: &'a HeaderMap,
    body: &'a Bytes,
    redactor: Redactor,
    unix: Duration,
}

impl Refused<'_> {
    fn error(&self) -> Error {
        let status = self.status;
        let body = self.body();
        let rules = self
            .operation
            .errors
            .iter()
            .chain(&self.operation.connector().errors);
        let rule = rules.into_iter().find(|rule| rule.when.contains(status));
        let told = rule
            .map(|rule| self.told(rule, body.as_ref()))
            .unwrap_or_default();
        let message = match (told.message, status) {
            (Some(message), _) => format!("the service answered {status}: {message}"),
            (None, 300..=399) => {
                format!("the service answered {status}, a redirect, and none is followed")
            }
            (None, _) => format!("the service answered {status}"),
        };
        let kind = kind_of_status(status);
        let error = Error::new(kind, message)
            .with_reply(
                status,
                body.filter(|body| !body.is_null())
                    .map(|body| self.redactor.value(body)),
            )
            .with_code(told.code)
            .with_retry_after(asked(self.operation, status, self.headers, self.unix))
            .with_violations(told.violations);
        match kind {
            ErrorKind::AuthFailed => {
                error.with_help("the service does not accept the credentials: renew them")
            }
            ErrorKind::UpstreamServerError | ErrorKind::UpstreamClientError => {
                let asked = retry_after(self.headers, self.unix).is_some();
                error.with_outcome(self.operation.limits.statuses.outcome(status, asked))
            }
            _ => error,
        }
    }

    /// JSON as such, other text cut short.
    fn body(&self) -> Option<Value> {
        let text = std::str::from_utf8(self.body)
            .ok()
            .filter(|text| !text.trim().is_empty())?;
        let json = content_type(self.headers).is_none_or(|kind| is_json(&kind));
        let parsed = if json {
            serde_json::from_str(text).ok()
        } else {
            None
        };
        Some(parsed.unwrap_or_else(|| Value::String(self.shown(text))))
    }

    /// What the connector's rule makes of the reply. A template that fails says nothing: the status is told all the
    /// same.
    fn told(&self, rule: &ErrorPlan, body: Option<&Value>) -> Told {
        let view = View {
            status: self.status.into(),
            headers: Some(headers_value(self.headers)),
            body: body.cloned(),
            text: Some(Value::String(
                String::from_utf8_lossy(self.body).into_owned(),
            )),
        };
        let roots = view.roots(self.input);
        let scope = Scope::new(&roots);
        let value = |template: &Option<Template>| {
            let value = template.as_ref()?.eval(&scope).ok()??;
            Some(value.into_owned()).filter(|value| !value.is_null())
        };
        let text = |template| {
            let value = value(template)?;
            let text = text_of(&value).map_or_else(|| value.to_string(), Cow::into_owned);
            Some(self.shown(&text)).filter(|text| !text.is_empty())
        };
        Told {
            code: text(&rule.code),
            message: text(&rule.message),
            violations: value(&rule.fields)
                .map(|fields| self.fields(&fields))
                .unwrap_or_default(),
        }
    }

    /// `{"email_address": ["is already taken"]}`, or the same as a list of {key, value}, as violations.
    fn fields(&self, fields: &Value) -> Vec<Violation> {
        let listed = fields.as_array().into_iter().flatten();
        let listed =
            listed.filter_map(|entry| Some((text_of(entry.get("key")?)?, entry.get("value")?)));
        let keyed = fields.as_object().into_iter().flatten();
        let keyed = keyed.map(|(field, messages)| (Cow::from(field), messages));
        let mut violations = Vec::new();
        for (field, messages) in keyed.chain(listed) {
            let pointer = format!("/{}", crate::manifest::locate::escape(&field));
            let several = messages
                .as_array()
                .map_or_else(|| std::slice::from_ref(messages), Vec::as_slice);
            for message in several.iter().filter_map(text_of) {
                violations.push(Violation::new(
                    self.redactor.text(&pointer),
                    "service",
                    self.shown(&message),
                ));
            }
        }
        violations
    }

    /// A text of the service, as errors may show it.
    fn shown(&self, text: &str) -> String {
        cut(&self.redactor.text(text), SHOWN)
    }
}

fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::AuthFailed,
        429 => ErrorKind::RateLimited,
        // A success that the operation doesn't take for one is a refusal too.
        200..=499 => ErrorKind::UpstreamClientError,
        500..=599 => ErrorKind::UpstreamServerError,
        _ => ErrorKind::ProtocolError,
    }
}
