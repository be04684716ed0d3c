//! [`Store`]: connections, API keys, tokens and pending authorizations, in a file or in PostgreSQL.

mod authorizations;
mod connections;
mod database;
mod error;
mod keys;
mod postgres;
mod reseal;
mod seal;
mod sqlite;
mod tokens;

pub use authorizations::Pending;
pub use connections::Connection;
pub use error::StoreError;
pub use keys::KeyRow;
pub use seal::SealingKeys;

use aws_lc_rs::digest::{SHA256, digest};
use database::{Cell, Database, Row};
use jiff::Timestamp;
use postgres::Postgres;
use seal::Place;
use sqlite::Sqlite;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where the sealing keys come from.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Sealing {
    /// They are given.
    Keys(SealingKeys),
    /// From a file that only its owner can read. A store of one file that holds nothing yet makes it when it isn't there.
    File(PathBuf),
    /// From the file beside that of the store, with `.key` at its name's end. PostgreSQL has none.
    #[default]
    Beside,
}

/// Connections, API keys, tokens and pending authorizations. Cheap to clone.
///
/// Secrets are sealed before they reach the database ([`SealingKeys`]). Several servers share a store: each change is one
/// statement, and of several that need a token one gets it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Box<dyn Database>,
    keys: SealingKeys,
    salt: [u8; 32],
}

impl Store {
    /// Opens a store: `sqlite:FILE`, which is made when it isn't there, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    ///
    /// Tables are made and brought up to date, and what old keys sealed is sealed with the newest. To another host than this
    /// machine's, PostgreSQL is spoken to over TLS with a certificate that the system trusts, unless the URL says
    /// `sslmode=disable`.
    ///
    /// # Errors
    /// When the store can't be reached, was written by a newer version, or is sealed with other keys than these.
    pub async fn open(at: &str, sealing: Sealing) -> Result<Self, StoreError> {
        let file = at.strip_prefix("sqlite:").map(Path::new);
        let database: Box<dyn Database> = match file {
            Some(path) => Box::new(Sqlite::open(path).await?),
            None if at.starts_with("postgres://") || at.starts_with("postgresql://") => {
                Box::new(Postgres::open(at)?)
            }
            None => {
                let message = "the store is neither `sqlite:FILE` nor `postgres://…`";
                return Err(StoreError::new(message));
            }
        };
        database.migrate().await?;
        let check = "SELECT sealed FROM opwire_seal WHERE id = 1";
        let is_new = database.run(check, Vec::new()).await?.is_empty();
        let keys = sealing_keys(sealing, file, is_new)?;
        if is_new {
            let first =
                "INSERT INTO opwire_seal (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
            let sealed = keys.seal(Place::Check, &random::<32>()?)?;
            database.run(first, vec![sealed.into()]).await?;
        }
        // Of several servers that begin at once the first has set it.
        let row = database.run(check, Vec::new()).await?.into_iter().next();
        let sealed = row.ok_or_else(database::odd)?.bytes()?;
        let salt = keys.open_sealed(Place::Check, &sealed)?;
        let salt = salt.try_into().map_err(|_| database::odd())?;
        let store = Self(Arc::new(Inner {
            database,
            keys,
            salt,
        }));
        store.reseal().await?;
        Ok(store)
    }

    /// Random bytes that all servers of the store have, and nobody else.
    pub(crate) fn salt(&self) -> [u8; 32] {
        self.0.salt
    }

    /// Can the store be reached?
    ///
    /// # Errors
    /// When it can't.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.run("SELECT id FROM opwire_seal", []).await.map(drop)
    }

    async fn run<const N: usize>(
        &self,
        statement: &str,
        cells: [Cell; N],
    ) -> Result<Vec<Row>, StoreError> {
        self.0.database.run(statement, cells.into()).await
    }

    /// The one row that a statement gives, if it gives one.
    async fn one<const N: usize>(
        &self,
        statement: &str,
        cells: [Cell; N],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.run(statement, cells).await?.into_iter().next())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("keys", &self.0.keys)
            .finish_non_exhaustive()
    }
}

fn sealing_keys(
    sealing: Sealing,
    store: Option<&Path>,
    is_new: bool,
) -> Result<SealingKeys, StoreError> {
    let path = match (sealing, store) {
        (Sealing::Keys(keys), _) => return Ok(keys),
        (Sealing::File(path), _) => path,
        (Sealing::Beside, Some(store)) => {
            let mut name = store.as_os_str().to_owned();
            name.push(".key");
            name.into()
        }
        (Sealing::Beside, None) => {
            return Err(StoreError::new(
                "a store in PostgreSQL needs a sealing key, the same for all its servers: set OPWIRE_SEALING_KEY or give --sealing-key-file",
            ));
        }
    };
    // For a store that several servers share, each would make a key of its own.
    if is_new && store.is_some() && !path.exists() {
        return SealingKeys::create(path);
    }
    SealingKeys::open(path)
}

/// Milliseconds since 1970, as they are stored.
fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn since_1970(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.try_into().unwrap_or(0))
}

/// A time since 1970 as RFC 3339 has it.
pub(crate) fn date(time: Duration) -> String {
    let time = Timestamp::from_millisecond(milliseconds(time));
    time.map_or_else(|_| String::new(), |time| time.to_string())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    text
}

/// SHA-256 of random text, in hexadecimal. What is found by its hash is found in a time that tells nothing of the text.
fn hashed(text: &str) -> String {
    hexadecimal(digest(&SHA256, text.as_bytes()).as_ref())
}

/// So many random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| StoreError::new("the system gives no random bytes"))?;
    Ok(bytes)
}

/// A list of names, as JSON.
fn names(text: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(|_| database::odd())
}
