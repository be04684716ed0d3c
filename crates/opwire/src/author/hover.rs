//! What there is to say of the place under the pointer.

use super::describe;
use super::hole::{At, Hole, to_cursor};
use super::place::{self, InSchema, Part, tokens};
use super::spot::Spot;
use super::text::span;
use super::words::{self, BODIES, KEYWORDS, OPERATORS, OPTIONS, REPLY, ROOTS};
use super::workspace::{FileKind, Open, Workspace};
use crate::diagnostic::Span;
use crate::manifest::locate::escape;
use crate::operation::Seen;
use crate::template::helpers;
use serde_json::Value;
use std::path::Path;

/// What there is to say of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hover {
    /// The words, as Markdown.
    pub markdown: String,
    /// What they are about.
    pub span: Span,
}

impl Workspace {
    /// What there is to say of a byte offset of a file: types of paths, forms of helpers, what keys are for, what
    /// operations and schemas do that are named there.
    #[must_use]
    pub fn hover(&self, file: &Path, offset: usize) -> Option<Hover> {
        let open = self.look_at(file)?;
        let spot = open.spot(offset)?;
        if let Some(hole) = &spot.hole {
            return open.hover_in_hole(&spot, hole);
        }
        let markdown = if spot.is_key {
            open.of_key(&spot)?
        } else {
            open.of_value(&spot)?
        };
        let span = spot.span;
        Some(Hover { markdown, span })
    }
}

impl Open<'_> {
    fn hover_in_hole(&self, spot: &Spot, hole: &Hole) -> Option<Hover> {
        let At::Word { start, end, head } = hole.at() else {
            return None;
        };
        let path = hole.part(start, end);
        let (markdown, length) = if let Some(helper) = helpers::find(path).filter(|_| head) {
            (describe::helper(helper), path.len())
        } else {
            let path = to_cursor(path, hole.cursor() - start)?;
            let shown = |seen: Seen<'_>| self.of_path(path, &seen, &spot.value);
            let markdown = self.look(&spot.value, &spot.pointer, shown)??;
            (markdown, path.len())
        };
        let (start, end) = hole.place(start, start + length);
        let span = span(&self.text, start, end);
        Some(Hover { markdown, span })
    }

    /// The type of a path, what its schema says, and where that stands.
    fn of_path(&self, path: &str, seen: &Seen<'_>, value: &Value) -> Option<String> {
        let environment = seen.environment.as_ref()?;
        let root = words::of(&ROOTS, path);
        let part = path.strip_prefix("response.");
        let part = part.and_then(|part| REPLY.iter().find(|(name, ..)| *name == part));
        let about = root.or(part.map(|(_, _, about)| *about));
        let known = environment.roots();
        let first = path.split('.').next().unwrap_or_default();
        let Some(of) = environment.type_of(path) else {
            let known = known.contains(&first);
            return about
                .filter(|_| known)
                .map(|about| format!("`{path}`\n\n{about}"));
        };
        let from = self.origin(&of, seen, value);
        let from = from.filter(|(file, _)| *file != self.name);
        let from = from.map(|(file, pointer)| format!("{file}#{pointer}"));
        let told = describe::value(path, &of, from);
        Some(match about {
            Some(about) => format!("{told}\n\n{about}"),
            None => told,
        })
    }

    fn of_key(&self, spot: &Spot) -> Option<String> {
        let (parent, _) = spot.pointer.rsplit_once('/')?;
        let name = tokens(&spot.pointer).pop()?;
        let operator = || {
            let mut rows = OPERATORS.iter();
            let (_, about, _) = rows.find(|(known, ..)| *known == name)?;
            Some(*about)
        };
        let about = if let Some(place) = InSchema::of(self.kind, parent) {
            match place.part {
                Part::Schema => words::of(&KEYWORDS, &name),
                Part::Options => words::of(&OPTIONS, &name),
                Part::OptionsInput(_) => operator(),
                _ => None,
            }
        } else if self.kind == FileKind::Operation && place::is_body(parent) {
            words::of(&BODIES, &name).or_else(operator)
        } else {
            let key = place::key(self.kind, &spot.pointer);
            key.and_then(|key| key.about).or_else(operator)
        };
        Some(format!("`{name}`\n\n{}", about?))
    }

    fn of_value(&self, spot: &Spot) -> Option<String> {
        let text = spot.value.pointer(&spot.pointer)?.as_str()?;
        let place = InSchema::of(self.kind, &spot.pointer);
        match place.map(|place| place.part) {
            Some(Part::Operation) => {
                return Some(describe::operation(&self.workspace.operation(text)?));
            }
            Some(Part::Keyword(keyword)) if keyword == "$ref" => {
                let (file, pointer) = self.target(&spot.pointer, text)?;
                self.node(&file, &pointer, &spot.value)?;
                return self.shown(text, &file, &pointer);
            }
            Some(_) => return None,
            None => {}
        }
        if let Some(name) = self.paginator(spot) {
            self.workspace.connector()?.typed.pagination.get(&name)?;
            let pointer = format!("/pagination/{}", escape(&name));
            return self.shown(&name, "connector.yaml", &pointer);
        }
        let values = place::values(self.kind, &spot.pointer);
        let value = values.into_iter().find(|value| value.name == text)?;
        Some(format!("`{text}`\n\n{}", value.about?))
    }

    /// A name, and what it stands for as it is written.
    fn shown(&self, name: &str, file: &str, pointer: &str) -> Option<String> {
        let text = self.workspace.excerpt(file, pointer)?;
        Some(format!("`{name}`\n\n```yaml\n{text}\n```"))
    }
}
