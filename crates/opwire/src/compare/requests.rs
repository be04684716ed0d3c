//! What an operation asks of the service, as its manifest says it.

use super::change::{Aspect, Grade, Sink};
use super::templates::{Difference, differences, shown};
use crate::types::Type;
use serde_json::Value;

/// Compares two `request` mappings; nothing stands for an operation that sends nothing. `known` is the old input's
/// type.
pub(super) fn compare(
    old: Option<&Value>,
    new: Option<&Value>,
    known: &Type<'_>,
    sink: &mut Sink<'_>,
) {
    let (old, new) = match (old, new) {
        (None, None) => return,
        (None, Some(_)) => {
            let message = "a request is sent now, and none was";
            sink.tell(Grade::Breaking, Aspect::Url, "/request", message);
            return;
        }
        (Some(_), None) => {
            let message = "nothing is sent any more";
            sink.tell(Grade::Breaking, Aspect::Url, "/request", message);
            return;
        }
        (Some(old), Some(new)) => (old, new),
    };
    method(old.get("method"), new.get("method"), sink);
    target(old, new, sink);
    body(old.get("body"), new.get("body"), known, sink);
    for (key, aspect, what) in [
        ("query", Aspect::Query, "what the query holds"),
        (
            "query_style",
            Aspect::Query,
            "how lists and objects are laid out",
        ),
        ("headers", Aspect::Headers, "what a header holds"),
    ] {
        parts(
            old.get(key),
            new.get(key),
            &format!("/request/{key}"),
            aspect,
            what,
            known,
            sink,
        );
    }
    let known = [
        "method",
        "path",
        "url",
        "body",
        "query",
        "query_style",
        "headers",
    ];
    super::connectors::other(old, new, "/request", &known, sink);
}

fn parts(
    old: Option<&Value>,
    new: Option<&Value>,
    pointer: &str,
    aspect: Aspect,
    what: &str,
    known: &Type<'_>,
    sink: &mut Sink<'_>,
) {
    // What a whole part of a request is changed to is told key by key.
    let empty = Value::Object(serde_json::Map::new());
    let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
    for (pointer, difference) in differences(Some(old), Some(new), pointer) {
        let grade = grade(difference, known);
        let message = format!("{what} {}", difference.words());
        let (old, new) = difference.shown();
        sink.tell(grade, aspect, pointer, message).from(old, new);
    }
}

/// What is sent only with fields that the old input couldn't have is sent of no old input.
fn grade(difference: Difference<'_>, known: &Type<'_>) -> Grade {
    match difference {
        Difference::Added(template) if only_new(template, known) => Grade::Compatible,
        _ => Grade::Risky,
    }
}

/// Does a template give nothing but fields that the old input couldn't have?
fn only_new(template: &Value, known: &Type<'_>) -> bool {
    match template {
        Value::String(text) => {
            let inner = text
                .strip_prefix("{{")
                .and_then(|text| text.strip_suffix("}}"));
            let path = inner.and_then(|inner| inner.trim().strip_prefix("input."));
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            path.filter(|path| path.chars().all(name))
                .is_some_and(|path| {
                    let mut at = known.clone();
                    path.split('.').any(|name| match at.child(name) {
                        Ok(next) => {
                            at = next;
                            false
                        }
                        Err(_) => true,
                    })
                })
        }
        Value::Array(parts) => parts.iter().all(|part| only_new(part, known)),
        _ => false,
    }
}

fn method(old: Option<&Value>, new: Option<&Value>, sink: &mut Sink<'_>) {
    if old == new {
        return;
    }
    let dynamic = |it: Option<&Value>| {
        it.and_then(Value::as_str)
            .is_some_and(|it| it.contains("{{"))
    };
    let grade = if dynamic(old) && dynamic(new) {
        Grade::Risky
    } else {
        Grade::Breaking
    };
    sink.tell(
        grade,
        Aspect::Method,
        "/request/method",
        "the method is another",
    )
    .from(old.map(shown), new.map(shown));
}

/// The path or the URL: another address is another thing that is done; another value in a hole may be the same.
fn target(old: &Value, new: &Value, sink: &mut Sink<'_>) {
    let of = |request: &Value| {
        let path = request.get("path").map(|it| ("path", it.clone()));
        path.or_else(|| request.get("url").map(|it| ("url", it.clone())))
    };
    let (Some((before, old)), Some((after, new))) = (of(old), of(new)) else {
        return;
    };
    if before == after && old == new {
        return;
    }
    let pointer = format!("/request/{after}");
    let outline = |it: &Value| it.as_str().map(outline);
    let same = outline(&old)
        .zip(outline(&new))
        .is_some_and(|(old, new)| old == new);
    let (grade, message) = if before == after && same {
        (Grade::Risky, "another value stands in the URL")
    } else if (before, after) == ("url", "url") {
        (Grade::Risky, "the URL is made in another way")
    } else {
        (Grade::Breaking, "the URL is another")
    };
    sink.tell(grade, Aspect::Url, pointer, message)
        .from(shown(&old), shown(&new));
}

/// A path without what stands in its holes.
fn outline(path: &str) -> String {
    let mut parts = path.split("{{");
    let mut outline = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        outline.push_str("{}");
        outline.push_str(part.split_once("}}").map_or("", |(_, rest)| rest));
    }
    outline
}

fn body(old: Option<&Value>, new: Option<&Value>, known: &Type<'_>, sink: &mut Sink<'_>) {
    let kind = |body: Option<&Value>| {
        let keys = body.and_then(Value::as_object).map(|map| map.keys());
        let mut keys = keys.into_iter().flatten();
        let first = keys.next().cloned();
        first.filter(|key| keys.next().is_none() && !key.starts_with('$'))
    };
    let (before, after) = (kind(old), kind(new));
    if let (Some(before), Some(after)) = (&before, &after)
        && before != after
    {
        let message = "the body is of another kind";
        sink.tell(Grade::Risky, Aspect::Body, "/request/body", message)
            .from(before.clone(), after.clone());
        return;
    }
    for (pointer, difference) in differences(old, new, "/request/body") {
        let what = match difference {
            Difference::Added(_) if pointer == "/request/body" => {
                "a body is sent now, and none was"
            }
            Difference::Removed(_) if pointer == "/request/body" => "no body is sent any more",
            Difference::Added(_) => "is sent now",
            Difference::Removed(_) => "is not sent any more",
            Difference::Changed(..) => "is made in another way",
        };
        let grade = grade(difference, known);
        let (old, new) = difference.shown();
        sink.tell(grade, Aspect::Body, pointer, what).from(old, new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_has_no_values() {
        assert_eq!(
            outline("/v2/a/{{input.id}}/b/{{string input.c}}.json"),
            "/v2/a/{}/b/{}.json"
        );
        assert_eq!(outline("/v2"), "/v2");
    }
}
