//! The store in one file (SQLite).

use super::StoreError;
use super::database::{Cell, Database, DatabaseFuture, Row, steps_after};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params_from_iter};
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Another process that writes is waited for so long.
const BUSY: Duration = Duration::from_secs(5);
/// A new file is opened by so many others, at most, before it is given up.
const MOST_TURNS: usize = 64;

/// An open file. One statement runs at a time: each is short, and SQLite writes one at a time anyway.
pub(super) struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Opens the file, which is made when it isn't there, for its owner alone.
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        blocking(move || {
            let opened = create(&path).map_err(|error| error.to_string());
            let opened = opened.and_then(|()| connect(&path).map_err(|error| error.to_string()));
            opened
                .map(|connection| Self(Arc::new(Mutex::new(connection))))
                .map_err(|why| {
                    StoreError::new(format!(
                        "the store {} can't be opened: {why}",
                        path.display()
                    ))
                })
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.0);
        blocking(move || work(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

impl Database for Sqlite {
    fn run<'a>(&'a self, statement: &'a str, cells: Vec<Cell>) -> DatabaseFuture<'a, Vec<Row>> {
        // SQLite numbers parameters by a question mark.
        let statement = statement.replace('$', "?");
        Box::pin(self.with(move |connection| Ok(run(connection, &statement, cells)?)))
    }

    fn now(&self) -> &'static str {
        "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)"
    }

    fn migrate(&self) -> DatabaseFuture<'_, ()> {
        Box::pin(self.with(|connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
            for (number, step) in steps_after(done)? {
                change.execute_batch(step)?;
                change.pragma_update(None, "user_version", number)?;
            }
            Ok(change.commit()?)
        }))
    }
}

fn run(
    connection: &Connection,
    statement: &str,
    cells: Vec<Cell>,
) -> Result<Vec<Row>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(statement)?;
    let columns = statement.column_count();
    let values = cells.into_iter().map(|cell| match cell {
        Cell::Text(text) => Value::Text(text),
        Cell::Bytes(bytes) => Value::Blob(bytes),
        Cell::Integer(integer) => Value::Integer(integer),
    });
    let mut found = statement.query(params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let cell = |column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Integer(integer) => Cell::Integer(integer),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
                other => Cell::Text(other.as_str()?.to_owned()),
            })
        };
        rows.push(Row::new(
            (0..columns)
                .map(cell)
                .collect::<Result<_, rusqlite::Error>>()?,
        ));
    }
    Ok(rows)
}

/// Makes the file, if it isn't there, so that only its owner can read it. SQLite gives its other files the same mode.
fn create(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    write_ahead(&connection)?;
    // A refresh token that was stored must not be lost when the machine stops: the service has taken the old one back.
    connection.pragma_update(None, "synchronous", "full")?;
    // What is deleted is written over.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

/// Sets the write-ahead log. Others that open the file now are waited for, which this change doesn't do by itself: SQLite
/// calls no busy handler for it (<https://www.sqlite.org/c3ref/busy_handler.html>).
fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut turns = 0;
    loop {
        let set = connection.pragma_update(None, "journal_mode", "wal");
        let busy = |error: &rusqlite::Error| {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
        };
        if turns == MOST_TURNS || !set.as_ref().is_err_and(busy) {
            return set;
        }
        turns += 1;
        // This waits for its turn.
        connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(StoreError::new("the store failed")))
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The code's text: SQLite's own message may hold a value.
        let why = match error.sqlite_error_code() {
            Some(code) => format!("{code:?}"),
            None => "an unexpected answer".to_owned(),
        };
        Self::new(format!("the store's file can't be used: {why}"))
    }
}
