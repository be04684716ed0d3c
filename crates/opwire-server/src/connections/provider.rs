//! The store as the server's [`Keys`] and [`Connections`].

use crate::access::{Caller, ConnectionFuture, Connections, KeyFuture, KeyHash, Keys, Opened};
use crate::problem::{Problem, Refusal};
use crate::store::{Store, StoreError};
use opwire::Error;

impl Keys for Store {
    fn find<'a>(&'a self, hash: &'a KeyHash) -> KeyFuture<'a> {
        Box::pin(async move {
            let key = self.key(hash).await?;
            Ok(key.map(|key| Caller::new(key.tenant, key.scopes)))
        })
    }
}

impl Connections for Store {
    fn open<'a>(
        &'a self,
        tenant: &'a str,
        id: &'a str,
        connector: &'a str,
    ) -> ConnectionFuture<'a> {
        Box::pin(async move {
            let Some((connection, credentials)) = self.credentials(tenant, id).await? else {
                return Ok(None);
            };
            if connection.connector != connector {
                let detail = "the connection is for another connector";
                return Err(Problem::new(Refusal::Conflict, detail));
            }
            Ok(Some(Opened::new(credentials, connection.lane())))
        })
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::from(Error::from(error))
    }
}
