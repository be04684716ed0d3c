//! useless-omit-empty

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::UselessOmitEmpty,
    level: Level::Warning,
    docs: r#"`$omit_empty: true` drops the keys of its mapping whose value is `[]`, `{}` or `""`. Here no value can be one of these. Numbers,
booleans and null are never dropped; what is missing is dropped anyway."#,
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
  output: { $omit_empty: true, status: "{{response.status}}" }
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
  output: { status: "{{response.status}}" }
"#),
};
