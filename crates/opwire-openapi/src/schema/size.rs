//! How large a schema is with its references written out: the engine refuses what is too large.

use serde_json::Value;

/// As the engine counts it: mappings and lists, and how deep they nest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) nodes: usize,
    pub(crate) levels: usize,
}

impl Size {
    pub(crate) fn within(self, most: Size) -> bool {
        self.nodes <= most.nodes && self.levels <= most.levels
    }
}

/// The size of a schema, by the sizes of what it refers to.
pub(crate) fn of(value: &Value, known: &dyn Fn(&str) -> Size) -> Size {
    let mut size = Size {
        nodes: 1,
        levels: 0,
    };
    let mut add = |part: Size| {
        size.nodes = size.nodes.saturating_add(part.nodes);
        size.levels = size.levels.max(part.levels);
    };
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("$ref", Value::String(reference)) => add(known(reference)),
                    (_, Value::Object(_) | Value::Array(_)) => add(of(value, known)),
                    _ => {}
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| add(of(item, known))),
        _ => return Size::default(),
    }
    size.levels += 1;
    size
}
