//! What of an operation's file changed.

use super::change::{Aspect, Grade, Sink};
use super::templates::{Difference, differences, output_pointer, shown};
use super::{Comparison, connectors, errors, input, limits, output, requests};
use crate::manifest::{Idempotency, OptionsPointers};
use crate::operation::Operation;
use crate::types::Type;
use serde_json::{Value, json};

/// Keys with rules of their own.
const KNOWN: [&str; 12] = [
    "title",
    "kind",
    "description",
    "effect",
    "idempotency",
    "input",
    "request",
    "pagination",
    "response",
    "options",
    "limits",
    "errors",
];

/// Keys of `response` with rules of their own; what its schema says is seen in the output.
const RESPONSE: [&str; 4] = ["success", "format", "schema", "output"];

pub(super) fn compare(old: &Operation, new: &Operation, comparison: &mut Comparison) {
    let mut sink = comparison.of_operation(new);
    let (before, after) = (old.manifest(), new.manifest());
    for key in ["title", "description"] {
        connectors::text(
            before.get(key),
            after.get(key),
            &format!("/{key}"),
            &mut sink,
        );
    }
    behaviour(old, new, &mut sink);
    let accepted = old.schema.schema();
    requests::compare(
        before.get("request"),
        after.get("request"),
        &Type::of_schema(&accepted),
        &mut sink,
    );
    input::compare(old, new, &mut sink);
    output::compare(old, new, &mut sink);
    response(old, new, &mut sink);
    pagination(old, new, &mut sink);
    pointers(old.options_pointers(), new.options_pointers(), &mut sink);
    if before.get("limits") != after.get("limits") {
        let written = (before.get("limits"), after.get("limits"));
        limits::compare(written, &old.limits, &new.limits, &mut sink);
    }
    errors::compare(before.get("errors"), after.get("errors"), &mut sink);
    connectors::other(before, after, "", &KNOWN, &mut sink);
    let (before, after) = (before.get("response"), after.get("response"));
    let nothing = Value::Object(serde_json::Map::new());
    let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    connectors::other(before, after, "/response", &RESPONSE, &mut sink);
}

/// Do two operations make the same request?
pub(super) fn same_request(one: &Operation, other: &Operation) -> bool {
    let asked = |it: &Operation| {
        it.method()
            .zip(it.path())
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    asked(one).is_some_and(|asked_by_one| Some(asked_by_one) == asked(other))
}

fn behaviour(old: &Operation, new: &Operation, sink: &mut Sink<'_>) {
    if old.kind() != new.kind() {
        sink.tell(Grade::Risky, Aspect::Kind, "/kind", "the kind is another")
            .from(old.kind().to_string(), new.kind().to_string());
    }
    if old.effect() != new.effect() {
        let message = "what it does to the service's data is another";
        sink.tell(Grade::Risky, Aspect::Effect, "/effect", message)
            .from(old.effect().to_string(), new.effect().to_string());
    }
    let (before, after) = (old.idempotency(), new.idempotency());
    if before != after {
        let (grade, message) = match (before, after) {
            (Idempotency::None, _) => (Grade::Compatible, "a call can be made again now"),
            (_, Idempotency::None) => (Grade::Risky, "a call can't safely be made again any more"),
            (Idempotency::Natural, _) => (Grade::Compatible, "a key is sent now"),
            _ => (
                Grade::Risky,
                "what makes a call safe to be made again is another",
            ),
        };
        sink.tell(grade, Aspect::Idempotency, "/idempotency", message)
            .from(told(before), told(after));
    }
}

fn told(idempotency: &Idempotency) -> String {
    match idempotency {
        Idempotency::Natural => "natural".to_owned(),
        Idempotency::None => "none".to_owned(),
        Idempotency::Header(name) => format!("a key in the header {}", shown(&json!(name))),
        Idempotency::Body(name) => format!("a key in {} of the body", shown(&json!(name))),
    }
}

/// Which replies are success, how they are read, and how they become the output.
fn response(old: &Operation, new: &Operation, sink: &mut Sink<'_>) {
    let (before, after) = (&old.response.success, &new.response.success);
    let only = |one: &crate::refusal::StatusSet, other: &crate::refusal::StatusSet| -> bool {
        (100..=599).any(|status| one.contains(status) && !other.contains(status))
    };
    let written = |operation: &Operation, key: &str| {
        operation
            .manifest()
            .pointer(&format!("/response/{key}"))
            .map(shown)
    };
    let success = (written(old, "success"), written(new, "success"));
    if only(before, after) {
        // Where the status was data, callers read it.
        let grade = if before.any {
            Grade::Breaking
        } else {
            Grade::Risky
        };
        let message = "replies that gave an output are errors now";
        sink.tell(grade, Aspect::Response, "/response/success", message)
            .from(success.0.clone(), success.1.clone());
    }
    if only(after, before) {
        let message = "replies that were errors give an output now";
        sink.tell(Grade::Risky, Aspect::Response, "/response/success", message)
            .from(success.0, success.1);
    }
    if old.response.format != new.response.format {
        let message = "the reply is read in another way";
        sink.tell(Grade::Risky, Aspect::Response, "/response/format", message)
            .from(written(old, "format"), written(new, "format"));
    }
    let output = |operation: &Operation| {
        let written = operation.manifest().pointer("/response/output").cloned();
        written.or_else(|| {
            operation
                .request
                .is_some()
                .then(|| json!("{{response.body}}"))
        })
    };
    let (before, after) = (output(old), output(new));
    for (pointer, difference) in differences(before.as_ref(), after.as_ref(), "") {
        let (grade, message) = match difference {
            Difference::Added(_) => (Grade::Compatible, "is given now"),
            Difference::Removed(_) => (Grade::Risky, "is not given any more"),
            Difference::Changed(..) => (Grade::Risky, "is made in another way"),
        };
        let (old, new) = difference.shown();
        sink.tell(grade, Aspect::Output, output_pointer(&pointer), message)
            .from(old, new);
    }
}

fn pagination(old: &Operation, new: &Operation, sink: &mut Sink<'_>) {
    let of = |operation: &Operation| match operation.manifest().get("pagination") {
        _ if !operation.paginated() => None,
        Some(Value::String(name)) => Some(json!({ "use": name })),
        other => other.cloned(),
    };
    let (before, after) = match (of(old), of(new)) {
        (None, None) => return,
        (None, Some(_)) => {
            let (grade, message) = if new.collects() {
                (Grade::Risky, "a call walks its pages now")
            } else {
                (Grade::Compatible, "its pages can be walked now")
            };
            sink.tell(grade, Aspect::Pagination, "/pagination", message);
            return;
        }
        (Some(_), None) => {
            let message = "its pages can't be walked any more";
            sink.tell(Grade::Breaking, Aspect::Pagination, "/pagination", message);
            return;
        }
        (Some(before), Some(after)) => (before, after),
    };
    for (pointer, difference) in differences(Some(&before), Some(&after), "/pagination") {
        let collected = |it: Option<&Value>| it.and_then(Value::as_u64);
        let (old, new) = difference.sides();
        let (grade, message) = match (pointer.as_str(), collected(old), collected(new)) {
            ("/pagination/collect", Some(old), Some(new)) if new > old => {
                (Grade::Compatible, "a call collects more items".to_owned())
            }
            ("/pagination/collect", Some(_), Some(_)) => {
                (Grade::Risky, "a call collects fewer items".to_owned())
            }
            ("/pagination/collect", None, _) => {
                (Grade::Risky, "a call walks its pages now".to_owned())
            }
            ("/pagination/collect", ..) => (Grade::Risky, "a call gives one page now".to_owned()),
            _ => (
                Grade::Risky,
                format!("how its pages are walked {}", difference.words()),
            ),
        };
        let (old, new) = difference.shown();
        sink.tell(grade, Aspect::Pagination, pointer, message)
            .from(old, new);
    }
}

/// Where a DDL's choices stand in its output.
fn pointers(old: Option<&OptionsPointers>, new: Option<&OptionsPointers>, sink: &mut Sink<'_>) {
    let (Some(old), Some(new)) = (old, new) else {
        return;
    };
    for (key, before, after) in [
        ("items", &old.items, &new.items),
        ("label", &old.label, &new.label),
        ("value", &old.value, &new.value),
    ] {
        if before != after {
            let message = "the choices stand elsewhere in the output";
            sink.tell(
                Grade::Risky,
                Aspect::Options,
                format!("/options/{key}"),
                message,
            )
            .from(shown(&json!(before)), shown(&json!(after)));
        }
    }
}
