//! helper-arguments

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::HelperArguments,
    level: Level::Error,
    docs: "Each helper takes a certain number of arguments. A helper with arguments inside another stands in parentheses.",
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
  output: { names: "{{join response.body.names}}" }
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
  output: { names: "{{join response.body.names ', '}}" }
"#),
};
