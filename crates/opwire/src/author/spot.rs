//! What stands at a place of a file that can be read.

use super::hole::{Hole, close_after, open_before};
use super::nearer::nearer;
use super::text::{floor, span};
use super::workspace::Open;
use crate::diagnostic::Span;
use crate::manifest::locate::Places;
use crate::manifest::parse_yaml;
use serde_json::Value;

/// The key or scalar at a byte offset.
#[derive(Debug)]
pub(super) struct Spot {
    /// The file's value.
    pub(super) value: Value,
    pub(super) pointer: String,
    /// The place is in the key, not in the value.
    pub(super) is_key: bool,
    /// The expression at the place, when it is in one.
    pub(super) hole: Option<Hole>,
    /// The key or scalar, in the text as it is now.
    pub(super) span: Span,
}

impl Open<'_> {
    /// What stands at a byte offset; nothing where the file can't be read.
    pub(super) fn spot(&self, offset: usize) -> Option<Spot> {
        let offset = floor(&self.text, offset);
        if let Ok(value) = parse_yaml(&self.text) {
            return self.spot_in(&self.text, value, offset, offset);
        }
        // The line may be as it was when the file could last be read.
        let good = self.good()?;
        let mut texts = nearer(&good, &self.text, offset).into_iter();
        texts.find_map(|(text, at)| {
            let value = parse_yaml(&text).ok()?;
            self.spot_in(&text, value, at, offset)
        })
    }

    /// What stands at `at` of a text; that is `offset` in the text as it is now.
    fn spot_in(&self, text: &str, value: Value, at: usize, offset: usize) -> Option<Spot> {
        let places = Places::of(text);
        let (pointer, place, is_key) = places.at(at)?;
        let node = place.key.filter(|_| is_key).unwrap_or(place.value);
        let scalar = value.pointer(pointer).is_some_and(Value::is_string);
        let back = |place: usize| (place + offset).saturating_sub(at).min(self.text.len());
        let hole = if scalar && !is_key {
            hole(text, node, at).map(|hole| hole.moved(&back))
        } else {
            None
        };
        Some(Spot {
            pointer: pointer.to_owned(),
            is_key,
            hole,
            span: span(&self.text, back(node.start), back(node.end)),
            value,
        })
    }
}

/// The expression at a place of a scalar.
fn hole(text: &str, scalar: Span, at: usize) -> Option<Hole> {
    let open = open_before(text, scalar.start, at)?;
    let close = close_after(text, at, scalar.end)?;
    let first = text.get(scalar.start..)?.chars().next();
    let quote = first.filter(|c| matches!(c, '"' | '\''));
    Some(Hole::new(text, open + 2, close, quote, at))
}
