//! Headers: literal names, checked values.

use super::{failed, pairs};
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Violation};
use crate::manifest::Fault;
use crate::template::eval::{kind_of, text_of};
use crate::template::{Compiler, Names, Scope, Template};
use crate::types::Kinds;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

/// Headers that no manifest sets, in lower case: `auth` does, the transport, or nobody.
pub const FORBIDDEN_HEADERS: [&str; 10] = [
    "authorization",
    "proxy-authorization",
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "cookie",
    "upgrade",
    "te",
    "trailer",
];
pub(crate) const MAX_VALUE: usize = 8 * 1024;

/// A header, compiled.
#[derive(Debug)]
pub(crate) struct HeaderPlan {
    name: HeaderName,
    value: ValuePlan,
}

#[derive(Debug)]
enum ValuePlan {
    Fixed(HeaderValue),
    Template(Template),
}

impl HeaderPlan {
    fn new(name: HeaderName, template: Template) -> Self {
        let fixed = match &template {
            Template::Literal(Value::String(text)) => header_value(text).ok(),
            _ => None,
        };
        let value = fixed.map_or(ValuePlan::Template(template), ValuePlan::Fixed);
        Self { name, value }
    }

    /// Missing and null ones are dropped.
    pub(super) fn render(&self, headers: &mut HeaderMap, scope: &Scope<'_>) -> Result<(), Error> {
        match &self.value {
            ValuePlan::Fixed(value) => {
                headers.insert(self.name.clone(), value.clone());
            }
            ValuePlan::Template(template) => {
                let value = template.eval(scope).map_err(failed)?;
                insert(headers, self.name.clone(), value.as_deref())?;
            }
        }
        Ok(())
    }
}

/// An operation's own headers.
#[derive(Debug)]
pub(crate) enum HeadersPlan {
    Named(Vec<HeaderPlan>),
    Pairs(Template),
}

impl HeadersPlan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, value: Option<&Value>) -> Self {
        match value {
            None => Self::Named(Vec::new()),
            Some(Value::Object(map)) => match map.get("$pairs") {
                Some(list) if map.len() == 1 => {
                    let what = "what `$pairs` lays out";
                    Self::Pairs(compiler.at("$pairs", |c| c.wanted(list, Kinds::LIST, what).0))
                }
                _ => Self::Named(named(compiler, map)),
            },
            Some(_) => {
                compiler.fault(Code::WrongValue, "headers are a mapping from name to value");
                Self::Named(Vec::new())
            }
        }
    }

    pub(super) fn render(
        &self,
        headers: &mut HeaderMap,
        scope: &Scope<'_>,
        change: &Map<String, Value>,
    ) -> Result<(), Error> {
        match self {
            Self::Named(named) => {
                for header in named {
                    header.render(headers, scope)?;
                }
            }
            Self::Pairs(list) => {
                for (name, value) in pairs(list, scope)? {
                    let name = name.to_ascii_lowercase();
                    if FORBIDDEN_HEADERS.contains(&name.as_str()) {
                        return Err(refuse(&format!("the header {name} can't be set here")));
                    }
                    let parsed = HeaderName::from_bytes(name.as_bytes())
                        .map_err(|_| refuse("a header's name is not a valid one"))?;
                    headers.append(parsed, header_value(&value)?);
                }
            }
        }
        for (name, value) in change {
            let parsed = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| refuse("a header's name is not a valid one"))?;
            headers.remove(&parsed);
            insert(headers, parsed, Some(value))?;
        }
        Ok(())
    }
}

fn named(compiler: &mut Compiler<'_>, map: &Map<String, Value>) -> Vec<HeaderPlan> {
    let mut headers = Vec::with_capacity(map.len());
    for (name, value) in map {
        compiler.at(name, |compiler| {
            let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
                compiler
                    .fault(
                        Code::WrongValue,
                        format!("`{name}` is not a valid header name"),
                    )
                    .on_key();
                return;
            };
            if FORBIDDEN_HEADERS.contains(&parsed.as_str()) {
                let help = if name.eq_ignore_ascii_case("authorization") {
                    "credentials are set by `auth`"
                } else {
                    "the transport sets it"
                };
                compiler
                    .fault(Code::ForbiddenHeader, format!("`{name}` can't be set here"))
                    .on_key()
                    .help(help);
            } else {
                let what = "a header's value";
                let (template, _) = compiler.wanted(value, Kinds::SCALAR, what);
                headers.push(HeaderPlan::new(parsed, template));
            }
        });
    }
    headers
}

/// The headers of `connector.yaml`: templates over the input of any operation.
pub(crate) fn compile_headers(
    map: &Map<String, Value>,
    pointer: &str,
    faults: &mut Vec<Fault>,
) -> Vec<HeaderPlan> {
    let mut compiler = Compiler::new(Names::of_any_input(), pointer);
    let headers = named(&mut compiler, map);
    faults.append(&mut compiler.faults);
    headers
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<&Value>) -> Result<(), Error> {
    let text = match value {
        None | Some(Value::Null) => return Ok(()),
        Some(value) => text_of(value).ok_or_else(|| {
            Error::new(
                ErrorKind::TemplateFailed,
                format!("the header {name} can't be {}", kind_of(value)),
            )
        })?,
    };
    headers.insert(name, header_value(&text)?);
    Ok(())
}

fn header_value(text: &str) -> Result<HeaderValue, Error> {
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err(refuse(
            "a header's value holds a line break or another control character",
        ));
    }
    if text.len() > MAX_VALUE {
        return Err(refuse("a header's value is longer than 8 KiB"));
    }
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| refuse("a header's value can't be sent"))
}

fn refuse(message: &str) -> Error {
    Error::input(vec![Violation::new("", "header", message)])
}
