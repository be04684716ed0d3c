//! `opwire render`

use crate::args::{RenderArgs, RenderForm};
use crate::exit::{self, Ended};
use crate::{environment, find, input, report, terminal};
use http::{Request, header};
use opwire::{Engine, Operation};
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>, args: &RenderArgs) -> ExitCode {
    exit::code(render(folder, args))
}

fn render(folder: Option<&Path>, args: &RenderArgs) -> Ended {
    let (catalog, operation) = find::operation(folder, &args.operation)?;
    let input = input::read(&args.input, &operation)?;
    let engine = Engine::builder()
        .catalog(catalog)
        .build()
        .map_err(|error| exit::usage(error.message()))?;
    let request = engine.render(operation.name(), input).map_err(|error| {
        report::error(&error, matches!(args.output, RenderForm::Json));
        ExitCode::from(error.exit_code())
    })?;
    match args.output {
        RenderForm::Http => terminal::text(&http_text(&request)),
        RenderForm::Curl => terminal::line(&curl(&operation, &request)),
        RenderForm::Json => terminal::line(
            &serde_json::to_string_pretty(&opwire::request_json(&request)).unwrap_or_default(),
        ),
    }
    Ok(exit::DONE)
}

fn headers<B>(request: &Request<B>) -> Vec<(String, String)> {
    let shown = request.headers().iter().map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    shown.collect()
}

/// As HTTP/1.1 text (RFC 9112).
fn http_text(request: &Request<impl AsRef<[u8]>>) -> String {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    let host = request
        .uri()
        .authority()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut text = format!("{} {target} HTTP/1.1\nhost: {host}\n", request.method());
    for (name, value) in headers(request) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    let body = request.body().as_ref();
    if !body.is_empty() {
        text.push('\n');
        match serde_json::from_slice::<Value>(body) {
            Ok(value) if is_json(request) => {
                text.push_str(&serde_json::to_string_pretty(&value).unwrap_or_default())
            }
            _ => text.push_str(&String::from_utf8_lossy(body)),
        }
        text.push('\n');
    }
    text
}

fn is_json<B>(request: &Request<B>) -> bool {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// A command for a POSIX shell; credentials stand as variables of the environment.
fn curl(operation: &Operation, request: &Request<impl AsRef<[u8]>>) -> String {
    let connector = operation.connector();
    let credential = |text: &str| {
        let mut shown = double_quoted(text);
        for name in connector.credential_names() {
            let variable = environment::credential_variable(connector.name(), name);
            shown = shown.replace(&format!("{{{name}}}"), &format!("${variable}"));
        }
        shown
    };
    let has_credential = |text: &str| {
        connector
            .credential_names()
            .into_iter()
            .any(|name| text.contains(&format!("{{{name}}}")))
    };
    let quoted = |text: &str| {
        if has_credential(text) {
            credential(text)
        } else {
            single_quoted(text)
        }
    };
    let mut parts = vec!["curl --globoff".to_owned()];
    if request.method() != http::Method::GET || !request.body().as_ref().is_empty() {
        parts.push(format!("--request {}", request.method()));
    }
    parts.push(quoted(&request.uri().to_string()));
    for (name, value) in headers(request) {
        let basic = value
            .strip_prefix("Basic base64(")
            .and_then(|rest| rest.strip_suffix(')'));
        parts.push(match basic {
            Some(pair) => format!("--user {}", quoted(pair)),
            None => format!("--header {}", quoted(&format!("{name}: {value}"))),
        });
    }
    let body = request.body().as_ref();
    if !body.is_empty() {
        match std::str::from_utf8(body) {
            Ok(text) => parts.push(format!("--data-raw {}", single_quoted(text))),
            Err(_) => parts.push("--data-binary @BODY".to_owned()),
        }
    }
    parts.join(" \\\n  ")
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn double_quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "\\$")
        .replace('`', "\\`");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_for_the_shell() {
        assert_eq!(single_quoted("O'Brien $x"), "'O'\\''Brien $x'");
        assert_eq!(double_quoted("a\"b$c`d\\"), "\"a\\\"b\\$c\\`d\\\\\"");
    }
}
