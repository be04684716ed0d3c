//! example-invalid

use crate::diagnostic::Code;
use crate::manifest::{ExampleManifest, Fault, read_example};
use serde_json::Value;
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::ExampleInvalid,
    level: Level::Error,
    docs: "An example is an `input` and `replies`, one a request. This file has another form, or a reply that can't be sent.",
    bad: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - bdy: { id: 7 }
"),
    good: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - body: { id: 7, name: Ada }
"),
};

/// The example, when it has the form of one and its replies can be sent.
pub(super) fn check(value: &Value) -> Result<ExampleManifest, Vec<Fault>> {
    let example = read_example(value).map_err(|mut faults| {
        for fault in &mut faults {
            fault.code = Code::ExampleInvalid;
        }
        faults
    })?;
    let wrong = example.replies.iter().enumerate().filter_map(|(index, reply)| {
        let message = reply.response().err()?;
        let pointer = format!("/replies/{index}");
        Some(Fault::new(Code::ExampleInvalid, pointer, message))
    });
    let wrong: Vec<Fault> = wrong.collect();
    if wrong.is_empty() { Ok(example) } else { Err(wrong) }
}
