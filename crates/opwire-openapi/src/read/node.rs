//! [`Node`]: a place in the document. Looking is lenient: what has another form than it should isn't there.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

/// References lead to references this often.
const MAX_HOPS: usize = 16;

/// Something that a connector can't say, or that the document says wrongly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Warning {
    /// The place in the document, as a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What is not expressed, or was read otherwise than it is written.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// The document, and what was wrong with it so far.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    root: &'a Value,
    warnings: RefCell<BTreeSet<Warning>>,
}

/// A place in the document: the value there, and the JSON Pointer to it.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    pub(crate) at: String,
}

impl<'a> Source<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        let warnings = RefCell::default();
        Self { root, warnings }
    }

    pub(crate) fn root(&self) -> Node<'a> {
        let at = String::new();
        Node {
            value: self.root,
            at,
        }
    }

    pub(crate) fn warn(&self, at: &str, message: impl Into<String>) {
        let (pointer, message) = (at.to_owned(), message.into());
        let warning = Warning { pointer, message };
        self.warnings.borrow_mut().insert(warning);
    }

    /// What was wrong, by place.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.warnings.borrow().iter().cloned().collect()
    }

    /// What stands where a local reference leads: `#/components/schemas/Pet`.
    pub(crate) fn target(&self, reference: &str) -> Option<Node<'a>> {
        let fragment = reference.strip_prefix('#')?;
        // A fragment is percent-encoded (RFC 6901, section 6); many documents don't do it.
        let decoded = percent_decode_str(fragment).decode_utf8_lossy();
        let found = |at: &str| Some((self.root.pointer(at)?, at.to_owned()));
        let (value, at) = found(&decoded).or_else(|| found(fragment))?;
        Some(Node { value, at })
    }

    /// The node itself, or what its `$ref` leads to.
    pub(crate) fn resolve(&self, node: Node<'a>) -> Option<Node<'a>> {
        let mut node = node;
        for _ in 0..MAX_HOPS {
            let Some(reference) = node.value.get("$ref").and_then(Value::as_str) else {
                return Some(node);
            };
            let Some(target) = self.target(reference) else {
                let message = if reference.starts_with('#') {
                    format!("`{reference}` leads to nothing, and is left out")
                } else {
                    format!("`{reference}` leads out of the document, and is left out")
                };
                self.warn(&node.at, message);
                return None;
            };
            node = target;
        }
        self.warn(&node.at, "references lead in a circle, and are left out");
        None
    }
}

impl<'a> Node<'a> {
    pub(crate) fn child(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        let at = below(&self.at, key);
        Some(Self { value, at })
    }

    fn object(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// The members of an object, in their order; extensions (`x-…`) are passed over.
    pub(crate) fn members(&self) -> Vec<(&'a str, Self)> {
        let each = self.object().into_iter().flatten();
        let each = each.filter(|(name, _)| !name.starts_with("x-"));
        each.map(|(name, value)| {
            let at = below(&self.at, name);
            (name.as_str(), Self { value, at })
        })
        .collect()
    }

    /// The items of a list; a single value stands for a list of one.
    pub(crate) fn items(&self) -> Vec<Self> {
        let Some(list) = self.value.as_array() else {
            return vec![self.clone()];
        };
        let each = list.iter().enumerate();
        each.map(|(index, value)| Self {
            value,
            at: format!("{}/{index}", self.at),
        })
        .collect()
    }

    /// Items of the list under a key; none when it isn't there.
    pub(crate) fn list(&self, key: &str) -> Vec<Self> {
        self.child(key).map(|list| list.items()).unwrap_or_default()
    }

    /// Text under a key. Numbers and booleans, which YAML makes of bare words, are text too. Empty is not there.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let text = text_of(self.value.get(key)?)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Is `true`, or the text that spells it, under a key?
    pub(crate) fn flag(&self, key: &str) -> bool {
        match self.value.get(key) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }
}

/// The pointer to what stands under a key.
pub(crate) fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A scalar as text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_decoded() {
        let root = json!({"paths": {"/a b/{id}": {"x": 1}}, "definitions": {"A~B": {"$ref": "#/definitions/C"}, "C": 3}});
        let source = Source::new(&root);
        for reference in [
            "#/paths/~1a%20b~1{id}/x",
            "#/paths/~1a%20b~1%7Bid%7D/x",
            "#/paths/~1a b~1{id}/x",
        ] {
            assert_eq!(source.target(reference).unwrap().value, 1);
        }
        let found = source.target("#/definitions/A~0B").unwrap();
        let found = source.resolve(found).unwrap();
        assert_eq!((found.value, &*found.at), (&json!(3), "/definitions/C"));
        assert!(source.warnings().is_empty());
    }

    #[test]
    fn circles_and_what_lies_elsewhere_are_told() {
        let root = json!({"a": {"$ref": "#/a"}, "b": {"$ref": "other.yaml#/x"}, "c": {"$ref": "#/nothing"}});
        let source = Source::new(&root);
        for key in ["a", "b", "c"] {
            assert!(source.resolve(source.root().child(key).unwrap()).is_none());
        }
        let told: Vec<String> = source.warnings().iter().map(Warning::to_string).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[1].contains("out of the document"));
    }
}
