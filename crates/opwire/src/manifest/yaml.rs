//! Strict YAML: text → JSON value, with the place of every fault.

use super::locate::{position, span_at};
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use saphyr_parser::{Event, Parser};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::path::PathBuf;

/// A manifest may hold this many bytes.
pub(crate) const MAX_FILE: usize = 256 * 1024;
/// A manifest may nest this deep.
pub(crate) const MAX_DEPTH: usize = 64;

/// Reads YAML 1.2 as manifests use it: no duplicate keys, anchors, aliases, merge keys or tags, at most 256 KiB
/// and 64 levels; numbers that JSON can't hold are refused.
///
/// # Errors
/// The first fault, with its line and column. Its `file` is empty: the caller knows it.
#[expect(clippy::result_large_err, reason = "made once, on the way out")]
pub fn parse_yaml(text: &str) -> Result<Value, Diagnostic> {
    if text.len() > MAX_FILE {
        let help = "split it, or move shared schemas to schemas/";
        return Err(fault(
            Code::FileTooLarge,
            Span::default(),
            "the file is larger than 256 KiB".into(),
            Some(help),
        ));
    }
    if text.bytes().any(|b| matches!(b, b'&' | b'*' | b'!')) {
        refuse_references(text)?;
    }
    Strict::default()
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| explain(text, &error))
}

fn fault(code: Code, span: Span, message: String, help: Option<&str>) -> Diagnostic {
    let help = help.map(str::to_owned);
    Diagnostic {
        code,
        severity: Severity::Error,
        file: PathBuf::new(),
        span,
        message,
        help,
    }
}

/// Anchors, aliases and tags are resolved by the parser without a word, so they are looked for among its events.
#[expect(clippy::result_large_err, reason = "made once, on the way out")]
fn refuse_references(text: &str) -> Result<(), Diagnostic> {
    for event in Parser::new_from_str(text) {
        // A text that this parser can't read is left to the other one, whose error is shown.
        let Ok((event, span)) = event else {
            return Ok(());
        };
        let what = match event {
            Event::Alias(_) => Some("an alias"),
            Event::Scalar(_, _, anchor, tag) => reference(anchor, tag.is_some()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                reference(anchor, tag.is_some())
            }
            _ => None,
        };
        if let Some(what) = what {
            let help = Some("write the value out, or share a schema with $ref");
            return Err(fault(
                Code::YamlSyntax,
                span_at(text, span),
                format!("{what} can't stand in a manifest"),
                help,
            ));
        }
    }
    Ok(())
}

fn reference(anchor: usize, tagged: bool) -> Option<&'static str> {
    match (anchor, tagged) {
        (0, false) => None,
        (0, true) => Some("a tag"),
        _ => Some("an anchor"),
    }
}

fn explain(text: &str, error: &serde_yaml::Error) -> Diagnostic {
    let span = error
        .location()
        .map_or_else(Span::default, |at| position(text, at.line(), at.column()));
    let full = error.to_string();
    // The crate appends the place, which the diagnostic has of its own, and may put the path before.
    let cut = full
        .find(" at line ")
        .map_or(full.as_str(), |at| full.get(..at).unwrap_or(&full));
    let (code, message) = match (cut.find("duplicate key"), cut.find(MARK)) {
        (Some(at), _) => (Code::DuplicateKey, cut.get(at..).unwrap_or(cut).to_owned()),
        (_, Some(at)) => (
            Code::YamlSyntax,
            cut.get(at + MARK.len()..).unwrap_or(cut).to_owned(),
        ),
        _ => (Code::YamlSyntax, cut.to_owned()),
    };
    fault(code, span, message, None)
}

/// Stands before our own messages, to cut off the path that the YAML crate puts before them.
const MARK: &str = "\u{1}";

fn refuse<E: de::Error>(message: impl fmt::Display) -> E {
    E::custom(format_args!("{MARK}{message}"))
}

/// Reads any value, refusing duplicate keys and depth beyond [`MAX_DEPTH`].
#[derive(Clone, Copy, Default)]
pub(crate) struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(refuse("nested deeper than 64 levels"));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
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

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<Value, E> {
        Err(refuse("an integer that does not fit in 64 bits; quote it"))
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<Value, E> {
        Err(refuse("an integer that does not fit in 64 bits; quote it"))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| refuse("NaN and infinity are not JSON; quote it"))
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key_seed(Key(&map))? {
            let value = access.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(refuse("a tag can't stand in a manifest"))
    }
}

/// Reads a key, so that what is wrong with it is reported at the key's own place.
struct Key<'a>(&'a Map<String, Value>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text key (quote numbers, true, false and null)")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<String, E> {
        if key == "<<" {
            return Err(refuse(
                "the merge key `<<` can't stand in a manifest; share a schema with $ref",
            ));
        }
        if self.0.contains_key(key) {
            return Err(E::custom(format_args!("duplicate key `{key}`")));
        }
        Ok(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place(text: &str) -> (Code, usize, usize, String) {
        let found = parse_yaml(text).unwrap_err();
        (
            found.code,
            found.span.line,
            found.span.column,
            found.message,
        )
    }

    #[test]
    fn scalars_have_the_types_of_yaml_1_2() {
        let read =
            parse_yaml("a: no\nb: 012\nc: 1e3\nd: 12:30\ne: 9007199254740993\nf: ~\n").unwrap();
        assert_eq!(
            read,
            json!({"a": "no", "b": "012", "c": 1000.0, "d": "12:30", "e": 9_007_199_254_740_993_i64, "f": null})
        );
    }

    #[test]
    fn faults_have_their_place() {
        assert_eq!(
            place("a: 1\nb:\n  x: 1\n  x: 2\n"),
            (Code::DuplicateKey, 4, 3, "duplicate key `x`".into())
        );
        assert_eq!(place("a: &x 1\n").0, Code::YamlSyntax);
        assert_eq!(place("a: 1\nb: *x\n").0, Code::YamlSyntax);
        assert_eq!(
            place("a: !!str 1\n"),
            (
                Code::YamlSyntax,
                1,
                4,
                "a tag can't stand in a manifest".into()
            )
        );
        assert_eq!(place("a:\n  <<: {b: 1}\n").1, 2);
        assert_eq!(place("a: .nan\n").1, 1);
        assert_eq!(
            place("a: 123456789012345678901234567890\n").0,
            Code::YamlSyntax
        );
        assert_eq!(place("1: x\n").0, Code::YamlSyntax);
        assert!(
            place(&format!("a: {}{}", "[".repeat(70), "]".repeat(70)))
                .3
                .contains("64 levels")
        );
        assert_eq!(place(&"#".repeat(MAX_FILE + 1)).0, Code::FileTooLarge);
    }

    #[test]
    fn an_ampersand_in_text_is_text() {
        assert_eq!(
            parse_yaml("a: R&D *now*!").unwrap(),
            json!({"a": "R&D *now*!"})
        );
    }
}
