//! What can be written at the cursor.

mod keys;
mod paths;
mod values;

use super::cursor::{At, Cursor, Word};
use super::text::span;
use super::workspace::{Open, Workspace};
use crate::diagnostic::Span;
use std::path::Path;

/// Something that can be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type or form, in a few words.
    pub detail: Option<String>,
    /// What it is for, as Markdown.
    pub documentation: Option<String>,
    /// What is written in place of `span`.
    pub text: String,
    /// What it replaces: it holds the cursor, and is in one line.
    pub span: Span,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CompletionKind {
    /// What paths begin with: `input`, a name that `$as` binds.
    Root,
    /// A part of a value, or a key that an operation takes.
    Field,
    /// A helper of expressions.
    Helper,
    /// An operator of templates: `$each`.
    Operator,
    /// A key of the manifest, or a keyword of JSON Schema.
    Key,
    /// One of the values that there are.
    Value,
    /// An operation of the connector.
    Operation,
    /// A shared schema.
    Schema,
    /// A paginator of the connector.
    Paginator,
}

/// A completion before it is known what it replaces.
#[derive(Debug)]
struct Offer {
    label: String,
    kind: CompletionKind,
    detail: Option<String>,
    documentation: Option<String>,
    /// What is written, where that is not the label.
    text: Option<String>,
}

impl Offer {
    fn new(label: impl Into<String>, kind: CompletionKind) -> Self {
        Self {
            label: label.into(),
            kind,
            detail: None,
            documentation: None,
            text: None,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into()).filter(|text| !text.is_empty());
        self
    }

    fn about(mut self, documentation: Option<impl Into<String>>) -> Self {
        self.documentation = documentation
            .map(Into::into)
            .filter(|text| !text.is_empty());
        self
    }
}

impl Workspace {
    /// What can be written at a byte offset of a file, the likelier first. Nothing is left out for what is written there
    /// already: editors choose by that.
    #[must_use]
    pub fn complete(&self, file: &Path, offset: usize) -> Vec<Completion> {
        let Some(open) = self.look_at(file) else {
            return Vec::new();
        };
        let offset = super::text::floor(&open.text, offset);
        let found = Cursor::find(&open.text, open.good().as_deref(), offset);
        found.iter().flat_map(|cursor| open.at(cursor)).collect()
    }
}

impl Open<'_> {
    fn at(&self, cursor: &Cursor) -> Vec<Completion> {
        match &cursor.at {
            At::Hole(hole) => {
                let shown = |seen: crate::operation::Seen<'_>| paths::offers(hole, &seen);
                let offered = self.look(&cursor.value, &cursor.pointer, shown);
                let Some((start, end, offers)) = offered else {
                    return Vec::new();
                };
                let (start, end) = hole.place(start, end);
                self.placed(start, end, offers)
            }
            At::Key { word, colon } => {
                let mut offers = self.keys(cursor);
                for offer in &mut offers {
                    let end = if *colon || word.quoted { "" } else { ": " };
                    offer.text = Some(format!("{}{end}", offer.label));
                }
                self.placed(word.start, word.end, offers)
            }
            At::Value { word } => {
                let mut offers = self.values(cursor);
                for offer in &mut offers {
                    quote(offer, *word);
                }
                self.placed(word.start, word.end, offers)
            }
        }
    }

    fn placed(&self, start: usize, end: usize, offers: Vec<Offer>) -> Vec<Completion> {
        let span = span(&self.text, start, end);
        let each = offers.into_iter().map(|offer| Completion {
            text: offer.text.unwrap_or_else(|| offer.label.clone()),
            label: offer.label,
            kind: offer.kind,
            detail: offer.detail,
            documentation: offer.documentation,
            span,
        });
        each.collect()
    }
}

/// What YAML would read otherwise stands in quotes.
fn quote(offer: &mut Offer, word: Word) {
    let plain = offer.text.as_deref().unwrap_or(&offer.label);
    let special = plain.starts_with(['#', '/', '{', '[', '"', '\'', '&', '*', '!', '@'])
        || plain.contains(": ")
        || (offer.kind == CompletionKind::Schema && plain == "null");
    if special && !word.quoted {
        offer.text = Some(format!("\"{plain}\""));
    }
}
