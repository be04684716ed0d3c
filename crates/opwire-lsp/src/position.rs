//! Bytes of a text ↔ lines and columns as the client counts them.

use tower_lsp_server::ls_types::{
    InitializeParams, Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent,
};

/// How columns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// What every client knows.
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// The encoding that fits best of those that the client knows.
    pub(crate) fn choose(params: &InitializeParams) -> Self {
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref());
        let knows = |kind: &PositionEncodingKind| offered.is_some_and(|all| all.contains(kind));
        // Bytes need no counting.
        if knows(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if knows(&PositionEncodingKind::UTF32) && !knows(&PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }

    /// The byte at a position. A column behind the line's end is its end, a line behind the last is the text's end.
    pub(crate) fn offset(self, text: &str, position: Position) -> usize {
        let Some((start, line)) = lines(text).nth(position.line as usize) else {
            return text.len();
        };
        let mut column = 0;
        for (at, c) in line.char_indices() {
            let next = column + self.width(c);
            // A column within a character is its beginning.
            if next > position.character as usize {
                return start + at;
            }
            column = next;
        }
        start + line.len()
    }

    /// The position of a byte.
    pub(crate) fn position(self, text: &str, offset: usize) -> Position {
        let started = lines(text).enumerate();
        let started = started.take_while(|(_, (start, _))| *start <= offset);
        let Some((number, (start, line))) = started.last() else {
            return Position::default();
        };
        let before = line
            .char_indices()
            .take_while(|(at, _)| start + at < offset);
        let column: usize = before.map(|(_, c)| self.width(c)).sum();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position::new(count(number), count(column))
    }

    /// The range of some bytes.
    pub(crate) fn range(self, text: &str, start: usize, end: usize) -> Range {
        Range::new(self.position(text, start), self.position(text, end))
    }

    /// The text with a change of the client's made.
    pub(crate) fn changed(self, text: &str, change: &TextDocumentContentChangeEvent) -> String {
        let Some(range) = change.range else {
            return change.text.clone();
        };
        let start = self.offset(text, range.start);
        let end = self.offset(text, range.end).max(start);
        let (before, after) = (text.get(..start), text.get(end..));
        [
            before.unwrap_or_default(),
            &change.text,
            after.unwrap_or_default(),
        ]
        .concat()
    }
}

/// The lines of a text without their ends, and where each begins. A line ends with CR LF, LF or CR.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let rest = text.get(start..)?;
        let Some(end) = rest.find(['\n', '\r']) else {
            next = None;
            return Some((start, rest));
        };
        let ends = rest.get(end..)?;
        let width = if ends.starts_with("\r\n") { 2 } else { 1 };
        next = Some(start + end + width);
        Some((start, rest.get(..end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: é𝄞x\r\nb: ü\n\nlast";

    #[test]
    fn columns_are_counted_in_each_encoding() {
        for (encoding, line, column, part) in [
            (Encoding::Utf8, 0, 9, "x"),
            (Encoding::Utf16, 0, 6, "x"),
            (Encoding::Utf32, 0, 5, "x"),
            (Encoding::Utf16, 1, 3, "ü"),
            (Encoding::Utf16, 3, 2, "st"),
        ] {
            let position = Position::new(line, column);
            let offset = encoding.offset(TEXT, position);
            assert_eq!(offset, TEXT.find(part).unwrap(), "{encoding:?} {part}");
            assert_eq!(
                encoding.position(TEXT, offset),
                position,
                "{encoding:?} {part}"
            );
        }
    }

    #[test]
    fn positions_beyond_the_text_are_its_ends() {
        let at = |line, column| Encoding::Utf16.offset(TEXT, Position::new(line, column));
        // Behind a line's end, behind the last line, within a character.
        assert_eq!(at(0, 99), TEXT.find('\r').unwrap());
        assert_eq!(at(2, 5), TEXT.find("\nlast").unwrap());
        assert_eq!(at(9, 0), TEXT.len());
        assert_eq!(at(0, 5), TEXT.find('𝄞').unwrap());
        assert_eq!(Encoding::Utf16.position("", 0), Position::new(0, 0));
        let end = Encoding::Utf16.position("a\n", 2);
        assert_eq!(end, Position::new(1, 0));
    }

    #[test]
    fn changes_are_made_where_they_say() {
        let change = |range, text: &str| TextDocumentContentChangeEvent {
            range,
            range_length: None,
            text: text.to_owned(),
        };
        let range = |a, b, c, d| Some(Range::new(Position::new(a, b), Position::new(c, d)));
        let changed = |range, text| Encoding::Utf16.changed(TEXT, &change(range, text));
        assert_eq!(changed(range(0, 6, 1, 3), "-"), "a: é𝄞-ü\n\nlast");
        assert_eq!(changed(range(3, 4, 3, 4), "!"), "a: é𝄞x\r\nb: ü\n\nlast!");
        assert_eq!(changed(None, "new"), "new");
    }

    #[test]
    fn the_client_chooses_the_encoding() {
        let choose = |known: &[&str]| {
            let mut params = InitializeParams::default();
            let kinds = known
                .iter()
                .map(|kind| PositionEncodingKind::from((*kind).to_owned()));
            let general = params.capabilities.general.get_or_insert_default();
            general.position_encodings = Some(kinds.collect());
            Encoding::choose(&params)
        };
        assert_eq!(
            Encoding::choose(&InitializeParams::default()),
            Encoding::Utf16
        );
        assert_eq!(choose(&["utf-16", "utf-8"]), Encoding::Utf8);
        assert_eq!(choose(&["utf-16"]), Encoding::Utf16);
        assert_eq!(choose(&["utf-32"]), Encoding::Utf32);
    }
}
