//! Connections in the store: whose, to which connector, and the sealed credentials.

use super::database::Row;
use super::seal::Place;
use super::{Store, StoreError, database, hexadecimal, milliseconds, names, random, since_1970};
use opwire::Secret;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const COLUMNS: &str = "tenant, id, connector, revision, names, created, changed";

/// What is known of a connection without opening its credentials.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// Whose it is.
    pub tenant: String,
    /// Its name, given by the tenant.
    pub id: String,
    /// The connector that it is for.
    pub connector: String,
    /// Another with each change of the credentials.
    pub revision: String,
    /// Which credentials it holds.
    pub credentials: Vec<String>,
    /// Since 1970.
    pub created: Duration,
    /// Since 1970.
    pub changed: Duration,
}

impl Connection {
    /// The name that the engine knows its tenant by ([`opwire::Call::tenant`]): limits, breakers and tokens are kept for
    /// each connection, and tokens that were got with other credentials are not used.
    #[must_use]
    pub fn lane(&self) -> String {
        format!("{}{}", self.name(), self.revision)
    }

    /// What its name for the engine begins with, whatever its credentials.
    fn name(&self) -> String {
        let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
        format!("{}/{}/", part(&self.tenant), part(&self.id))
    }

    /// The key of its token in the token store.
    fn token_key(&self) -> String {
        format!("{}{}", self.token_keys(), self.revision)
    }

    /// What the keys of all tokens begin with that were got with credentials of it.
    fn token_keys(&self) -> String {
        format!("{}/{}", self.connector, self.name())
    }

    fn of(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: row.text()?,
            id: row.text()?,
            connector: row.text()?,
            revision: row.text()?,
            credentials: names(&row.text()?)?,
            created: since_1970(row.integer()?),
            changed: since_1970(row.integer()?),
        })
    }
}

impl Store {
    /// Stores a connection's credentials, in place of what it had. Its tokens are forgotten.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn put_connection(
        &self,
        tenant: &str,
        id: &str,
        connector: &str,
        credentials: &BTreeMap<String, Secret>,
        now: Duration,
    ) -> Result<Connection, StoreError> {
        let before = self.connection(tenant, id).await?;
        let sealed = self
            .0
            .keys
            .seal(Place::Connection { tenant, id }, &written(credentials))?;
        let names: Vec<&String> = credentials.keys().collect();
        let statement = format!(
            "INSERT INTO opwire_connections (tenant, id, connector, revision, names, sealed, created, changed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (tenant, id) DO UPDATE SET connector = excluded.connector, revision = excluded.revision,
             names = excluded.names, sealed = excluded.sealed, changed = excluded.changed
             RETURNING {COLUMNS}"
        );
        let now = milliseconds(now);
        let cells = [
            tenant.into(),
            id.into(),
            connector.into(),
            hexadecimal(&random::<8>()?).into(),
            json!(names).to_string().into(),
            sealed.into(),
            now.into(),
            now.into(),
        ];
        let row = self.one(&statement, cells).await?;
        if let Some(before) = before {
            self.forget_tokens(&before.token_keys()).await?;
        }
        Connection::of(&mut row.ok_or_else(database::odd)?)
    }

    /// The connection of this name.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connection(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<Connection>, StoreError> {
        let statement =
            format!("SELECT {COLUMNS} FROM opwire_connections WHERE tenant = $1 AND id = $2");
        let mut row = self.one(&statement, [tenant.into(), id.into()]).await?;
        row.as_mut().map(Connection::of).transpose()
    }

    /// The connection of this name, with its credentials.
    ///
    /// # Errors
    /// When the store can't be read, or the row was moved here from another place.
    pub async fn credentials(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<(Connection, BTreeMap<String, Secret>)>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS}, sealed FROM opwire_connections WHERE tenant = $1 AND id = $2"
        );
        let Some(mut row) = self.one(&statement, [tenant.into(), id.into()]).await? else {
            return Ok(None);
        };
        let connection = Connection::of(&mut row)?;
        let plain = self
            .0
            .keys
            .open_sealed(Place::Connection { tenant, id }, &row.bytes()?)?;
        Ok(Some((connection, read(&plain)?)))
    }

    /// A tenant's connections by name, those after `after`, at most so many; all of them, or a connector's.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connections(
        &self,
        tenant: &str,
        connector: Option<&str>,
        after: &str,
        most: usize,
    ) -> Result<Vec<Connection>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS} FROM opwire_connections
             WHERE tenant = $1 AND id > $2 AND ($3 = '' OR connector = $3) ORDER BY id LIMIT $4"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let connector = connector.unwrap_or_default();
        let cells = [tenant.into(), after.into(), connector.into(), most.into()];
        let mut rows = self.run(&statement, cells).await?;
        rows.iter_mut().map(Connection::of).collect()
    }

    /// Takes a connection out, with its tokens. Says whether it was there.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn delete_connection(&self, tenant: &str, id: &str) -> Result<bool, StoreError> {
        let statement = format!(
            "DELETE FROM opwire_connections WHERE tenant = $1 AND id = $2 RETURNING {COLUMNS}"
        );
        let Some(mut row) = self.one(&statement, [tenant.into(), id.into()]).await? else {
            return Ok(false);
        };
        let connection = Connection::of(&mut row)?;
        self.forget_tokens(&connection.token_keys()).await?;
        Ok(true)
    }

    /// Is there a token that was got for the connection?
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn has_token(&self, connection: &Connection) -> Result<bool, StoreError> {
        let statement = "SELECT version FROM opwire_tokens WHERE key = $1";
        let row = self.one(statement, [connection.token_key().into()]).await?;
        Ok(row.is_some())
    }
}

fn written(credentials: &BTreeMap<String, Secret>) -> Vec<u8> {
    let member = |(name, secret): (&String, &Secret)| (name.clone(), secret.expose().into());
    let members: Map<String, Value> = credentials.iter().map(member).collect();
    Value::Object(members).to_string().into_bytes()
}

fn read(plain: &[u8]) -> Result<BTreeMap<String, Secret>, StoreError> {
    let members: BTreeMap<String, String> =
        serde_json::from_slice(plain).map_err(|_| database::odd())?;
    Ok(members
        .into_iter()
        .map(|(name, text)| (name, Secret::new(text)))
        .collect())
}
