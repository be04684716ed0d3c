//! The schemas that together say what a value is.

use crate::types::resolve;
use serde_json::{Map, Value};

/// References and combinations are followed this deep.
const MAX_DEPTH: usize = 48;

/// One of the schemas that together say what a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) map: &'a Map<String, Value>,
    /// It stands in one of several alternatives, and need not hold.
    pub(crate) divided: bool,
}

/// The parts of schemas that hold together: each itself, then what it refers to and what it combines.
pub(crate) fn parts<'a>(document: &'a Value, nodes: &[(&'a Value, bool)]) -> Vec<Part<'a>> {
    let mut found = Vec::new();
    for (node, divided) in nodes {
        gather(document, node, *divided, 0, &mut found);
    }
    found
}

fn gather<'a>(
    document: &'a Value,
    node: &'a Value,
    divided: bool,
    depth: usize,
    found: &mut Vec<Part<'a>>,
) {
    let Some(map) = node.as_object().filter(|_| depth < MAX_DEPTH) else {
        return;
    };
    found.push(Part { map, divided });
    let target = map.get("$ref").and_then(Value::as_str);
    if let Some(target) = target.and_then(|target| resolve(document, target)) {
        gather(document, target, divided, depth + 1, found);
    }
    for (key, divides) in [("allOf", false), ("anyOf", true), ("oneOf", true)] {
        let list = map.get(key).and_then(Value::as_array);
        for part in list.into_iter().flatten() {
            gather(document, part, divided || divides, depth + 1, found);
        }
    }
    for part in ["then", "else"].into_iter().filter_map(|key| map.get(key)) {
        gather(document, part, true, depth + 1, found);
    }
}
