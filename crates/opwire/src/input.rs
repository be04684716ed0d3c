//! Step 1. Input JSON → checked JSON with defaults, credentials apart.

pub(crate) mod bounds;

use crate::error::{Error, ErrorKind, Violation};
use crate::manifest::Strict;
use crate::operation::Operation;
use crate::redact::Redactor;
use crate::secret::Secret;
use serde::de::DeserializeSeed;
use serde_json::Value;
use std::collections::BTreeMap;

/// An input that lists more faults than this is cut there.
const MAX_VIOLATIONS: usize = 100;
/// A credential in an input is at most this long, in bytes.
pub(crate) const MAX_CREDENTIAL: usize = 8 * 1024;

/// A checked input.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) input: Value,
    /// The credentials that the input held, by name.
    pub(crate) credentials: BTreeMap<String, Secret>,
    /// What else of it is secret. It stands in the input too.
    pub(crate) secrets: Vec<Secret>,
}

/// Takes credentials out, checks the rest against the operation's schema and fills defaults in.
pub(crate) fn check(operation: &Operation, mut input: Value) -> Result<Checked, Error> {
    if input.is_null() {
        input = Value::Object(serde_json::Map::new());
    }
    let mut input = bounds::check(input)?;
    let credentials = take_credentials(operation, &mut input)?;
    operation.defaults.fill(&mut input);
    let validator = operation.schema.validator();
    if !validator.is_valid(&input) {
        let problems = validator.problems(&input, MAX_VIOLATIONS);
        let violations: Vec<Violation> = problems.into_iter().map(Violation::from).collect();
        // A key that nobody knows is named, and may be a secret in the wrong place.
        let secrets = operation.secrets.of_input(&input);
        let clean = without(violations, secrets.iter().chain(credentials.values()));
        return Err(Error::input(clean));
    }
    Ok(Checked {
        secrets: operation.secrets.of_input(&input),
        input,
        credentials,
    })
}

/// Takes the connector's credentials out of the input's top level.
pub(crate) fn take_credentials(
    operation: &Operation,
    input: &mut Value,
) -> Result<BTreeMap<String, Secret>, Error> {
    let mut taken = BTreeMap::new();
    let Some(map) = input.as_object_mut() else {
        return Ok(taken);
    };
    let mut violations = Vec::new();
    for name in operation.connector().credential_names() {
        match map.shift_remove(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if !text.is_empty() && text.len() <= MAX_CREDENTIAL => {
                taken.insert(name.to_owned(), Secret::new(text));
            }
            Some(Value::String(_)) => {
                violations.push(Violation::new(
                    format!("/{name}"),
                    "credential",
                    "must have 1 to 8,192 bytes",
                ));
            }
            Some(_) => violations.push(Violation::new(
                format!("/{name}"),
                "credential",
                "must be text",
            )),
        }
    }
    if violations.is_empty() {
        Ok(taken)
    } else {
        Err(Error::input(violations))
    }
}

fn without<'a>(
    violations: Vec<Violation>,
    secrets: impl Iterator<Item = &'a Secret>,
) -> Vec<Violation> {
    let redactor = Redactor::of(secrets);
    let clean = violations.into_iter().map(|violation| Violation {
        pointer: redactor.text(&violation.pointer),
        message: redactor.text(&violation.message),
        ..violation
    });
    clean.collect()
}

/// Reads an input's JSON text. What a [`Value`] can't hold is refused, not rounded: integers beyond 64 bits, numbers
/// beyond a double; and what would be lost: a key that stands twice. At most 64 levels deep.
///
/// ```
/// assert!(opwire::parse_json(r#"{"id": 9007199254740993}"#).is_ok());
/// assert!(opwire::parse_json(r#"{"id": 99999999999999999999}"#).is_err());
/// assert!(opwire::parse_json(r#"{"id": 1, "id": 2}"#).is_err());
/// ```
///
/// # Errors
/// `input_invalid`, with the line and column.
pub fn parse_json(text: &str) -> Result<Value, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict::default().deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| {
        let full = error.to_string();
        let what = full.split(" at line ").next().unwrap_or_default().replace('\u{1}', "");
        // Of the parser's own texts some quote the value: the kind of fault is said instead.
        let what = if what.starts_with("duplicate key") || what.contains("64") { what } else { syntax(&error) };
        let (line, column) = (error.line(), error.column());
        Error::new(ErrorKind::InputInvalid, format!("the input is not JSON that can be taken: {what} at line {line}, column {column}"))
    })?;
    match too_large(text) {
        Some(at) => {
            let line = text
                .get(..at)
                .map_or(1, |before| before.matches('\n').count() + 1);
            let message =
                format!("an integer at line {line} does not fit in 64 bits and would be rounded");
            Err(Error::new(ErrorKind::InputInvalid, message).with_help("write it as text"))
        }
        None => Ok(value),
    }
}

fn syntax(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends too early".to_owned(),
        _ if error.to_string().starts_with("number out of range") => {
            "a number out of range".to_owned()
        }
        _ => "a syntax error".to_owned(),
    }
}

/// Where an integer stands that neither `i64` nor `u64` holds. The text is valid JSON.
fn too_large(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut in_string) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'-' | b'0'..=b'9' if !in_string => {
                let rest = text.get(at..)?;
                let length = rest
                    .bytes()
                    .take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .count();
                let number = rest.get(..length)?;
                let integer = !number.contains(['.', 'e', 'E']);
                if integer && number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
                    return Some(at);
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_text_is_read_without_loss() {
        let read = parse_json(
            "\u{feff}{\"a\": [9007199254740993, 18446744073709551615, -1.5e3], \"b\": \"99999999999999999999\"}",
        );
        assert_eq!(
            read.unwrap(),
            json!({"a": [9_007_199_254_740_993_i64, u64::MAX, -1500.0], "b": "99999999999999999999"})
        );
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        for text in [
            "{\"a\":1,\"a\":2}",
            "99999999999999999999",
            "[-9999999999999999999]",
            "1e400",
            "{",
            "[1,]",
            "nul",
            &deep,
            "1 2",
        ] {
            let error = parse_json(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InputInvalid);
            assert!(!error.message().contains("9999"), "{error}");
        }
    }
}
