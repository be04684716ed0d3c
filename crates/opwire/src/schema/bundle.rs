//! Gathering a schema and all that it refers to into one document.

use crate::diagnostic::Code;
use crate::manifest::locate::escape;
use crate::manifest::{Fault, nearest};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// A schema unfolds to at most this many nodes: references that double at each level would take the validator for ever.
pub(crate) const MAX_NODES: usize = 10_000;
/// A schema nests at most this deep, references written out: compiling and checking go down with it.
pub(crate) const MAX_LEVELS: usize = 256;

/// The documents of a connector's folder that schemas may refer to, by their path in it.
#[derive(Debug, Default)]
pub(crate) struct Documents(pub(crate) BTreeMap<String, Value>);

/// Gathers one schema.
pub(crate) struct Bundle<'a> {
    documents: &'a Documents,
    own: &'a Value,
    /// (document, pointer) → the name under `$defs`.
    names: HashMap<(String, String), String>,
    defs: Map<String, Value>,
    open: Vec<(String, String)>,
    faults: Vec<Fault>,
    /// How deep the copy is at the moment.
    level: usize,
    /// Was it too deep to go on?
    too_deep: bool,
}

impl<'a> Bundle<'a> {
    fn new(documents: &'a Documents, own: &'a Value) -> Self {
        Self {
            documents,
            own,
            names: HashMap::new(),
            defs: Map::new(),
            open: Vec::new(),
            faults: Vec::new(),
            level: 0,
            too_deep: false,
        }
    }

    /// Where what [`Bundle::make`] puts under `$defs` was taken from: a file of the connector's folder (none for the
    /// schema's own) and a JSON Pointer, by the name there.
    pub(crate) fn origins(
        documents: &'a Documents,
        own: &'a Value,
    ) -> HashMap<String, (String, String)> {
        let mut bundle = Self::new(documents, own);
        bundle.copy(own, "", "", true);
        let each = bundle.names.into_iter();
        each.map(|(origin, name)| (name, origin)).collect()
    }

    /// The schema with all that it refers to under its own `$defs`, and the faults of its references.
    pub(crate) fn make(
        documents: &'a Documents,
        own: &'a Value,
        pointer: &str,
    ) -> (Value, Vec<Fault>) {
        let mut bundle = Self::new(documents, own);
        let mut schema = bundle.copy(own, "", pointer, true);
        if !bundle.defs.is_empty()
            && let Some(map) = schema.as_object_mut()
        {
            map.insert("$defs".to_owned(), Value::Object(bundle.defs));
        }
        let size = if bundle.too_deep {
            Size {
                nodes: 0,
                levels: usize::MAX,
            }
        } else {
            unfolded(&schema, &schema, &mut HashMap::new())
        };
        let what = if size.levels > MAX_LEVELS {
            "the schema nests deeper than 256 levels, with its references written out"
        } else if size.nodes > MAX_NODES {
            "the schema unfolds to more than 10,000 nodes"
        } else {
            return (schema, bundle.faults);
        };
        bundle
            .faults
            .push(Fault::new(Code::SchemaInvalid, pointer, what));
        // Nobody should walk what has no end: an open schema stands in, of which anything may be read.
        (json!({"additionalProperties": true}), bundle.faults)
    }

    fn copy(&mut self, value: &Value, document: &str, pointer: &str, root: bool) -> Value {
        if self.too_deep || self.level > MAX_LEVELS {
            self.too_deep = true;
            return Value::Null;
        }
        self.level += 1;
        let copy = self.copied(value, document, pointer, root);
        self.level -= 1;
        copy
    }

    fn copied(&mut self, value: &Value, document: &str, pointer: &str, root: bool) -> Value {
        match value {
            Value::Object(map) => {
                let mut copy = Map::with_capacity(map.len());
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(reference)) => {
                            if let Some(name) = self.reference(reference, document, pointer) {
                                copy.insert(key.clone(), json!(format!("#/$defs/{name}")));
                            }
                        }
                        ("$defs", _) if root => {}
                        (
                            "$id" | "$anchor" | "$dynamicRef" | "$dynamicAnchor" | "$schema",
                            Value::String(_),
                        ) => {
                            let message = format!("`{key}` can't stand in a manifest's schema");
                            self.faults.push(Fault::new(
                                Code::SchemaInvalid,
                                format!("{pointer}/{key}"),
                                message,
                            ));
                        }
                        // What stands under these are names, whatever they are: `default` may be a property.
                        (
                            "properties" | "patternProperties" | "dependentSchemas" | "$defs",
                            Value::Object(named),
                        ) => {
                            let each = named.iter().map(|(name, value)| {
                                let pointer = format!("{pointer}/{}/{}", escape(key), escape(name));
                                (name.clone(), self.copy(value, document, &pointer, false))
                            });
                            copy.insert(key.clone(), Value::Object(each.collect()));
                        }
                        ("enum" | "const" | "default" | "examples" | "x-options", _) => {
                            copy.insert(key.clone(), value.clone());
                        }
                        _ => {
                            let inner = self.copy(
                                value,
                                document,
                                &format!("{pointer}/{}", escape(key)),
                                false,
                            );
                            copy.insert(key.clone(), inner);
                        }
                    }
                }
                Value::Object(copy)
            }
            Value::Array(list) => {
                let each = list.iter().enumerate();
                Value::Array(
                    each.map(|(i, item)| {
                        self.copy(item, document, &format!("{pointer}/{i}"), false)
                    })
                    .collect(),
                )
            }
            other => other.clone(),
        }
    }

    /// The name under `$defs` of a reference's target, gathered when it is new.
    fn reference(&mut self, reference: &str, document: &str, pointer: &str) -> Option<String> {
        let (file, target) = reference.split_once('#').unwrap_or((reference, ""));
        // A fragment is percent-encoded (RFC 6901, section 6).
        let target = &*percent_decode_str(target).decode_utf8_lossy();
        let file = if file.is_empty() { document } else { file };
        let key = (file.to_owned(), target.to_owned());
        if self.open.contains(&key) {
            return self.fail(pointer, format!("`{reference}` leads back to itself"), None);
        }
        if let Some(name) = self.names.get(&key) {
            return Some(name.clone());
        }
        let (documents, own) = (self.documents, self.own);
        let whole = if file.is_empty() {
            Some(own)
        } else {
            documents.0.get(file)
        };
        let Some(whole) = whole else {
            let help = if file.contains("://") || file.starts_with('/') || file.contains("..") {
                Some(
                    "a schema is shared in connector.yaml or in schemas/ of the connector's folder"
                        .to_owned(),
                )
            } else {
                nearest(file, documents.0.keys().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?"))
            };
            return self.fail(
                pointer,
                format!("`{reference}` leads to no file of the connector's folder"),
                help,
            );
        };
        let found = if target.is_empty() && !file.is_empty() {
            Some(whole)
        } else {
            whole.pointer(target)
        };
        let Some(found) = found.filter(|_| !(file.is_empty() && target.is_empty())) else {
            let help = sibling(whole, target).map(|near| format!("did you mean `{near}`?"));
            return self.fail(pointer, format!("`{reference}` leads to nothing"), help);
        };
        let name = self.name(file, target);
        self.names.insert(key.clone(), name.clone());
        self.open.push(key);
        let copied = self.copy(found, file, pointer, false);
        self.open.pop();
        self.defs.insert(name.clone(), copied);
        Some(name)
    }

    fn fail(&mut self, pointer: &str, message: String, help: Option<String>) -> Option<String> {
        let mut fault = Fault::new(Code::RefUnresolved, format!("{pointer}/$ref"), message);
        fault.help_if(help);
        self.faults.push(fault);
        None
    }

    /// `id` of the connector, `person_fields` of schemas/person.yaml; with a number behind when it is taken.
    fn name(&self, file: &str, target: &str) -> String {
        let last = target.rsplit('/').next().unwrap_or_default();
        let stem = file
            .rsplit('/')
            .next()
            .and_then(|f| f.strip_suffix(".yaml"))
            .unwrap_or_default();
        let base = match (stem, last) {
            ("" | "connector", last) => last.to_owned(),
            (stem, "") => stem.to_owned(),
            (stem, last) => format!("{stem}_{last}"),
        };
        // A reference to it needs no escapes.
        let base = base.replace(
            |c: char| !(c.is_alphanumeric() || c == '_' || c == '-'),
            "_",
        );
        let taken = |name: &str| self.names.values().any(|other| other == name);
        if !taken(&base) {
            return base;
        }
        (2..)
            .map(|n| format!("{base}_{n}"))
            .find(|name| !taken(name))
            .unwrap_or(base)
    }
}

/// The nearest key beside where a pointer breaks off.
fn sibling(document: &Value, target: &str) -> Option<String> {
    let (parent, last) = target.rsplit_once('/')?;
    let names = document.pointer(parent)?.as_object()?;
    nearest(last, names.keys().map(String::as_str)).map(|near| format!("#{parent}/{near}"))
}

/// How large a schema is when every reference is written out.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    levels: usize,
}

/// The size of a schema whose references lead to no cycle.
fn unfolded<'a>(root: &'a Value, node: &'a Value, known: &mut HashMap<&'a str, Size>) -> Size {
    let mut size = Size {
        nodes: 1,
        levels: 0,
    };
    let mut add = |part: Size| {
        size.nodes = size.nodes.saturating_add(part.nodes);
        size.levels = size.levels.max(part.levels);
    };
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("$defs", _) => {}
                    ("$ref", Value::String(reference)) => {
                        let size = known.get(reference.as_str()).copied();
                        let size = size.unwrap_or_else(|| {
                            let target = crate::types::resolve(root, reference);
                            let nothing = Size {
                                nodes: 0,
                                levels: 0,
                            };
                            target.map_or(nothing, |target| unfolded(root, target, known))
                        });
                        known.insert(reference, size);
                        add(size);
                    }
                    (_, Value::Object(_) | Value::Array(_)) => add(unfolded(root, value, known)),
                    _ => {}
                }
            }
        }
        Value::Array(list) => {
            for item in list {
                add(unfolded(root, item, known));
            }
        }
        _ => size.nodes = 0,
    }
    size.levels = size.levels.saturating_add(1);
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Documents {
        let connector = json!({"$defs": {"id": {"type": "integer"}, "ids": {"type": "array", "items": {"$ref": "#/$defs/id"}},
            "loop": {"properties": {"a": {"$ref": "#/$defs/loop"}}}}});
        let person = json!({"$defs": {"fields": {"properties": {"owner": {"$ref": "connector.yaml#/$defs/id"}}}}});
        Documents(BTreeMap::from([
            ("connector.yaml".to_owned(), connector),
            ("schemas/person.yaml".to_owned(), person),
        ]))
    }

    #[test]
    fn references_are_gathered_under_defs() {
        let own = json!({"properties": {"a": {"$ref": "connector.yaml#/$defs/ids", "title": "A"},
            "b": {"$ref": "schemas/person.yaml#/$defs/fields"}, "c": {"$ref": "#/$defs/own"}}, "$defs": {"own": {"type": "string"}}});
        let (bundled, faults) = Bundle::make(&documents(), &own, "/input");
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(
            bundled,
            json!({"properties": {"a": {"$ref": "#/$defs/ids", "title": "A"}, "b": {"$ref": "#/$defs/person_fields"},
                "c": {"$ref": "#/$defs/own"}},
                "$defs": {"id": {"type": "integer"}, "ids": {"type": "array", "items": {"$ref": "#/$defs/id"}},
                "person_fields": {"properties": {"owner": {"$ref": "#/$defs/id"}}}, "own": {"type": "string"}}})
        );
    }

    #[test]
    fn what_is_gathered_is_known_by_its_origin() {
        let own = json!({"properties": {"b": {"$ref": "schemas/person.yaml#/$defs/fields"}, "c": {"$ref": "#/$defs/own"}},
            "$defs": {"own": {"type": "string"}}});
        let origins = Bundle::origins(&documents(), &own);
        let of = |name: &str| {
            let (file, pointer) = &origins[name];
            format!("{file}#{pointer}")
        };
        assert_eq!(of("person_fields"), "schemas/person.yaml#/$defs/fields");
        assert_eq!(of("id"), "connector.yaml#/$defs/id");
        assert_eq!(of("own"), "#/$defs/own");
    }

    #[test]
    fn a_property_may_have_a_keywords_name() {
        let id = json!({"$ref": "connector.yaml#/$defs/i%64"});
        let own = json!({"properties": {"default": id, "enum": id, "properties": id}});
        let (bundled, faults) = Bundle::make(&documents(), &own, "/input");
        assert!(faults.is_empty(), "{faults:?}");
        let id = json!({"$ref": "#/$defs/id"});
        assert_eq!(
            bundled,
            json!({"properties": {"default": id, "enum": id, "properties": id}, "$defs": {"id": {"type": "integer"}}})
        );
    }

    #[test]
    fn references_that_lead_nowhere_are_faults() {
        for (reference, word) in [
            ("connector.yaml#/$defs/idd", "nothing"),
            ("https://example.com/x.json", "no file"),
            ("../../etc/passwd", "no file"),
            ("schemas/persn.yaml#/a", "no file"),
            ("connector.yaml#/$defs/loop", "itself"),
            ("#", "nothing"),
        ] {
            let own = json!({"properties": {"a": {"$ref": reference}}});
            let (_, faults) = Bundle::make(&documents(), &own, "/input");
            assert_eq!(faults.len(), 1, "{reference}");
            assert!(format!("{:?}", faults[0]).contains(word), "{faults:?}");
        }
    }

    #[test]
    fn doubling_references_are_refused() {
        let mut defs = Map::new();
        for level in 0..25 {
            let next = format!("#/$defs/d{}", level + 1);
            defs.insert(
                format!("d{level}"),
                json!({"allOf": [{"$ref": next}, {"$ref": next}]}),
            );
        }
        defs.insert("d25".to_owned(), json!({"type": "string"}));
        let own = json!({"$ref": "#/$defs/d0", "$defs": defs});
        let (_, faults) = Bundle::make(&Documents::default(), &own, "/input");
        assert_eq!(faults.len(), 1);
    }

    #[test]
    fn a_long_chain_of_references_is_refused() {
        for (levels, refused) in [(100, 0), (250, 1), (5_000, 1)] {
            let mut defs = Map::new();
            for level in 0..levels {
                let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
                defs.insert(format!("d{level}"), json!({ "items": next }));
            }
            defs.insert(format!("d{levels}"), json!({"type": "string"}));
            let own = json!({"$ref": "#/$defs/d0", "$defs": defs});
            let (_, faults) = Bundle::make(&Documents::default(), &own, "/input");
            assert_eq!(faults.len(), refused, "{levels}: {faults:?}");
        }
    }
}
