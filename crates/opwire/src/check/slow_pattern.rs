//! slow-pattern

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;
use super::ambiguity::ambiguous;
use super::walk::each_schema;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use serde_json::{Map, Value};

pub(super) const RULE: Rule = Rule {
    code: Code::SlowPattern,
    level: Level::Warning,
    docs: "Opwire matches patterns in linear time, but a schema is published, and forms and other validators read it with matchers that
try every way to match. This pattern can match the same text in a number of ways that doubles with each character, so a
short text can take such a matcher for ever (ReDoS). Write the repetition once.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: string, pattern: "^([a-z0-9]+)*$" }
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
    order_id: { type: string, pattern: "^[a-z0-9]*$" }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
"#),
};

/// The patterns of a schema, and of all below it, that can take a backtracking matcher for ever.
pub(crate) fn check(schema: &Value, pointer: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    each_schema(schema, pointer, &mut |map, at| {
        if let Some(pattern) = map.get("pattern").and_then(Value::as_str)
            && ambiguous(pattern)
        {
            faults.push(fault(format!("{at}/pattern")));
        }
        let named = map.get("patternProperties").and_then(Value::as_object);
        for pattern in named.into_iter().flat_map(Map::keys) {
            if ambiguous(pattern) {
                let mut fault = fault(format!("{at}/patternProperties/{}", escape(pattern)));
                fault.on_key();
                faults.push(fault);
            }
        }
    });
    faults
}

fn fault(pointer: String) -> Fault {
    let message = "the pattern can match the same text in ever more ways, and takes other matchers for ever";
    let mut fault = Fault::new(Code::SlowPattern, pointer, message);
    fault
        .warning()
        .help("write one repetition in place of the nested ones, or make what is repeated begin with something that can't end it");
    fault
}
