//! The store in a file and in PostgreSQL: the same holds for both.

mod rows;
mod sealed;

use crate::postgres;
use opwire::Secret;
use opwire_server::{Sealing, SealingKeys, Store, StoreError};
use std::collections::BTreeMap;
use std::time::Duration;
use tempfile::TempDir;

/// 32 bytes in base64, and others.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
/// The time of the tests.
const NOW: Duration = Duration::from_secs(1_700_000_000);

/// A new place for a store.
struct Place {
    url: String,
    dir: Option<TempDir>,
}

impl Place {
    fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite:{}", dir.path().join("opwire.db").display()),
            dir: Some(dir),
        }
    }

    async fn postgres() -> Self {
        Self {
            url: postgres::server().database().await,
            dir: None,
        }
    }

    async fn open(&self) -> Store {
        self.open_with(KEY).await.unwrap()
    }

    async fn open_with(&self, keys: &str) -> Result<Store, StoreError> {
        Store::open(&self.url, Sealing::Keys(SealingKeys::parse(keys)?)).await
    }

    /// Changes the tables behind the store's back.
    async fn change(&self, statement: &str) {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.execute_batch(statement).unwrap();
            }
            None => postgres::client(&self.url)
                .await
                .batch_execute(statement)
                .await
                .unwrap(),
        }
    }
}

pub(crate) fn credentials(pairs: &[(&str, &str)]) -> BTreeMap<String, Secret> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Secret::new(*text)))
        .collect()
}

/// Runs each of these tests on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod in_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::store::Place::sqlite()).await;
            })*
        }
        mod in_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::store::Place::postgres().await).await;
            })*
        }
    };
}
use on_both;
