//! file-unreadable

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::FileUnreadable,
    level: Level::Error,
    docs: "The file or the folder is not there, may not be read, or is not UTF-8 text. A manifest is UTF-8; the place that is told
is where the first wrong byte stands. Save the file as UTF-8, or give the folder that holds `connector.yaml`.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
# \xff
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
request:
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
