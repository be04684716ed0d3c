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
            text,
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

struct Walk<'a> {
    text: &'a str,
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

impl Walk<'_> {
    fn event(&mut self, event: &Event<'_>, mark: Mark) {
        match event {
            Event::Scalar(text, ..) => {
                if let Some((pointer, key)) = self.slot(Some(text), mark) {
                    self.places.insert(
                        pointer,
                        Place {
                            key,
                            value: span_at(self.text, mark),
                        },
                    );
                }
            }
            Event::Alias(_) => drop(self.slot(None, mark)),
            Event::MappingStart(..) => self.begin(mark, Inside::Map(None)),
            Event::SequenceStart(..) => self.begin(mark, Inside::List(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(open) = self.open.pop() {
                    let end = span_at(self.text, mark);
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
                start: span_at(self.text, mark),
                inside,
            });
        }
    }

    /// The pointer of the node that starts here; nothing when it is a key.
    fn slot(&mut self, scalar: Option<&str>, mark: Mark) -> Option<(String, Option<Span>)> {
        let text = self.text;
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
                *pending = Some((scalar.unwrap_or_default().to_owned(), span_at(text, mark)));
                None
            }
        }
    }
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

/// The YAML parser counts in characters; a span has bytes too.
pub(crate) fn span_at(text: &str, mark: Mark) -> Span {
    let start = byte_of(text, mark.start.index());
    Span {
        line: mark.start.line(),
        column: mark.start.col() + 1,
        end_line: mark.end.line(),
        end_column: mark.end.col() + 1,
        start,
        end: byte_of(text, mark.end.index()).max(start),
    }
}

fn byte_of(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        index.min(text.len())
    } else {
        text.char_indices()
            .nth(index)
            .map_or(text.len(), |(at, _)| at)
    }
}

/// A span of one character at a line and column.
pub(crate) fn position(text: &str, line: usize, column: usize) -> Span {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
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

#[cfg(test)]
mod tests {
    use super::*;

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
