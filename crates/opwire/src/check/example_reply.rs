//! example-reply

use crate::diagnostic::Code;
use crate::error::Violation;
use crate::manifest::{ExampleManifest, Fault, Reply};
use crate::operation::Operation;
use crate::schema::Validator;
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::ExampleReply,
    level: Level::Warning,
    docs: "`response.schema` says what the service answers, and this reply is something else. One of the two is wrong; templates are checked
against the schema, so it should allow whatever the service is known to answer.",
    bad: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - body: { id: 7, name: [Ada] }
"),
    good: Case::file("examples/get_order.yaml", "description: An order.
input: { token: t, order_id: 7 }
replies:
  - body: { id: 7, name: Ada }
"),
};

/// Replies of success whose body the reply's schema doesn't allow.
pub(super) fn check(operation: &Operation, schema: &Validator, example: &ExampleManifest) -> Vec<Fault> {
    let mut faults = Vec::new();
    let success = |reply: &&Reply| operation.response.success.contains(reply.status);
    for (index, reply) in example.replies.iter().enumerate().filter(|(_, reply)| success(reply)) {
        let Some(body) = &reply.body else { continue };
        for problem in schema.problems(body, 5) {
            let Violation { pointer, message, .. } = Violation::from(problem);
            let pointer = format!("/replies/{index}/body{pointer}");
            let message = format!("`response.schema` doesn't allow this: {message}");
            let mut fault = Fault::new(Code::ExampleReply, pointer, message);
            fault.warning();
            faults.push(fault);
        }
    }
    faults
}
