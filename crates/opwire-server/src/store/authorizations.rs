//! Authorizations that a person was sent away for and is not back from.

use super::seal::Place;
use super::{Store, StoreError, database, hashed, milliseconds};
use opwire::Secret;
use std::time::Duration;

/// An authorization that is not over yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pending {
    /// Whose connection it is for.
    pub tenant: String,
    /// The connection's name.
    pub connection: String,
    /// Of which credentials.
    pub revision: String,
    /// The code verifier (RFC 7636, section 4.1).
    pub verifier: Secret,
}

impl Pending {
    /// One for a connection.
    #[must_use]
    pub fn new(connection: &super::Connection, verifier: Secret) -> Self {
        Self {
            tenant: connection.tenant.clone(),
            connection: connection.id.clone(),
            revision: connection.revision.clone(),
            verifier,
        }
    }
}

impl Store {
    /// Keeps an authorization under its state until it expires, both since 1970. Others that expired are taken out.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn add_authorization(
        &self,
        state: &str,
        pending: &Pending,
        now: Duration,
        expires: Duration,
    ) -> Result<(), StoreError> {
        let old = "DELETE FROM opwire_authorizations WHERE expires <= $1";
        self.run(old, [milliseconds(now).into()]).await?;
        let state = hashed(state);
        let verifier = pending.verifier.expose().as_bytes();
        let sealed = self.0.keys.seal(Place::Authorization(&state), verifier)?;
        let statement = "INSERT INTO opwire_authorizations
             (state, tenant, connection, revision, sealed, expires) VALUES ($1, $2, $3, $4, $5, $6)";
        let cells = [
            state.into(),
            pending.tenant.as_str().into(),
            pending.connection.as_str().into(),
            pending.revision.as_str().into(),
            sealed.into(),
            milliseconds(expires).into(),
        ];
        self.run(statement, cells).await.map(drop)
    }

    /// Takes the authorization under a state out: it is there once, and not when it has expired.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn take_authorization(
        &self,
        state: &str,
        now: Duration,
    ) -> Result<Option<Pending>, StoreError> {
        let state = hashed(state);
        let statement = "DELETE FROM opwire_authorizations WHERE state = $1
             RETURNING tenant, connection, revision, sealed, expires";
        let Some(mut row) = self.one(statement, [state.as_str().into()]).await? else {
            return Ok(None);
        };
        let (tenant, connection, revision) = (row.text()?, row.text()?, row.text()?);
        let (sealed, expires) = (row.bytes()?, row.integer()?);
        if expires <= milliseconds(now) {
            return Ok(None);
        }
        let verifier = self
            .0
            .keys
            .open_sealed(Place::Authorization(&state), &sealed)?;
        let verifier = String::from_utf8(verifier).map_err(|_| database::odd())?;
        Ok(Some(Pending {
            tenant,
            connection,
            revision,
            verifier: Secret::new(verifier),
        }))
    }
}
