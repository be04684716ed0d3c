//! stale-example

use crate::diagnostic::Code;
use crate::manifest::{Fault, Meant};
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::StaleExample,
    level: Level::Warning,
    docs: "An example's file is named after its operation: `get_order.yaml`, or `get_order.VARIANT.yaml`. There is no operation of this name in
the connector: it was renamed or removed.",
    bad: Case::file("examples/get_orders.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - body: { id: 7, name: Ada }
"),
    good: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - body: { id: 7, name: Ada }
"),
};

/// The example of an operation that there is not.
pub(super) fn check<'a>(operation: &str, known: impl IntoIterator<Item = &'a str>) -> Fault {
    let message = format!("there is no operation `{operation}`");
    let mut fault = Fault::new(Code::StaleExample, "", message);
    fault.warning().at_start();
    if let Some(meant) = Meant::of(operation, known) {
        fault.help(format!("did you mean `{}`? Rename the file, or remove it", meant.name));
    } else {
        fault.help("rename the file, or remove it");
    }
    fault
}
