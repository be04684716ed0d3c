//! JSON Pointer → line and column of a YAML text. Used only when there is something to report.

use crate::diagnostic::Span;
use saphyr_parser::{Event, Parser, Span as Mark};
use std::collections::HashMap;

/// Where a node's key and value stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) key: Option<Span>,
    pub(crate) value: Span,
}

/// The place of every node of a YAML text, by its JSON Pointer.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<String, Place>);

impl Places {
    /// Reads the text's events; what can't be read has no places.
    pub(crate) fn of(text: &str) -> Self {
        let mut walk = Walk {
            characters: Characters::of(text),
            places: HashMap::new(),
            open: Vec::new(),
        };
        for event in Parser::new_from_str(text) {
            let Ok((event, mark)) = event else { break };
            walk.event(&event, mark);
        }
        Self(walk.places)
    }

    /// The smallest node at a byte offset: its pointer, its place, and whether the offset is in its key.
    pub(crate) fn at(&self, offset: usize) -> Option<(&str, Place, bool)> {
        let within = |span: Span| (span.start..=span.end).contains(&offset);
        let in_key = |place: &Place| place.key.is_some_and(within);
        let size = |(_, place): &(&String, &Place)| {
            let span = place.key.filter(|_| in_key(place)).unwrap_or(place.value);
            // Where two meet, it is the later one.
            (span.end - span.start, usize::MAX - span.start)
        };
        let here = self
            .0
            .iter()
            .filter(|(_, place)| within(place.value) || in_key(place));
        let (pointer, place) = here.min_by_key(size)?;
        Some((pointer, *place, in_key(place)))
    }

    /// Every node, in the order of the text.
    pub(crate) fn in_order(&self) -> Vec<(&str, Place)> {
        let mut all: Vec<(&str, Place)> = self
            .0
            .iter()
            .map(|(at, place)| (at.as_str(), *place))
            .collect();
        all.sort_by_key(|(pointer, place)| (place.key.unwrap_or(place.value).start, pointer.len()));
        all
    }

    /// The place of a node, or of the nearest node around it.
    pub(crate) fn nearest(&self, pointer: &str) -> Place {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.0.get(pointer) {
                return *place;
            }
            match pointer.rfind('/') {
                Some(at) => pointer = pointer.get(..at).unwrap_or(""),
                None => {
                    return Place {
                        key: None,
                        value: Span::START,
                    };
                }
            }
        }
    }
}

struct Walk {
    characters: Characters,
    places: HashMap<String, Place>,
    open: Vec<Open>,
}

/// A list or mapping that has begun.
struct Open {
    pointer: String,
    key: Option<Span>,
    start: Span,
    inside: Inside,
}

enum Inside {
    List(usize),
    Map(Option<(String, Span)>),
}

impl Walk {
    fn event(&mut self, event: &Event<'_>, mark: Mark) {
        match event {
            Event::Scalar(text, ..) => {
                if let Some((pointer, key)) = self.slot(Some(text), mark) {
                    self.places.insert(
                        pointer,
                        Place {
                            key,
                            value: self.characters.span(mark),
                        },
                    );
                }
            }
            Event::Alias(_) => drop(self.slot(None, mark)),
            Event::MappingStart(..) => self.begin(mark, Inside::Map(None)),
            Event::SequenceStart(..) => self.begin(mark, Inside::List(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(open) = self.open.pop() {
                    let end = self.characters.span(mark);
                    let value = Span {
                        end_line: end.end_line,
                        end_column: end.end_column,
                        end: end.end,
                        ..open.start
                    };
                    self.places.insert(
                        open.pointer,
                        Place {
                            key: open.key,
                            value,
                        },
                    );
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, mark: Mark, inside: Inside) {
        if let Some((pointer, key)) = self.slot(None, mark) {
            self.open.push(Open {
                pointer,
                key,
                start: self.characters.span(mark),
                inside,
            });
        }
    }

    /// The pointer of the node that starts here; nothing when it is a key.
    fn slot(&mut self, scalar: Option<&str>, mark: Mark) -> Option<(String, Option<Span>)> {
        let characters = &self.characters;
        let Some(open) = self.open.last_mut() else {
            return Some((String::new(), None));
        };
        match &mut open.inside {
            Inside::List(index) => {
                let pointer = format!("{}/{index}", open.pointer);
                *index += 1;
                Some((pointer, None))
            }
            Inside::Map(pending) => {
                if let Some((key, at)) = pending.take() {
                    return Some((format!("{}/{}", open.pointer, escape(&key)), Some(at)));
                }
                *pending = Some((scalar.unwrap_or_default().to_owned(), characters.span(mark)));
                None
            }
        }
    }
}

/// The key that a token of a JSON Pointer stands for.
pub(crate) fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// A key as a token of a JSON Pointer (RFC 6901, section 3).
#[must_use]
pub fn escape(key: &str) -> std::borrow::Cow<'_, str> {
    if key.contains(['~', '/']) {
        key.replace('~', "~0").replace('/', "~1").into()
    } else {
        key.into()
    }
}

/// A span in a text, of what the YAML parser marked.
pub(crate) fn span_at(text: &str, mark: Mark) -> Span {
    Characters::of(text).span(mark)
}

/// Where each character of a text begins: the YAML parser counts in characters, a span has bytes too.
struct Characters {
    /// Nothing when each has one byte.
    starts: Option<Vec<usize>>,
    /// A place after the last character.
    end: Span,
}

impl Characters {
    fn of(text: &str) -> Self {
        let starts = || text.char_indices().map(|(at, _)| at).collect();
        Self {
            starts: (!text.is_ascii()).then(starts),
            end: position(text, usize::MAX, 1),
        }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.starts {
            None => index.min(self.end.start),
            Some(starts) => starts.get(index).copied().unwrap_or(self.end.start),
        }
    }

    /// The parser counts a line more where a text does not end with a break: what lies there is at the text's end.
    fn span(&self, mark: Mark) -> Span {
        let last = self.end.line;
        if mark.start.line() > last {
            return self.end;
        }
        let (end_line, end_column) = if mark.end.line() > last {
            (last, self.end.column)
        } else {
            (mark.end.line(), mark.end.col() + 1)
        };
        let start = self.byte(mark.start.index());
        Span {
            line: mark.start.line(),
            column: mark.start.col() + 1,
            end_line,
            end_column,
            start,
            end: self.byte(mark.end.index()).max(start),
        }
    }
}

/// A span of one character at a line and column. What lies beyond the last line is at its end.
pub(crate) fn position(text: &str, line: usize, column: usize) -> Span {
    let before = match line {
        0 | 1 => Some(0),
        _ => breaks(text).nth(line - 2),
    };
    let Some(before) = before else {
        let last = breaks(text).last().unwrap_or_default();
        let rest = text.get(last..).unwrap_or_default();
        return position(text, breaks(text).count() + 1, rest.chars().count() + 1);
    };
    let rest = text.get(before..).unwrap_or_default();
    let within = rest
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(rest.len(), |(at, _)| at);
    let start = before + within;
    let end = text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .map_or(start, |c| start + c.len_utf8());
    Span {
        line,
        column,
        end_line: line,
        end_column: column + 1,
        start,
        end,
    }
}

/// The bytes after each line break (YAML 1.2.2, section 5.4).
fn breaks(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let breaks = bytes.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    breaks.map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_characters_are_found_in_any_text() {
        for text in ["", "a", "é", &"aé日🦀".repeat(50), &"x".repeat(200)] {
            let characters = Characters::of(text);
            let mut count = 0;
            for (index, (at, _)) in text.char_indices().enumerate() {
                assert_eq!(characters.byte(index), at, "{text}");
                count = index + 1;
            }
            assert_eq!(characters.byte(count), text.len());
            assert_eq!(characters.byte(count + 1000), text.len());
        }
    }

    #[test]
    fn what_lies_beyond_the_text_is_at_its_end() {
        let span = position("a: {\nb", 3, 1);
        assert_eq!((span.line, span.column, span.start), (2, 2, 6));
        assert_eq!(position("", 7, 7).line, 1);
        let span = position("a\r\nb\rc\nd", 3, 1);
        assert_eq!((span.line, span.start), (3, 5));
    }

    #[test]
    fn every_node_has_its_place() {
        let text = "a: 1\nb:\n  - x: é\n    y/z: 2\n";
        let places = Places::of(text);
        let at = |pointer: &str| {
            let span = places.nearest(pointer).value;
            (
                span.line,
                span.column,
                text.get(span.start..span.end)
                    .unwrap_or("?")
                    .trim_end()
                    .to_owned(),
            )
        };
        assert_eq!(at("/a"), (1, 4, "1".into()));
        assert_eq!(at("/b/0/x"), (3, 8, "é".into()));
        assert_eq!(at("/b/0/y~1z"), (4, 10, "2".into()));
        assert_eq!(at("/b/0/nothing").0, 3);
        assert_eq!(
            places.nearest("/b").key.map(|k| (k.line, k.column)),
            Some((2, 1))
        );
    }
}
