//! template-syntax

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::TemplateSyntax,
    level: Level::Error,
    docs: "Between `{{` and `}}` stands a path (`input.order_id`) or a helper with arguments (`default input.name 'none'`), and nothing
else of Handlebars: blocks, partials, comments and `{{{` are refused. Structure is the YAML's: `$if`, `$each`, `$switch`.",
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
  path: "/orders/{{#if input.order_id}}{{input.order_id}}{{/if}}"
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
