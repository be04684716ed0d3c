//! What the cursor is in, found by putting a mark in its place and reading the file.
//!
//! A file that is being written can seldom be read as it is: an expression is open, a key has no colon yet. So the word
//! at the cursor is replaced by a mark, what is open is closed, and of the texts that come of it the first that can be
//! read is taken.

use super::hole::{Hole, close_after, open_before};
use super::nearer::nearer;
use super::text::{Line, closing, line_at, open_at_end};
use crate::manifest::locate::escape;
use crate::manifest::parse_yaml;
use serde_json::Value;

/// Stands for the word at the cursor: a character that nobody writes.
const MARK: &str = "\u{e000}";

/// What the cursor is in.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The file's value. A mark stands in it for the word at the cursor, unless that is a key: then it is left out.
    pub(super) value: Value,
    /// The place of the scalar that the cursor is in, or of the mapping whose key it is in.
    pub(super) pointer: String,
    pub(super) at: At,
}

/// The kind of place.
#[derive(Debug)]
pub(super) enum At {
    /// A key of a mapping; `colon` when one follows.
    Key { word: Word, colon: bool },
    /// A scalar.
    Value { word: Word },
    /// An expression in `{{ }}`.
    Hole(Hole),
}

/// What a completion replaces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
}

impl Cursor {
    /// What the cursor is in; several where it may be one thing or another.
    ///
    /// `good` is the last text of the file that could be read.
    pub(super) fn find(text: &str, good: Option<&str>, cursor: usize) -> Vec<Self> {
        let mut bases = vec![(text.to_owned(), cursor)];
        if let Some(good) = good.filter(|good| *good != text) {
            bases.extend(nearer(good, text, cursor));
        }
        let found = bases.into_iter().map(|(base, at)| {
            // The cursor's line is the same in all of them: only where it stands may differ.
            let back = |offset: usize| (offset + cursor).saturating_sub(at);
            Self::in_text(&base, at, &back)
        });
        found
            .into_iter()
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    fn in_text(text: &str, cursor: usize, back: &dyn Fn(usize) -> usize) -> Vec<Self> {
        let (start, _) = line_at(text, cursor);
        if let Some(open) = open_before(text, start, cursor) {
            let found = Self::in_hole(text, open, cursor, back);
            return found.into_iter().collect();
        }
        let Some(line) = Line::at(text, cursor) else {
            return Vec::new();
        };
        let word = Word {
            start: back(line.start),
            end: back(line.end),
            quoted: line.quote.is_some(),
        };
        let mut found: Vec<Self> = Vec::new();
        for text in marked(text, &line) {
            let Some((value, pointer, is_key)) = read(&text) else {
                continue;
            };
            let colon = line.has_colon;
            let at = if is_key {
                At::Key { word, colon }
            } else {
                At::Value { word }
            };
            // After a dash either a value or the first key of a mapping may come.
            let again = found.iter().any(|known| known.is_key() == is_key);
            if found.is_empty() || (line.item && !again) {
                found.push(Self { value, pointer, at });
            }
        }
        found
    }

    fn is_key(&self) -> bool {
        matches!(self.at, At::Key { .. })
    }

    /// The expression that opens at `open`.
    fn in_hole(
        text: &str,
        open: usize,
        cursor: usize,
        back: &dyn Fn(usize) -> usize,
    ) -> Option<Self> {
        let (start, end) = line_at(text, cursor);
        let (brackets, quote) = open_at_end(text.get(start..open)?);
        let rest = text.get(cursor..end)?;
        let close = close_after(text, cursor, end);
        let limit = match (close, quote) {
            (Some(close), _) => close,
            (None, Some(quote)) => closing(rest, quote).map_or(end, |at| cursor + at),
            (None, None) if brackets.is_empty() => end,
            (None, None) => rest.find(['}', ']']).map_or(end, |at| cursor + at),
        };
        let after = close.map_or(limit, |close| close + 2);
        let texts = closed(replaced(text, open, after, MARK), open);
        let (value, pointer, _) = texts.iter().find_map(|text| read(text))?;
        let hole = Hole::new(text, open + 2, limit, quote, cursor);
        let at = At::Hole(hole.moved(back));
        Some(Self { value, pointer, at })
    }
}

/// The text with the mark in place of the word at the cursor, as a key and as a value.
fn marked(text: &str, line: &Line) -> Vec<String> {
    let with = |mark: &str| closed(replaced(text, line.start, line.end, mark), line.start);
    let value = with(MARK);
    if !line.first || line.has_colon {
        return value;
    }
    // On a line of its own a word is more often the beginning of a key.
    let mut texts = if line.quote.is_some() {
        let closed = line.end + usize::from(is_closed(text, line));
        let quote = line.quote.map(String::from).unwrap_or_default();
        let mark = format!("{MARK}{quote}:");
        vec![replaced(text, line.start, closed, &mark)]
    } else {
        with(&format!("{MARK}:"))
    };
    texts.extend(value);
    texts
}

fn is_closed(text: &str, line: &Line) -> bool {
    let rest = text.get(line.end..).unwrap_or_default();
    line.quote.is_some_and(|quote| rest.starts_with(quote))
}

fn replaced(text: &str, start: usize, end: usize, with: &str) -> String {
    let (before, after) = (text.get(..start), text.get(end..));
    [before.unwrap_or_default(), with, after.unwrap_or_default()].concat()
}

/// The text as it is, and with what a line leaves open closed at its end: the likelier first.
fn closed(text: String, at: usize) -> Vec<String> {
    let (start, end) = line_at(&text, at);
    let (brackets, quote) = open_at_end(text.get(start..end).unwrap_or_default());
    if brackets.is_empty() && quote.is_none() {
        return vec![text];
    }
    let closing = brackets.iter().rev();
    let closing = closing.map(|open| if *open == '{' { '}' } else { ']' });
    let closing: String = quote.into_iter().chain(closing).collect();
    let whole = replaced(&text, end, end, &closing);
    if quote.is_some() {
        vec![whole, text]
    } else {
        vec![text, whole]
    }
}

/// The value of a text with a mark, where the mark is, and whether it is a key.
fn read(text: &str) -> Option<(Value, String, bool)> {
    let mut value = parse_yaml(text).ok()?;
    let (pointer, is_key) = find(&value, "")?;
    if is_key && let Some(map) = value.pointer_mut(&pointer).and_then(Value::as_object_mut) {
        map.retain(|key, _| !key.contains(MARK));
    }
    Some((value, pointer, is_key))
}

/// The place of the mark: the mapping whose key it is in, or the scalar.
fn find(value: &Value, pointer: &str) -> Option<(String, bool)> {
    match value {
        Value::String(text) => text.contains(MARK).then(|| (pointer.to_owned(), false)),
        Value::Array(list) => {
            let mut each = list.iter().enumerate();
            each.find_map(|(index, item)| find(item, &format!("{pointer}/{index}")))
        }
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            if key.contains(MARK) {
                return Some((pointer.to_owned(), true));
            }
            find(value, &format!("{pointer}/{}", escape(key)))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the cursor at `|` is told: the kind of place, its pointer and the word.
    fn told(written: &str, good: Option<&str>) -> Vec<String> {
        let cursor = written.find('|').unwrap();
        let text = written.replacen('|', "", 1);
        let found = Cursor::find(&text, good, cursor);
        let each = found.iter().map(|Cursor { pointer, at, .. }| match at {
            At::Key { word, colon } => {
                let colon = if *colon { ":" } else { "" };
                format!("key {pointer} {}{colon}", &text[word.start..word.end])
            }
            At::Value { word } => format!("value {pointer} {}", &text[word.start..word.end]),
            At::Hole(hole) => {
                let (start, end) = hole.place(0, usize::MAX);
                format!("hole {pointer} {}", &text[start..end])
            }
        });
        each.collect()
    }

    #[test]
    fn whole_files() {
        for (written, expected) in [
            ("a: { b: \"x {{ in|put.a }} y\" }\n", "hole /a/b  input.a "),
            ("a: '{{default ''x'' |}}'\n", "hole /a default ''x'' "),
            ("a: x {{inp|ut}} {{b}}\n", "hole /a input"),
            ("a: one t|wo # three\n", "value /a one two"),
            ("a: { b: |, c: 1 }\n", "value /a/b "),
            ("a: [b, c|]\n", "value /a/1 c"),
            ("kin|d: main\n", "key  kind:"),
            ("a: { o|p: 1 }\n", "key /a op:"),
            ("a: { 'o|p': 1 }\n", "key /a op:"),
            ("a:\n  b: 1\n  |\nc: 2\n", "key /a "),
            ("a:\n  |\nc: 2\n", "key /a "),
            (
                "$ref: \"connector.yaml#/$defs/|\"\n",
                "value /$ref connector.yaml#/$defs/",
            ),
        ] {
            assert_eq!(told(written, None), [expected], "{written}");
        }
        assert!(told("# a com|ment\n", None).is_empty());
        assert!(told("a: b # a com|ment\n", None).is_empty());
    }

    #[test]
    fn files_in_the_making() {
        for (written, expected) in [
            ("a: \"/x/{{input.|\nb: \"1\"\n", "hole /a input."),
            ("a: \"/x/{{input.|\"\nb: 1\n", "hole /a input."),
            ("a: {{input.|\nb: 1\n", "hole /a input."),
            ("a: {{input.|}}\nb: 1\n", "hole /a input."),
            ("a: { b: \"{{input.|\nc: 1\n", "hole /a/b input."),
            ("a: { b: {{input.| }\nc: 1\n", "hole /a/b input. "),
            ("a: { b: c|\nd: 1\n", "value /a/b c"),
            ("a: [{ b: \"c|\nd: 1\n", "value /a/0/b c"),
            ("a: { b: 1, c|\nd: 1\n", "key /a c"),
            ("a:\n  b: 1\n  re|\nc: 2\n", "key /a re"),
            ("a:\n  b: \"x|\nc: 2\n", "value /a/b x"),
        ] {
            assert_eq!(told(written, None), [expected], "{written}");
        }
    }

    #[test]
    fn after_a_dash_it_may_be_a_key_or_a_value() {
        let both = ["key /a/0 x", "value /a/0 x"];
        assert_eq!(told("a:\n  - x|\n", None), both);
        assert_eq!(told("a:\n  - b: 1\n    x|\n", None), ["key /a/0 x"]);
    }

    #[test]
    fn what_is_broken_elsewhere_is_left_out() {
        let good = "a: 1\nb:\n  c: 2\n  d: é\ne: 3\n";
        for (written, expected) in [
            // Above, below, and in the same lines.
            ("a: {\nb:\n  c: 2\n  d: é|\ne: 3\n", "value /b/d é"),
            ("a: 1\nb:\n  c: 2|\n  d: é\ne: }3\n", "value /b/c 2"),
            (
                "a: 1\nb:\n  x: {\n  y: \"{{z.|\n  c: 2\n  d: é\ne: 3\n",
                "hole /b/y z.",
            ),
            ("a: 1\nb:\n  c: 2\n  x: {\n  y|\ne: 3\n", "key /b y"),
        ] {
            assert_eq!(told(written, None), [""; 0], "{written}");
            assert_eq!(told(written, Some(good)), [expected], "{written}");
        }
    }
}
