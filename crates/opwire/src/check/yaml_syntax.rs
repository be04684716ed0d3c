//! yaml-syntax

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::YamlSyntax,
    level: Level::Error,
    docs: "Manifests are YAML 1.2 in its plain parts: mappings, lists and scalars. Anchors, aliases, merge keys, tags and several
documents in one file are refused, for they hide what a file says. Text that begins with `{{`, `*`, `&`, `@` or `%`, or
holds `: ` or ` #`, stands in quotes.",
    bad: Case::operation("title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
request: { method: GET, path: /orders/{{input.order_id}} }
"),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
request: { method: GET, path: "/orders/{{input.order_id}}" }
"#),
};
