//! Where what is named at a place is defined.

use super::hole::{At, Hole, to_cursor};
use super::origin::Target;
use super::place::{InSchema, Part};
use super::spot::Spot;
use super::workspace::{Location, Open, Workspace};
use crate::diagnostic::Span;
use crate::manifest::locate::escape;
use crate::operation::Seen;
use serde_json::Value;
use std::path::Path;

impl Workspace {
    /// Where what is named at a byte offset of a file is defined: schemas, operations, paginators, properties that a
    /// path leads along, names that `$as` binds, credentials.
    #[must_use]
    pub fn definition(&self, file: &Path, offset: usize) -> Option<Location> {
        let open = self.look_at(file)?;
        let spot = open.spot(offset)?;
        if let Some(hole) = &spot.hole {
            let (file, pointer) = open.path_target(&spot, hole)?;
            return self.place(&file, &pointer);
        }
        if spot.is_key {
            return None;
        }
        let text = spot.value.pointer(&spot.pointer)?.as_str()?;
        let place = InSchema::of(open.kind, &spot.pointer);
        match place.map(|place| place.part) {
            Some(Part::Operation) => {
                let file = self.operation(text)?.file;
                let span = Span::START;
                Some(Location { file, span })
            }
            Some(Part::Keyword(keyword)) if keyword == "$ref" => {
                let (file, pointer) = open.target(&spot.pointer, text)?;
                open.node(&file, &pointer, &spot.value)?;
                self.place(&file, &pointer)
            }
            Some(_) => None,
            None => {
                let name = open.paginator(&spot)?;
                self.connector()?.typed.pagination.get(&name)?;
                self.place("connector.yaml", &format!("/pagination/{}", escape(&name)))
            }
        }
    }
}

impl Open<'_> {
    fn path_target(&self, spot: &Spot, hole: &Hole) -> Option<Target> {
        let At::Word { start, end, .. } = hole.at() else {
            return None;
        };
        let path = to_cursor(hole.part(start, end), hole.cursor() - start)?;
        let shown = |seen: Seen<'_>| self.defined(path, &seen, &spot.value);
        self.look(&spot.value, &spot.pointer, shown)?
    }

    fn defined(&self, path: &str, seen: &Seen<'_>, value: &Value) -> Option<Target> {
        let environment = seen.environment.as_ref()?;
        let here = |pointer: String| Some((self.name.clone(), pointer));
        if let Some(local) = environment.locals.iter().rev().find(|it| it.name == path) {
            return here(format!("{}/$as", local.place));
        }
        if let Some(name) = path.strip_prefix("credentials.") {
            let pointer = format!("/credentials/properties/{}", escape(name));
            return value.pointer(&pointer).is_some().then(|| here(pointer))?;
        }
        let of = environment.type_of(path)?;
        self.origin(&of, seen, value)
    }
}
