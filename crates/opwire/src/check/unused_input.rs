//! unused-input

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use crate::schema::keys::properties;
use crate::template::InputReads;
use crate::template::names::EACH;
use serde_json::{Map, Value};

pub(super) const RULE: Rule = Rule {
    code: Code::UnusedInput,
    level: Level::Warning,
    docs: "Callers may give it, and it changes nothing: no template reads it. Either it is forgotten in the request, or it can go.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
    expand: { type: boolean }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
    expand: { type: boolean }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
  query: { expand: "{{input.expand}}" }
"#),
};

/// Properties that the file itself writes out and no template reads. Those of shared schemas are not looked at: others
/// may use them.
pub(crate) fn check(input: Option<&Map<String, Value>>, reads: &InputReads) -> Vec<Fault> {
    let mut walk = Walk {
        reads,
        place: Vec::new(),
        faults: Vec::new(),
    };
    if let Some(input) = input {
        walk.schema(input, "/input");
    }
    walk.faults
}

struct Walk<'a> {
    reads: &'a InputReads,
    place: Vec<String>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Map<String, Value>, pointer: &str) {
        for (name, property) in properties(schema) {
            let pointer = format!("{pointer}/properties/{}", escape(name));
            self.place.push(name.clone());
            if self.reads.reads(&self.place) {
                self.below(property, &pointer);
            } else {
                let message = format!("`{name}` is taken and never used");
                let mut fault = Fault::new(Code::UnusedInput, pointer, message);
                fault
                    .warning()
                    .on_key()
                    .help("read it in a template, or leave it out of the input");
                self.faults.push(fault);
            }
            self.place.pop();
        }
        if let Some(items) = schema.get("items") {
            self.place.push(EACH.to_owned());
            self.below(items, &format!("{pointer}/items"));
            self.place.pop();
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let parts = schema.get(key).and_then(Value::as_array);
            for (index, part) in parts.into_iter().flatten().enumerate() {
                self.below(part, &format!("{pointer}/{key}/{index}"));
            }
        }
    }

    fn below(&mut self, schema: &Value, pointer: &str) {
        if let Some(schema) = schema.as_object() {
            self.schema(schema, pointer);
        }
    }
}
