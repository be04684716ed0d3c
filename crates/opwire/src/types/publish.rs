//! [`Type`] → JSON Schema (2020-12), self-contained.

use super::union::{objects_joined, same_keys};
use super::{Form, Inside, Kinds, Source, Type, resolve};
use serde_json::{Map, Value, json};

/// Objects in objects are written out this deep.
const MAX_DEPTH: usize = 64;

/// Writes types as schemas, and gathers what they refer to.
#[derive(Debug, Default)]
pub(crate) struct Publisher {
    defs: Map<String, Value>,
    /// Document (by address) and name there → name here.
    names: Vec<(*const Value, String, String)>,
}

impl Publisher {
    /// The schema of a type, with all that it refers to under `$defs`. What may be missing is null.
    ///
    /// At its top stands what it is and no mere reference: some callers look for a `type` there.
    pub(crate) fn publish(of: &Type<'_>) -> Value {
        let mut publisher = Self::default();
        let mut schema = match of.source.map(Source::followed) {
            Some(Source { document, node }) => publisher.copy(document, node),
            None => publisher.schema(of, 0),
        };
        if of.missing {
            schema = any_of(vec![schema, json!({"type": "null"})]);
        }
        if !publisher.defs.is_empty()
            && let Some(map) = schema.as_object_mut()
        {
            map.insert("$defs".to_owned(), Value::Object(publisher.defs));
        }
        schema
    }

    fn schema(&mut self, of: &Type<'_>, depth: usize) -> Value {
        if let Some(Source { document, node }) = of.source {
            return self.copy(document, node);
        }
        if depth > MAX_DEPTH || of.is_unknown() {
            return json!({});
        }
        // Of objects with the same keys, each key is said once, with what any of them holds.
        let forms = objects_joined(&of.forms, same_keys);
        any_of(forms.iter().map(|form| self.form(form, depth)).collect())
    }

    fn form(&mut self, form: &Form<'_>, depth: usize) -> Value {
        if let Some(values) = &form.values {
            return match &**values {
                [only] => json!({ "const": only }),
                several => json!({ "enum": several }),
            };
        }
        let mut map = Map::new();
        if form.kinds != Kinds::ANY {
            map.insert("type".to_owned(), types(form.kinds));
        }
        match &form.inside {
            Inside::Unknown => {}
            Inside::List(item) => {
                let item = if item.is_never() {
                    json!(false)
                } else {
                    self.schema(item, depth + 1)
                };
                map.insert("items".to_owned(), item);
            }
            Inside::Schemas(_) | Inside::Object(_) => {
                if form.kinds.may(Kinds::LIST) {
                    let item = form.item();
                    map.insert("items".to_owned(), self.schema(&item, depth + 1));
                }
                if form.kinds.may(Kinds::OBJECT) {
                    self.object(form, &mut map, depth);
                }
            }
        }
        Value::Object(map)
    }

    fn object(&mut self, form: &Form<'_>, map: &mut Map<String, Value>, depth: usize) {
        let fields = form.fields();
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (name, value) in &fields.named {
            if value.forms.is_empty() {
                continue;
            }
            if !value.missing {
                required.push(json!(name));
            }
            properties.insert(name.clone(), self.schema(value, depth + 1));
        }
        if !properties.is_empty() {
            map.insert("properties".to_owned(), Value::Object(properties));
        }
        if !required.is_empty() {
            map.insert("required".to_owned(), Value::Array(required));
        }
        match fields.rest {
            None => drop(map.insert("additionalProperties".to_owned(), json!(false))),
            Some(rest) if rest.is_unknown() => {}
            Some(rest) => {
                let rest = self.schema(&rest, depth + 1);
                map.insert("additionalProperties".to_owned(), rest);
            }
        }
    }

    /// A schema as it is written, without what is for forms and not for values; its references lead here.
    fn copy(&mut self, document: &Value, node: &Value) -> Value {
        match node {
            Value::Object(map) => {
                let mut copy = Map::with_capacity(map.len());
                for (key, value) in map {
                    let value = match key.as_str() {
                        "$defs" | "default" => continue,
                        key if key.starts_with("x-") => continue,
                        "const" | "enum" | "examples" => value.clone(),
                        "$ref" => {
                            match value.as_str().and_then(|at| self.reference(document, at)) {
                                Some(reference) => json!(reference),
                                None => continue,
                            }
                        }
                        // What stands under these are names, whatever they are.
                        "properties" | "patternProperties" | "dependentSchemas" => {
                            let each = value.as_object().into_iter().flatten();
                            let each = each
                                .map(|(name, schema)| (name.clone(), self.copy(document, schema)));
                            Value::Object(each.collect())
                        }
                        _ => self.copy(document, value),
                    };
                    copy.insert(key.clone(), value);
                }
                Value::Object(copy)
            }
            Value::Array(list) => list.iter().map(|item| self.copy(document, item)).collect(),
            other => other.clone(),
        }
    }

    /// The reference here to what `at` refers to there.
    fn reference(&mut self, document: &Value, at: &str) -> Option<String> {
        let target = resolve(document, at)?;
        let known = self
            .names
            .iter()
            .find(|(from, name, _)| std::ptr::eq(*from, document) && name == at);
        if let Some((.., here)) = known {
            return Some(format!("#/$defs/{here}"));
        }
        let base = at.rsplit('/').next().unwrap_or(at);
        let taken = |name: &str| self.names.iter().any(|(.., here)| here == name);
        let here = if taken(base) {
            (2..)
                .map(|n| format!("{base}_{n}"))
                .find(|name| !taken(name))?
        } else {
            base.to_owned()
        };
        self.names
            .push((std::ptr::from_ref(document), at.to_owned(), here.clone()));
        // What is mentioned first stands first.
        self.defs.insert(here.clone(), Value::Null);
        let copied = self.copy(document, target);
        self.defs.insert(here.clone(), copied);
        Some(format!("#/$defs/{here}"))
    }
}

impl Source<'_> {
    /// Where a node leads that does nothing but refer to another.
    fn followed(mut self) -> Self {
        for _ in 0..MAX_DEPTH {
            let Some(map) = self.node.as_object() else {
                break;
            };
            let mere = map.keys().all(|key| key == "$ref" || key == "$defs");
            let at = map.get("$ref").and_then(Value::as_str).filter(|_| mere);
            let Some(node) = at.and_then(|at| resolve(self.document, at)) else {
                break;
            };
            self.node = node;
        }
        self
    }
}

fn types(kinds: Kinds) -> Value {
    match kinds.names().as_slice() {
        [only] => json!(only),
        several => json!(several),
    }
}

/// One of several schemas, the same ones said once.
fn any_of(schemas: Vec<Value>) -> Value {
    let mut each: Vec<Value> = Vec::new();
    for schema in schemas {
        if !each.contains(&schema) {
            each.push(schema);
        }
    }
    if each.len() == 1 {
        return each.remove(0);
    }
    if each.is_empty() {
        return json!(false);
    }
    json!({ "anyOf": each })
}
