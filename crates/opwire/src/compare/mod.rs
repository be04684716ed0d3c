//! [`Comparison`]: what changed between two versions of connectors, graded for those who call them.
//!
//! - `breaking`: a call that worked is refused or does something else, or what it gave is gone or of another kind.
//! - `risky`: a caller may notice, or it can't be decided that none does.
//! - `compatible`: no caller needs to do anything.
//!
//! What is `breaking` of an input is proved by a witness: a whole input that the old version takes and the new one
//! refuses. What is `compatible` of an input is proved too ([`subset`]); what is neither is `risky`.

mod change;
mod connectors;
mod errors;
mod input;
mod limits;
mod operations;
mod output;
mod requests;
mod sent;
mod subset;
mod templates;
mod trial;

pub use change::{Aspect, Change, Grade};
pub use trial::{Trial, Tried};

use crate::catalog::Catalog;
use crate::connector::Connector;
use crate::operation::Operation;
use change::Sink;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What changed between two versions of connectors, graded for those who call their operations.
///
/// Connectors and operations are the same when they have the same name. Serialises as the list of its changes.
///
/// ```no_run
/// use opwire::{Catalog, Comparison, Grade};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (old, new) = (Catalog::open("released/operations")?, Catalog::open("operations")?);
/// let comparison = Comparison::of(&old, &new);
/// assert_ne!(comparison.worst(), Some(Grade::Breaking));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Comparison {
    changes: Vec<Change>,
}

impl Comparison {
    /// Compares the manifests of two catalogs; nothing is run. [`tried`](Self::tried) adds what inputs show.
    #[must_use]
    pub fn of(old: &Catalog, new: &Catalog) -> Self {
        let mut comparison = Self::default();
        let named = |catalog: &Catalog| -> BTreeMap<String, Arc<Connector>> {
            let each = catalog.connectors();
            each.map(|it| (it.name().to_owned(), Arc::clone(it)))
                .collect()
        };
        let (before, after) = (named(old), named(new));
        for (name, connector) in &before {
            match after.get(name) {
                Some(now) => {
                    connectors::compare(connector, now, &mut comparison);
                    comparison.operations(old, new, connector, now);
                }
                None => {
                    comparison.of_connector(connector).tell(
                        Grade::Breaking,
                        Aspect::Presence,
                        "",
                        "the connector is gone",
                    );
                }
            }
        }
        for (_, connector) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            comparison.of_connector(connector).tell(
                Grade::Compatible,
                Aspect::Presence,
                "",
                "the connector is new",
            );
        }
        comparison.sort();
        comparison
    }

    /// The changes: by connector and operation, the connector's own first; then the worst first.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The worst grade that there is; nothing when nothing changed.
    #[must_use]
    pub fn worst(&self) -> Option<Grade> {
        self.changes.iter().map(|change| change.grade).max()
    }

    /// Adds what an input shows that was tried on both versions of an operation.
    pub fn tried(&mut self, trial: &Trial<'_>) {
        trial::compare(trial, self);
        self.sort();
    }

    fn operations(&mut self, old: &Catalog, new: &Catalog, before: &Connector, after: &Connector) {
        let own = |catalog: &Catalog, connector: &Connector| -> BTreeMap<String, Arc<Operation>> {
            let all = catalog.operations();
            let own = all.filter(|it| it.connector().name() == connector.name());
            own.map(|it| (it.id().to_owned(), Arc::clone(it))).collect()
        };
        let (before, after) = (own(old, before), own(new, after));
        let added = || after.iter().filter(|(id, _)| !before.contains_key(*id));
        for (id, operation) in &before {
            if let Some(now) = after.get(id) {
                operations::compare(operation, now, self);
                continue;
            }
            let mut namesakes = added().filter(|(_, it)| operations::same_request(operation, it));
            let help = namesakes.next().map(|(id, _)| {
                format!("`{id}` is new and makes the same request: was it renamed?")
            });
            self.of_operation(operation)
                .tell(
                    Grade::Breaking,
                    Aspect::Presence,
                    "",
                    "the operation is gone",
                )
                .help(help);
        }
        for (_, operation) in added() {
            self.of_operation(operation).tell(
                Grade::Compatible,
                Aspect::Presence,
                "",
                "the operation is new",
            );
        }
    }

    fn of_connector(&mut self, connector: &Connector) -> Sink<'_> {
        let file = connector.dir().join("connector.yaml");
        Sink::new(&mut self.changes, connector.name(), None, file)
    }

    fn of_operation(&mut self, operation: &Operation) -> Sink<'_> {
        let connector = operation.connector().name();
        let file = operation.file().to_owned();
        Sink::new(&mut self.changes, connector, Some(operation.id()), file)
    }

    fn sort(&mut self) {
        self.changes.sort_by(|a, b| {
            let place = |it: &Change| (it.connector.clone(), it.operation.clone());
            let what = |it: &Change| (std::cmp::Reverse(it.grade), it.aspect, it.pointer.clone());
            (place(a), what(a)).cmp(&(place(b), what(b)))
        });
    }
}
