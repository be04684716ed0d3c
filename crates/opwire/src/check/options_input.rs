//! options-input

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::OptionsInput,
    level: Level::Error,
    docs: "The `input` of `x-options` is what the DDL is invoked with. It has a key that the DDL doesn't take, or a value of another type, or it
leaves out what the DDL requires.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id, customer]
  properties:
    order_id: { type: integer }
    customer: { type: integer, x-options: { operation: list_customers_ddl, input: { region: eu } } }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
  query: { customer: "{{input.customer}}" }
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id, customer]
  properties:
    order_id: { type: integer }
    customer: { type: integer, x-options: { operation: list_customers_ddl } }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
  query: { customer: "{{input.customer}}" }
"#),
};
