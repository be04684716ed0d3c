//! options-pointers

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::OptionsPointers,
    level: Level::Either,
    docs: "A DDL's output holds a list of options, each with a label (text) and a value. Where they stand is said by the JSON Pointers of
`options`: `/options`, `/label` and `/value` when it is left out. By the templates and `response.schema`, they are not there, or a label is
no text.",
    bad: Case::file("ddl/list_regions_ddl.yaml", r#"title: List regions (DDL)
kind: ddl
description: Offers the regions.
request: { method: GET, path: /regions }
response:
  schema:
    type: object
    required: [regions]
    properties:
      regions: { type: array, items: { type: object, required: [id, name], properties: { id: { type: integer }, name: { type: string } } } }
  output:
    options: { $each: "{{response.body.regions}}", $as: region, $map: { name: "{{region.name}}", value: "{{region.id}}" } }
"#),
    good: Case::file("ddl/list_regions_ddl.yaml", r#"title: List regions (DDL)
kind: ddl
description: Offers the regions.
request: { method: GET, path: /regions }
response:
  schema:
    type: object
    required: [regions]
    properties:
      regions: { type: array, items: { type: object, required: [id, name], properties: { id: { type: integer }, name: { type: string } } } }
  output:
    options: { $each: "{{response.body.regions}}", $as: region, $map: { label: "{{region.name}}", value: "{{region.id}}" } }
"#),
};
