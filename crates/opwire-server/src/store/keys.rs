//! API keys in the store: what a caller is, found by its key's hash.

use super::database::Row;
use super::{Store, StoreError, hashed, hexadecimal, milliseconds, random, since_1970};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// What every key begins with, so that one that lies about is known for what it is.
const PREFIX: &str = "opwire_";
const COLUMNS: &str = "id, tenant, scopes, created";

/// What is known of an API key. The key itself is stored nowhere.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyRow {
    /// Its name, for lists and for taking it back.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// What it may do, as JSON.
    pub scopes: String,
    /// Since 1970.
    pub created: Duration,
}

impl KeyRow {
    fn of(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text()?,
            tenant: row.text()?,
            scopes: row.text()?,
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
        scopes: &str,
        now: Duration,
    ) -> Result<(KeyRow, String), StoreError> {
        let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<32>()?));
        let statement = format!(
            "INSERT INTO opwire_keys (hash, id, tenant, scopes, created) VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}"
        );
        let cells = [
            hashed(&key).into(),
            hexadecimal(&random::<6>()?).into(),
            tenant.into(),
            scopes.into(),
            milliseconds(now).into(),
        ];
        let mut row = self
            .one(&statement, cells)
            .await?
            .ok_or_else(super::database::odd)?;
        Ok((KeyRow::of(&mut row)?, key))
    }

    /// What the key with this SHA-256 is.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn key(&self, hash: &[u8; 32]) -> Result<Option<KeyRow>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM opwire_keys WHERE hash = $1");
        let row = self.one(&statement, [hexadecimal(hash).into()]).await?;
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

    /// Takes a key back: from now on it is not known. Says whether it was there.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, StoreError> {
        let statement = "DELETE FROM opwire_keys WHERE id = $1 RETURNING id";
        Ok(self.one(statement, [id.into()]).await?.is_some())
    }
}
