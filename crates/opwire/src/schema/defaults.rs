//! `default`: filled in where the input leaves a property out.

use crate::types::resolve;
use serde_json::Value;

/// The defaults of a schema, gathered at load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    properties: Vec<(String, Option<Value>, Defaults)>,
    items: Option<Box<Defaults>>,
}

impl Defaults {
    /// The defaults along `properties`, `items`, `$ref` and `allOf`. Those of alternatives (`anyOf`, `oneOf`) are not
    /// taken: which one holds is not known.
    pub(crate) fn of(schema: &Value) -> Self {
        let mut defaults = Self::default();
        defaults.gather(schema, schema, 0);
        defaults
    }

    /// What is filled in for a property that is left out.
    pub(crate) fn of_property(document: &Value, property: &Value) -> Option<Value> {
        default_of(document, property, 0)
    }

    fn gather(&mut self, document: &Value, node: &Value, depth: usize) {
        if depth > 32 {
            return;
        }
        if let Some(target) = node
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| resolve(document, r))
        {
            self.gather(document, target, depth + 1);
        }
        for part in node
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.gather(document, part, depth + 1);
        }
        for (name, property) in node
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let mut inner = Self::default();
            inner.gather(document, property, depth + 1);
            let default = default_of(document, property, 0);
            if default.is_some() || !inner.is_empty() {
                self.properties.push((name.clone(), default, inner));
            }
        }
        if let Some(items) = node.get("items") {
            let mut inner = Self::default();
            inner.gather(document, items, depth + 1);
            if !inner.is_empty() {
                self.items = Some(Box::new(inner));
            }
        }
        self.properties.shrink_to_fit();
    }

    fn is_empty(&self) -> bool {
        self.properties.is_empty() && self.items.is_none()
    }

    /// Fills what is left out. A null that is there stays.
    pub(crate) fn fill(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (name, default, inner) in &self.properties {
                    if let Some(default) = default.as_ref().filter(|_| !map.contains_key(name)) {
                        map.insert(name.clone(), default.clone());
                    }
                    if let Some(value) = map.get_mut(name) {
                        inner.fill(value);
                    }
                }
            }
            Value::Array(list) => {
                if let Some(inner) = &self.items {
                    list.iter_mut().for_each(|item| inner.fill(item));
                }
            }
            _ => {}
        }
    }
}

/// A property's default: its own, else that of what it refers to.
fn default_of(document: &Value, property: &Value, depth: usize) -> Option<Value> {
    if let Some(default) = property.get("default") {
        return Some(default.clone());
    }
    let target = property
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|r| resolve(document, r))?;
    (depth < 32)
        .then(|| default_of(document, target, depth + 1))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_fill_what_is_left_out() {
        let schema = json!({"properties": {
            "a": {"default": 1}, "b": {"$ref": "#/$defs/b"}, "c": {"properties": {"d": {"default": "x"}}},
            "e": {"items": {"properties": {"f": {"default": null}}}},
        }, "$defs": {"b": {"default": true}}});
        let defaults = Defaults::of(&schema);
        let mut input = json!({"a": null, "c": {}, "e": [{}, {"f": 1}]});
        defaults.fill(&mut input);
        assert_eq!(
            input,
            json!({"a": null, "c": {"d": "x"}, "e": [{"f": null}, {"f": 1}], "b": true})
        );
    }
}
