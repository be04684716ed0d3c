//! unknown-key

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::UnknownKey,
    level: Level::Error,
    docs: "What is not a key of the language would do nothing. It is mostly a slip of the pen, or a key that stands one level too
high or too low.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
requst:
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
