//! unknown-helper

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::UnknownHelper,
    level: Level::Error,
    docs: "Helpers are a closed set: they are listed in the reference. What they can't do is for the service or for the caller.",
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
  output: { name: "{{uper response.body.name}}" }
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
  output: { name: "{{upper response.body.name}}" }
"#),
};
