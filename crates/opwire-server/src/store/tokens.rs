//! The engine's tokens in the store, so that several servers use the same.

use super::database::Row;
use super::seal::Place;
use super::{Store, StoreError, database, milliseconds};
use opwire::{Secret, StoredToken, TokenFuture, TokenStore};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A token as it is sealed.
#[derive(Serialize, Deserialize)]
struct Plain {
    access_token: String,
    refresh_token: Option<String>,
    /// Since 1970.
    expires: Option<Duration>,
}

impl Store {
    fn sealed_token(&self, key: &str, token: &StoredToken) -> Result<Vec<u8>, StoreError> {
        let refresh = token.refresh_token.as_ref();
        let plain = Plain {
            access_token: token.access_token.expose().to_owned(),
            refresh_token: refresh.map(|token| token.expose().to_owned()),
            expires: token.expires,
        };
        let plain = serde_json::to_vec(&plain).map_err(|_| database::odd())?;
        self.0.keys.seal(Place::Token(key), &plain)
    }

    fn opened_token(&self, key: &str, row: &mut Row) -> Result<StoredToken, StoreError> {
        let version = u64::try_from(row.integer()?).map_err(|_| database::odd())?;
        let plain = self.0.keys.open_sealed(Place::Token(key), &row.bytes()?)?;
        let plain: Plain = serde_json::from_slice(&plain).map_err(|_| database::odd())?;
        let refresh = plain.refresh_token.map(Secret::new);
        Ok(StoredToken::new(
            Secret::new(plain.access_token),
            refresh,
            plain.expires,
            version,
        ))
    }

    /// Forgets every token whose key begins so.
    pub(super) async fn forget_tokens(&self, begin: &str) -> Result<(), StoreError> {
        let statement = "DELETE FROM opwire_tokens WHERE substr(key, 1, length($1)) = $1";
        self.run(statement, [begin.into()]).await.map(drop)
    }

    async fn set_token(
        &self,
        key: &str,
        before: Option<u64>,
        token: &StoredToken,
    ) -> Result<bool, StoreError> {
        let count = |version: u64| i64::try_from(version).map_err(|_| database::odd());
        let sealed = self.sealed_token(key, token)?;
        let set = [key.into(), count(token.version)?.into(), sealed.into()];
        let set = match before {
            None => {
                let statement =
                    "INSERT INTO opwire_tokens (key, version, sealed) VALUES ($1, $2, $3)
                     ON CONFLICT (key) DO NOTHING RETURNING version";
                self.one(statement, set).await?
            }
            Some(before) => {
                let statement = "UPDATE opwire_tokens SET version = $2, sealed = $3
                     WHERE key = $1 AND version = $4 RETURNING version";
                let [key, version, sealed] = set;
                self.one(statement, [key, version, sealed, count(before)?.into()])
                    .await?
            }
        };
        Ok(set.is_some())
    }
}

impl TokenStore for Store {
    fn load<'a>(&'a self, key: &'a str) -> TokenFuture<'a, Option<StoredToken>> {
        Box::pin(async move {
            let statement = "SELECT version, sealed FROM opwire_tokens WHERE key = $1";
            let row = self.one(statement, [key.into()]).await?;
            let token = row.map(|mut row| self.opened_token(key, &mut row));
            Ok(token.transpose()?)
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        version: Option<u64>,
        token: StoredToken,
    ) -> TokenFuture<'a, bool> {
        Box::pin(async move { Ok(self.set_token(key, version, &token).await?) })
    }

    fn lease<'a>(&'a self, key: &'a str, holder: &'a str, most: Duration) -> TokenFuture<'a, bool> {
        Box::pin(async move {
            // By the database's clock: those of several servers may differ.
            let now = self.0.database.now();
            let statement = format!(
                "INSERT INTO opwire_leases (key, holder, until) VALUES ($1, $2, {now} + $3)
                 ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, until = excluded.until
                 WHERE opwire_leases.holder = excluded.holder OR opwire_leases.until <= {now}
                 RETURNING key"
            );
            let cells = [key.into(), holder.into(), milliseconds(most).into()];
            Ok(self.one(&statement, cells).await?.is_some())
        })
    }

    fn release<'a>(&'a self, key: &'a str, holder: &'a str) -> TokenFuture<'a, ()> {
        Box::pin(async move {
            let statement = "DELETE FROM opwire_leases WHERE key = $1 AND holder = $2";
            self.run(statement, [key.into(), holder.into()]).await?;
            Ok(())
        })
    }
}
