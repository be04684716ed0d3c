//! example-input

use crate::diagnostic::Code;
use crate::input;
use crate::manifest::{ExampleManifest, Fault};
use crate::operation::Operation;
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::ExampleInput,
    level: Level::Warning,
    docs: "The operation refuses the example's input, so the example shows an error and nothing of what the operation does. An example that
is meant to show a refusal has a variant name that says so: one that ends in `invalid` or `refused`.",
    bad: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: seven }
replies:
  - body: { id: 7, name: Ada }
"),
    good: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - body: { id: 7, name: Ada }
"),
};

/// What the operation refuses of the example's input.
pub(super) fn check(operation: &Operation, variant: &str, example: &ExampleManifest) -> Vec<Fault> {
    let meant = ["invalid", "refused"].iter().any(|end| variant.ends_with(end));
    let Err(error) = input::check(operation, example.input.clone()) else {
        return Vec::new();
    };
    if meant {
        return Vec::new();
    }
    let faults = error.violations().iter().map(|violation| {
        let pointer = format!("/input{}", violation.pointer);
        let message = format!("the operation refuses this: {}", violation.message);
        let mut fault = Fault::new(Code::ExampleInput, pointer, message);
        fault.warning();
        if violation.keyword == "additionalProperties" {
            fault.on_key();
        }
        fault
    });
    faults.collect()
}
