//! Strict YAML: text → JSON value, with the place of every fault.

use super::locate::{position, span_at};
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Mark, StrInput};
use serde_json::{Map, Number, Value};
use std::path::PathBuf;

/// A manifest may hold this many bytes.
pub(crate) const MAX_FILE: usize = 256 * 1024;
/// A manifest may nest this deep.
pub(crate) const MAX_DEPTH: usize = 64;

const SHARE: &str = "write the value out, or share a schema with $ref";

/// Reads YAML 1.2 as manifests use it: one document; no duplicate keys, anchors, aliases, merge keys or tags; at most
/// 256 KiB and 64 levels; numbers that JSON can't hold are refused.
///
/// # Errors
/// The first fault, with its line and column. Its `file` is empty: the caller knows it.
#[expect(clippy::result_large_err, reason = "made once, on the way out")]
pub fn parse_yaml(text: &str) -> Result<Value, Diagnostic> {
    read(text).map_err(|found| *found)
}

const TOO_DEEP: &str = "nested deeper than 64 levels";

type Read<T> = Result<T, Box<Diagnostic>>;
fn fault(code: Code, span: Span, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic {
        code,
        severity: Severity::Error,
        file: PathBuf::new(),
        span,
        message: message.into(),
        help: None,
        fix: None,
    })
}

fn read(text: &str) -> Read<Value> {
    if text.len() > MAX_FILE {
        let mut fault = fault(
            Code::FileTooLarge,
            position(text, 1, 1),
            "the file is larger than 256 KiB",
        );
        fault.help = Some("split it, or move shared schemas to schemas/".to_owned());
        return Err(fault);
    }
    // YAML 1.2.2, section 5.1: the parser lets these pass.
    if let Some(at) = text
        .bytes()
        .position(|byte| matches!(byte, 0..=0x1f | 0x7f if !matches!(byte, b'\t' | b'\n' | b'\r')))
    {
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let message = "a control character can't stand in a manifest";
        return Err(fault(
            Code::YamlSyntax,
            position(text, line, column),
            message,
        ));
    }
    Reader {
        text,
        events: Parser::new_from_str(text),
    }
    .document()
}

/// Reads one document from the parser's events.
struct Reader<'a> {
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Read<(Event<'a>, Mark)> {
        match self.events.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let at = error.marker();
                let place = position(self.text, at.line().max(1), at.col() + 1);
                // The parser has a bound of its own for lists and mappings in one line.
                if error.info().contains("recursion limit") {
                    return Err(fault(Code::FileTooLarge, place, TOO_DEEP));
                }
                Err(fault(Code::YamlSyntax, place, error.info()))
            }
            None => Ok((Event::StreamEnd, Mark::default())),
        }
    }

    fn document(mut self) -> Read<Value> {
        let mut value = None;
        loop {
            let (event, mark) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(value.unwrap_or_default()),
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(_) if value.is_some() => {
                    let message = "a second document can't stand in a manifest";
                    return Err(self.refuse(mark, message));
                }
                Event::DocumentStart(_) => {
                    let (event, mark) = self.next()?;
                    value = Some(self.value(event, mark, 0)?);
                }
                other => value = Some(self.value(other, mark, 0)?),
            }
        }
    }
    fn refuse(&self, mark: Mark, message: impl Into<String>) -> Box<Diagnostic> {
        fault(Code::YamlSyntax, span_at(self.text, mark), message)
    }

    fn reference(&self, mark: Mark, anchor: usize, tagged: bool) -> Read<()> {
        let what = match (anchor, tagged) {
            (0, false) => return Ok(()),
            (0, true) => "a tag",
            _ => "an anchor",
        };
        let mut fault = self.refuse(mark, format!("{what} can't stand in a manifest"));
        fault.help = Some(SHARE.to_owned());
        Err(fault)
    }

    fn value(&mut self, event: Event<'a>, mark: Mark, depth: usize) -> Read<Value> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.reference(mark, anchor, tag.is_some())?;
                if style == ScalarStyle::Plain {
                    plain(&text).map_err(|message| self.refuse(mark, message))
                } else {
                    Ok(Value::String(text.into_owned()))
                }
            }
            Event::SequenceStart(anchor, tag) => {
                self.reference(mark, anchor, tag.is_some())?;
                self.deep(mark, depth)?;
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Ok(Value::Array(list)),
                        (event, mark) => list.push(self.value(event, mark, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(anchor, tag) => {
                self.reference(mark, anchor, tag.is_some())?;
                self.deep(mark, depth)?;
                self.mapping(depth + 1)
            }
            Event::Alias(_) => {
                let mut fault = self.refuse(mark, "an alias can't stand in a manifest");
                fault.help = Some(SHARE.to_owned());
                Err(fault)
            }
            _ => Err(self.refuse(mark, "a value is missing")),
        }
    }

    fn deep(&self, mark: Mark, depth: usize) -> Read<()> {
        if depth >= MAX_DEPTH {
            return Err(fault(
                Code::FileTooLarge,
                span_at(self.text, mark),
                TOO_DEEP,
            ));
        }
        Ok(())
    }

    fn mapping(&mut self, depth: usize) -> Read<Value> {
        let mut map = Map::new();
        loop {
            let (event, mark) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Value::Object(map)),
                Event::Scalar(text, style, anchor, tag) => {
                    self.reference(mark, anchor, tag.is_some())?;
                    if style == ScalarStyle::Plain {
                        self.key(mark, &text)?;
                    }
                    text.into_owned()
                }
                Event::Alias(_) => return self.value(event, mark, depth),
                _ => return Err(self.refuse(mark, "a key is text, not a list or a mapping")),
            };
            if map.contains_key(&key) {
                let span = span_at(self.text, mark);
                let message = format!("duplicate key `{key}`");
                return Err(fault(Code::DuplicateKey, span, message));
            }
            let (event, mark) = self.next()?;
            let value = self.value(event, mark, depth)?;
            map.insert(key, value);
        }
    }

    /// May this stand as a key without quotes?
    fn key(&self, mark: Mark, text: &str) -> Read<()> {
        if text == "<<" {
            let mut fault = self.refuse(mark, "the merge key `<<` can't stand in a manifest");
            fault.help = Some(SHARE.to_owned());
            return Err(fault);
        }
        match plain(text) {
            Ok(Value::String(_)) => Ok(()),
            _ => Err(self.refuse(mark, "a key is text: quote numbers, true, false and null")),
        }
    }
}

/// What an unquoted scalar is: the core schema of YAML 1.2.2, section 10.3.2.
fn plain(text: &str) -> Result<Value, &'static str> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(true.into()),
        "false" | "False" | "FALSE" => return Ok(false.into()),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    ) {
        return Err("NaN and infinity are not JSON; quote it");
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(text.into());
    }
    let negative = text.starts_with('-');
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = unsigned.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return integer(digits, radix, negative);
        }
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        // Zeros before the digits are kept: postcodes and the like are text.
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Ok(text.into());
        }
        return integer(unsigned, 10, negative);
    }
    if !is_float(unsigned) {
        return Ok(text.into());
    }
    let number = text.parse().ok().and_then(Number::from_f64);
    number
        .map(Value::Number)
        .ok_or("a number that is too large; quote it")
}

fn integer(digits: &str, radix: u32, negative: bool) -> Result<Value, &'static str> {
    const TOO_LARGE: &str = "an integer that does not fit in 64 bits; quote it";
    let size = u64::from_str_radix(digits, radix).map_err(|_| TOO_LARGE)?;
    if negative {
        let value = 0_i64.checked_sub_unsigned(size).ok_or(TOO_LARGE)?;
        return Ok(value.into());
    }
    Ok(size.into())
}

/// `1.5`, `.5`, `5.`, each with an exponent or without.
fn is_float(unsigned: &str) -> bool {
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let exponent = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        !text.is_empty() && digits(text)
    });
    exponent && digits(whole) && digits(part) && !(whole.is_empty() && part.is_empty())
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
        assert_eq!(
            place("a: 1\n---\nb: 2\n"),
            (
                Code::YamlSyntax,
                2,
                1,
                "a second document can't stand in a manifest".into()
            )
        );
        assert_eq!(
            place("a: 1\nb: \u{1}\n").3,
            "a control character can't stand in a manifest"
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
