//! API keys in the store: what a caller is, found by its key's hash.

use super::database::{Row, odd};
use super::{Store, StoreError, date, hexadecimal, milliseconds, random, since_1970};
use crate::access::{KeyHash, Scopes, new_key};
use std::time::Duration;

const COLUMNS: &str = "id, tenant, scopes, created";

/// What is known of an API key. The key itself is stored nowhere.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyRow {
    /// Its name, for lists and for taking it back.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Since 1970.
    pub created: Duration,
}

impl KeyRow {
    /// When it was made, as RFC 3339 has it.
    #[must_use]
    pub fn created_at(&self) -> String {
        date(self.created)
    }

    fn of(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text()?,
            tenant: row.text()?,
            scopes: serde_json::from_str(&row.text()?).map_err(|_| odd())?,
            created: since_1970(row.integer()?),
        })
    }
}

impl Store {
    /// Makes an API key of 256 random bits. The key itself is given here, and never again.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn add_key(
        &self,
        tenant: &str,
        scopes: &Scopes,
        now: Duration,
    ) -> Result<(KeyRow, String), StoreError> {
        let unrandom = |_| StoreError::new("the system gives no random bytes");
        let (key, hash) = new_key().map_err(unrandom)?;
        let statement = format!(
            "INSERT INTO opwire_keys (hash, id, tenant, scopes, created)
             VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}"
        );
        let cells = [
            hexadecimal(hash.as_bytes()).into(),
            hexadecimal(&random::<6>()?).into(),
            tenant.into(),
            serde_json::to_string(scopes).map_err(|_| odd())?.into(),
            milliseconds(now).into(),
        ];
        let mut row = self.one(&statement, cells).await?.ok_or_else(odd)?;
        Ok((KeyRow::of(&mut row)?, key))
    }

    /// What the key with this hash is.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn key(&self, hash: &KeyHash) -> Result<Option<KeyRow>, StoreError> {
        // A lookup's time could tell of hashes, and a hash tells nothing of a random key.
        let statement = format!("SELECT {COLUMNS} FROM opwire_keys WHERE hash = $1");
        let row = self
            .one(&statement, [hexadecimal(hash.as_bytes()).into()])
            .await?;
        row.map(|mut row| KeyRow::of(&mut row)).transpose()
    }

    /// All keys, oldest first, or a tenant's.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn keys(&self, tenant: Option<&str>) -> Result<Vec<KeyRow>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS} FROM opwire_keys WHERE $1 = '' OR tenant = $1 ORDER BY created, id"
        );
        let mut rows = self
            .run(&statement, [tenant.unwrap_or_default().into()])
            .await?;
        rows.iter_mut().map(KeyRow::of).collect()
    }

    /// Takes a key back: from now on nobody has it. Says whether it was there.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, StoreError> {
        let statement = "DELETE FROM opwire_keys WHERE id = $1 RETURNING id";
        Ok(self.one(statement, [id.into()]).await?.is_some())
    }
}
