//! unknown-paginator

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::UnknownPaginator,
    level: Level::Error,
    docs: "`pagination: NAME` takes a paginator of `connector.yaml`. There is none of this name, or its paths can't be followed through this
operation's `response.schema`.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
request:
  method: GET
  path: "/orders"
pagination: pages
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
request:
  method: GET
  path: "/orders"
pagination:
  items: "{{response.body.orders}}"
  next: "{{response.body.next}}"
  request: { query: { page: "{{next}}" } }
"#),
};
