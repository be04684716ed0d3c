//! Where two templates differ: along the mappings and lists that both write out.

use crate::manifest::locate::escape;
use crate::schema::code_span;
use serde_json::{Map, Value};

/// Of a template no more is shown.
const MOST_SHOWN: usize = 80;

/// How a part of a template differs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Difference<'a> {
    Added(&'a Value),
    Removed(&'a Value),
    Changed(&'a Value, &'a Value),
}

impl<'a> Difference<'a> {
    /// How it was and how it is, shown.
    pub(super) fn shown(self) -> (Option<String>, Option<String>) {
        let (old, new) = self.sides();
        (old.map(shown), new.map(shown))
    }

    pub(super) fn sides(self) -> (Option<&'a Value>, Option<&'a Value>) {
        match self {
            Self::Added(new) => (None, Some(new)),
            Self::Removed(old) => (Some(old), None),
            Self::Changed(old, new) => (Some(old), Some(new)),
        }
    }

    /// `is new`, `is gone` or `is another`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Added(_) => "is new",
            Self::Removed(_) => "is gone",
            Self::Changed(..) => "is another",
        }
    }
}

/// The places where two templates differ, each with its JSON Pointer after `pointer`.
pub(super) fn differences<'a>(
    old: Option<&'a Value>,
    new: Option<&'a Value>,
    pointer: &str,
) -> Vec<(String, Difference<'a>)> {
    let mut found = Vec::new();
    walk(old, new, pointer, &mut found);
    found
}

fn walk<'a>(
    old: Option<&'a Value>,
    new: Option<&'a Value>,
    pointer: &str,
    found: &mut Vec<(String, Difference<'a>)>,
) {
    let (old, new) = match (old, new) {
        (None, None) => return,
        (Some(old), None) => return found.push((pointer.to_owned(), Difference::Removed(old))),
        (None, Some(new)) => return found.push((pointer.to_owned(), Difference::Added(new))),
        (Some(old), Some(new)) if old == new => return,
        (Some(old), Some(new)) => (old, new),
    };
    match (old, new) {
        (Value::Object(before), Value::Object(after)) if operators(before) == operators(after) => {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            for key in before.keys().chain(added) {
                let pointer = format!("{pointer}/{}", escape(key));
                walk(before.get(key), after.get(key), &pointer, found);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (old, new)) in before.iter().zip(after).enumerate() {
                walk(Some(old), Some(new), &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push((pointer.to_owned(), Difference::Changed(old, new))),
    }
}

/// The operators of a mapping: two of the same can be compared part by part.
fn operators(map: &Map<String, Value>) -> Vec<&String> {
    let operators = map
        .keys()
        .filter(|key| key.starts_with('$') && !key.starts_with("$$"));
    let mut operators: Vec<&String> = operators.collect();
    operators.sort();
    operators
}

/// Where in the output a part of its template ends up: `/options/$map/label` is `/options/0/label`.
pub(super) fn output_pointer(pointer: &str) -> String {
    let mut place = String::new();
    let mut tokens = pointer.split('/').skip(1);
    while let Some(token) = tokens.next() {
        match token {
            "$map" => place.push_str("/0"),
            "$then" | "$else" | "$default" => {}
            "$cases" => drop(tokens.next()),
            token if token.starts_with('$') && !token.starts_with("$$") => break,
            token => {
                place.push('/');
                place.push_str(token.strip_prefix('$').unwrap_or(token));
            }
        }
    }
    place
}

/// A template as a literal, cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    let text = value.as_str();
    cut(&text.map_or_else(|| value.to_string(), str::to_owned))
}

/// A value as JSON, cut where it is long.
pub(super) fn shown_json(value: &Value) -> String {
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(MOST_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    code_span(&short.replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_found_where_they_are() {
        let old = json!({"a": 1, "b": {"$spread": "{{x}}", "c": [1, 2]}, "d": {"$if": 1, "$then": 2}, "e": [1], "f": 0});
        let new = json!({"a": 1, "b": {"$spread": "{{y}}", "c": [1, 3]}, "d": {"$if": 1, "$then": 3}, "e": [1, 2], "g": 0});
        let found: Vec<String> = differences(Some(&old), Some(&new), "/r")
            .into_iter()
            .map(|(pointer, difference)| format!("{pointer} {}", difference.words()))
            .collect();
        assert_eq!(
            found,
            [
                "/r/b/$spread is another",
                "/r/b/c/1 is another",
                "/r/d/$then is another",
                "/r/e is another",
                "/r/f is gone",
                "/r/g is new",
            ]
        );
        assert_eq!(differences(None, None, ""), []);
    }

    #[test]
    fn parts_of_an_outputs_template_end_up_in_the_output() {
        for (part, place) in [
            ("/options/$map/label", "/options/0/label"),
            ("/options/$where", "/options"),
            ("/a/$then/b", "/a/b"),
            ("/a/$cases/x/b/$$ref", "/a/b/$ref"),
            ("/$spread", ""),
        ] {
            assert_eq!(output_pointer(part), place);
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(shown(&json!("a")), "`a`");
        assert_eq!(shown(&json!({"a": "x".repeat(100)})).chars().count(), 83);
    }

    impl PartialEq for Difference<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.sides() == other.sides()
        }
    }
}
