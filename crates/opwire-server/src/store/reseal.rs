//! What old keys sealed is sealed with the newest, so that they can be dropped.

use super::seal::Place;
use super::{Store, StoreError};

/// The place of a row's sealed bytes, by two columns that name the row.
type PlaceOf = for<'a> fn(&'a str, &'a str) -> Place<'a>;

/// Each table with sealed rows, the columns that name a row (the same twice, where one does), and the place.
const TABLES: [(&str, [&str; 2], PlaceOf); 3] = [
    ("opwire_connections", ["tenant", "id"], |tenant, id| {
        Place::Connection { tenant, id }
    }),
    ("opwire_tokens", ["key"; 2], |key, _| Place::Token(key)),
    ("opwire_authorizations", ["state"; 2], |state, _| {
        Place::Authorization(state)
    }),
];

impl Store {
    /// Seals what the newest key didn't seal. A row that another server changes meanwhile stays as that one sealed it.
    pub(super) async fn reseal(&self) -> Result<(), StoreError> {
        let newest = self.0.keys.newest().to_vec();
        for (table, [first, second], place) in TABLES {
            // The key's name stands behind the first byte.
            let old = format!(
                "SELECT {first}, {second}, sealed FROM {table} WHERE substr(sealed, 2, 8) <> $1"
            );
            let update = format!(
                "UPDATE {table} SET sealed = $4 WHERE {first} = $1 AND {second} = $2 AND sealed = $3"
            );
            for mut row in self.run(&old, [newest.clone().into()]).await? {
                let (one, other, sealed) = (row.text()?, row.text()?, row.bytes()?);
                let Ok(anew) = self.sealed_anew(place(&one, &other), &sealed) else {
                    // One row that was changed or moved must not keep the others from being served.
                    tracing::error!(target: "opwire::store", table, "a row does not open");
                    continue;
                };
                let cells = [one.into(), other.into(), sealed.into(), anew.into()];
                self.run(&update, cells).await?;
            }
        }
        // Last: until all is done, who has not the old keys is refused.
        let old = "SELECT sealed FROM opwire_seal WHERE substr(sealed, 2, 8) <> $1";
        for mut row in self.run(old, [newest.clone().into()]).await? {
            let sealed = row.bytes()?;
            let anew = self.sealed_anew(Place::Check, &sealed)?;
            let update = "UPDATE opwire_seal SET sealed = $2 WHERE sealed = $1";
            self.run(update, [sealed.into(), anew.into()]).await?;
        }
        Ok(())
    }

    fn sealed_anew(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let keys = &self.0.keys;
        keys.seal(place, &keys.open_sealed(place, sealed)?)
    }
}
