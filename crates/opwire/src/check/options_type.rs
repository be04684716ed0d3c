//! options-type

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::OptionsType,
    level: Level::Error,
    docs: "What a person chooses is put into the field, and the field's schema would refuse it: the DDL gives numbers and the field takes
text, say. Change the DDL's `value`, or the field's `type`.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id, customer]
  properties:
    order_id: { type: integer }
    customer: { type: boolean, x-options: { operation: list_customers_ddl } }
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
