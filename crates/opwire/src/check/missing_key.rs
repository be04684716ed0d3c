//! missing-key

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::MissingKey,
    level: Level::Error,
    docs: "`title`, `kind` and `description` are for people and must be there; a request needs a `method`, and either `path` or `url`.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
request:
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
