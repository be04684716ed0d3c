//! A real call as an example: without secrets, without what may be somebody's.
//!
//! Texts are kept when they can say nothing of a person and open nothing (times, short numbers, words of an API, URLs of
//! the service itself, values that a schema lists); every other one is replaced by a made-up one of its kind, the same by
//! the same. What can't be proven clean in this way is not written: bodies that are no JSON, and inputs that the
//! operation refuses once they are clean.

mod harmless;
mod personal;
mod scrub;

use opwire::Operation;
use opwire::manifest::Reply;
use scrub::{Known, Scrubber};
use serde_json::{Map, Value, json};
use std::fmt;
use url::Url;

/// An example's file, clean.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// `{description, input, replies}`, as the file has it.
    pub example: Value,
}

/// Why nothing was written: what can't be proven clean, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unproven {
    /// JSON Pointers into the example, each with what is wrong there.
    pub places: Vec<(String, String)>,
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (pointer, why)) in self.places.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{pointer}: {why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Unproven {}

/// Headers that say something to the engine: the others are left out.
const HEADERS: [&str; 4] = ["content-type", "link", "retry-after", "content-disposition"];

/// Makes an example of a call.
///
/// `replies` are as [`EngineBuilder::on_reply`](opwire::EngineBuilder::on_reply) gives them: their secrets are redacted.
/// `keep` are JSON Pointers into the example (`/replies/0/body/data/title`) that the caller answers for.
///
/// # Errors
/// What can't be proven clean; then nothing should be written.
pub fn example(
    operation: &Operation,
    input: &Value,
    replies: &[Reply],
    keep: &[String],
) -> Result<Recording, Unproven> {
    let host = Url::parse(operation.connector().base_url()).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
    let mut scrubber = Scrubber::new(host, keep);
    let mut places = Vec::new();
    let input = clean_input(operation, input, &mut scrubber);
    let mut clean = Vec::with_capacity(replies.len());
    for (index, reply) in replies.iter().enumerate() {
        let pointer = format!("/replies/{index}");
        match clean_reply(operation, reply, &pointer, &mut scrubber) {
            Ok(reply) => clean.push(reply),
            Err(why) => places.push((pointer, why)),
        }
    }
    places.extend(refused(operation, &input));
    let example = json!({
        "description": "Recorded, with made-up values in place of what was there.",
        "input": input,
        "replies": clean,
    });
    for part in ["input", "replies"] {
        let pointer = format!("/{part}");
        let value = example.get(part).unwrap_or(&Value::Null);
        for place in scrubber.unproven(value, &pointer) {
            let why = "what stands here can't be told to be harmless".to_owned();
            places.push((place, why));
        }
    }
    if places.is_empty() {
        Ok(Recording { example })
    } else {
        Err(Unproven { places })
    }
}

/// The input with placeholders for credentials, and made-up values for what may be somebody's.
fn clean_input(operation: &Operation, input: &Value, scrubber: &mut Scrubber) -> Value {
    let schema = operation.input_schema();
    let mut input = input.clone();
    let usual: Vec<String> = operation
        .connector()
        .usual_credentials()
        .map(str::to_owned)
        .collect();
    let all = operation.connector().credential_names();
    if let Some(map) = input.as_object_mut() {
        all.for_each(|name| drop(map.shift_remove(name)));
    }
    let clean = scrubber.value(&input, "/input", "input", Known::of(schema));
    let mut whole = Map::new();
    for name in usual {
        let placeholder = scrubber.placeholder(&name);
        whole.insert(name, placeholder.into());
    }
    if let Value::Object(map) = clean {
        whole.extend(map);
    }
    Value::Object(whole)
}

fn clean_reply(
    operation: &Operation,
    reply: &Reply,
    pointer: &str,
    scrubber: &mut Scrubber,
) -> Result<Value, String> {
    if reply.text.is_some() || reply.base64.is_some() {
        return Err(
            "the body is no JSON, and nothing proves that it is clean: write this example by hand"
                .to_owned(),
        );
    }
    let connector = operation.connector();
    let limits = connector
        .manifest()
        .pointer("/limits/rate")
        .cloned()
        .unwrap_or_default();
    let declared: Vec<&str> = ["remaining_header", "cost_header"]
        .iter()
        .filter_map(|key| limits.get(*key)?.as_str())
        .collect();
    let mut headers = Map::new();
    for (name, value) in &reply.headers {
        let lower = name.to_ascii_lowercase();
        let wanted = HEADERS.contains(&lower.as_str())
            || declared
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&lower));
        if wanted {
            let at = format!("{pointer}/headers/{lower}");
            let clean = scrubber.header(value, &at, &lower);
            headers.insert(lower, clean);
        }
    }
    let mut clean = Map::new();
    clean.insert("status".to_owned(), reply.status.into());
    if !headers.is_empty() {
        clean.insert("headers".to_owned(), Value::Object(headers));
    }
    if let Some(body) = &reply.body {
        let schema = operation.response_schema().unwrap_or_default();
        let at = format!("{pointer}/body");
        clean.insert(
            "body".to_owned(),
            scrubber.value(body, &at, "body", Known::of(&schema)),
        );
    }
    Ok(Value::Object(clean))
}

/// What the operation refuses of the clean input.
fn refused(operation: &Operation, input: &Value) -> Vec<(String, String)> {
    let Err(error) = operation.check_input(input.clone()) else {
        return Vec::new();
    };
    let violations = error.violations().iter();
    violations
        .map(|violation| {
            let why = format!(
                "the operation refuses what stands here in place of the real value ({}): give another one, or keep it",
                violation.message
            );
            (format!("/input{}", violation.pointer), why)
        })
        .collect()
}

#[cfg(test)]
mod tests;
