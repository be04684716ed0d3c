//! missing-example: documentation, mock and snapshot come from an operation's example.

use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::operation::Operation;
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::MissingExample,
    level: Level::Warning,
    docs: "Documentation, the mock service, the snapshot test and agents' examples all come from an operation's example. Write
`examples/cancel_order.yaml` with an input and the service's reply, or let `opwire record` write it.",
    bad: Case::file("main/cancel_order.yaml", r#"title: Get order
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

pub(super) fn check(operation: &Operation) -> Option<Fault> {
    let file = operation
        .examples_dir()
        .join(format!("{}.yaml", operation.id()));
    (!file.is_file()).then(|| {
        let mut fault = Fault::new(
            Code::MissingExample,
            "",
            format!("there is no examples/{}.yaml", operation.id()),
        );
        fault
            .warning()
            .help("write one with an input and the service's reply");
        fault
    })
}
