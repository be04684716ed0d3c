//! Errors, told so that a model can put them right.

use super::parts::beginning;
use opwire::{Error, ErrorKind, Outcome};
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::Value;

/// Of a service's own words no more is passed on.
const MOST_BODY: usize = 2048;
/// Where the problem stands in a result's `_meta`, as RFC 9457 has it.
pub(crate) const PROBLEM: &str = "dev.opwire/problem";

/// A call that failed: a result with `isError`, since it is the model that can do something about it.
pub(crate) fn of(error: &Error) -> CallToolResult {
    let mut result = told(text(error));
    let mut meta = MetaObject::default();
    if let Ok(problem) = serde_json::to_value(error) {
        meta.0.insert(PROBLEM.to_owned(), problem);
    }
    result.meta = Some(meta);
    result
}

/// A call that was refused before there was an invocation.
pub(crate) fn told(text: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

fn text(error: &Error) -> String {
    let mut lines = Vec::new();
    let operation = error.operation().map(|name| format!("{name}: "));
    let operation = operation.unwrap_or_default();
    lines.push(format!("{operation}{}.", error.message()));
    if error.violations().len() > 1 {
        for violation in error.violations() {
            let at = if violation.pointer.is_empty() {
                "(the whole input)"
            } else {
                &violation.pointer
            };
            lines.push(format!("- {at}: {}", violation.message));
        }
    }
    if let Some(help) = error.help() {
        lines.push(format!("Help: {help}."));
    }
    if let Some(status) = error.status() {
        lines.push(format!("The service answered with status {status}."));
    }
    if let Some(body) = error.body() {
        lines.push(format!("Its answer: {}", short(body)));
    }
    lines.push(advice(error));
    lines.join("\n")
}

/// What to do now.
fn advice(error: &Error) -> String {
    let wait = error.retry_after().map(|wait| {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        format!(" in {seconds} s or later")
    });
    let wait = wait.unwrap_or_default();
    let happened = match error.outcome() {
        Outcome::NotSent => "Nothing was sent.",
        Outcome::MaybeApplied => {
            "The service may have done it all the same: look before you call again."
        }
        _ => "The service did not do it.",
    };
    let next = match error.kind() {
        ErrorKind::InputInvalid => "Correct the arguments and call again.",
        ErrorKind::CredentialsMissing | ErrorKind::AuthFailed => {
            "Calling again does not help: the credentials must be put right by whoever runs this server."
        }
        ErrorKind::UpstreamClientError => {
            "The same arguments will fail again: change them as the service says."
        }
        _ if error.retryable() && error.outcome() == Outcome::MaybeApplied => {
            return format!("{happened} If it was not done, call again{wait}.");
        }
        _ if error.retryable() => {
            return format!("{happened} Call again with the same arguments{wait}.");
        }
        // An answer that was not understood: it may have been done.
        _ if error.outcome() == Outcome::Answered => {
            return "The service answered, so what was asked for may be done. Calling again will fail in the same way."
                .to_owned();
        }
        _ => "Calling again will fail in the same way.",
    };
    format!("{happened} {next}")
}

/// A reply's body as JSON, cut where it gets long.
fn short(body: &Value) -> String {
    let text = match body {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    beginning(text, MOST_BODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_what_to_do() {
        for kind in ErrorKind::ALL {
            let text = text(&Error::new(kind, "it failed"));
            let again = text.contains("all again") || text.contains("Calling again");
            let change = text.contains("Correct the arguments") || text.contains("change them");
            assert!(text.starts_with("it failed.\n"), "{kind}: {text}");
            assert!(again || change, "{kind}: {text}");
            let waits = text.contains("Call again with the same arguments")
                || text.contains("If it was not done, call again");
            assert_eq!(waits, kind.retryable(), "{kind}: {text}");
        }
    }

    #[test]
    fn a_long_answer_is_cut() {
        let long = Value::String("ü".repeat(MOST_BODY));
        let text = short(&long);
        assert!(text.len() <= MOST_BODY + "…".len() && text.ends_with('…'));
    }
}
