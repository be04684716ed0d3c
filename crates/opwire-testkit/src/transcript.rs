//! [`Transcript`]: an example run through the engine, as text for people.

use crate::clock::ManualClock;
use crate::example::{Example, ExampleError};
use crate::replay::{Exchange, Replay};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use opwire::{Catalog, Engine, Error, Operation, Output};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::fmt::{self, Write as _};

/// The idempotency key of every example.
const KEY: &str = "{uuid}";

/// What an example sent and gave.
#[derive(Clone, Debug)]
pub struct Transcript {
    exchanges: Vec<Exchange>,
    /// One output, or one a page.
    outputs: Vec<Result<Output, Error>>,
    /// How many replies of the example nobody asked for.
    left: usize,
}

impl Transcript {
    /// Runs an example: no network, credentials as names.
    ///
    /// An example with several replies of an operation that doesn't collect pages walks them one by one.
    ///
    /// # Errors
    /// When the example belongs to no operation or a reply of it can't be sent.
    pub async fn of(catalog: &Catalog, example: &Example) -> Result<Self, ExampleError> {
        let operation = example.operation_in(catalog).ok_or_else(|| {
            let message = format!("there is no operation `{}`", example.operation);
            ExampleError::new(&example.file, message)
        })?;
        Self::with(catalog, operation, example).await
    }

    /// Runs an example of another version of an operation.
    ///
    /// # Errors
    /// When a reply of the example can't be sent.
    pub async fn with(
        catalog: &Catalog,
        operation: &Operation,
        example: &Example,
    ) -> Result<Self, ExampleError> {
        let wrong = |message: String| ExampleError::new(&example.file, message);
        let replay = Replay::new(&example.replies).map_err(wrong)?;
        let engine = Engine::builder()
            .catalog(catalog.clone())
            .transport(replay.clone())
            .clock(ManualClock::default())
            .build();
        let engine = engine.map_err(|error| wrong(error.to_string()))?;
        let input = example.input_with_names(operation.connector());
        let call = engine.call(operation.name(), input).idempotency_key(KEY);
        let mut outputs = Vec::new();
        if operation.paginated() && !operation.collects() && example.replies.len() > 1 {
            let mut pages = call.pages();
            while let Some(page) = pages.next().await {
                outputs.push(page);
            }
        } else {
            outputs.push(call.await);
        }
        Ok(Self {
            exchanges: replay.exchanges(),
            outputs,
            left: replay.left(),
        })
    }

    /// Every request and its reply.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// One output, or one a page.
    #[must_use = "an output may be an error"]
    pub fn outputs(&self) -> &[Result<Output, Error>] {
        &self.outputs
    }

    /// How many replies of the example nobody asked for.
    #[must_use]
    pub fn unused_replies(&self) -> usize {
        self.left
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for exchange in &self.exchanges {
            show_request(&mut text, &exchange.request)?;
            match &exchange.response {
                Some(response) => writeln!(text, "\n<- {}\n", response.status().as_u16())?,
                None => writeln!(text, "\n<- no reply in the example\n")?,
            }
        }
        if self.left > 0 {
            writeln!(text, "{} of the example's replies unused\n", self.left)?;
        }
        for output in &self.outputs {
            match output {
                Ok(output) => writeln!(text, "output:\n{}", pretty(output.as_bytes()))?,
                Err(error) => {
                    let problem = serde_json::to_vec(error).unwrap_or_default();
                    writeln!(text, "error:\n{}", pretty(&problem))?;
                }
            }
        }
        f.write_str(text.trim_end())
    }
}

fn show_request(text: &mut String, request: &Request<Bytes>) -> fmt::Result {
    writeln!(text, "-> {} {}", request.method(), request.uri())?;
    if let Some(query) = request.uri().query() {
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            writeln!(text, "   ? {} = {}", decoded(name), decoded(value))?;
        }
    }
    for (name, value) in sorted(request.headers()) {
        writeln!(text, "   {name}: {value}")?;
    }
    if request.body().is_empty() {
        return Ok(());
    }
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let body = show_body(content_type, request.body());
    writeln!(text, "\n{body}")
}

fn sorted(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let mut headers: Vec<_> = headers.iter().map(shown).collect();
    headers.sort();
    headers
}

fn show_body(content_type: &str, body: &Bytes) -> String {
    if content_type.starts_with("application/json") {
        return pretty(body);
    }
    match std::str::from_utf8(body) {
        Ok(form) if content_type.starts_with("application/x-www-form-urlencoded") => {
            let pairs = form.split('&').map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                format!("{} = {}", decoded(name), decoded(value))
            });
            pairs.collect::<Vec<_>>().join("\n")
        }
        Ok(text) => text.replace("\r\n", "\n").trim_end().to_owned(),
        Err(_) => format!(
            "<{} bytes in base64: {}>",
            body.len(),
            STANDARD.encode(body)
        ),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

fn pretty(json: &[u8]) -> String {
    let value: Result<Value, _> = serde_json::from_slice(json);
    let text = value.and_then(|value| serde_json::to_string_pretty(&value));
    text.unwrap_or_else(|_| String::from_utf8_lossy(json).into_owned())
}
