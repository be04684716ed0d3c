//! Where tokens are kept.

use crate::error::Error;
use crate::secret::Secret;
use std::collections::HashMap;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a store's methods give.
pub type TokenFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A token as it is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredToken {
    /// What requests are signed with.
    pub access_token: Secret,
    /// What the next one is got with, when the service changes it each time.
    pub refresh_token: Option<Secret>,
    /// Until when it holds, since 1970; nothing when the service didn't say.
    pub expires: Option<Duration>,
    /// Counts the changes: 1, 2, 3, …
    pub version: u64,
}

impl StoredToken {
    /// A token, as a store gives it back.
    #[must_use]
    pub fn new(
        access_token: Secret,
        refresh_token: Option<Secret>,
        expires: Option<Duration>,
        version: u64,
    ) -> Self {
        Self {
            access_token,
            refresh_token,
            expires,
            version,
        }
    }
}

/// Keeps access tokens. The default keeps them in the process.
///
/// Several processes that use one credential share a store. Before one asks for a token it takes the right to do so
/// ([`lease`](Self::lease)), so that one request is made and the others take what it brought: a service that changes the
/// refresh token each time takes a second use of the old one for theft. Should a lease end too early,
/// [`compare_and_set`](Self::compare_and_set) still keeps the token that was stored first.
///
/// Keys are `CONNECTOR/TENANT`. A call without a tenant's name has a key that holds in its own process alone.
pub trait TokenStore: Send + Sync {
    /// The token under this key.
    ///
    /// # Errors
    /// When the store can't be read.
    fn load<'a>(&'a self, key: &'a str) -> TokenFuture<'a, Option<StoredToken>>;

    /// Stores a token, if the one that is there still has this version (nothing: there is none). Says whether it was
    /// stored.
    ///
    /// # Errors
    /// When the store can't be written.
    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        version: Option<u64>,
        token: StoredToken,
    ) -> TokenFuture<'a, bool>;

    /// Lends `holder` the right to renew the token under this key, for at most this time by the store's own clock. Says
    /// whether it has it now.
    ///
    /// One holder has it at a time; one that doesn't give it back loses it when the time is over. A store of a single
    /// process may always say yes: there the engine itself asks once at a time.
    ///
    /// # Errors
    /// When the store can't be written.
    fn lease<'a>(&'a self, key: &'a str, holder: &'a str, most: Duration) -> TokenFuture<'a, bool>;

    /// Takes the right back, if this holder still has it.
    ///
    /// # Errors
    /// When the store can't be written; the lease then ends by its time.
    fn release<'a>(&'a self, key: &'a str, holder: &'a str) -> TokenFuture<'a, ()>;
}

/// Tokens of one process.
#[derive(Debug, Default)]
pub(crate) struct LocalTokens(Mutex<HashMap<String, StoredToken>>);

impl TokenStore for LocalTokens {
    fn load<'a>(&'a self, key: &'a str) -> TokenFuture<'a, Option<StoredToken>> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(ready(Ok(tokens.get(key).cloned())))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        version: Option<u64>,
        token: StoredToken,
    ) -> TokenFuture<'a, bool> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = tokens.get(key).map(|token| token.version) == version;
        if same {
            tokens.insert(key.to_owned(), token);
        }
        Box::pin(ready(Ok(same)))
    }

    fn lease<'a>(&'a self, _: &'a str, _: &'a str, _: Duration) -> TokenFuture<'a, bool> {
        Box::pin(ready(Ok(true)))
    }

    fn release<'a>(&'a self, _: &'a str, _: &'a str) -> TokenFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
