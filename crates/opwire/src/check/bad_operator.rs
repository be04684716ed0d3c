//! bad-operator

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::BadOperator,
    level: Level::Error,
    docs: "A key that begins with `$` is an operator: `$each` (with `$as`, `$where`, `$map`), `$if` (with `$then`, `$else`), `$switch` (with `$cases`,
`$default`), `$spread`, `$concat`, `$pairs`, `$omit_empty`. A key that really begins with `$` is written `$$…`.",
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
  output: { $each: "{{response.body.lines}}", $maap: "{{item.sku}}" }
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
  output: { $each: "{{response.body.lines}}", $map: "{{item.sku}}" }
"#),
};
