//! The body: exactly one of five kinds, or a choice between such.

use super::query::form;
use super::{Change, failed, layout};
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Violation};
use crate::manifest::{Meant, QueryStyle};
use crate::template::eval::{kind_of, text_of};
use crate::template::sink::write_value;
use crate::template::{Compiler, EvalError, Scope, Template};
use crate::types::Kinds;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Map, Value};

/// What a body can be.
pub(crate) const BODY_KINDS: [&str; 5] = ["json", "form", "multipart", "text", "bytes"];

/// A body, compiled at load.
#[derive(Debug)]
pub(crate) enum BodyPlan {
    Json(Template),
    Form(Template),
    Multipart(Template),
    Text(Template),
    Bytes(Template),
    Switch {
        value: Template,
        cases: Vec<(String, Option<BodyPlan>)>,
        default: Option<Box<BodyPlan>>,
    },
    If {
        condition: Template,
        then: Option<Box<BodyPlan>>,
        otherwise: Option<Box<BodyPlan>>,
    },
}

/// A content type and the bytes.
type Rendered = Option<(HeaderValue, Bytes)>;

impl BodyPlan {
    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        value: &Value,
        style: QueryStyle,
    ) -> Option<Self> {
        let Value::Object(map) = value else {
            compiler.fault(
                Code::WrongValue,
                "a body is a mapping with one of json, form, multipart, text and bytes",
            );
            return None;
        };
        if let Some(value) = map.get("$switch") {
            return Self::switch(compiler, map, value, style);
        }
        if let Some(condition) = map.get("$if") {
            let (condition, facts) = compiler.at("$if", |c| c.condition(condition));
            let mut branch = |key: &str, facts: &[_]| {
                let body = map.get(key)?;
                compiler
                    .knowing(facts, |c| c.at(key, |c| Self::compile(c, body, style)))
                    .map(Box::new)
            };
            return Some(Self::If {
                condition,
                then: branch("$then", &facts.met),
                otherwise: branch("$else", &facts.unmet),
            });
        }
        let (Some((kind, template)), 1) = (map.iter().next(), map.len()) else {
            compiler.fault(
                Code::WrongValue,
                "a body has exactly one of json, form, multipart, text and bytes",
            );
            return None;
        };
        let (wanted, what) = match kind.as_str() {
            "form" => (Kinds::OBJECT, "a form"),
            "multipart" => (Kinds::LIST, "a multipart body"),
            "text" => (Kinds::SCALAR, "a text body"),
            "bytes" => (Kinds::TEXT, "a body of bytes (base64)"),
            _ => (Kinds::ANY, ""),
        };
        let template = compiler.at(kind, |c| {
            let (template, of) = c.typed(template);
            if !matches!(template, Template::Pairs(_)) {
                c.want(&of, wanted, what);
                if kind == "form" {
                    layout::check(c, &of, style, &[]);
                }
            }
            template
        });
        match kind.as_str() {
            "json" => Some(Self::Json(template)),
            "form" => Some(Self::Form(template)),
            "multipart" => Some(Self::Multipart(template)),
            "text" => Some(Self::Text(template)),
            "bytes" => Some(Self::Bytes(template)),
            other => {
                let meant = Meant::of(other, BODY_KINDS);
                let message = format!("`{other}` is no kind of body");
                compiler.at(other, |c| {
                    c.fault(Code::UnknownKey, message)
                        .on_key()
                        .help("the kinds are json, form, multipart, text and bytes")
                        .meant(meant);
                });
                None
            }
        }
    }

    fn switch(
        compiler: &mut Compiler<'_>,
        map: &Map<String, Value>,
        value: &Value,
        style: QueryStyle,
    ) -> Option<Self> {
        let (value, on) = compiler.at("$switch", |c| c.typed(value));
        let Some(Value::Object(cases)) = map.get("$cases") else {
            compiler.fault(
                Code::BadOperator,
                "`$switch` needs `$cases`, a mapping from value to body",
            );
            return None;
        };
        let cases = compiler.at("$cases", |c| {
            cases
                .iter()
                .map(|(name, body)| {
                    let body = c.case(&value, &on, name, |c| Self::compile(c, body, style));
                    (name.clone(), body)
                })
                .collect()
        });
        let default = map
            .get("$default")
            .and_then(|body| compiler.at("$default", |c| Self::compile(c, body, style)))
            .map(Box::new);
        Some(Self::Switch {
            value,
            cases,
            default,
        })
    }

    /// The content type and the bytes; nothing when the template gives nothing.
    pub(super) fn render(
        &self,
        scope: &Scope<'_>,
        style: QueryStyle,
        change: &Change,
        key: Option<(&str, &str)>,
    ) -> Result<Rendered, Error> {
        match self {
            Self::Json(template) => json(template, scope, &change.body, key),
            Self::Form(template) => {
                let text = form(template, scope, style, &change.body, key)?;
                Ok(Some((
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                    text.into(),
                )))
            }
            Self::Multipart(template) => multipart(template, scope),
            Self::Text(template) => match template.eval(scope).map_err(failed)?.as_deref() {
                None | Some(Value::Null) => Ok(None),
                Some(value) => match text_of(value) {
                    Some(text) => Ok(Some((
                        HeaderValue::from_static("text/plain; charset=utf-8"),
                        text.into_owned().into(),
                    ))),
                    None => Err(failed(EvalError::new(format!(
                        "a text body can't be {}",
                        kind_of(value)
                    )))),
                },
            },
            Self::Bytes(template) => match template.eval(scope).map_err(failed)?.as_deref() {
                None | Some(Value::Null) => Ok(None),
                Some(value) => {
                    let bytes = decoded(value)?;
                    Ok(Some((
                        HeaderValue::from_static("application/octet-stream"),
                        bytes.into(),
                    )))
                }
            },
            Self::Switch {
                value,
                cases,
                default,
            } => {
                let value = value.eval(scope).map_err(failed)?;
                let name = value.as_deref().and_then(text_of);
                let case = name.and_then(|name| cases.iter().find(|(case, _)| *case == *name));
                match case {
                    Some((_, body)) => body
                        .as_ref()
                        .map_or(Ok(None), |body| body.render(scope, style, change, key)),
                    None => default
                        .as_ref()
                        .map_or(Ok(None), |body| body.render(scope, style, change, key)),
                }
            }
            Self::If {
                condition,
                then,
                otherwise,
            } => {
                let branch = if condition.holds(scope).map_err(failed)? {
                    then
                } else {
                    otherwise
                };
                branch
                    .as_ref()
                    .map_or(Ok(None), |body| body.render(scope, style, change, key))
            }
        }
    }
}

fn json(
    template: &Template,
    scope: &Scope<'_>,
    change: &Map<String, Value>,
    key: Option<(&str, &str)>,
) -> Result<Rendered, Error> {
    let content_type = HeaderValue::from_static("application/json");
    if change.is_empty() && key.is_none() {
        return Ok(template
            .json(scope)
            .map_err(failed)?
            .map(|text| (content_type, text.into())));
    }
    let Some(value) = template.eval(scope).map_err(failed)? else {
        return Ok(None);
    };
    let mut value = value.into_owned();
    if let Some(map) = value.as_object_mut() {
        map.extend(
            change
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        if let Some((field, key)) = key
            && map.get(field).is_none_or(Value::is_null)
        {
            map.insert(field.to_owned(), Value::from(key));
        }
    }
    let mut text = Vec::with_capacity(256);
    write_value(&mut text, &value);
    Ok(Some((content_type, text.into())))
}

fn decoded(value: &Value) -> Result<Vec<u8>, Error> {
    let text = value.as_str().ok_or_else(|| {
        failed(EvalError::new(format!(
            "bytes are base64 text, not {}",
            kind_of(value)
        )))
    })?;
    STANDARD.decode(text).map_err(|_| {
        let message = "the bytes are not valid base64 (RFC 4648, section 4)";
        Error::input(vec![Violation::new("", "body", message)])
    })
}

/// RFC 7578. The boundary is made from nothing but the parts, so that the same input gives the same bytes.
fn multipart(template: &Template, scope: &Scope<'_>) -> Result<Rendered, Error> {
    let value = template.eval(scope).map_err(failed)?;
    let parts = match value.as_deref() {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(parts)) => parts,
        Some(other) => {
            return Err(failed(EvalError::new(format!(
                "multipart is a list of parts, not {}",
                kind_of(other)
            ))));
        }
    };
    let parts: Vec<(String, Vec<u8>)> = parts.iter().map(part).collect::<Result<_, _>>()?;
    let boundary = boundary(&parts);
    let mut body = Vec::new();
    for (head, content) in &parts {
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
    let content_type =
        content_type.map_err(|_| Error::new(ErrorKind::Internal, "the boundary can't be sent"))?;
    Ok(Some((content_type, body.into())))
}

/// A part's headers and content: `{name, value}` or `{name, filename, content_type, base64}`.
fn part(part: &Value) -> Result<(String, Vec<u8>), Error> {
    let refuse = |message: &str| Error::input(vec![Violation::new("", "multipart", message)]);
    let text = |key: &str| part.get(key).and_then(Value::as_str);
    let name = text("name").ok_or_else(|| refuse("a part needs a `name`"))?;
    let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
    if let Some(file) = text("filename") {
        head.push_str(&format!("; filename=\"{}\"", quoted(file)));
    }
    if let Some(content_type) = text("content_type") {
        if content_type.chars().any(char::is_control) {
            return Err(refuse("a part's `content_type` holds a control character"));
        }
        head.push_str("\r\nContent-Type: ");
        head.push_str(content_type);
    }
    match (part.get("value").and_then(text_of), part.get("base64")) {
        (Some(value), None) => Ok((head, value.into_owned().into_bytes())),
        (None, Some(content)) => Ok((head, decoded(content)?)),
        _ => Err(refuse("a part needs either `value` or `base64`")),
    }
}

/// Quotes and line breaks as the HTML standard's multipart/form-data has them.
fn quoted(text: &str) -> String {
    text.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn boundary(parts: &[(String, Vec<u8>)]) -> String {
    let taken = |boundary: &str| {
        parts
            .iter()
            .any(|(_, content)| memchr::memmem::find(content, boundary.as_bytes()).is_some())
    };
    (0_u64..)
        .map(|n| format!("opwire-{n:016x}"))
        .find(|boundary| !taken(boundary))
        .unwrap_or_default()
}
