//! What a JSON Schema says about the paths of a template.

use serde_json::Value;

/// What is known of a value: the schemas that describe it, or nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape<'a> {
    known: Option<Known<'a>>,
}

#[derive(Clone, Debug)]
struct Known<'a> {
    /// The document that local references point into.
    document: &'a Value,
    /// Every schema that applies, references and combinations resolved.
    nodes: Vec<&'a Value>,
}

impl<'a> Shape<'a> {
    /// The shape that a self-contained schema gives.
    pub(crate) fn of(schema: &'a Value) -> Self {
        Self::from_nodes(schema, vec![schema])
    }

    fn from_nodes(document: &'a Value, roots: Vec<&'a Value>) -> Self {
        let mut nodes = Vec::new();
        for root in roots {
            flatten(document, root, 0, &mut nodes);
        }
        // `true` and `{}` allow anything.
        let open = nodes.is_empty()
            || nodes
                .iter()
                .all(|n| n.as_object().is_none_or(serde_json::Map::is_empty));
        if open {
            Self::default()
        } else {
            Self {
                known: Some(Known { document, nodes }),
            }
        }
    }

    /// The shape one step further, or the names that there are.
    pub(crate) fn child(&self, name: &str) -> Result<Self, Vec<String>> {
        let Some(known) = &self.known else {
            return Ok(Self::default());
        };
        let mut found = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let (mut closed, mut patterns) = (false, false);
        for node in &known.nodes {
            if let Some(properties) = node.get("properties").and_then(Value::as_object) {
                found.extend(properties.get(name));
                names.extend(properties.keys().cloned());
            }
            patterns |= node.get("patternProperties").is_some();
            for key in ["additionalProperties", "unevaluatedProperties"] {
                closed |= node.get(key) == Some(&Value::Bool(false));
            }
        }
        if found.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
            found = known.items();
        }
        if !found.is_empty() {
            return Ok(Self::from_nodes(known.document, found));
        }
        if !patterns && (closed || !known.may_be(&["object", "array"])) {
            names.sort_unstable();
            names.dedup();
            return Err(names);
        }
        let additional = known
            .nodes
            .iter()
            .filter_map(|n| n.get("additionalProperties"))
            .filter(|n| n.is_object());
        Ok(Self::from_nodes(known.document, additional.collect()))
    }

    /// The shape of a list's items.
    pub(crate) fn item(&self) -> Self {
        self.known.as_ref().map_or_else(Self::default, |known| {
            Self::from_nodes(known.document, known.items())
        })
    }

    /// What the value is when it can only be a list or an object.
    pub(crate) fn only_container(&self) -> Option<&'static str> {
        let types = self.known.as_ref()?.types()?;
        match types.as_slice() {
            ["array"] => Some("a list"),
            ["object"] => Some("an object"),
            [_, _] if types.iter().all(|t| matches!(*t, "array" | "object")) => {
                Some("a list or an object")
            }
            _ => None,
        }
    }

    /// Can the value be a list, as far as is known?
    pub(crate) fn may_be_list(&self) -> bool {
        self.known
            .as_ref()
            .is_none_or(|known| known.may_be(&["array"]))
    }
}

impl<'a> Known<'a> {
    fn items(&self) -> Vec<&'a Value> {
        self.nodes
            .iter()
            .filter_map(|n| n.get("items"))
            .filter(|n| n.is_object())
            .collect()
    }

    /// The types named by any schema here; nothing when none names one.
    fn types(&self) -> Option<Vec<&'a str>> {
        let mut types = Vec::new();
        for node in &self.nodes {
            match node.get("type") {
                Some(Value::String(one)) => types.push(one.as_str()),
                Some(Value::Array(many)) => types.extend(many.iter().filter_map(Value::as_str)),
                _ => {}
            }
        }
        types.sort_unstable();
        types.dedup();
        (!types.is_empty()).then_some(types)
    }

    fn may_be(&self, wanted: &[&str]) -> bool {
        self.types()
            .is_none_or(|types| types.iter().any(|t| wanted.contains(t)))
    }
}

/// The schema and all that it refers to or combines.
fn flatten<'a>(document: &'a Value, node: &'a Value, depth: usize, into: &mut Vec<&'a Value>) {
    if depth > 32 {
        return;
    }
    into.push(node);
    if let Some(target) = node
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|r| resolve(document, r))
    {
        flatten(document, target, depth + 1, into);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for part in node
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            flatten(document, part, depth + 1, into);
        }
    }
    for key in ["then", "else"] {
        if let Some(part) = node.get(key) {
            flatten(document, part, depth + 1, into);
        }
    }
}

/// A local reference's target.
pub(crate) fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_follow_properties_references_and_combinations() {
        let schema = json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "a": {"$ref": "#/$defs/id"},
                "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": false}},
                "free": {"type": "object"},
                "either": {"anyOf": [{"type": "object", "properties": {"y": {}}, "additionalProperties": false}, {"type": "string"}]},
            },
            "$defs": {"id": {"type": ["integer", "string"]}},
        });
        let shape = Shape::of(&schema);
        assert!(shape.child("a").is_ok());
        assert_eq!(
            shape.child("b").unwrap_err(),
            ["a", "either", "free", "list"]
        );
        assert!(shape.child("a").unwrap().child("x").is_err());
        assert!(shape.child("list").unwrap().item().child("x").is_ok());
        assert!(
            shape
                .child("list")
                .unwrap()
                .child("0")
                .unwrap()
                .child("z")
                .is_err()
        );
        assert!(
            shape
                .child("free")
                .unwrap()
                .child("anything")
                .unwrap()
                .child("more")
                .is_ok()
        );
        assert!(shape.child("either").unwrap().child("y").is_ok());
        assert_eq!(
            shape.child("list").unwrap().only_container(),
            Some("a list")
        );
        assert_eq!(shape.child("a").unwrap().only_container(), None);
    }
}
