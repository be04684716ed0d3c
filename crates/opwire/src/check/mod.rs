//! Checks beyond what compiling a manifest finds.

mod example;
mod links;
mod name;
mod paginators;

use crate::connector::Connector;
use crate::manifest::{Fault, Kind};
use crate::operation::Operation;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Faults of a connector by itself.
pub(crate) fn connector(connector: Option<&Connector>, dir: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(connector) = connector {
        faults.extend(name::of_connector(connector, dir));
        faults.extend(paginators::check(connector));
    }
    faults
}

/// Faults of an operation's name and place.
pub(crate) fn named(id: &str, kind: Kind, folder: &str) -> Vec<Fault> {
    name::of_operation(id, kind, folder)
}

/// Faults of an operation together with the others of its connector.
pub(crate) fn linked(
    operation: &Operation,
    operations: &BTreeMap<String, Arc<Operation>>,
) -> Vec<Fault> {
    links::check(operation, operations)
}

/// What an operation should have and can do without.
pub(crate) fn warnings(operation: &Operation) -> Option<Fault> {
    example::check(operation)
}
