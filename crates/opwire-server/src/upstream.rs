//! What an answer's headers tell of the service behind: attempts, its status, its limits.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opwire::{Attempt, Error, Output};

const OPERATION: HeaderName = HeaderName::from_static("opwire-operation");
const ATTEMPTS: HeaderName = HeaderName::from_static("opwire-attempts");
const STATUS: HeaderName = HeaderName::from_static("opwire-status");
const REPLAYED: HeaderName = HeaderName::from_static("opwire-replayed");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The headers of an output.
pub(crate) fn of_output(operation: &str, output: &Output) -> HeaderMap {
    let told = (output.status(), output.idempotency_key());
    let mut headers = of_attempts(output.attempts(), told);
    insert(&mut headers, OPERATION, operation);
    if output.replayed() {
        insert(&mut headers, REPLAYED, "true");
    }
    headers
}

/// The headers of an error.
pub(crate) fn of_error(error: &Error) -> HeaderMap {
    let told = (error.status(), error.idempotency_key());
    let mut headers = of_attempts(error.attempts(), told);
    if let Some(operation) = error.operation() {
        insert(&mut headers, OPERATION, operation);
    }
    headers
}

/// How many attempts there were, what the last told of the service's limits, the service's status, and the key.
fn of_attempts(attempts: &[Attempt], told: (Option<u16>, Option<&str>)) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let last = attempts.last().into_iter();
    for (name, text) in last.flat_map(|attempt| &attempt.limits) {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes())
            && is_of_limits(&name)
        {
            insert(&mut headers, name, text);
        }
    }
    insert(&mut headers, ATTEMPTS, &attempts.len().to_string());
    let (status, key) = told;
    if let Some(status) = status {
        insert(&mut headers, STATUS, &status.to_string());
    }
    if let Some(key) = key {
        insert(&mut headers, IDEMPOTENCY_KEY, key);
    }
    headers
}

/// The headers of an operation's name.
pub(crate) fn of_operation(name: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert(&mut headers, OPERATION, name);
    headers
}

/// A connector names the headers of its limits; one that means something else to a client of this server is left out.
fn is_of_limits(name: &HeaderName) -> bool {
    let name = name.as_str();
    let own = name == "x-request-id" || name.starts_with("opwire-");
    let words = ["rate", "limit", "remaining", "quota", "credits"];
    !own && (name.starts_with("x-") || words.iter().any(|word| name.contains(word)))
}

fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_of_limits_are_passed_on() {
        for (name, expected) in [
            ("x-ratelimit-remaining-minute", true),
            ("ratelimit", true),
            ("x-request-id", false),
            ("set-cookie", false),
            ("location", false),
            ("opwire-attempts", false),
        ] {
            assert_eq!(
                is_of_limits(&HeaderName::from_static(name)),
                expected,
                "{name}"
            );
        }
    }
}
