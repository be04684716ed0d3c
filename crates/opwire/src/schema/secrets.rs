//! `x-secret`: which parts of an input are secret.

use crate::secret::Secret;
use crate::types::resolve;
use serde_json::Value;

/// Deeper than this nothing is looked for; inputs are no deeper than twice that.
const DEPTH: usize = 32;

/// The places of a schema that are marked with `x-secret: true`, gathered at load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    secret: bool,
    properties: Vec<(String, Secrets)>,
    /// Of every item of a list.
    items: Option<Box<Secrets>>,
    /// Of every property that isn't named.
    rest: Option<Box<Secrets>>,
}

impl Secrets {
    /// Those along `properties`, `additionalProperties`, `items`, `$ref`, `allOf`, `anyOf` and `oneOf`.
    pub(crate) fn of(schema: &Value) -> Self {
        let mut secrets = Self::default();
        if schema.to_string().contains("\"x-secret\"") {
            secrets.gather(schema, schema, 0);
        }
        secrets
    }

    fn gather(&mut self, document: &Value, node: &Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        self.secret |= node.get("x-secret") == Some(&Value::Bool(true));
        let target = node.get("$ref").and_then(Value::as_str);
        if let Some(target) = target.and_then(|target| resolve(document, target)) {
            self.gather(document, target, depth + 1);
        }
        let parts = ["allOf", "anyOf", "oneOf"].into_iter();
        for part in parts.filter_map(|key| node.get(key)?.as_array()).flatten() {
            self.gather(document, part, depth + 1);
        }
        let properties = node.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let inner = Self::below(document, property, depth);
            if !inner.is_empty() {
                self.properties.push((name.clone(), inner));
            }
        }
        for (key, into) in [
            ("items", &mut self.items),
            ("additionalProperties", &mut self.rest),
        ] {
            let inner = node.get(key).map(|node| Self::below(document, node, depth));
            if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
                *into = Some(Box::new(inner));
            }
        }
        self.properties.shrink_to_fit();
    }

    fn below(document: &Value, node: &Value, depth: usize) -> Self {
        let mut inner = Self::default();
        inner.gather(document, node, depth + 1);
        inner
    }

    /// Is nothing secret?
    pub(crate) fn is_empty(&self) -> bool {
        !self.secret && self.properties.is_empty() && self.items.is_none() && self.rest.is_none()
    }

    /// The secret texts and numbers of an input.
    pub(crate) fn of_input(&self, input: &Value) -> Vec<Secret> {
        let mut found = Vec::new();
        if !self.is_empty() {
            let mut input = input.clone();
            self.visit(&mut input, "", false, &mut |_, value| {
                found.push(Secret::new(text(value)));
            });
        }
        found
    }

    /// Puts a name in braces in place of every secret, for requests that are only shown.
    pub(crate) fn name(&self, input: &mut Value) {
        self.visit(input, "secret", false, &mut |name, value| {
            *value = Value::String(format!("{{{name}}}"));
        });
    }

    fn visit(
        &self,
        value: &mut Value,
        name: &str,
        inside: bool,
        with: &mut dyn FnMut(&str, &mut Value),
    ) {
        let secret = inside || self.secret;
        if self.is_empty() && !secret {
            return;
        }
        let nothing = Self::default();
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let named = self.properties.iter().filter(|(name, _)| name == key);
                    let mut named = named.peekable();
                    if named.peek().is_none() {
                        let rest = self.rest.as_deref().unwrap_or(&nothing);
                        rest.visit(value, key, secret, with);
                    }
                    named.for_each(|(_, inner)| inner.visit(value, key, secret, with));
                }
            }
            Value::Array(list) => {
                let items = self.items.as_deref().unwrap_or(&nothing);
                for item in list {
                    items.visit(item, name, secret, with);
                }
            }
            Value::String(_) | Value::Number(_) if secret => with(name, value),
            _ => {}
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_found_wherever_the_schema_marks_them() {
        let schema = json!({"properties": {
            "pin": {"x-secret": true},
            "hook": {"$ref": "#/$defs/hook"},
            "keys": {"items": {"anyOf": [{"x-secret": true}, {"type": "null"}]}},
            "whole": {"x-secret": true, "properties": {"a": {}}},
            "plain": {"type": "string"},
        }, "additionalProperties": {"properties": {"deep": {"x-secret": true}}},
        "$defs": {"hook": {"properties": {"token": {"x-secret": true}, "url": {}}}}});
        let secrets = Secrets::of(&schema);
        let mut input = json!({
            "pin": 4711, "hook": {"token": "t1", "url": "u"}, "keys": ["k1", null, "k2"],
            "whole": {"a": "w1", "b": ["w2"]}, "plain": "p", "other": {"deep": "d1", "flat": "f"},
        });
        let found: Vec<String> = secrets
            .of_input(&input)
            .iter()
            .map(|s| s.expose().to_owned())
            .collect();
        assert_eq!(found, ["4711", "t1", "k1", "k2", "w1", "w2", "d1"]);
        secrets.name(&mut input);
        assert_eq!(
            input,
            json!({
                "pin": "{pin}", "hook": {"token": "{token}", "url": "u"}, "keys": ["{keys}", null, "{keys}"],
                "whole": {"a": "{a}", "b": ["{b}"]}, "plain": "p", "other": {"deep": "{deep}", "flat": "f"},
            })
        );
        assert!(Secrets::of(&json!({"properties": {"a": {"type": "string"}}})).is_empty());
    }
}
