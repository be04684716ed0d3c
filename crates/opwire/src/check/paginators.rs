//! The connector's paginators, compiled once by themselves so that their faults are told in connector.yaml.

use crate::connector::Connector;
use crate::manifest::Fault;
use crate::operation::Known;
use crate::page::PagePlan;

pub(super) fn check(connector: &Connector) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, paginator) in &connector.typed.pagination {
        let known = Known::default();
        let mut found = Vec::new();
        PagePlan::of(paginator, &known, &mut found);
        for mut fault in found {
            fault.pointer =
                fault
                    .pointer
                    .replacen("/pagination", &format!("/pagination/{name}"), 1);
            faults.push(fault);
        }
    }
    faults
}
