//! options-link: `x-options` names a DDL of the same connector.

use crate::diagnostic::Code;
use crate::manifest::{Fault, Kind, nearest};
use crate::operation::Operation;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn check(
    operation: &Operation,
    operations: &BTreeMap<String, Arc<Operation>>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let connector = operation.connector().name();
    for link in operation.option_links() {
        let pointer = format!("{}/operation", link.place);
        match operations
            .get(&format!("{connector}.{}", link.operation))
            .map(|found| found.kind())
        {
            Some(Kind::Ddl) => {}
            Some(_) => {
                let message = format!("`{}` is not a DDL operation", link.operation);
                faults.push(Fault::new(Code::OptionsLink, pointer, message));
            }
            None => {
                let ddls = operations
                    .values()
                    .filter(|o| o.kind() == Kind::Ddl && o.connector().name() == connector);
                let near = nearest(&link.operation, ddls.map(|ddl| ddl.id()))
                    .map(|near| format!("did you mean `{near}`?"));
                let mut fault = Fault::new(
                    Code::OptionsLink,
                    pointer,
                    format!("there is no operation `{}`", link.operation),
                );
                fault.help_if(near);
                faults.push(fault);
            }
        }
    }
    faults
}
