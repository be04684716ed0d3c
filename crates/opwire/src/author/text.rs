//! Lines and words of a file's text, as its author is writing it.

use crate::diagnostic::Span;

/// Where the cursor's line begins and ends, without its line break.
pub(super) fn line_at(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    (start, start + line.trim_end_matches('\r').len())
}

/// The place of a part of a text.
pub(super) fn span(text: &str, start: usize, end: usize) -> Span {
    let place = |offset: usize| {
        let before = text.get(..offset).unwrap_or_default();
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (before.matches('\n').count() + 1, column)
    };
    let ((line, column), (end_line, end_column)) = (place(start), place(end));
    Span {
        line,
        column,
        end_line,
        end_column,
        start,
        end,
    }
}

/// The nearest place to `offset` where a character begins.
pub(super) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// What of a line stands before the cursor, as far as YAML's structure goes.
#[derive(Debug)]
pub(super) struct Line {
    /// Where the key or value begins that the cursor is in, behind its quote.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) quote: Option<char>,
    /// Nothing but white space and dashes stands before it.
    pub(super) first: bool,
    /// A dash stands before it.
    pub(super) item: bool,
    /// A colon follows it.
    pub(super) has_colon: bool,
}

impl Line {
    /// Reads the cursor's line; nothing when the cursor is in a comment.
    pub(super) fn at(text: &str, cursor: usize) -> Option<Self> {
        let (start, end) = line_at(text, cursor);
        let mut scan = Scan::new(text, start);
        while scan.at < cursor && scan.step(end) {}
        if scan.comment {
            return None;
        }
        let rest = text.get(cursor..end).unwrap_or_default();
        let width = match scan.quote {
            Some(quote) => closing(rest, quote).unwrap_or(rest.len()),
            None => plain_width(rest, !scan.open.is_empty()),
        };
        let after = text.get(cursor + width..end).unwrap_or_default();
        let after = match scan.quote {
            Some(quote) => after.strip_prefix(quote).unwrap_or(after),
            None => after,
        };
        Some(Self {
            start: scan.token.min(cursor),
            end: cursor + width,
            quote: scan.quote,
            first: scan.first,
            item: scan.item,
            has_colon: after.trim_start().starts_with(':'),
        })
    }
}

/// The brackets and the quote that are open at the end of a piece of a line.
pub(super) fn open_at_end(line: &str) -> (Vec<char>, Option<char>) {
    let mut scan = Scan::new(line, 0);
    while scan.step(line.len()) {}
    (scan.open, scan.quote)
}

/// Where a quoted text ends.
pub(super) fn closing(text: &str, quote: char) -> Option<usize> {
    let mut skip = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let doubled = quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'');
        match c {
            _ if skip => skip = false,
            '\\' if quote == '"' => skip = true,
            c if c == quote && doubled => skip = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// How far a plain key or value goes.
fn plain_width(rest: &str, in_flow: bool) -> usize {
    let ends = |(at, c): &(usize, char)| {
        let after = rest.get(at + c.len_utf8()..).unwrap_or_default();
        let before = rest.get(..*at).unwrap_or_default();
        match c {
            ':' => after.is_empty() || after.starts_with([' ', '\t']),
            '#' => before.ends_with([' ', '\t']),
            ',' | '}' | ']' => in_flow,
            _ => false,
        }
    };
    let width = rest
        .char_indices()
        .find(ends)
        .map_or(rest.len(), |(at, _)| at);
    let word = rest.get(..width).unwrap_or_default();
    word.trim_end().len()
}

/// Goes through a line.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    token: usize,
    open: Vec<char>,
    quote: Option<char>,
    first: bool,
    item: bool,
    comment: bool,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, start: usize) -> Self {
        Self {
            text,
            at: start,
            token: start,
            open: Vec::new(),
            quote: None,
            first: true,
            item: false,
            comment: false,
        }
    }

    /// Takes one character; false at the line's end.
    fn step(&mut self, end: usize) -> bool {
        let rest = self.text.get(self.at..end).unwrap_or_default();
        let Some(c) = rest.chars().next().filter(|_| !self.comment) else {
            return false;
        };
        let (begins, after) = (
            self.token == self.at,
            rest.get(c.len_utf8()..).unwrap_or_default(),
        );
        let spaced = after.is_empty() || after.starts_with([' ', '\t']);
        let before = self.text.get(..self.at).unwrap_or_default();
        self.at += c.len_utf8();
        if let Some(quote) = self.quote {
            let escaped = quote == '"' && c == '\\';
            let doubled = quote == '\'' && c == quote && after.starts_with(quote);
            if escaped || doubled {
                self.at += after.chars().next().map_or(0, char::len_utf8);
            } else if c == quote {
                self.quote = None;
            }
            return true;
        }
        match c {
            ' ' | '\t' if begins => self.token = self.at,
            '#' if begins || before.ends_with([' ', '\t']) => self.comment = true,
            '-' if begins && spaced => {
                self.item = true;
                self.token = self.at;
            }
            '"' | '\'' if begins => {
                self.quote = Some(c);
                self.token = self.at;
            }
            '{' | '[' if begins => {
                self.open.push(c);
                self.next_token();
            }
            '}' | ']' if !self.open.is_empty() => {
                self.open.pop();
                self.next_token();
            }
            ',' if !self.open.is_empty() => self.next_token(),
            ':' if spaced => self.next_token(),
            _ => {}
        }
        true
    }

    fn next_token(&mut self) {
        self.token = self.at;
        self.first = false;
    }
}
