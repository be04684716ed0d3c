//! forbidden-header

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::ForbiddenHeader,
    level: Level::Error,
    docs: "`Authorization` and `Cookie` are set by `auth`; `Host`, `Content-Length`, `Transfer-Encoding`, `Connection` and the like by the transport. A template
that sets them could lead a request, with its credentials, elsewhere.",
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
  headers: { Host: eu.shop.example }
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
  headers: { X-Region: eu }
"#),
};
