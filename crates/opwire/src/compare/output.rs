//! What an operation gives.

use super::change::{Aspect, Grade, Sink};
use super::subset::{Pair, Step};
use crate::manifest::locate::escape;
use crate::operation::Operation;
use crate::types::{Kinds, Type};
use serde_json::Value;

/// Objects in objects are looked into this deep.
const MAX_DEPTH: usize = 48;
/// Keywords that bound the values of a kind: who reads an output may rely on them.
const BOUNDS: [&str; 12] = [
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
];

pub(super) fn compare(old: &Operation, new: &Operation, sink: &mut Sink<'_>) {
    let (before, after) = (old.output_schema(), new.output_schema());
    if before == after {
        return;
    }
    walk(
        &Type::of_schema(before),
        &Type::of_schema(after),
        "",
        0,
        sink,
    );
    // The other way around than an input: what comes must be of what came.
    for place in Pair::new(after, before).places() {
        if BOUNDS.contains(&place.keyword.as_str()) {
            let steps = place.steps.iter().map(|step| match step {
                Step::Key(key) => format!("/{}", escape(key)),
                Step::AnyKey => "/*".to_owned(),
                Step::Item(_) => "/0".to_owned(),
            });
            let message = format!(
                "less is promised of it: `{}` does not hold any more",
                place.keyword
            );
            sink.tell(
                Grade::Risky,
                Aspect::Output,
                steps.collect::<String>(),
                message,
            );
        }
    }
}

fn walk(old: &Type<'_>, new: &Type<'_>, pointer: &str, depth: usize, sink: &mut Sink<'_>) {
    if is_unknown(old) || depth > MAX_DEPTH {
        if depth <= MAX_DEPTH && !is_unknown(new) {
            sink.tell(
                Grade::Compatible,
                Aspect::Output,
                pointer,
                "more is known of it",
            )
            .from(None, new.told());
        }
        return;
    }
    if is_unknown(new) {
        sink.tell(
            Grade::Risky,
            Aspect::Output,
            pointer,
            "nothing is known of it any more",
        )
        .from(old.told(), None);
        return;
    }
    if kinds(old, new, pointer, sink) {
        return;
    }
    values(old, new, pointer, sink);
    if old.may_be(Kinds::OBJECT) && new.may_be(Kinds::OBJECT) {
        objects(old, new, pointer, depth, sink);
    }
    if old.may_be(Kinds::LIST) && new.may_be(Kinds::LIST) {
        let (before, after) = (old.item(), new.item());
        if !before.is_nothing() && !after.is_nothing() {
            walk(&before, &after, &format!("{pointer}/0"), depth + 1, sink);
        }
    }
}

/// What is known of it, where something is.
fn told(of: &Type<'_>) -> Option<String> {
    let kinds = of.kinds();
    let known = kinds != Kinds::ANY && kinds != !Kinds::NULL;
    known.then(|| of.told())
}

/// Is nothing known of it, or no more than that it is there?
fn is_unknown(of: &Type<'_>) -> bool {
    of.is_unknown() || (of.kinds() == Kinds::ANY && of.fields().named.is_empty())
}

/// Tells other kinds of values; is there nothing more to compare?
fn kinds(old: &Type<'_>, new: &Type<'_>, pointer: &str, sink: &mut Sink<'_>) -> bool {
    let (before, after) = (old.kinds(), new.kinds());
    let (added, taken) = (after & !before, before & !after);
    let (was, is) = (before.to_string(), after.to_string());
    if after == Kinds::ANY && before != after {
        let message = "its type is not known any more";
        sink.tell(Grade::Risky, Aspect::Output, pointer, message)
            .from(was, None);
    } else if !(added & !Kinds::NULL).is_none() {
        sink.tell(
            Grade::Breaking,
            Aspect::Output,
            pointer,
            "it is of another type",
        )
        .from(was, is);
        return true;
    } else if !added.is_none() {
        sink.tell(Grade::Risky, Aspect::Output, pointer, "it may be null now")
            .from(was, is);
    } else if !taken.is_none() {
        sink.tell(
            Grade::Compatible,
            Aspect::Output,
            pointer,
            "it is of fewer types",
        )
        .from(was, is);
    }
    false
}

/// Tells values that were not among those that there were.
fn values(old: &Type<'_>, new: &Type<'_>, pointer: &str, sink: &mut Sink<'_>) {
    let known = |of: &Type<'_>| -> Option<Vec<Value>> {
        let values = of.values()?.into_iter().cloned();
        Some(values.filter(|value| !value.is_null()).collect())
    };
    let Some(before) = known(old).filter(|values| !values.is_empty()) else {
        return;
    };
    let more = known(new).is_none_or(|after| after.iter().any(|value| !before.contains(value)));
    if more {
        sink.tell(
            Grade::Risky,
            Aspect::Output,
            pointer,
            "it may have another value",
        )
        .from(old.told(), new.told());
    }
}

fn objects(old: &Type<'_>, new: &Type<'_>, pointer: &str, depth: usize, sink: &mut Sink<'_>) {
    let (old, new) = (
        old.clone().only(Kinds::OBJECT),
        new.clone().only(Kinds::OBJECT),
    );
    let (before, after) = (old.fields(), new.fields());
    let named = |name: &str, fields: &crate::types::Fields<'_>| {
        fields
            .named
            .iter()
            .any(|(known, it)| known == name && !it.is_nothing())
    };
    for (name, was) in before.named.iter().filter(|(_, was)| !was.is_nothing()) {
        let at = format!("{pointer}/{}", escape(name));
        let is = new.child(name).ok().filter(|is| !is.is_nothing());
        let Some(is) = is else {
            sink.tell(Grade::Breaking, Aspect::Output, at, "the field is gone")
                .from(told(&was.clone().present()), None);
            continue;
        };
        if !named(name, &after) {
            sink.tell(
                Grade::Risky,
                Aspect::Output,
                at,
                "the field is not promised any more",
            )
            .from(told(was), None);
            continue;
        }
        walk(was, &is, &at, depth + 1, sink);
        if is.missing && !was.missing {
            sink.tell(
                Grade::Risky,
                Aspect::Output,
                at,
                "the field may be missing now",
            );
        }
    }
    for (name, is) in &after.named {
        if !named(name, &before) && !is.is_nothing() {
            let at = format!("{pointer}/{}", escape(name));
            sink.tell(Grade::Compatible, Aspect::Output, at, "the field is new")
                .from(None, told(is));
        }
    }
    match (&before.rest, &after.rest) {
        (Some(_), None) => {
            let at = format!("{pointer}/*");
            let message = "only the fields that are named are given now";
            sink.tell(Grade::Risky, Aspect::Output, at, message);
        }
        (Some(was), Some(is)) => walk(was, is, &format!("{pointer}/*"), depth + 1, sink),
        (None, _) => {}
    }
}
