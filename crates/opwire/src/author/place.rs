//! What stands at a JSON Pointer of a file: in a JSON Schema, in the manifest's own keys, in a body.

use super::workspace::FileKind;
use crate::manifest::schema::{CONNECTOR, EXAMPLE, OPERATION};
use crate::types::resolve;
use serde_json::Value;

/// References of a manifest's own schema lead this deep.
const MAX_DEPTH: usize = 8;

/// The tokens of a JSON Pointer (RFC 6901), read.
pub(super) fn tokens(pointer: &str) -> Vec<String> {
    let tokens = pointer.split('/').skip(1);
    tokens
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// A place in a JSON Schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InSchema {
    pub(super) part: Part,
    /// The JSON Pointer of the innermost schema around it.
    pub(super) schema: String,
    /// That of the innermost `x-options` entry.
    pub(super) options: String,
}

/// A part of a JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A schema: its keys are keywords.
    Schema,
    /// A mapping from names to schemas.
    Names,
    /// A list of schemas.
    List,
    /// The value of a keyword, or what is in it.
    Keyword(String),
    /// An entry of `x-options`, or a list of such.
    Options,
    /// The name in it.
    Operation,
    /// What it gives the operation, and the way into that.
    OptionsInput(Vec<String>),
    /// Its condition.
    When,
}

impl InSchema {
    /// What part of a schema a place is; nothing when it is in none.
    pub(super) fn of(kind: FileKind, pointer: &str) -> Option<Self> {
        let (root, part) = match kind {
            FileKind::Operation if pointer.starts_with("/input") => ("/input", Part::Schema),
            FileKind::Operation => ("/response/schema", Part::Schema),
            FileKind::Connector if pointer.starts_with("/$defs") => ("/$defs", Part::Names),
            FileKind::Connector => ("/credentials", Part::Schema),
            FileKind::Schema => ("", Part::Schema),
            FileKind::Example => return None,
        };
        let rest = pointer.strip_prefix(root)?;
        if !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        let mut place = Self {
            part,
            schema: root.to_owned(),
            options: String::new(),
        };
        let mut at = root.to_owned();
        for (raw, token) in rest.split('/').skip(1).zip(tokens(rest)) {
            at.push('/');
            at.push_str(raw);
            place.part = place.part.step(token);
            match place.part {
                Part::Schema => place.schema.clone_from(&at),
                Part::Options => place.options.clone_from(&at),
                _ => {}
            }
        }
        Some(place)
    }
}

impl Part {
    fn step(self, token: String) -> Self {
        match (self, token.as_str()) {
            (Self::Schema, "properties" | "patternProperties" | "dependentSchemas" | "$defs") => {
                Self::Names
            }
            (Self::Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => Self::List,
            (
                Self::Schema,
                "items"
                | "contains"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "unevaluatedItems"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contentSchema",
            )
            | (Self::Names | Self::List, _) => Self::Schema,
            (Self::Schema, "x-options") => Self::Options,
            (Self::Schema, _) => Self::Keyword(token),
            (Self::Options, "operation") => Self::Operation,
            (Self::Options, "input") => Self::OptionsInput(Vec::new()),
            (Self::Options, "when") => Self::When,
            (Self::OptionsInput(mut way), _) => {
                way.push(token);
                Self::OptionsInput(way)
            }
            (same, _) => same,
        }
    }
}

/// Is it a body of a request, whose key says what kind it is?
pub(super) fn is_body(pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix("/request/body") else {
        return false;
    };
    let mut steps = rest.split('/').skip(1);
    while let Some(step) = steps.next() {
        match step {
            "$then" | "$else" | "$default" => {}
            "$cases" if steps.next().is_some() => {}
            _ => return false,
        }
    }
    true
}

/// A key that a manifest can have, or a value of one.
#[derive(Clone, Debug)]
pub(super) struct Told<'s> {
    pub(super) name: String,
    pub(super) about: Option<&'s str>,
    pub(super) schema: &'s Value,
    pub(super) required: bool,
}

/// A file's own schema, of the three that are generated.
pub(super) fn own_schema(kind: FileKind) -> Option<&'static Value> {
    match kind {
        FileKind::Connector => Some(CONNECTOR.schema()),
        FileKind::Operation => Some(OPERATION.schema()),
        FileKind::Example => Some(EXAMPLE.schema()),
        FileKind::Schema => None,
    }
}

/// The keys that the mapping at a place can have.
pub(super) fn keys(kind: FileKind, pointer: &str) -> Vec<Told<'static>> {
    let mut keys: Vec<Told<'static>> = Vec::new();
    let Some(root) = own_schema(kind) else {
        return keys;
    };
    for node in nodes(root, pointer) {
        let required = node.get("required").and_then(Value::as_array);
        let properties = node.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            if keys.iter().any(|known| known.name == *name) {
                continue;
            }
            keys.push(Told {
                name: name.clone(),
                about: about(root, schema),
                schema,
                required: required.is_some_and(|names| names.iter().any(|known| known == name)),
            });
        }
    }
    keys
}

/// The values that the scalar at a place can have, where they are counted.
pub(super) fn values(kind: FileKind, pointer: &str) -> Vec<Told<'static>> {
    let Some(root) = own_schema(kind) else {
        return Vec::new();
    };
    let mut values = Vec::new();
    for node in nodes(root, pointer) {
        let several = node.get("enum").and_then(Value::as_array);
        let all = node
            .get("const")
            .into_iter()
            .chain(several.into_iter().flatten());
        let mut told: Vec<&str> = all.filter_map(Value::as_str).collect();
        if node.get("type").is_some_and(|of| of == "boolean") {
            told.extend(["true", "false"]);
        }
        values.extend(told.into_iter().map(|name| Told {
            name: name.to_owned(),
            about: about(root, node),
            schema: node,
            required: false,
        }));
    }
    values
}

/// What the key at a place is for.
pub(super) fn key(kind: FileKind, pointer: &str) -> Option<Told<'static>> {
    let (parent, _) = pointer.rsplit_once('/')?;
    let name = tokens(pointer).pop()?;
    keys(kind, parent).into_iter().find(|key| key.name == name)
}

/// The plain schemas for a place: references followed, choices side by side.
fn nodes<'s>(root: &'s Value, pointer: &str) -> Vec<&'s Value> {
    let mut nodes = Vec::new();
    expand(root, root, 0, &mut nodes);
    for token in tokens(pointer) {
        let mut next = Vec::new();
        for node in nodes {
            let property = node.get("properties").and_then(|all| all.get(&token));
            let other = || node.get("additionalProperties").filter(|it| it.is_object());
            let item = || {
                let index = token.bytes().all(|b| b.is_ascii_digit());
                node.get("items").filter(|_| index)
            };
            if let Some(child) = property.or_else(other).or_else(item) {
                expand(root, child, 0, &mut next);
            }
        }
        nodes = next;
    }
    nodes
}

fn expand<'s>(root: &'s Value, node: &'s Value, depth: usize, into: &mut Vec<&'s Value>) {
    if depth > MAX_DEPTH {
        return;
    }
    into.push(node);
    let target = node.get("$ref").and_then(Value::as_str);
    if let Some(target) = target.and_then(|target| resolve(root, target)) {
        expand(root, target, depth + 1, into);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for one in node
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            expand(root, one, depth + 1, into);
        }
    }
}

fn about<'s>(root: &'s Value, node: &'s Value) -> Option<&'s str> {
    let mut nodes = Vec::new();
    expand(root, node, 0, &mut nodes);
    let mut words = nodes.into_iter().filter_map(|node| node.get("description"));
    words.find_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_schemas() {
        let part = |kind, pointer: &str| InSchema::of(kind, pointer).map(|place| place.part);
        let operation = |pointer| part(FileKind::Operation, pointer);
        assert_eq!(operation("/input"), Some(Part::Schema));
        assert_eq!(operation("/inputs"), None);
        assert_eq!(operation("/input/properties"), Some(Part::Names));
        assert_eq!(
            operation("/input/properties/properties"),
            Some(Part::Schema)
        );
        assert_eq!(
            operation("/input/oneOf/0/type"),
            Some(Part::Keyword("type".into()))
        );
        assert_eq!(
            operation("/input/x-options/1/operation"),
            Some(Part::Operation)
        );
        let way = vec!["a/b".to_owned()];
        assert_eq!(
            operation("/input/x-options/input/a~1b"),
            Some(Part::OptionsInput(way))
        );
        assert_eq!(operation("/response/schema/items"), Some(Part::Schema));
        assert_eq!(operation("/request/body"), None);
        assert_eq!(part(FileKind::Connector, "/$defs/id"), Some(Part::Schema));
        assert_eq!(part(FileKind::Connector, "/auth"), None);
        let place = InSchema::of(FileKind::Schema, "/$defs/a/properties/b/required/0").unwrap();
        assert_eq!(place.schema, "/$defs/a/properties/b");
    }

    #[test]
    fn keys_and_values_of_manifests() {
        let names = |told: Vec<Told<'_>>| -> Vec<String> {
            told.into_iter().map(|told| told.name).collect()
        };
        assert!(names(keys(FileKind::Operation, "/request")).contains(&"query_style".to_owned()));
        assert_eq!(names(values(FileKind::Operation, "/kind")), ["main", "ddl"]);
        assert_eq!(
            names(values(FileKind::Operation, "/idempotency")),
            ["natural", "none"]
        );
        assert!(names(keys(FileKind::Operation, "/errors/0/when")).contains(&"status".to_owned()));
        assert!(names(keys(FileKind::Connector, "/auth/oauth2")).contains(&"token_url".to_owned()));
        assert!(names(keys(FileKind::Connector, "/pagination/pages")).contains(&"next".to_owned()));
        let told = key(FileKind::Operation, "/effect").unwrap();
        assert!(told.about.unwrap().contains("service's data"), "{told:?}");
    }

    #[test]
    fn bodies_and_branches_of_bodies() {
        for (pointer, expected) in [
            ("/request/body", true),
            ("/request/body/$cases/json/$then", true),
            ("/request/body/json", false),
            ("/request/query", false),
        ] {
            assert_eq!(is_body(pointer), expected, "{pointer}");
        }
    }
}
