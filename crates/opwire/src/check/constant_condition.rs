//! constant-condition

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::ConstantCondition,
    level: Level::Warning,
    docs: "A condition fails when it is missing, null or false; all else is met, 0 and the empty text too. By the schemas this one always
ends the same way, or this case can't come, so a part of the template is never used. Perhaps a comparison was meant.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [page]
  properties:
    page: { type: integer }
request:
  method: GET
  path: /orders
  query: { page: { $if: "{{input.page}}", $then: "{{input.page}}" } }
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [page]
  properties:
    page: { type: integer }
request:
  method: GET
  path: /orders
  query: { page: { $if: "{{gt input.page 1}}", $then: "{{input.page}}" } }
"#),
};
