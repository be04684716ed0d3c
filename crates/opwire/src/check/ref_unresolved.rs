//! ref-unresolved

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::RefUnresolved,
    level: Level::Error,
    docs: "A `$ref` leads to a schema of the same connector: `connector.yaml#/$defs/id`, `schemas/order.yaml#/$defs/line`, or `#/$defs/own` of the same
schema. It can't lead to another folder or to the network, and not back to itself.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { $ref: "connector.yaml#/$defs/id" }
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
request:
  method: GET
  path: "/orders/{{input.order_id}}"
"#),
};
