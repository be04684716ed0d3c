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

/// To the engine a store that can't be reached is a resource that is short: nothing was sent, and a later call may go.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = if error.sealed {
            ErrorKind::Internal
        } else {
            ErrorKind::Overloaded
        };
        Self::new(kind, error.message)
    }
}
