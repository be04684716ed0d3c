//! useless-default

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::UselessDefault,
    level: Level::Warning,
    docs: "`default` gives the first argument that is neither missing nor null. This one always is there: it is required, or has a `default`
in the schema already. Leave the helper away, or make the field optional.",
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
  path: "/orders/{{default input.order_id 0}}"
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
