//! Results that are too long, in parts.

use serde_json::{Map, Value, json};
use std::io;

/// What a result says of itself takes at most so many bytes.
const MARK_ROOM: usize = 512;
/// A list or text is looked for this deep.
const DEEPEST: usize = 8;

/// The rest of a result that was too long.
#[derive(Debug)]
pub(crate) struct Rest {
    whole: Value,
    cut: Cut,
    from: usize,
    bytes: usize,
}

/// How a result is cut.
#[derive(Debug)]
enum Cut {
    /// The items of the list that stands here.
    Items(String),
    /// The characters of the text that stands here.
    Text(String),
    /// The JSON text of the whole.
    Json,
}

/// A part of a result.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) value: Map<String, Value>,
    /// Which part it is, in words.
    pub(crate) note: String,
    pub(crate) rest: Option<Rest>,
}

/// How many bytes a value has as JSON.
pub(crate) fn size(value: &Value) -> usize {
    struct Counted(usize);
    impl io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    // A value is always writable, and so is a counter.
    drop(serde_json::to_writer(&mut counted, value));
    counted.0
}

/// A text, cut after so many bytes at most.
pub(crate) fn beginning(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

impl Rest {
    /// A result to be given in parts of at most so many bytes.
    pub(crate) fn new(whole: Map<String, Value>, most: usize) -> Self {
        let whole = Value::Object(whole);
        let bytes = size(&whole);
        let cut = choose(&whole, bytes, most.saturating_sub(MARK_ROOM));
        Self {
            whole,
            cut,
            from: 0,
            bytes,
        }
    }

    /// How many bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The next part.
    pub(crate) fn next(mut self, most: usize) -> Part {
        let room = most.saturating_sub(MARK_ROOM);
        let (value, what, to, of) = match &self.cut {
            Cut::Items(at) => self.items(at, room),
            Cut::Text(at) => self.text(at, room),
            Cut::Json => {
                let text = self.whole.to_string();
                let to = end_of_text(&text, self.from, room);
                let part = text.get(self.from..to).unwrap_or_default();
                let value = json!({ "json": part });
                (
                    value,
                    "bytes of the result's JSON text".to_owned(),
                    to,
                    text.len(),
                )
            }
        };
        let note = format!("{} to {to} of {of} {what}", self.from);
        self.from = to;
        let value = match value {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let rest = (to < of).then_some(self);
        Part { value, note, rest }
    }

    fn items(&self, at: &str, room: usize) -> (Value, String, usize, usize) {
        let empty = Vec::new();
        let items = self.whole.pointer(at).and_then(Value::as_array);
        let items = items.unwrap_or(&empty);
        let skeleton = with(&self.whole, at, &Value::Array(Vec::new()));
        let mut left = room.saturating_sub(size(&skeleton));
        let mut to = self.from;
        for item in items.iter().skip(self.from) {
            let taken = size(item) + 1;
            // One item goes in whatever its size: the choice of this list has seen to that.
            if taken > left && to > self.from {
                break;
            }
            left = left.saturating_sub(taken);
            to += 1;
        }
        let part = items.get(self.from..to).unwrap_or_default().to_vec();
        let value = with(&self.whole, at, &Value::Array(part));
        (value, format!("items at {at}"), to, items.len())
    }

    fn text(&self, at: &str, room: usize) -> (Value, String, usize, usize) {
        let text = self.whole.pointer(at).and_then(Value::as_str);
        let text = text.unwrap_or_default();
        let skeleton = with(&self.whole, at, &json!(""));
        let to = end_of_text(text, self.from, room.saturating_sub(size(&skeleton)));
        let part = text.get(self.from..to).unwrap_or_default();
        let value = with(&self.whole, at, &json!(part));
        (value, format!("bytes of the text at {at}"), to, text.len())
    }
}

/// Where a part of a text ends that begins here and, written as JSON, is not longer than the room.
fn end_of_text(text: &str, from: usize, room: usize) -> usize {
    let (mut to, mut left) = (from, room);
    for character in text.get(from..).unwrap_or_default().chars() {
        let written = match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            control if control < ' ' => 6,
            other => other.len_utf8(),
        };
        if written > left && to > from {
            break;
        }
        left = left.saturating_sub(written);
        to += character.len_utf8();
    }
    to
}

/// The outermost list or text that makes the result long, and without which there is room for a good part of it.
fn choose(whole: &Value, bytes: usize, room: usize) -> Cut {
    let (mut node, mut at) = (whole, String::new());
    for _ in 0..DEEPEST {
        let left = room.saturating_sub(bytes.saturating_sub(size(node)));
        let enough = left >= room / 4;
        match node {
            Value::Array(items) if enough && items.iter().all(|item| size(item) < left) => {
                return Cut::Items(at);
            }
            Value::String(_) if enough => return Cut::Text(at),
            _ => {}
        }
        let Some((step, child)) = largest(node) else {
            break;
        };
        at.push('/');
        at.push_str(&opwire::manifest::escape_pointer(&step));
        node = child;
    }
    Cut::Json
}

fn largest(node: &Value) -> Option<(String, &Value)> {
    match node {
        Value::Object(map) => map
            .iter()
            .max_by_key(|(_, value)| size(value))
            .map(|(name, value)| (name.clone(), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .max_by_key(|(_, item)| size(item))
            .map(|(index, item)| (index.to_string(), item)),
        _ => None,
    }
}

/// A copy of a value with another one at a place; what stands there is not copied.
fn with(whole: &Value, at: &str, other: &Value) -> Value {
    fn copy(node: &Value, steps: &[&str], other: &Value) -> Value {
        let Some((step, below)) = steps.split_first() else {
            return other.clone();
        };
        match node {
            Value::Object(map) => {
                let name = step.replace("~1", "/").replace("~0", "~");
                let pair = |(key, value): (&String, &Value)| {
                    let value = if *key == name {
                        copy(value, below, other)
                    } else {
                        value.clone()
                    };
                    (key.clone(), value)
                };
                Value::Object(map.iter().map(pair).collect())
            }
            Value::Array(items) => {
                let index = step.parse().unwrap_or(usize::MAX);
                let item = |(at, item): (usize, &Value)| {
                    if at == index {
                        copy(item, below, other)
                    } else {
                        item.clone()
                    }
                };
                Value::Array(items.iter().enumerate().map(item).collect())
            }
            leaf => leaf.clone(),
        }
    }
    let steps: Vec<&str> = at.split('/').skip(1).collect();
    copy(whole, &steps, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 4096;

    /// All parts of a value; each fits, and the last has no rest.
    fn parts(whole: Value) -> Vec<Part> {
        let Value::Object(whole) = whole else {
            panic!("no object");
        };
        let (mut rest, mut parts) = (Some(Rest::new(whole, MOST)), Vec::new());
        while let Some(open) = rest {
            let mut part = open.next(MOST);
            assert!(size(&Value::Object(part.value.clone())) <= MOST);
            rest = part.rest.take();
            parts.push(part);
        }
        parts
    }

    #[test]
    fn a_list_is_cut_between_items() {
        let items: Vec<Value> = (0..500)
            .map(|id| json!({ "id": id, "name": "someone" }))
            .collect();
        let whole = json!({ "data": items, "metadata": { "next": 2 } });
        let parts = parts(whole.clone());
        assert!(parts.len() > 3);
        let mut all = Vec::new();
        for part in &parts {
            assert_eq!(part.value["metadata"], whole["metadata"]);
            all.extend(part.value["data"].as_array().unwrap().clone());
        }
        assert_eq!(Value::Array(all), whole["data"]);
        assert!(parts[0].note.starts_with("0 to "), "{}", parts[0].note);
        assert!(
            parts[0].note.ends_with("of 500 items at /data"),
            "{}",
            parts[0].note
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let text = "für \"x\"\n".repeat(2000);
        let parts = parts(json!({ "result": text }));
        assert!(parts.len() > 3);
        let all: String = parts
            .iter()
            .map(|part| part.value["result"].as_str().unwrap())
            .collect();
        assert_eq!(all, text);
    }

    #[test]
    fn a_list_in_a_list_is_cut_where_items_fit() {
        let lines: Vec<Value> = (0..900).map(|id| json!({ "line": id })).collect();
        let parts = parts(json!({ "orders": [{ "id": 1, "lines": lines }] }));
        assert!(parts.len() > 2);
        assert!(
            parts[0].note.ends_with("items at /orders/0/lines"),
            "{}",
            parts[0].note
        );
    }

    #[test]
    fn what_has_no_long_part_is_cut_as_text() {
        let mut map = Map::new();
        for index in 0..900 {
            map.insert(format!("key_{index}"), json!(index));
        }
        let whole = Value::Object(map);
        let parts = parts(whole.clone());
        let all: String = parts
            .iter()
            .map(|part| part.value["json"].as_str().unwrap())
            .collect();
        assert_eq!(serde_json::from_str::<Value>(&all).unwrap(), whole);
    }
}
