//! [`View`]: what one request sees.

use super::known::Entry;
use super::selection::Selection;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What one request sees of the operations, and for whom it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Each must let an operation in.
    pub(crate) selections: Vec<Selection>,
    /// Three tools in place of one for each operation?
    pub(crate) catalogue: bool,
    /// Whose limits and continuations these are.
    pub(crate) tenant: Option<String>,
    /// The credentials (connector, name) that calls don't have to give.
    pub(crate) credentials: Arc<BTreeSet<(String, String)>>,
}

impl View {
    /// Is this operation offered?
    pub(crate) fn offers(&self, entry: &Entry) -> bool {
        self.selections
            .iter()
            .all(|selection| selection.takes(&entry.tool, &entry.operation))
    }

    /// Has the session this credential?
    pub(crate) fn has_credential(&self, connector: &str, name: &str) -> bool {
        self.credentials
            .contains(&(connector.to_owned(), name.to_owned()))
    }
}
