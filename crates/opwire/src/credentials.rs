//! [`Credentials`]: where credentials come from when the input doesn't hold them.

mod environment;
mod file;
#[cfg(feature = "keyring")]
mod keyring;

pub use environment::EnvironmentCredentials;
pub use file::{FileCredentials, read_private};
#[cfg(feature = "keyring")]
pub use keyring::KeyringCredentials;

use crate::error::Error;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

/// What a provider's `get` gives.
pub type CredentialsFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Secret>, Error>> + Send + 'a>>;

/// Gives a connector's credentials by name.
///
/// Asked once for each credential that an invocation's input doesn't hold. See `examples/custom_credentials.rs`.
pub trait Credentials: Send + Sync {
    /// The credential, or nothing when this provider doesn't have it.
    ///
    /// # Errors
    /// When it should have been there and could not be read.
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a>;
}

/// A fixed set of credentials: (connector, name) → secret.
impl Credentials for BTreeMap<(String, String), Secret> {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        let found = BTreeMap::get(self, &(connector.to_owned(), name.to_owned())).cloned();
        Box::pin(async move { Ok(found) })
    }
}

/// Several providers: the first that has the credential gives it.
impl Credentials for Vec<Box<dyn Credentials>> {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        Box::pin(async move {
            for provider in self {
                if let Some(secret) = provider.get(connector, name).await? {
                    return Ok(Some(secret));
                }
            }
            Ok(None)
        })
    }
}

/// Gives none: every credential must stand in the input.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NoCredentials;

impl Credentials for NoCredentials {
    fn get<'a>(&'a self, _: &'a str, _: &'a str) -> CredentialsFuture<'a> {
        Box::pin(async { Ok(None) })
    }
}
