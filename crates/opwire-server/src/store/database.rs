//! [`Database`]: what SQLite and PostgreSQL have in common, so that every statement is written once.

use super::StoreError;
use std::future::Future;
use std::pin::Pin;

/// What a database's methods give.
pub(super) type DatabaseFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// One value of a row or of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Bytes(Vec<u8>),
    Integer(i64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Cell {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<i64> for Cell {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

/// One row. Its cells are taken from the front, in the statement's order.
#[derive(Debug)]
pub(super) struct Row(std::vec::IntoIter<Cell>);

impl Row {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(text),
            _ => Err(odd()),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.0.next() {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(odd()),
        }
    }

    pub(super) fn integer(&mut self) -> Result<i64, StoreError> {
        match self.0.next() {
            Some(Cell::Integer(integer)) => Ok(integer),
            _ => Err(odd()),
        }
    }
}

pub(super) fn odd() -> StoreError {
    StoreError::new("a row of the store holds what this version of opwire doesn't write there")
}

/// A database that holds the store's tables.
///
/// A statement is one of the common language of both: parameters are `$1`, `$2`, …, and `RETURNING` tells what it did.
pub(super) trait Database: Send + Sync {
    /// Runs one statement, all or nothing.
    fn run<'a>(&'a self, statement: &'a str, cells: Vec<Cell>) -> DatabaseFuture<'a, Vec<Row>>;

    /// The milliseconds since 1970 by the database's own clock, as an expression.
    fn now(&self) -> &'static str;

    /// Brings the tables up to date, each step once, whoever else does the same at the moment.
    fn migrate(&self) -> DatabaseFuture<'_, ()>;
}

/// The steps of the tables, oldest first. A step that was released is never changed.
pub(super) const STEPS: [&str; 1] = [include_str!("migrations/0001_first.sql")];

/// Which steps are still to be done, when so many are.
pub(super) fn steps_after(
    done: i64,
) -> Result<impl Iterator<Item = (i64, &'static str)>, StoreError> {
    let done = usize::try_from(done).unwrap_or(0);
    if done > STEPS.len() {
        return Err(StoreError::new(
            "the store was written by a newer version of opwire: use that one",
        ));
    }
    Ok((1..).zip(STEPS).skip(done))
}
