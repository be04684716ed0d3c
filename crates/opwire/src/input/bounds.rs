//! How large an input may be. Checked before anything walks it by recursion.

use crate::error::{Error, Violation};
use serde_json::Value;

/// The texts, keys and other values of an input together, in bytes; a value that is no text counts 8.
pub(crate) const SIZE: usize = 1 << 20;
/// Values within values.
pub(crate) const DEPTH: usize = 64;
/// Values altogether.
pub(crate) const NODES: usize = 50_000;
/// One text, in bytes.
pub(crate) const TEXT: usize = 256 * 1024;

/// Refuses an input that is too large, too deep or too much.
pub(crate) fn check(input: Value) -> Result<Value, Error> {
    match beyond(&input) {
        None => Ok(input),
        Some(message) => {
            dismantle(input);
            Err(Error::input(vec![Violation::new("", "size", message)]))
        }
    }
}

fn beyond(input: &Value) -> Option<&'static str> {
    let (mut size, mut nodes) = (0_usize, 0_usize);
    let mut open = vec![(input, 1)];
    while let Some((value, depth)) = open.pop() {
        nodes += 1;
        size += match value {
            Value::String(text) if text.len() > TEXT => {
                return Some("a text is longer than 256 KiB");
            }
            Value::String(text) => text.len(),
            Value::Object(map) => map.keys().map(String::len).sum(),
            _ => 8,
        };
        if depth > DEPTH {
            return Some("nested deeper than 64 levels");
        }
        match value {
            Value::Array(list) => open.extend(list.iter().map(|value| (value, depth + 1))),
            Value::Object(map) => open.extend(map.values().map(|value| (value, depth + 1))),
            _ => {}
        }
        if nodes + open.len() > NODES {
            return Some("more than 50,000 values");
        }
        if size > SIZE {
            return Some("larger than 1 MiB");
        }
    }
    None
}

/// Drops a value without going down into it: one that is deep enough would exhaust the stack.
fn dismantle(value: Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => open.extend(map.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deep(levels: usize) -> Value {
        (1..levels).fold(json!(1), |inner, level| match level % 2 {
            0 => Value::Array(vec![inner]),
            _ => Value::Object([("a".to_owned(), inner)].into_iter().collect()),
        })
    }

    #[test]
    fn inputs_are_bounded() {
        let text = |size: usize| json!("x".repeat(size));
        let list = |size: usize| Value::Array(vec![json!(1); size]);
        for (fits, input) in [
            (true, deep(64)),
            (false, deep(65)),
            (false, deep(100_000)),
            (true, text(256 * 1024)),
            (false, text(256 * 1024 + 1)),
            (true, list(49_999)),
            (false, list(50_000)),
            (
                true,
                json!([
                    text(200_000),
                    text(200_000),
                    text(200_000),
                    text(200_000),
                    text(200_000)
                ]),
            ),
            (
                false,
                json!([
                    text(220_000),
                    text(220_000),
                    text(220_000),
                    text(220_000),
                    text(220_000)
                ]),
            ),
            (false, json!({ "k".repeat(2 << 20): 1 })),
        ] {
            assert_eq!(check(input).is_ok(), fits);
        }
    }
}
