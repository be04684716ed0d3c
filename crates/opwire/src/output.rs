//! Step 8. Decoded reply → output.

use crate::error::{Attempt, Error, ErrorKind};
use crate::manifest::Fault;
use crate::operation::{Known, Operation};
use crate::response::{Body, Reply, View, not_json};
use crate::template::sink::write_value;
use crate::template::{Compiler, Reads, Root, Roots, Scope, Template};
use crate::types::{Kinds, Type};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// What an invocation gave: JSON text, and how it came about.
///
/// A reply that the mapping passes through is never built into a tree: its text is this text, so that every number
/// keeps all its digits.
#[derive(Clone, Debug)]
pub struct Output {
    json: Bytes,
    raw: Option<Bytes>,
    status: Option<u16>,
    attempts: Vec<Attempt>,
    idempotency_key: Option<String>,
    replayed: bool,
}

impl Output {
    /// The JSON text, as UTF-8 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Both ways to make an output have checked it.
        std::str::from_utf8(&self.json).unwrap_or("null")
    }

    /// The JSON text, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.json
    }

    /// The JSON text in one line.
    #[must_use]
    pub fn one_line(&self) -> Cow<'_, str> {
        if !self.json.contains(&b'\n') && !self.json.contains(&b'\r') {
            return Cow::Borrowed(self.as_str());
        }
        // JSON text has line breaks only between tokens.
        let lines = self.as_str().split(['\n', '\r']).map(str::trim);
        Cow::Owned(lines.collect())
    }

    /// The reply's body as it came, when the output is that body and it is text or bytes, not JSON.
    #[must_use]
    pub fn raw(&self) -> Option<&Bytes> {
        self.raw.as_ref()
    }

    /// The output as a tree. Numbers that 64 bits or a double can't hold lose digits here.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::from_slice(&self.json).unwrap_or(Value::Null)
    }

    /// The output as a type of the caller's.
    ///
    /// # Errors
    /// When the output has another form.
    pub fn deserialize<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.json)
    }

    /// Every request that was made for it.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// The status of the last reply; nothing for a static operation.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The idempotency key that was sent, when the operation has one.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    /// Was it an earlier attempt that did it? So when what is to be deleted is gone at the second attempt.
    #[must_use]
    pub fn replayed(&self) -> bool {
        self.replayed
    }

    pub(crate) fn of_json(json: Bytes) -> Self {
        Self {
            json,
            raw: None,
            status: None,
            attempts: Vec::new(),
            idempotency_key: None,
            replayed: false,
        }
    }

    pub(crate) fn of_value(value: &Value) -> Self {
        let mut text = Vec::new();
        write_value(&mut text, value);
        Self::of_json(text.into())
    }

    fn of_text(text: &str, raw: &Bytes) -> Self {
        Self {
            raw: Some(raw.clone()),
            ..Self::of_value(&Value::String(text.to_owned()))
        }
    }

    pub(crate) fn with(mut self, status: Option<u16>, attempts: Vec<Attempt>) -> Self {
        self.status = status;
        self.attempts = attempts;
        self
    }

    pub(crate) fn after(mut self, key: &str, replayed: bool) -> Self {
        self.idempotency_key = (!key.is_empty()).then(|| key.to_owned());
        self.replayed = replayed;
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the output is made, decided at load.
#[derive(Debug)]
pub(crate) enum OutputPlan {
    /// The body as it came.
    Body,
    /// A template, and what it reads of the reply.
    Template(Template, Reads),
}

impl OutputPlan {
    /// The plan, and what is known of the output; `item` is one of those that are collected.
    pub(crate) fn compile<'a>(
        output: Option<&Value>,
        sends: bool,
        item: Option<Type<'a>>,
        known: &Known<'a>,
        faults: &mut Vec<Fault>,
    ) -> (Self, Type<'a>) {
        let Some(output) = output else {
            return if sends {
                (Self::Body, known.response.clone())
            } else {
                let nothing = Template::Literal(Value::Null);
                let plan = Self::Template(nothing, Reads::default());
                (plan, Type::kind(Kinds::NULL))
            };
        };
        let mut names = if sends {
            known.of_reply()
        } else {
            known.of_input()
        };
        names.items = item.map(|item| Type::list(item, true));
        let mut compiler = Compiler::new(names, "/response/output");
        let (template, of) = compiler.typed(output);
        faults.append(&mut compiler.faults);
        if let Template::Expr(crate::template::Expr::Path(path)) = &template
            && path.root == Root::Body
            && path.steps.is_empty()
        {
            return (Self::Body, of);
        }
        let mut reads = Reads::default();
        reads.add(&template);
        (Self::Template(template, reads), of)
    }
}

/// Makes the output of a reply, or of a static operation; `items` are those that a collecting operation walked.
pub(crate) fn map(
    operation: &Operation,
    input: &Value,
    reply: Option<&Reply>,
    items: Option<&Value>,
) -> Result<Output, Error> {
    match (&operation.response.output, reply) {
        (OutputPlan::Body, Some(reply)) => whole(&reply.body),
        (OutputPlan::Body, None) => Ok(Output::of_value(&Value::Null)),
        (OutputPlan::Template(template, reads), reply) => {
            let view = reply.map(|reply| View::of(reply, reads)).transpose()?;
            let roots = view.as_ref().map_or_else(
                || Roots {
                    input: Some(input),
                    ..Roots::default()
                },
                |view| view.roots(input),
            );
            let roots = Roots { items, ..roots };
            let text = template
                .json(&Scope::new(&roots))
                .map_err(|error| Error::new(ErrorKind::MappingFailed, error.0))?;
            Ok(Output::of_json(
                text.map_or_else(|| Bytes::from_static(b"null"), Bytes::from),
            ))
        }
    }
}

/// The body as it came, checked to be what it should be.
fn whole(body: &Body) -> Result<Output, Error> {
    match body {
        Body::None => Ok(Output::of_value(&Value::Null)),
        Body::Json(text) => {
            // White space around it stays behind.
            let raw: &RawValue = serde_json::from_slice(text).map_err(|error| not_json(&error))?;
            Ok(Output::of_json(text.slice_ref(raw.get().as_bytes())))
        }
        Body::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Output::of_text(text, bytes)),
            Err(_) => Err(Error::new(
                ErrorKind::DecodeFailed,
                "the reply's text is not UTF-8",
            )),
        },
        Body::Bytes(bytes) => Ok(Output::of_text(&STANDARD.encode(bytes), bytes)),
    }
}
