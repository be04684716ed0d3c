//! What an input shows that was tried on both versions of an operation.

use super::change::{Aspect, Grade, Sink};
use super::sent::{Sent, general, pointer_of};
use super::templates::{Difference, differences, shown, shown_json};
use super::{Comparison, input};
use crate::error::{Error, ErrorKind};
use crate::manifest::Idempotency;
use crate::operation::Operation;
use crate::output::Output;
use crate::types::Kinds;
use bytes::Bytes;
use http::Request;
use serde_json::Value;

/// An input that was tried on both versions of an operation, with the same replies of the service.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Trial<'a> {
    /// Its name, such as an example's.
    pub name: &'a str,
    /// The input, with credentials as names.
    pub input: &'a Value,
    /// The old version.
    pub old: &'a Operation,
    /// The new version.
    pub new: &'a Operation,
    /// What the old version did.
    pub before: &'a Tried<'a>,
    /// What the new version did.
    pub after: &'a Tried<'a>,
}

impl<'a> Trial<'a> {
    /// A trial of two versions of the same operation.
    #[must_use]
    pub fn new(
        (name, input): (&'a str, &'a Value),
        (old, before): (&'a Operation, &'a Tried<'a>),
        (new, after): (&'a Operation, &'a Tried<'a>),
    ) -> Self {
        Self {
            name,
            input,
            old,
            new,
            before,
            after,
        }
    }

    /// A value of a request or an output. Where inputs hold secrets, it may be one.
    fn shown(&self, value: Option<&Value>) -> Option<String> {
        let secret = !self.old.secrets.is_empty() || !self.new.secrets.is_empty();
        value.filter(|_| !secret).map(shown_json)
    }
}

/// What one version did with an input.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tried<'a> {
    /// The requests that it sent, in order, with credentials as names.
    pub requests: Vec<&'a Request<Bytes>>,
    /// What it gave: one output or error, or one a page.
    pub outputs: Vec<Result<&'a Output, &'a Error>>,
    /// There was a reply for each request.
    pub answered: bool,
}

impl<'a> Tried<'a> {
    /// What was sent and given; `answered` when there was a reply for each request.
    #[must_use]
    pub fn new(
        requests: Vec<&'a Request<Bytes>>,
        outputs: Vec<Result<&'a Output, &'a Error>>,
        answered: bool,
    ) -> Self {
        Self {
            requests,
            outputs,
            answered,
        }
    }

    fn refused(&self) -> Option<&'a Error> {
        let first = self.outputs.first()?.err()?;
        (first.kind() == ErrorKind::InputInvalid).then_some(first)
    }
}

/// Adds what a trial shows. An input that the old version refuses shows nothing.
pub(super) fn compare(trial: &Trial<'_>, comparison: &mut Comparison) {
    if trial.before.refused().is_some() {
        return;
    }
    let mut sink = comparison.of_operation(trial.new);
    if let Some(error) = trial.after.refused() {
        return refused(trial, error, &mut sink);
    }
    requests(trial, &mut sink);
    if trial.before.answered && trial.after.answered {
        for (before, after) in trial.before.outputs.iter().zip(&trial.after.outputs) {
            outputs(trial, *before, *after, &mut sink);
        }
    }
}

/// The new version refuses the input.
fn refused(trial: &Trial<'_>, error: &Error, sink: &mut Sink<'_>) {
    let message = "an example's input is refused now";
    // That a credential is gone is told of the connector.
    let (old, new) = (trial.old.connector(), trial.new.connector());
    let gone = |name: &&str| !new.credential_names().any(|known| known == *name);
    let gone: Vec<&str> = old.credential_names().filter(gone).collect();
    let mut input = trial.input.clone();
    if let Some(map) = input.as_object_mut() {
        map.retain(|name, _| !gone.contains(&name.as_str()));
    }
    let told = input::refusals(trial.old, trial.new, &input).unwrap_or_default();
    let mut pointers: Vec<String> = told.iter().map(|it| pointer_of(&it.steps)).collect();
    if pointers.is_empty() && gone.is_empty() {
        pointers.extend(error.violations().iter().map(|it| general(&it.pointer)));
    }
    for pointer in pointers {
        let told = sink.tell(Grade::Breaking, Aspect::Input, pointer, message);
        told.shown_by(trial.name);
    }
}

fn requests(trial: &Trial<'_>, sink: &mut Sink<'_>) {
    let Trial {
        old,
        new,
        before,
        after,
        ..
    } = trial;
    let value = |value: &Option<Value>| trial.shown(value.as_ref());
    let target = if new.manifest().pointer("/request/url").is_some() {
        "url"
    } else {
        "path"
    };
    // What the connector's own file changes of every request is told there, and a key's header as such.
    let shared = |name: &str| {
        let of = |operation: &Operation| {
            let headers = operation
                .connector()
                .manifest
                .pointer("/request/headers")?
                .as_object()?;
            let found = headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            Some(found.1.clone())
        };
        let key = |it: &Operation| match it.idempotency() {
            Idempotency::Header(key) => key.eq_ignore_ascii_case(name),
            _ => false,
        };
        of(old) != of(new) || key(old) || key(new)
    };
    for (one, other) in before.requests.iter().zip(&after.requests) {
        let (one, other) = (
            Sent::of(one, old.connector()),
            Sent::of(other, new.connector()),
        );
        for unlike in one.unlike(&other, target) {
            let header = unlike.pointer.strip_prefix("/request/headers/");
            if header.is_some_and(shared) {
                continue;
            }
            let pointer = general(&unlike.pointer);
            sink.tell(unlike.grade, unlike.aspect, pointer, unlike.message)
                .from(value(&unlike.old), value(&unlike.new))
                .shown_by(trial.name);
        }
    }
    if before.requests.len() != after.requests.len() && before.answered && after.answered {
        let count = |tried: &Tried<'_>| tried.requests.len().to_string();
        let message = "another number of requests is sent";
        sink.tell(Grade::Risky, Aspect::Pagination, "/request", message)
            .from(count(before), count(after))
            .shown_by(trial.name);
    }
}

fn outputs(
    trial: &Trial<'_>,
    before: Result<&Output, &Error>,
    after: Result<&Output, &Error>,
    sink: &mut Sink<'_>,
) {
    match (before, after) {
        (Ok(before), Ok(after)) => {
            values(trial, &before.to_value(), &after.to_value(), sink);
        }
        (Ok(_), Err(error)) => {
            let message = "an example gives an error now";
            sink.tell(Grade::Breaking, Aspect::Output, "", message)
                .from(None, shown(&error.kind().as_str().into()))
                .shown_by(trial.name);
        }
        (Err(error), Ok(_)) => {
            let message = "an example that gave an error gives an output now";
            sink.tell(Grade::Risky, Aspect::Errors, "", message)
                .from(shown(&error.kind().as_str().into()), None)
                .shown_by(trial.name);
        }
        (Err(before), Err(after)) => errors(trial, before, after, sink),
    }
}

/// The same reply gives another output.
fn values(trial: &Trial<'_>, before: &Value, after: &Value, sink: &mut Sink<'_>) {
    for (pointer, difference) in differences(Some(before), Some(after), "") {
        let (grade, message) = match difference {
            Difference::Added(_) => (Grade::Compatible, "the field is new"),
            Difference::Removed(_) => (Grade::Breaking, "the field is gone"),
            Difference::Changed(old, new) => {
                let number = |value: &Value| Kinds::of(value).only(Kinds::NUMBER);
                let same = Kinds::of(old) == Kinds::of(new) || (number(old) && number(new));
                match (same, old.is_null(), new.is_null()) {
                    (true, ..) | (_, true, _) => (Grade::Risky, "it has another value"),
                    (_, _, true) => (Grade::Breaking, "it is null now"),
                    _ => (Grade::Breaking, "it is of another type"),
                }
            }
        };
        let (old, new) = difference.sides();
        let (old, new) = (trial.shown(old), trial.shown(new));
        sink.tell(grade, Aspect::Output, general(&pointer), message)
            .from(old, new)
            .shown_by(trial.name);
    }
}

/// The same refusal is told otherwise.
fn errors(trial: &Trial<'_>, before: &Error, after: &Error, sink: &mut Sink<'_>) {
    // Other rules are told as such.
    let rules = |it: &Operation| {
        let own = it.manifest().get("errors").cloned();
        (own, it.connector().manifest.get("errors").cloned())
    };
    if before.kind() == after.kind() && rules(trial.old) != rules(trial.new) {
        return;
    }
    let told = |error: &Error| serde_json::to_value(error).unwrap_or_default();
    let (before, after) = (told(before), told(after));
    for (pointer, difference) in differences(Some(&before), Some(&after), "") {
        let key = pointer.split('/').nth(1).unwrap_or_default();
        let grade = match key {
            // For people, and not to be read by programs.
            "detail" | "help" => Grade::Compatible,
            "idempotency_key" => continue,
            _ => Grade::Risky,
        };
        let (old, new) = difference.shown();
        let message = "a refusal is told otherwise";
        sink.tell(grade, Aspect::Errors, format!("/{key}"), message)
            .from(old, new)
            .shown_by(trial.name);
    }
}
