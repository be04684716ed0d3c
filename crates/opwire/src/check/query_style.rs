//! query-style

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::QueryStyle,
    level: Level::Either,
    docs: "There are several ways to write a list or an object in a query or a form (`a[]=1`, `a=1&a=2`, `a=1,2`), and services take one of
them. Nothing is guessed: say it for all requests in `connector.yaml`, for an operation, or for one parameter.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  properties:
    ids: { type: array, items: { type: integer } }
request:
  method: GET
  path: /orders
  query: { ids: "{{input.ids}}" }
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  properties:
    ids: { type: array, items: { type: integer } }
request:
  method: GET
  path: /orders
  query: { ids: { value: "{{input.ids}}", style: comma } }
"#),
};
