//! schema-invalid

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::SchemaInvalid,
    level: Level::Error,
    docs: "Schemas are JSON Schema 2020-12. This one doesn't follow it, or holds a pattern that can't be read, a format that is not known,
or references that unfold to more than 10,000 nodes. Patterns have no look-around and no back references: they are matched in
linear time.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integr }
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
