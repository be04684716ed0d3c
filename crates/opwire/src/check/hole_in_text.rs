//! hole-in-text

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::HoleInText,
    level: Level::Either,
    docs: "A hole in text takes text, a number or a boolean. When it is missing, null, a list or an object, the call fails; the schema
says that this can happen. Give another value with `default`, leave the hole out with `concat` (which passes missing and null
over), join a list, or choose with `$if`.",
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
  schema: { type: object, properties: { name: { type: [string, "null"] } } }
  output: { title: "Order of {{response.body.name}}" }
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
  schema: { type: object, properties: { name: { type: [string, "null"] } } }
  output: { title: "Order of {{default response.body.name 'nobody'}}" }
"#),
};
