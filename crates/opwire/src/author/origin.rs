//! Where schemas stand: what a reference leads to, and what a type was made of.

use super::spot::Spot;
use super::workspace::{FileKind, Open};
use crate::manifest::locate::escape;
use crate::operation::Seen;
use crate::schema::Bundle;
use crate::types::{Source, Type};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A file of the connector's folder, and a JSON Pointer in it.
pub(super) type Target = (String, String);

/// Where a node stands in a document: that very node, not one like it.
fn pointer_of(document: &Value, node: &Value) -> Option<String> {
    if std::ptr::eq(document, node) {
        return Some(String::new());
    }
    let below = |key: &str, value: &Value| {
        let rest = pointer_of(value, node)?;
        Some(format!("/{}{rest}", escape(key)))
    };
    match document {
        Value::Object(map) => map.iter().find_map(|(key, value)| below(key, value)),
        Value::Array(list) => {
            let mut each = list.iter().enumerate();
            each.find_map(|(index, value)| below(&index.to_string(), value))
        }
        _ => None,
    }
}

impl Open<'_> {
    /// The place of the schema that describes a type, which is one of an operation's; `value` is its file's.
    pub(super) fn origin(&self, of: &Type<'_>, seen: &Seen<'_>, value: &Value) -> Option<Target> {
        let Source { document, node } = of.about()?;
        let (schema, root) = match seen.response {
            Some(response) if std::ptr::eq(response, document) => (response, "/response/schema"),
            _ => (seen.input, "/input"),
        };
        let pointer = pointer_of(schema, node)?;
        let here = |rest: &str| (self.name.clone(), format!("{root}{rest}"));
        let Some(gathered) = pointer.strip_prefix("/$defs/") else {
            return Some(here(&pointer));
        };
        let end = gathered.find('/').unwrap_or(gathered.len());
        let (name, rest) = gathered.split_at(end);
        let documents = self.workspace.connector()?.library.documents();
        let origins = Bundle::origins(&documents, value.pointer(root)?);
        let (file, base) = origins.get(name)?;
        let pointer = format!("{base}{rest}");
        Some(if file.is_empty() {
            here(&pointer)
        } else {
            (file.clone(), pointer)
        })
    }

    /// What a reference at a place of this file leads to.
    pub(super) fn target(&self, pointer: &str, reference: &str) -> Option<Target> {
        let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = percent_decode_str(fragment).decode_utf8().ok()?;
        if file.is_empty() {
            let root = self.root_of(pointer);
            return Some((self.name.clone(), format!("{root}{fragment}")));
        }
        let documents = self.workspace.connector()?.library.documents();
        let known = documents.0.contains_key(file);
        known.then(|| (file.to_owned(), fragment.into_owned()))
    }

    /// The node that a target names; `value` is this file's.
    pub(super) fn node(&self, file: &str, pointer: &str, value: &Value) -> Option<Value> {
        if file == self.name {
            return value.pointer(pointer).cloned();
        }
        let documents = self.workspace.connector()?.library.documents();
        documents.0.get(file)?.pointer(pointer).cloned()
    }

    /// The paginator of the connector that a place names.
    pub(super) fn paginator(&self, spot: &Spot) -> Option<String> {
        let names = ["/pagination", "/pagination/use"].contains(&spot.pointer.as_str());
        let name = spot.value.pointer(&spot.pointer)?.as_str()?;
        let operation = self.kind == FileKind::Operation;
        (names && operation && name != "none").then(|| name.to_owned())
    }
}
