//! schema-comment

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;
use crate::manifest::Fault;

pub(super) const RULE: Rule = Rule {
    code: Code::SchemaComment,
    level: Level::Warning,
    docs: "By the comment `# yaml-language-server: $schema=…` in the first line, editors complete keys, show what they mean and underline what is
wrong. `opwire check --fix` puts it in.",
    bad: Case::operation(r#"title: No comment
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

/// The comment, and what it should name for a file in this folder of a connector.
pub(crate) fn check(text: &str, kind: &str, up: &str) -> Option<Fault> {
    let first = text.lines().next().unwrap_or_default();
    let told = first
        .strip_prefix('#')
        .and_then(|rest| rest.trim_start().strip_prefix("yaml-language-server:"))
        .and_then(|rest| rest.trim_start().strip_prefix("$schema="));
    let name = format!("{kind}.schema.json");
    let (message, certain) = match told {
        None => (format!("the first line doesn't name {name}"), true),
        Some(schema) if schema.trim().ends_with(&name) => return None,
        Some(_) => (format!("the first line names another schema than {name}"), false),
    };
    let comment = format!("# yaml-language-server: $schema={up}/schemas/{name}");
    let mut fault = Fault::new(Code::SchemaComment, "", message);
    fault
        .warning()
        .at_start()
        .help(format!("begin the file with `{comment}`"));
    if certain {
        fault.fix(format!("{comment}\n"));
    }
    Some(fault)
}
