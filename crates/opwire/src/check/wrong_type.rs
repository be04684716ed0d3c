//! wrong-type

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::WrongType,
    level: Level::Error,
    docs: "What stands there is never of the type that the place takes: `$each` goes through lists, `$spread` takes an object, `lower`
takes text. The finding says what it is instead, by the schemas.",
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
  path: "/orders/{{input.order_id}}"
response:
  schema: { type: object, properties: { lines: { type: object } } }
  output:
    $each: "{{response.body.lines}}"
    $as: line
    $map: "{{line.sku}}"
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
response:
  schema: { type: object, properties: { lines: { type: array } } }
  output:
    $each: "{{response.body.lines}}"
    $as: line
    $map: "{{line.sku}}"
"#),
};
