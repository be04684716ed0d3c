//! [`Draw`]: values made of bytes. Any bytes make some.

use arbitrary::Unstructured;
use serde_json::{Map, Value};

/// Texts that mean something somewhere on the way: in a path, a query, a header, a template, JSON.
const WORDS: [&str; 40] = [
    "",
    ".",
    "..",
    "%2e%2e",
    "../..",
    "a/b",
    "\\",
    "a?b=c",
    "#",
    "&a=b",
    "a b",
    "+",
    "%",
    "%00",
    "\u{0}",
    "\r\n",
    "X: y\r\n\r\n",
    "é",
    "日本",
    "\u{202e}",
    "\u{feff}",
    "{{input.x}}",
    "{{{x}}}",
    "\"",
    "'",
    "<a>",
    "null",
    "0",
    "1",
    "17",
    "9007199254740993",
    "_is_null",
    "true",
    "2024-02-30",
    "a@b.example",
    "https://evil.example/",
    "//evil.example",
    "{\"a\":1}",
    "[1]",
    ",",
];

/// Draws values from bytes, in order.
pub(super) struct Draw<'a>(Unstructured<'a>);

impl<'a> Draw<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// A number below this one.
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0.int_in_range(0..=most.max(1) - 1).unwrap_or_default()
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 1
    }

    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        let at = self.below(of.len());
        &of[at]
    }

    pub(super) fn text(&mut self) -> String {
        if self.one_in(2) {
            return (*self.pick(&WORDS)).to_owned();
        }
        self.0.arbitrary().unwrap_or_default()
    }

    pub(super) fn number(&mut self) -> Value {
        match self.below(4) {
            0 => self.below(300).into(),
            1 => self.0.arbitrary::<i64>().unwrap_or_default().into(),
            2 => self.0.arbitrary::<u64>().unwrap_or_default().into(),
            // One that JSON can't hold is null.
            _ => self.0.arbitrary::<f64>().unwrap_or_default().into(),
        }
    }

    /// Any JSON.
    pub(super) fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 4 { 4 } else { 6 }) {
            0 => Value::Null,
            1 => self.one_in(2).into(),
            2 => self.number(),
            3 => self.text().into(),
            4 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object(
                (0..self.below(4))
                    .map(|_| (self.text(), self.value(depth + 1)))
                    .collect(),
            ),
        }
    }

    /// A value that may well fit a schema, for inputs that get further than the schema.
    pub(super) fn fitting(&mut self, schema: &Value) -> Value {
        if self.one_in(8) {
            return self.value(0);
        }
        if let Some(list) = schema["enum"].as_array() {
            return self.pick(list).clone();
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.as_slice(),
            one => std::slice::from_ref(one),
        };
        let Some(kind) = kinds.get(self.below(kinds.len())).and_then(Value::as_str) else {
            return self.value(0);
        };
        match kind {
            "string" if schema["pattern"].is_string() => self.below(1 << 20).to_string().into(),
            "string" => self.text().into(),
            "integer" => self.below(1 << 20).into(),
            "number" => self.number(),
            "boolean" => self.one_in(2).into(),
            "array" => (0..self.below(4))
                .map(|_| self.fitting(&schema["items"]))
                .collect(),
            "object" => self.object(schema),
            _ => Value::Null,
        }
    }

    fn object(&mut self, schema: &Value) -> Value {
        let mut map = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if self.one_in(2) {
                map.insert(name.clone(), self.fitting(schema));
            }
        }
        if schema["additionalProperties"] != false {
            for _ in 0..self.below(3) {
                map.insert(self.text(), self.value(2));
            }
        }
        Value::Object(map)
    }

    /// All bytes that are left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}
