//! Text → JSON value: JSON or YAML, as it is found in the wild.

use super::node::{Warning, below};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// A document holds at most this many bytes.
pub(crate) const MAX_DOCUMENT: usize = 32 * 1024 * 1024;

/// Reads a document. Anchors, aliases and merge keys are followed; of repeated keys the last wins, with a warning.
///
/// Depth is bounded by the parsers (128 levels), and so is what aliases unfold to.
///
/// # Errors
/// What is wrong with the text, with its line and column.
pub(crate) fn value(bytes: &[u8]) -> Result<(Value, Vec<Warning>), String> {
    if bytes.len() > MAX_DOCUMENT {
        return Err("the document is larger than 32 MiB".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        format!("line {line}: the document is not UTF-8 text from here on")
    })?;
    let notes = RefCell::default();
    let read = if text.trim_start().starts_with(['{', '[']) {
        // JSON with a comma too many, or comments, is YAML often enough.
        json(text, &notes).or_else(|error| yaml(text, &notes).map_err(|_| error))
    } else {
        yaml(text, &notes).or_else(|error| tabs(text, &notes).ok_or(error))
    };
    let value = read?;
    Ok((value, notes.into_inner()))
}

type Notes = RefCell<Vec<Warning>>;

fn json(text: &str, notes: &Notes) -> Result<Value, String> {
    notes.borrow_mut().clear();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Lenient::root(notes).deserialize(&mut deserializer);
    let value = value.map_err(|error| place(&error.to_string()))?;
    deserializer
        .end()
        .map_err(|error| place(&error.to_string()))?;
    Ok(value)
}

/// The first document of the text.
fn yaml(text: &str, notes: &Notes) -> Result<Value, String> {
    notes.borrow_mut().clear();
    let Some(document) = serde_yaml::Deserializer::from_str(text).next() else {
        return Ok(Value::Null);
    };
    let read = Lenient::root(notes).deserialize(document);
    read.map_err(|error| place(&error.to_string()))
}

/// YAML has no tabs before what is indented; some documents do.
fn tabs(text: &str, notes: &Notes) -> Option<Value> {
    let indented = |line: &str| {
        let body = line.trim_start_matches([' ', '\t']);
        let indent = line.get(..line.len() - body.len()).unwrap_or_default();
        format!("{}{body}", indent.replace('\t', "  "))
    };
    let lines: Vec<String> = text.lines().map(indented).collect();
    let value = text
        .contains('\t')
        .then(|| yaml(&lines.join("\n"), notes))?
        .ok()?;
    notes.borrow_mut().push(Warning {
        pointer: String::new(),
        message: "lines are indented with tabs, which were read as two spaces each".to_owned(),
    });
    Some(value)
}

/// `… at line 3 column 4` → `line 3, column 4: …`
fn place(error: &str) -> String {
    let told = error.rsplit_once(" at line ").and_then(|(what, place)| {
        let (line, column) = place.split_once(" column ")?;
        Some(format!("line {line}, column {column}: {what}"))
    });
    told.unwrap_or_else(|| error.to_owned())
}

/// Reads a value, and tells of repeated keys.
struct Lenient<'n> {
    at: String,
    notes: &'n Notes,
}

impl<'n> Lenient<'n> {
    fn root(notes: &'n Notes) -> Self {
        let at = String::new();
        Self { at, notes }
    }

    fn below(&self, key: &str) -> Self {
        let at = below(&self.at, key);
        Self {
            at,
            notes: self.notes,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Lenient<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lenient<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can hold")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    // An example of twenty digits is kept as the number that it is near to.
    #[expect(clippy::cast_precision_loss, reason = "JSON's numbers are such")]
    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON's numbers are such")]
    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below(&list.len().to_string()))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let (mut map, mut merged) = (Map::new(), Map::new());
        while let Some(key) = members.next_key::<String>()? {
            let inner = self.below(&key);
            let place = inner.at.clone();
            let value = members.next_value_seed(inner)?;
            if key == "<<" {
                merge(&mut merged, value);
                continue;
            }
            if map.insert(key, value).is_some() {
                self.notes.borrow_mut().push(Warning {
                    pointer: place,
                    message: "the key stands here twice, and the last one is taken".to_owned(),
                });
            }
        }
        for (key, value) in merged {
            map.entry(key).or_insert(value);
        }
        Ok(Value::Object(map))
    }

    // A tag (`!include x`) says nothing that is known here.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (_, value) = tagged.variant::<String>()?;
        value.newtype_variant_seed(self).map_err(A::Error::custom)
    }
}

/// YAML 1.1's merge key: an object, or several, earlier ones winning.
fn merge(into: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.entry(key).or_insert(value);
            }
        }
        Value::Array(list) => list.into_iter().for_each(|value| merge(into, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Value {
        value(text.as_bytes()).unwrap().0
    }

    #[test]
    fn what_yaml_has_and_manifests_have_not() {
        let text = "base: &b { type: object, x: 1 }\nother:\n  <<: *b\n  x: 2\nresponses:\n  200: !ok fine\n  default: no\n---\nsecond: 1\n";
        assert_eq!(
            read(text),
            json!({"base": {"type": "object", "x": 1}, "other": {"x": 2, "type": "object"},
                "responses": {"200": "fine", "default": "no"}})
        );
        assert_eq!(read(""), Value::Null);
        assert_eq!(
            read("a: 123456789012345678901234567890\nb: .nan\n")["b"],
            Value::Null
        );
    }

    #[test]
    fn json_with_slips() {
        assert_eq!(
            read("\u{feff}{\n  \"a\": [1, 2,],\n}"),
            json!({"a": [1, 2]})
        );
        assert!(
            value(b"{\"a\": 1")
                .unwrap_err()
                .starts_with("line 1, column")
        );
    }

    #[test]
    fn repeated_keys_and_tabs_are_told() {
        let (value_, notes) = value(b"paths:\n  /a:\n    get: 1\n  /a:\n    get: 2\n").unwrap();
        assert_eq!(value_, json!({"paths": {"/a": {"get": 2}}}));
        assert_eq!(notes[0].pointer, "/paths/~1a");
        let (value_, notes) = value(b"a:\n\tb: 1\n").unwrap();
        assert_eq!(value_, json!({"a": {"b": 1}}));
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn bombs_are_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let item = format!("*a{}", level - 1);
            let items = vec![item; 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(value(text.as_bytes()).is_err());
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(value(deep.as_bytes()).is_err());
        assert!(value(&vec![b'a'; MAX_DOCUMENT + 1]).is_err());
        assert!(value(b"a: \xff\n").unwrap_err().starts_with("line 1"));
    }
}
