//! [`KeyringCredentials`]: from the keyring of the operating system.

use super::{Credentials, CredentialsFuture};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;
use keyring_core::{CredentialStore, Entry};
use std::fmt;
use std::sync::Arc;

/// Credentials from the operating system's keyring: service `opwire/<connector>`, user `<credential>`.
///
/// Needs the feature `keyring`.
#[derive(Clone)]
pub struct KeyringCredentials(Arc<CredentialStore>);

impl KeyringCredentials {
    /// The system's own keyring: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.
    ///
    /// # Errors
    /// `credentials_missing`, when there is no keyring here.
    pub fn system() -> Result<Self, Error> {
        let missing = || {
            Error::new(
                ErrorKind::CredentialsMissing,
                "the system's keyring can't be opened",
            )
        };
        keyring::Entry::store_status()
            .as_ref()
            .map_err(|_| missing())?;
        keyring_core::get_default_store()
            .map(Self)
            .ok_or_else(missing)
    }

    #[cfg(test)]
    fn of(store: Arc<CredentialStore>) -> Self {
        Self(store)
    }
}

impl fmt::Debug for KeyringCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyringCredentials")
    }
}

impl Credentials for KeyringCredentials {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        Box::pin(async move {
            let entry = Entry::new_in_store(&self.0, &format!("opwire/{connector}"), name);
            // A keyring may ask its user first: that is no work for the threads that invocations run on.
            let read =
                tokio::task::spawn_blocking(move || entry.and_then(|entry| entry.get_password()));
            match read.await {
                Ok(Ok(secret)) => Ok(Some(Secret::new(secret))),
                Ok(Err(keyring_core::Error::NoEntry)) => Ok(None),
                _ => Err(Error::new(
                    ErrorKind::CredentialsMissing,
                    "the system's keyring can't be read",
                )),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_what_the_keyring_holds() {
        let store: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        let entry = Entry::new_in_store(&store, "opwire/c", "key").unwrap();
        entry.set_password("s3cr3t").unwrap();
        let credentials = KeyringCredentials::of(store);
        let found = credentials.get("c", "key").await.unwrap().unwrap();
        assert_eq!(found.expose(), "s3cr3t");
        assert!(credentials.get("c", "other").await.unwrap().is_none());
    }
}
