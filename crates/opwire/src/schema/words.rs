//! A schema in words: `integer from 1 to 100`, ``text that matches `^[a-z]{3}$` ``.

use super::UNCHECKED_FORMATS;
use super::parts::{Part, parts};
use crate::types::Kinds;
use serde_json::{Map, Value};

/// Of a long list of values no more are told.
const MOST_VALUES: usize = 24;
/// Items of lists of lists are told this deep.
const MAX_DEPTH: usize = 8;

/// What values schemas allow that hold together; of those that stand in alternatives alone, what any of them allows.
/// Literals stand between backticks, as in Markdown.
pub(crate) fn words(document: &Value, nodes: &[(&Value, bool)]) -> String {
    let words = Words { document };
    if nodes.iter().any(|(_, divided)| !divided) {
        return words.of(&parts(document, nodes), 0);
    }
    let mut each: Vec<String> = Vec::new();
    for (node, _) in nodes {
        let told = words.below(node, 0);
        if !each.contains(&told) {
            each.push(told);
        }
    }
    either(&each)
}

/// Text between backticks, as many as it takes: a code span (`CommonMark`, section 6.1).
///
/// ```
/// assert_eq!(opwire::code_span("a`b"), "``a`b``");
/// ```
#[must_use]
pub fn code_span(text: &str) -> String {
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

struct Words<'a> {
    document: &'a Value,
}

impl<'a> Words<'a> {
    fn of(&self, parts: &[Part<'a>], depth: usize) -> String {
        let sure = parts.iter().filter(|part| !part.divided);
        let maps: Vec<&Map<String, Value>> = sure.map(|part| part.map).collect();
        let get = |key: &'static str| maps.iter().filter_map(move |map| map.get(key));
        if let Some(value) = get("const").next() {
            return shown(value);
        }
        if let Some(values) = get("enum").find_map(Value::as_array) {
            return one_of(values);
        }
        let kinds = get("type").map(Kinds::of_type);
        let kinds = kinds.fold(Kinds::ANY, |all, one| all & one);
        if kinds == Kinds::ANY {
            return self.untyped(&maps, depth);
        }
        let mut each: Vec<String> = kinds
            .names()
            .into_iter()
            .map(|name| self.kind(name, &maps, depth))
            .collect();
        // Null is what one least expects: it comes last.
        if each.len() > 1 && each.first().is_some_and(|first| first == "null") {
            each.rotate_left(1);
        }
        either(&each)
    }

    /// What says no type may still say what it is by its alternatives or its keywords.
    fn untyped(&self, maps: &[&'a Map<String, Value>], depth: usize) -> String {
        let unions = ["anyOf", "oneOf"].into_iter();
        let union = unions
            .flat_map(|key| maps.iter().filter_map(move |map| map.get(key)?.as_array()))
            .map(|branches| self.branches(branches, depth))
            .find(|branches| !branches.is_empty());
        if let Some(branches) = union {
            return either(&branches);
        }
        let has = |keys: &[&str]| {
            maps.iter()
                .any(|map| keys.iter().any(|key| map.contains_key(*key)))
        };
        if has(&[
            "properties",
            "required",
            "additionalProperties",
            "unevaluatedProperties",
        ]) {
            return self.kind("object", maps, depth);
        }
        if has(&["items", "prefixItems"]) {
            return self.kind("array", maps, depth);
        }
        "anything".to_owned()
    }

    /// The words of alternatives; none when one of them says nothing.
    fn branches(&self, branches: &'a [Value], depth: usize) -> Vec<String> {
        let mut each: Vec<String> = Vec::new();
        for branch in branches {
            let words = self.below(branch, depth);
            let said = branch.get("type").is_some() || words != "object";
            if words == "anything" || !said {
                return Vec::new();
            }
            if !each.contains(&words) {
                each.push(words);
            }
        }
        each
    }

    fn below(&self, node: &'a Value, depth: usize) -> String {
        if node == &Value::Bool(false) {
            return "nothing".to_owned();
        }
        if depth >= MAX_DEPTH {
            return "anything".to_owned();
        }
        self.of(&parts(self.document, &[(node, false)]), depth + 1)
    }

    fn kind(&self, name: &str, maps: &[&'a Map<String, Value>], depth: usize) -> String {
        match name {
            "string" => text(maps),
            "integer" | "number" => number(name, maps),
            "array" => self.list(maps, depth),
            "object" => self.object(maps, depth),
            other => other.to_owned(),
        }
    }

    fn list(&self, maps: &[&'a Map<String, Value>], depth: usize) -> String {
        let items = maps.iter().find_map(|map| map.get("items"));
        let item = items.map_or_else(
            || "anything".to_owned(),
            |items| match items {
                Value::Bool(_) => "anything".to_owned(),
                items => self.below(items, depth),
            },
        );
        let mut words = match item.as_str() {
            "anything" => "list".to_owned(),
            "text" => "list of text".to_owned(),
            noun @ ("integer" | "number" | "boolean" | "object" | "list") => {
                format!("list of {noun}s")
            }
            item => format!("list, each item: {item}"),
        };
        words.push_str(&counted(maps, "minItems", "maxItems", ", ", "item"));
        words
    }

    fn object(&self, maps: &[&'a Map<String, Value>], depth: usize) -> String {
        let mut words = "object".to_owned();
        let named = maps.iter().any(|map| map.contains_key("properties"));
        let rest = maps.iter().find_map(|map| map.get("additionalProperties"));
        if let Some(rest) = rest.filter(|rest| !named && rest.is_object()) {
            let rest = self.below(rest, depth);
            if rest != "anything" {
                words.push_str(&format!(", each value: {rest}"));
            }
        }
        words.push_str(&counted(
            maps,
            "minProperties",
            "maxProperties",
            ", ",
            "key",
        ));
        words
    }
}

fn text(maps: &[&Map<String, Value>]) -> String {
    let mut words = "text".to_owned();
    let longest = least(maps, "maxLength");
    match most(maps, "minLength") {
        Some(1) if longest.is_none() => words.push_str(", not empty"),
        _ => words.push_str(&counted(
            maps,
            "minLength",
            "maxLength",
            " of ",
            "character",
        )),
    }
    let said = |key: &'static str| maps.iter().filter_map(move |map| map.get(key)?.as_str());
    for pattern in said("pattern") {
        words.push_str(&format!(" that matches {}", code_span(pattern)));
    }
    for format in said("format").filter(|format| !UNCHECKED_FORMATS.contains(format)) {
        words.push_str(&format!(" in the format {}", code_span(format)));
    }
    words
}

fn number(name: &str, maps: &[&Map<String, Value>]) -> String {
    let said = |key: &str| maps.iter().find_map(|map| map.get(key));
    let mut words = name.to_owned();
    match (
        said("minimum"),
        said("exclusiveMinimum"),
        said("maximum"),
        said("exclusiveMaximum"),
    ) {
        (Some(low), None, Some(high), None) => words.push_str(&format!(" from {low} to {high}")),
        (low, above, high, below) => {
            let bounds = [
                (low, "at least"),
                (above, "more than"),
                (high, "at most"),
                (below, "less than"),
            ];
            let bounds: Vec<String> = bounds
                .into_iter()
                .filter_map(|(bound, word)| Some(format!("{word} {}", bound?)))
                .collect();
            if !bounds.is_empty() {
                words.push_str(&format!(", {}", bounds.join(", ")));
            }
        }
    }
    if let Some(step) = said("multipleOf") {
        words.push_str(&format!(", a multiple of {step}"));
    }
    words
}

/// ` of 1 to 20 characters`, and nothing without bounds.
fn counted(maps: &[&Map<String, Value>], low: &str, high: &str, lead: &str, noun: &str) -> String {
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    match (most(maps, low).filter(|low| *low > 0), least(maps, high)) {
        (None, None) => String::new(),
        (Some(low), None) => format!("{lead}at least {low} {noun}{}", plural(low)),
        (None, Some(high)) => format!("{lead}at most {high} {noun}{}", plural(high)),
        (Some(low), Some(high)) if low == high => format!("{lead}{low} {noun}{}", plural(low)),
        (Some(low), Some(high)) => format!("{lead}{low} to {high} {noun}s"),
    }
}

/// The tightest lower bound.
fn most(maps: &[&Map<String, Value>], key: &str) -> Option<u64> {
    maps.iter().filter_map(|map| map.get(key)?.as_u64()).max()
}

/// The tightest upper bound.
fn least(maps: &[&Map<String, Value>], key: &str) -> Option<u64> {
    maps.iter().filter_map(|map| map.get(key)?.as_u64()).min()
}

fn one_of(values: &[Value]) -> String {
    let mut each: Vec<String> = values.iter().take(MOST_VALUES).map(shown).collect();
    if values.len() > MOST_VALUES {
        each.push("…".to_owned());
        return each.join(", ");
    }
    or(&each)
}

/// Text as it is, other values as JSON.
fn shown(value: &Value) -> String {
    code_span(value.as_str().unwrap_or(&value.to_string()))
}

fn either(each: &[String]) -> String {
    if each.iter().all(|words| !words.contains([',', ' '])) {
        return or(each);
    }
    each.join(", or ")
}

/// `a, b or c`
fn or(each: &[String]) -> String {
    match each.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_are_told_in_words() {
        for (schema, told) in [
            (json!({}), "anything"),
            (json!({"type": "string"}), "text"),
            (json!({"type": "string", "minLength": 1}), "text, not empty"),
            (
                json!({"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a|b$"}),
                "text of 1 to 9 characters that matches `^a|b$`",
            ),
            (
                json!({"type": "string", "maxLength": 1}),
                "text of at most 1 character",
            ),
            (
                json!({"type": "string", "format": "date-time"}),
                "text in the format `date-time`",
            ),
            (json!({"type": "integer", "format": "int64"}), "integer"),
            (
                json!({"type": ["null", "string", "boolean"]}),
                "boolean, text or null",
            ),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 100}),
                "integer from 1 to 100",
            ),
            (
                json!({"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5}),
                "number, more than 0, a multiple of 0.5",
            ),
            (
                json!({"type": ["integer", "string"], "pattern": "^[0-9]+$"}),
                "integer, or text that matches `^[0-9]+$`",
            ),
            (
                json!({"enum": ["a", "b", 3, null]}),
                "`a`, `b`, `3` or `null`",
            ),
            (json!({"const": "a`b"}), "``a`b``"),
            (
                json!({"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": 3}),
                "list of objects, 1 to 3 items",
            ),
            (
                json!({"type": "array", "items": {"enum": ["a", "b"]}}),
                "list, each item: `a` or `b`",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}, "minProperties": 1}),
                "object, each value: text or null, at least 1 key",
            ),
            (
                json!({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}]}),
                "list of text, or object",
            ),
            (
                json!({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
                "object",
            ),
            (
                json!({"oneOf": [{"required": ["a"]}, {"type": "string"}]}),
                "anything",
            ),
            (
                json!({"allOf": [{"$ref": "#/$defs/a"}, {"maxLength": 3}], "$defs": {"a": {"type": "string"}}}),
                "text of at most 3 characters",
            ),
        ] {
            assert_eq!(words(&schema, &[(&schema, false)]), told, "{schema}");
        }
    }
}
