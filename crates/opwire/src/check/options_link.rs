//! options-link, options-type, options-input: `x-options` names a DDL of the same connector that fits the field.

use crate::diagnostic::Code;
use crate::manifest::{Fault, Kind, Meant};
use crate::operation::Operation;
use crate::options::mismatches;
use crate::types::Type;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::OptionsLink,
    level: Level::Error,
    docs: "`x-options` says which operation fills the drop-down of a field: `{operation: NAME}`, with `input` and `when` where needed, or a list of
such. The operation has `kind: ddl` and stands in `ddl/` of the same connector.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id, customer]
  properties:
    order_id: { type: integer }
    customer: { type: integer, x-options: { operation: list_custmers_ddl } }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
  query: { customer: "{{input.customer}}" }
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id, customer]
  properties:
    order_id: { type: integer }
    customer: { type: integer, x-options: { operation: list_customers_ddl } }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
  query: { customer: "{{input.customer}}" }
"#),
};

pub(super) fn check(
    operation: &Operation,
    operations: &BTreeMap<String, Arc<Operation>>,
    unsound: &BTreeSet<String>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let connector = operation.connector().name();
    for link in operation.option_links() {
        let pointer = format!("{}/operation", link.place);
        let name = format!("{connector}.{}", link.operation);
        if unsound.contains(&name) {
            continue;
        }
        let ddl = operations.get(&name);
        match ddl {
            Some(ddl) if ddl.kind() == Kind::Ddl => {
                if let Some(choices) = ddl.choices {
                    let input = ddl.schema.schema();
                    faults.extend(mismatches(link, choices, &Type::of_schema(&input)));
                }
            }
            Some(_) => {
                let message = format!("`{}` is not a DDL operation", link.operation);
                faults.push(Fault::new(Code::OptionsLink, pointer, message));
            }
            None => {
                let ddls = operations
                    .values()
                    .filter(|o| o.kind() == Kind::Ddl && o.connector().name() == connector);
                let meant = Meant::of(&link.operation, ddls.map(|ddl| ddl.id()));
                let mut fault = Fault::new(
                    Code::OptionsLink,
                    pointer,
                    format!("there is no operation `{}`", link.operation),
                );
                fault.meant(meant);
                faults.push(fault);
            }
        }
    }
    faults
}
