//! unknown-path

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::UnknownPath,
    level: Level::Error,
    docs: "The path leads where nothing can be: the input's schema is closed and doesn't have the name, or `response.schema` rules it
out, or the first word is none that a path begins with here. A reply may have more than its schema names where the schema
leaves it open (`additionalProperties`).",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
request:
  method: GET
  path: "/orders/{{input.oder_id}}"
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
