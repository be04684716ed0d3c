//! Values that a schema allows: the document's own examples, else the least that will do.

mod pattern;

use crate::schema::shelf::Shelf;
use crate::schema::{BINARY, Kinds, fitted};
use serde_json::{Map, Value, json};
use std::cell::Cell;

/// A sample holds at most this many values.
const MAX_VALUES: usize = 150;
/// Objects of a reply are written out this deep.
const MAX_DEPTH: usize = 5;
/// What is needed is written out however deep it is, but for what has no end.
const MAX_NEEDED: usize = 30;

/// Makes samples.
#[derive(Debug)]
pub(crate) struct Sampler<'x> {
    shelf: &'x Shelf<'x, 'x>,
    /// Whether examples and defaults of the document are taken.
    own: bool,
    /// Whether values go to the service: only what must be given, and what has an example, is.
    request: bool,
    left: Cell<usize>,
}

impl<'x> Sampler<'x> {
    pub(crate) fn new(shelf: &'x Shelf<'x, 'x>, own: bool, request: bool) -> Self {
        let left = Cell::new(MAX_VALUES);
        Self {
            shelf,
            own,
            request,
            left,
        }
    }

    /// A value of a schema; `name` is what it is called.
    pub(crate) fn value(&self, schema: &Value, name: &str) -> Value {
        self.sample(schema, name, 0)
    }

    /// An example of the document that is of one of the schema's types.
    pub(crate) fn example(&self, schema: &Value, given: &[Value]) -> Option<Value> {
        if !self.own {
            return None;
        }
        let target = self.shelf.resolve(schema);
        // An example of a file is its name, not its bytes.
        if schema.get(BINARY).or(target.get(BINARY)).is_some() {
            return None;
        }
        let kinds = self.shelf.kinds(schema);
        let listed = |schema: &Value| {
            schema
                .get("examples")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let mut each = given.to_vec();
        each.extend(listed(schema));
        each.extend(listed(target));
        // What the service does without need not be sent.
        if !self.request {
            each.extend(target.get("default").cloned());
        }
        let allowed = target.get("enum").and_then(Value::as_array);
        let fits = |value: &Value| {
            !value.is_null() && allowed.is_none_or(|allowed| allowed.contains(value))
        };
        each.iter()
            .filter_map(|value| fitted(value, kinds))
            .find(fits)
    }

    fn sample(&self, schema: &Value, name: &str, depth: usize) -> Value {
        self.left.set(self.left.get().saturating_sub(1));
        if let Some(example) = self.example(schema, &[]) {
            return example;
        }
        let schema = self.shelf.resolve(schema);
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let value = values.iter().find(|value| !value.is_null());
            return value.or(values.first()).cloned().unwrap_or_default();
        }
        if depth > MAX_NEEDED {
            return Value::Null;
        }
        let combined = self.combined(schema, name, depth);
        let kinds = self.shelf.kinds(schema);
        let own = match combined {
            Some(Value::Object(_)) | None => self.of_kind(schema, kinds, name, depth),
            Some(other) => return other,
        };
        match (own, combined) {
            (Value::Object(mut own), Some(Value::Object(more))) => {
                let described = |key: &str| {
                    schema
                        .get("properties")
                        .is_some_and(|all| all.get(key).is_some())
                };
                for (key, value) in more {
                    if !described(&key) || !own.contains_key(&key) {
                        own.insert(key, value);
                    }
                }
                Value::Object(own)
            }
            (own, _) => own,
        }
    }

    /// What `allOf`, `anyOf` and `oneOf` ask for: every part, or the first that is more than null.
    fn combined(&self, schema: &Value, name: &str, depth: usize) -> Option<Value> {
        let mut all = None;
        let parts = |key: &str| {
            schema
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        for part in parts("allOf") {
            let value = self.sample(part, name, depth + 1);
            self.join(&mut all, part, value);
        }
        for key in ["anyOf", "oneOf"] {
            let real = |branch: &&Value| self.shelf.kinds(branch) != Kinds::NULL;
            let Some(branch) = parts(key).find(real) else {
                continue;
            };
            let value = self.branch(schema, branch, name, depth);
            self.join(&mut all, branch, value);
        }
        all
    }

    /// One of several schemas; it may only say which of the object's own properties must be there.
    fn branch(&self, schema: &Value, branch: &Value, name: &str, depth: usize) -> Value {
        let names = branch.get("required").and_then(Value::as_array);
        let more = branch.get("properties").or(branch.get("$ref")).is_some();
        let Some(names) = names.filter(|_| !more) else {
            return self.sample(branch, name, depth + 1);
        };
        let own = |name: &str| {
            let properties = schema.get("properties");
            let property = properties.and_then(|all| all.get(name));
            property.cloned().unwrap_or_default()
        };
        let each = names.iter().filter_map(Value::as_str);
        let each = each.map(|name| (name.to_owned(), self.sample(&own(name), name, depth + 1)));
        Value::Object(each.collect())
    }

    /// Adds a part's value. Of a member that several parts have, the one is taken whose schema describes it.
    fn join(&self, all: &mut Option<Value>, part: &Value, value: Value) {
        match (all, value) {
            (Some(Value::Object(all)), Value::Object(more)) => {
                for (key, value) in more {
                    if !all.contains_key(&key) || self.describes(part, &key, 0) {
                        all.insert(key, value);
                    }
                }
            }
            (all @ None, value) => *all = Some(value),
            _ => {}
        }
    }

    fn describes(&self, schema: &Value, name: &str, depth: usize) -> bool {
        let schema = self.shelf.resolve(schema);
        let own = schema.get("properties").and_then(|all| all.get(name));
        let parts = ["allOf", "anyOf", "oneOf"].into_iter();
        let mut parts = parts
            .filter_map(|key| schema.get(key)?.as_array())
            .flatten();
        own.is_some() || (depth < 8 && parts.any(|part| self.describes(part, name, depth + 1)))
    }

    fn of_kind(&self, schema: &Value, kinds: Kinds, name: &str, depth: usize) -> Value {
        let looks = |key: &str| schema.get(key).is_some();
        if kinds == Kinds::ANY && !looks("properties") {
            return if looks("items") {
                self.list(schema, name, depth)
            } else {
                json!(Self::text(schema, name))
            };
        }
        match kinds {
            kinds
                if kinds.may(Kinds::OBJECT) && (looks("properties") || !kinds.may(Kinds::TEXT)) =>
            {
                self.object(schema, depth)
            }
            kinds if kinds.may(Kinds::TEXT) => json!(Self::text(schema, name)),
            kinds if kinds.may(Kinds::NUMBER) => number(schema, kinds),
            kinds if kinds.may(Kinds::BOOLEAN) => json!(true),
            kinds if kinds.may(Kinds::LIST) => self.list(schema, name, depth),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let least = schema
            .get("minProperties")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        for (name, property) in properties.into_iter().flatten() {
            if self.wanted(property, required.contains(&name.as_str()), depth) {
                object.insert(name.clone(), self.sample(property, name, depth + 1));
            }
        }
        for (name, property) in properties.into_iter().flatten() {
            if (object.len() as u64) < least && !object.contains_key(name) {
                object.insert(name.clone(), self.sample(property, name, depth + 1));
            }
        }
        let rest = schema
            .get("additionalProperties")
            .filter(|rest| rest.is_object())
            .cloned()
            .unwrap_or_default();
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), self.sample(&rest, name, depth + 1));
            }
        }
        let shows = !self.request && rest.is_object() && object.is_empty() && depth < MAX_DEPTH;
        let closed = schema.get("additionalProperties") == Some(&json!(false));
        for index in 1..=least.max(u64::from(shows)).min(8) {
            if (object.len() as u64) < index && !closed {
                object.insert(
                    format!("key_{index}"),
                    self.sample(&rest, "value", depth + 1),
                );
            }
        }
        Value::Object(object)
    }

    fn wanted(&self, property: &Value, required: bool, depth: usize) -> bool {
        let target = self.shelf.resolve(property);
        let one_way = if self.request {
            "readOnly"
        } else {
            "writeOnly"
        };
        if required {
            return true;
        }
        if property.get(one_way).or(target.get(one_way)).is_some()
            || self.left.get() == 0
            || depth > MAX_DEPTH
        {
            return false;
        }
        !self.request || (depth < 3 && self.example(property, &[]).is_some())
    }

    fn list(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let usual = u64::from(depth < MAX_NEEDED && count("maxItems") != Some(0));
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let mut items: Vec<Value> = first
            .into_iter()
            .flatten()
            .map(|item| self.sample(item, name, depth + 1))
            .collect();
        let item = schema.get("items").cloned().unwrap_or_default();
        let wanted = count("minItems")
            .unwrap_or(0)
            .max(if items.is_empty() { usual } else { 0 })
            .min(50);
        let one = crate::names::singular(name);
        while (items.len() as u64) < wanted && item != json!(false) {
            let sample = self.sample(&item, &one, depth + 1);
            let sample = if items.contains(&sample) {
                self.another(&item, sample, &items)
            } else {
                sample
            };
            items.push(sample);
        }
        Value::Array(items)
    }

    /// Another value of the same schema: some lists have no two that are the same.
    fn another(&self, schema: &Value, sample: Value, known: &[Value]) -> Value {
        let schema = self.shelf.resolve(schema);
        let values = schema.get("enum").and_then(Value::as_array);
        let unused = values
            .into_iter()
            .flatten()
            .find(|value| !known.contains(value));
        match (unused, &sample) {
            (Some(value), _) => value.clone(),
            (None, Value::Number(number)) => {
                json!(number.as_i64().unwrap_or(0) + i64::try_from(known.len()).unwrap_or(0))
            }
            (None, Value::String(text))
                if schema.get("pattern").or(schema.get("format")).is_none() =>
            {
                json!(format!("{text} {}", known.len() + 1))
            }
            _ => sample,
        }
    }

    fn text(schema: &Value, name: &str) -> String {
        let told = |key: &str| schema.get(key).and_then(Value::as_str);
        let length = |key: &str| {
            schema
                .get(key)
                .and_then(Value::as_u64)
                .and_then(|n| usize::try_from(n).ok())
        };
        if schema.get(BINARY).is_some() || told("contentEncoding") == Some("base64") {
            return "aGVsbG8=".to_owned();
        }
        let (least, most) = (
            length("minLength").unwrap_or(0).min(10_000),
            length("maxLength"),
        );
        if let Some(text) = told("pattern").and_then(|pattern| pattern::text(pattern, least)) {
            return text;
        }
        let made = match told("format") {
            Some("date-time") => "2024-05-15T10:30:00Z",
            Some("date") => "2024-05-15",
            Some("email") => "ada@example.com",
            Some("uuid") => "6f1ed002-ab5e-4c8e-9a1f-5b1f0a0c2d3e",
            Some("uri") => "https://example.com/",
            Some("ipv4") => "192.0.2.1",
            Some("ipv6") => "2001:db8::1",
            _ => "",
        };
        if !made.is_empty() {
            return made.to_owned();
        }
        let words = crate::names::snake(name).replace('_', " ");
        let mut text = if words.is_empty() {
            "text".to_owned()
        } else {
            words
        };
        while text.chars().count() < least {
            text.push('x');
        }
        text.chars().take(most.unwrap_or(usize::MAX)).collect()
    }
}

/// The number nearest to 1 that the bounds allow.
fn number(schema: &Value, kinds: Kinds) -> Value {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let whole = !kinds.may(Kinds::FRACTION);
    let step = bound("multipleOf").unwrap_or(if whole { 1.0 } else { 0.0 });
    let above = |bound: f64| {
        if step > 0.0 {
            ((bound / step).floor() + 1.0) * step
        } else {
            bound + 0.5
        }
    };
    let below = |bound: f64| {
        if step > 0.0 {
            ((bound / step).ceil() - 1.0) * step
        } else {
            bound - 0.5
        }
    };
    let mut number: f64 = if step > 1.0 { step } else { 1.0 };
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        number = if step > 0.0 {
            (least / step).ceil() * step
        } else {
            least
        };
    }
    if let Some(least) = bound("exclusiveMinimum").filter(|least| number <= *least) {
        number = above(least);
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        number = if step > 0.0 {
            (most / step).floor() * step
        } else {
            most
        };
    }
    if let Some(most) = bound("exclusiveMaximum").filter(|most| number >= *most) {
        number = below(most);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and small enough"
    )]
    let integer = (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    integer.map_or_else(|| json!(number), |integer| json!(integer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Dialect;
    use crate::read::node::Source;
    use crate::schema::Converter;

    fn sample(schema: &Value, own: bool, request: bool) -> Value {
        let root = json!({});
        let source = Source::new(&root);
        let converter = Converter {
            source: &source,
            dialect: Dialect::OpenApi31,
        };
        let shelf = Shelf::new(converter);
        Sampler::new(&shelf, own, request).value(schema, "pet_name")
    }

    #[test]
    fn the_least_that_will_do() {
        for (schema, expected) in [
            (json!({"type": "string"}), json!("pet name")),
            (
                json!({"type": "string", "minLength": 10, "maxLength": 10}),
                json!("pet namexx"),
            ),
            (
                json!({"type": "string", "pattern": "^[A-Z]{3}-\\d+$"}),
                json!("AAA-1"),
            ),
            (
                json!({"type": "string", "pattern": "^a*$", "minLength": 3}),
                json!("aaaa"),
            ),
            (
                json!({"type": ["null", "integer"], "minimum": 7, "multipleOf": 5}),
                json!(10),
            ),
            (json!({"type": "number", "exclusiveMaximum": 1}), json!(0.5)),
            (json!({"type": "integer", "exclusiveMinimum": 1}), json!(2)),
            (json!({"enum": [null, "b"]}), json!("b")),
            (
                json!({"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": true}),
                json!([1, 2, 3]),
            ),
            (
                json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}, "b": {}}}),
                json!({"a": true}),
            ),
            (
                json!({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}},
                    {"type": "object", "required": ["b"], "properties": {"b": {"const": 2}}}]}),
                json!({"a": 1, "b": 2}),
            ),
            (
                json!({"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]}),
                json!("2024-05-15"),
            ),
            (
                json!({"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"}}),
                json!({"key_1": 1}),
            ),
        ] {
            assert_eq!(sample(&schema, false, true), expected, "{schema}");
        }
    }

    #[test]
    fn the_documents_own_come_first() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer", "examples": ["7"]},
            "b": {"type": "string", "default": "x"}, "c": {"type": "string"}, "d": {"type": "string", "readOnly": true, "examples": ["d"]}}});
        assert_eq!(sample(&schema, true, true), json!({"a": 7}));
        assert_eq!(
            sample(&schema, true, false),
            json!({"a": 7, "b": "x", "c": "c", "d": "d"})
        );
        assert_eq!(sample(&schema, false, true), json!({}));
    }
}
