//! The outline of a file.

use super::place::tokens;
use super::workspace::Workspace;
use crate::diagnostic::Span;
use crate::manifest::locate::Places;
use std::path::Path;

/// Keys are told this deep: the names of properties and of shared schemas are.
const MAX_DEPTH: usize = 3;

/// A key of a file's outline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Symbol {
    /// The key.
    pub name: String,
    /// The key and its value.
    pub span: Span,
    /// The key alone.
    pub key: Span,
    /// The keys in its value.
    pub children: Vec<Symbol>,
}

impl Workspace {
    /// The upper keys of a file, in its order, as far as it can be read.
    #[must_use]
    pub fn symbols(&self, file: &Path) -> Vec<Symbol> {
        let Some(open) = self.look_at(file) else {
            return Vec::new();
        };
        let mut outline = Vec::new();
        for (pointer, place) in Places::of(&open.text).in_order() {
            let tokens = tokens(pointer);
            let (Some(key), Some((name, parents))) = (place.key, tokens.split_last()) else {
                continue;
            };
            if tokens.len() > MAX_DEPTH {
                continue;
            }
            let span = Span {
                line: key.line,
                column: key.column,
                start: key.start,
                ..place.value
            };
            let symbol = Symbol {
                name: name.clone(),
                span,
                key,
                children: Vec::new(),
            };
            insert(&mut outline, parents, symbol);
        }
        outline
    }
}

fn insert(outline: &mut Vec<Symbol>, parents: &[String], symbol: Symbol) {
    match parents.split_first() {
        None => outline.push(symbol),
        Some((first, rest)) => {
            // What is in a list has no key above it.
            if let Some(parent) = outline.iter_mut().rfind(|it| it.name == *first) {
                insert(&mut parent.children, rest, symbol);
            }
        }
    }
}
