//! The expression in `{{ }}` that the cursor is in, taken apart.

use super::text::closing;

/// An expression as it is written, and where the cursor is in it.
#[derive(Debug)]
pub(super) struct Hole {
    /// The expression, without the escapes of YAML's quotes.
    text: String,
    cursor: usize,
    /// Where in the file each byte of the expression stands, and its end.
    places: Vec<usize>,
}

/// A part of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    /// A text in quotes; the range is what is in them.
    Text,
    /// A path, a number or a helper's name.
    Word,
}

/// What the cursor is at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum At {
    /// A path, a number or a helper's name, perhaps an empty one.
    Word {
        start: usize,
        end: usize,
        /// It stands where a helper's name can stand.
        head: bool,
    },
    /// A text in quotes, which is an argument of a helper.
    Text {
        start: usize,
        end: usize,
        call: Option<Call>,
    },
}

/// The call that an argument belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) helper: String,
    /// The arguments before this one, as they are written.
    pub(super) before: Vec<String>,
}

impl Hole {
    /// The expression that lies between two places of a file, in a scalar with such quotes.
    pub(super) fn new(
        file: &str,
        start: usize,
        end: usize,
        quote: Option<char>,
        cursor: usize,
    ) -> Self {
        let written = file.get(start..end).unwrap_or_default();
        let mut hole = Self {
            text: String::new(),
            cursor: 0,
            places: Vec::new(),
        };
        let mut chars = written.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if start + at < cursor {
                hole.cursor = hole.text.len() + c.len_utf8();
            }
            let escape = match quote {
                Some('"') => c == '\\',
                Some('\'') => c == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\''),
                _ => false,
            };
            let taken = if escape { chars.next() } else { None };
            let c = taken.map_or(c, |(_, c)| c);
            hole.text.push(c);
            hole.places
                .extend(std::iter::repeat_n(start + at, c.len_utf8()));
        }
        hole.places.push(end);
        hole
    }

    /// The same in a text where all of it stands elsewhere.
    pub(super) fn moved(mut self, to: &dyn Fn(usize) -> usize) -> Self {
        self.places.iter_mut().for_each(|place| *place = to(*place));
        self
    }

    /// A part of the expression.
    pub(super) fn part(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Where the cursor is in the expression.
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Where a part of the expression stands in the file.
    pub(super) fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |index: usize| self.places.get(index).or(self.places.last()).copied();
        (at(start).unwrap_or_default(), at(end).unwrap_or_default())
    }

    /// What the cursor is at.
    pub(super) fn at(&self) -> At {
        let mut calls: Vec<(Option<String>, Vec<String>)> = vec![(None, Vec::new())];
        let mut opened = Vec::new();
        for (token, start, end) in self.tokens() {
            let here = (start..=end).contains(&self.cursor);
            if start > self.cursor {
                break;
            }
            let Some((head, arguments)) = calls.last_mut() else {
                break;
            };
            let text = self.part(start, end);
            match token {
                Token::Word if here => {
                    let head = head.is_none();
                    return At::Word { start, end, head };
                }
                Token::Text if here => {
                    let before = std::mem::take(arguments);
                    let helper = head.take();
                    let call = helper.map(|helper| Call { helper, before });
                    return At::Text { start, end, call };
                }
                Token::Word if head.is_none() => *head = Some(text.to_owned()),
                Token::Word => arguments.push(text.to_owned()),
                Token::Text => arguments.push(format!("'{text}'")),
                Token::Open if start < self.cursor => {
                    opened.push(start);
                    calls.push((None, Vec::new()));
                }
                Token::Close if start < self.cursor => {
                    let whole = self.part(opened.pop().unwrap_or_default(), end).to_owned();
                    if calls.len() > 1 {
                        calls.pop();
                    }
                    if let Some((_, arguments)) = calls.last_mut() {
                        arguments.push(whole);
                    }
                }
                Token::Open | Token::Close => {}
            }
        }
        let head = calls.last().is_none_or(|(head, _)| head.is_none());
        let (start, end) = (self.cursor, self.cursor);
        At::Word { start, end, head }
    }

    fn tokens(&self) -> Vec<(Token, usize, usize)> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(c) = self.part(at, self.text.len()).chars().next() {
            let rest = self.part(at + c.len_utf8(), self.text.len());
            let next = at + c.len_utf8();
            match c {
                c if c.is_whitespace() => at = next,
                '(' | ')' => {
                    let token = if c == '(' { Token::Open } else { Token::Close };
                    tokens.push((token, at, next));
                    at = next;
                }
                // Handlebars escapes with `\` in both kinds of quotes.
                '\'' | '"' => {
                    let width = ended(rest, c).unwrap_or(rest.len());
                    tokens.push((Token::Text, next, next + width));
                    at = next + width + usize::from(width < rest.len());
                }
                _ => {
                    let width = c.len_utf8() + word_width(c, rest);
                    tokens.push((Token::Word, at, at + width));
                    at += width;
                }
            }
        }
        tokens
    }
}

fn ended(rest: &str, quote: char) -> Option<usize> {
    if quote == '"' {
        return closing(rest, quote);
    }
    let mut escaped = false;
    rest.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// How much of a word follows its first character. What is in brackets may be anything.
fn word_width(first: char, rest: &str) -> usize {
    let mut bracket = first == '[';
    for (at, c) in rest.char_indices() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '(' | ')' if !bracket => return at,
            c if c.is_whitespace() && !bracket => return at,
            _ => {}
        }
    }
    rest.len()
}

/// Where the segments of a path stand in it.
pub(super) fn segments(path: &str) -> Vec<(usize, usize)> {
    let mut segments = Vec::new();
    let (mut start, mut bracket) = (0, false);
    for (at, c) in path.char_indices() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '.' if !bracket => {
                segments.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push((start, path.len()));
    segments
}

/// A path up to the end of the segment that the cursor is in.
pub(super) fn to_cursor(path: &str, cursor: usize) -> Option<&str> {
    let mut ends = segments(path).into_iter().map(|(_, end)| end);
    path.get(..ends.find(|end| cursor <= *end)?)
}

/// A name as a path's segment.
pub(super) fn as_segment(name: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$') || !c.is_ascii();
    let index = name.bytes().all(|b| b.is_ascii_digit());
    if !index && name.chars().all(plain) && name != "this" {
        name.to_owned()
    } else {
        format!("[{name}]")
    }
}

/// The place of the `{{` that is open at the cursor; what stands before `from` is not looked at.
pub(super) fn open_before(text: &str, from: usize, cursor: usize) -> Option<usize> {
    let before = text.get(from..cursor)?;
    let at = before.rfind("{{")?;
    let closed = before.get(at..)?.contains("}}");
    let escaped = before.get(..at)?.ends_with('\\');
    (!closed && !escaped).then_some(from + at)
}

/// The place of the `}}` that closes the expression at the cursor, when it is closed before `to`.
pub(super) fn close_after(text: &str, cursor: usize, to: usize) -> Option<usize> {
    let after = text.get(cursor..to)?;
    let at = after.find("}}")?;
    (!after.get(..at)?.contains("{{")).then_some(cursor + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(written: &str, quote: Option<char>) -> (Hole, At) {
        let cursor = written.find('|').unwrap();
        let text = written.replace('|', "");
        let hole = Hole::new(&text, 0, text.len(), quote, cursor);
        let at = hole.at();
        (hole, at)
    }

    #[test]
    fn the_word_at_the_cursor_is_found() {
        for (written, word, is_head) in [
            ("|", "", true),
            (" inp|ut.a ", "input.a", true),
            ("default input.a| 1", "input.a", false),
            ("default input.a |", "", false),
            ("default (fir|st input.[a b].c) 1", "first", true),
            ("default (first input.[a| b].c) 1", "input.[a b].c", false),
            ("default (first x) (|", "", true),
            ("default|", "default", true),
            ("default (first x)|", "", false),
        ] {
            let (hole, at) = at(written, None);
            let At::Word { start, end, head } = at else {
                panic!("{written}: {at:?}");
            };
            assert_eq!((hole.part(start, end), head), (word, is_head), "{written}");
        }
    }

    #[test]
    fn a_text_knows_its_call() {
        let (hole, at) = at(r"default (omit (pick input.a 'b') 'c' 'd|", None);
        let At::Text { start, end, call } = at else {
            panic!("{at:?}");
        };
        assert_eq!(hole.part(start, end), "d");
        let call = call.unwrap();
        assert_eq!(call.helper, "omit");
        assert_eq!(call.before, ["(pick input.a 'b')", "'c'"]);
    }

    #[test]
    fn escapes_of_yaml_are_taken_away() {
        let (hole, at) = at("é ''x'' ab|c ", Some('\''));
        assert_eq!(hole.text, "é 'x' abc ");
        let At::Word { start, end, .. } = at else {
            panic!("{at:?}");
        };
        assert_eq!(hole.part(start, end), "abc");
        assert_eq!(hole.place(start, end), (9, 12));
        let (hole, _) = self::at(r#"eq a \"b|\""#, Some('"'));
        assert_eq!(hole.text, r#"eq a "b""#);
    }

    #[test]
    fn paths_have_segments() {
        let path = "input.[a.b].c.";
        let parts: Vec<&str> = segments(path).iter().map(|(a, b)| &path[*a..*b]).collect();
        assert_eq!(parts, ["input", "[a.b]", "c", ""]);
        assert_eq!(as_segment("full_name"), "full_name");
        assert_eq!(as_segment("0"), "[0]");
        assert_eq!(as_segment("a b"), "[a b]");
    }
}
