//! [`StoreError`]: why the store could not be used.

use opwire::{Error, ErrorKind};
use std::fmt;

/// Why the store could not be used. Its text holds no value of the store.
#[derive(Clone, Debug)]
pub struct StoreError {
    message: String,
    sealed: bool,
}

impl StoreError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            sealed: false,
        }
    }

    /// What is sealed doesn't open.
    pub(super) fn sealed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            sealed: true,
        }
    }

    /// Is it that something doesn't open with the sealing keys? Else the store may be there again later.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

/// To callers a store that can't be used is a resource that is short: nothing was sent, and a later call may go. Why is for
/// the log: it may name the database's user.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::error!(target: "opwire::store", "{error}");
        if error.sealed {
            let message = "what is kept does not open with the server's sealing keys";
            return Self::new(ErrorKind::Internal, message);
        }
        Self::new(ErrorKind::Overloaded, "the store can't be used now")
    }
}
