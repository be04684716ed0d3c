//! JSON value → YAML as people write manifests: small mappings in one line, long texts folded, quotes where needed.

use serde_json::{Map, Value};

/// Lines are no longer where they can be broken.
const WIDTH: usize = 120;
/// A mapping or list in one line ends before this column.
const FLOW_WIDTH: usize = 100;
/// A mapping in one line has at most this many keys.
const FLOW_KEYS: usize = 5;
/// What is worth lines of its own however small it is.
const ALWAYS_BLOCK: [&str; 10] = [
    "properties",
    "$defs",
    "input",
    "request",
    "response",
    "replies",
    "credentials",
    "auth",
    "pagination",
    "errors",
];

/// A file as people write manifests: comment lines, then the members of a mapping.
///
/// Small mappings stand in one line, long texts are folded, and quotes stand only where they are needed. Before the
/// members that `apart` names there is an empty line. [`parse_yaml`](super::parse_yaml) reads the same value again.
///
/// ```
/// let manifest = serde_json::json!({"title": "Get order", "request": {"method": "GET", "path": "/orders"}});
/// let text = opwire::manifest::to_yaml(&["a comment"], &manifest, &["request"]);
/// assert_eq!(text, "# a comment\ntitle: Get order\n\nrequest:\n  method: GET\n  path: /orders\n");
/// ```
#[must_use]
pub fn to_yaml(comments: &[&str], value: &Value, apart: &[&str]) -> String {
    let mut text = String::new();
    for comment in comments {
        text.push_str("# ");
        text.push_str(comment);
        text.push('\n');
    }
    let Value::Object(map) = value else {
        text.push_str(block(value, 0).trim_start_matches('\n'));
        text.push('\n');
        return text;
    };
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 && apart.contains(&key.as_str()) {
            text.push('\n');
        }
        // Definitions are told apart by empty lines too.
        if key == "$defs"
            && let Some(defs) = value.as_object().filter(|defs| !defs.is_empty())
        {
            text.push_str("$defs:\n");
            let defs: Vec<String> = defs.iter().map(|(name, def)| entry(name, def, 2)).collect();
            text.push_str(&defs.join("\n"));
            continue;
        }
        text.push_str(&entry(key, value, 0));
    }
    text
}

/// A member of a mapping, with its line ends.
fn entry(name: &str, value: &Value, indent: usize) -> String {
    let key = key(name);
    let start = format!("{:indent$}{key}:", "");
    let column = start.chars().count() + 1;
    let fits = |text: &String| column + text.chars().count() <= FLOW_WIDTH;
    match value {
        Value::Object(map) if !map.is_empty() => {
            let inline = !ALWAYS_BLOCK.contains(&name);
            match flow(value, 0).filter(|text| inline && fits(text)) {
                Some(text) => format!("{start} {text}\n"),
                None => format!("{start}\n{}", block(value, indent + 2)),
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let inline = !ALWAYS_BLOCK.contains(&name);
            match flow(value, 0).filter(|text| inline && fits(text)) {
                Some(text) => format!("{start} {text}\n"),
                None => format!("{start}\n{}", items(list, indent + 2, inline)),
            }
        }
        Value::String(text) => format!("{start} {}\n", text_in_block(text, column, indent)),
        scalar => format!("{start} {}\n", flow(scalar, 0).unwrap_or_default()),
    }
}

/// A mapping or list over lines.
fn block(value: &Value, indent: usize) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, value)| entry(key, value, indent))
            .collect(),
        Value::Array(list) if !list.is_empty() => items(list, indent, true),
        other => format!("{:indent$}{}\n", "", flow(other, 0).unwrap_or_default()),
    }
}

/// The items of a list, small ones in one line if they may be.
fn items(list: &[Value], indent: usize, inline: bool) -> String {
    list.iter()
        .map(|value| item(value, indent, inline))
        .collect()
}

/// An item of a list, with its line ends.
fn item(value: &Value, indent: usize, inline: bool) -> String {
    let column = indent + 2;
    let fits = |text: &String| inline && column + text.chars().count() <= FLOW_WIDTH;
    let small = flow(value, 0).filter(fits);
    match value {
        Value::String(text) => format!("{:indent$}- {}\n", "", text_in_block(text, column, indent)),
        Value::Object(_) | Value::Array(_) => {
            // What is more than a line begins in the dash's.
            let inner = small.map_or_else(|| block(value, indent + 2), |text| text + "\n");
            format!("{:indent$}- {}", "", inner.trim_start_matches(' '))
        }
        scalar => format!("{:indent$}- {}\n", "", flow(scalar, 0).unwrap_or_default()),
    }
}

/// A value in one line; nothing when it is too much for one. Scalars and what is empty always are.
fn flow(value: &Value, depth: usize) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(if is_plain(text, true) {
            text.clone()
        } else {
            quoted(text)
        }),
        Value::Array(list) if list.is_empty() => Some("[]".to_owned()),
        Value::Object(map) if map.is_empty() => Some("{}".to_owned()),
        _ if depth > 2 => None,
        Value::Array(list) => {
            let items: Option<Vec<String>> =
                list.iter().map(|item| flow(item, depth + 1)).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Object(map) => flow_mapping(map, depth),
    }
}

fn flow_mapping(map: &Map<String, Value>, depth: usize) -> Option<String> {
    let large = |value: &Value| {
        value
            .as_object()
            .is_some_and(|inner| inner.len() > 2 || depth > 0)
    };
    let named = map.keys().any(|key| key == "properties");
    if map.len() > FLOW_KEYS || named || map.values().any(large) {
        return None;
    }
    let members: Option<Vec<String>> = map
        .iter()
        .map(|(name, value)| Some(format!("{}: {}", key(name), flow(value, depth + 1)?)))
        .collect();
    Some(format!("{{ {} }}", members?.join(", ")))
}

fn key(name: &str) -> String {
    if is_plain(name, true) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A text after a key or a dash: as it is, quoted, folded, or line by line.
fn text_in_block(text: &str, column: usize, indent: usize) -> String {
    if text.contains('\n') {
        if can_be_literal(text) {
            let lines: Vec<String> = text
                .lines()
                .map(|line| {
                    if line.is_empty() {
                        String::new()
                    } else {
                        format!("{:1$}{line}", "", indent + 2)
                    }
                })
                .collect();
            return format!("|-\n{}", lines.join("\n"));
        }
        return quoted(text);
    }
    if column + text.chars().count() > WIDTH && can_be_folded(text) {
        return folded(text, indent + 2);
    }
    if is_plain(text, false) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn folded(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{:indent$}{line}", ""))
        .collect();
    format!(">-\n{}", lines.join("\n"))
}

fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// Does it come back from a folded text as it went in?
fn can_be_folded(text: &str) -> bool {
    text.contains(' ') && !text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' ') && text.chars().all(is_printable)
        // A template is read as one piece.
        && !text.contains("{{")
}

/// Does it come back from a literal text as it went in?
fn can_be_literal(text: &str) -> bool {
    let sound =
        |line: &str| line.is_empty() || (!line.ends_with(' ') && line.chars().all(is_printable));
    !text.starts_with([' ', '\n']) && !text.ends_with('\n') && text.split('\n').all(sound)
}

/// Is it this text without quotes, to any reader of YAML?
fn is_plain(text: &str, in_flow: bool) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let second = text.chars().nth(1);
    let indicator = "?:,[]{}#&*!|>'\"%@`=~<".contains(first)
        || (first == '-' && second.is_none_or(|c| c == ' ' || c == '-'));
    let broken = text.starts_with(' ')
        || text.ends_with(' ')
        || text.ends_with(':')
        || text.contains(": ")
        || text.contains(" #");
    let of_flow = in_flow && text.contains([',', '[', ']', '{', '}', '#', '"']);
    let template = text.contains("{{");
    !indicator
        && !broken
        && !of_flow
        && !template
        && !text.starts_with("...")
        && !is_ambiguous(text)
        && text.chars().all(is_printable)
}

/// Is it, or may it be to some readers, a number, a date, a boolean or null?
fn is_ambiguous(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    if matches!(
        &*word,
        "null" | "true" | "false" | "yes" | "no" | "on" | "off"
    ) {
        return true;
    }
    let unsigned = word.trim_start_matches(['-', '+']);
    let unsigned = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit())
        || matches!(unsigned, "inf" | "nan" | "");
    numeric
        && word
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "xo_:+-.tzinfa ".contains(c))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_printable(c) => quoted.push(c),
            c => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse_yaml;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn it_reads_as_written_by_hand() {
        let value = json!({
            "title": "Get order",
            "description": "Gets an order, with all that belongs to it, such as the lines, the customer, the address, the payment and what was sent back.",
            "input": {
                "type": "object",
                "required": ["order_id", "yes"],
                "additionalProperties": false,
                "properties": {
                    "order_id": {"$ref": "connector.yaml#/$defs/id"},
                    "when": {"description": "One: of several.\n\n- a\n- b", "type": "string", "enum": ["2024-01-01", "1", "3 stars", "", "no", "a,b"]},
                },
            },
            "request": {"method": "GET", "path": "/orders/{{input.order_id}}", "query": {"when": "{{input.when}}", "$$top": 1}},
            "replies": [{"status": 200, "body": {"data": [{"id": 1, "lines": [{"sku": "a", "n": 1, "x": {"y": {"z": 1}}}]}]}}, {"status": 204}],
        });
        let text = to_yaml(&["a comment"], &value, &["input", "request", "replies"]);
        assert_eq!(parse_yaml(&text).unwrap(), value, "{text}");
        assert_eq!(
            text,
            r#"# a comment
title: Get order
description: >-
  Gets an order, with all that belongs to it, such as the lines, the customer, the address, the payment and what was
  sent back.

input:
  type: object
  required: [order_id, "yes"]
  additionalProperties: false
  properties:
    order_id: { $ref: "connector.yaml#/$defs/id" }
    when:
      description: |-
        One: of several.

        - a
        - b
      type: string
      enum: ["2024-01-01", "1", 3 stars, "", "no", "a,b"]

request:
  method: GET
  path: "/orders/{{input.order_id}}"
  query: { when: "{{input.when}}", $$top: 1 }

replies:
  - status: 200
    body:
      data:
        - id: 1
          lines:
            - sku: a
              n: 1
              x: { y: { z: 1 } }
  - status: 204
"#
        );
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,12}",
            "\\PC{0,8}",
            any::<String>(),
            "([a-z]{1,9} ){10,40}[a-z]",
            "([a-z :#-]{0,9}\n){1,4}[a-z]?",
            "[-+.0-9eExo:_ ]{0,6}",
            Just("~".to_owned()),
            Just("--- x".to_owned()),
            Just("{{input.a}} b".to_owned()),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("JSON has no others", |f| f.is_finite())
                .prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec((text(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn manifests_reader_reads_the_same(value in value()) {
            let value = json!({"first": value, "properties": {"a": value}});
            let text = to_yaml(&[], &value, &["properties"]);
            let read = parse_yaml(&text);
            prop_assert_eq!(read.map_err(|fault| fault.to_string()), Ok(value), "{}", text);
        }
    }
}
