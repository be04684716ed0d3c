//! The store in PostgreSQL, for several servers at once.

use super::StoreError;
use super::database::{Cell, Database, DatabaseFuture, Row, steps_after};
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use rustls::{ClientConfig, ConfigBuilder};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections of one server.
const MOST: usize = 8;
/// The time for getting a connection; one that is made has as long again.
const WAIT: Duration = Duration::from_secs(5);
/// The database ends a statement that takes longer.
const STATEMENT: &str = "-c statement_timeout=5000 -c lock_timeout=5000";
/// Held while tables are made, so that of several servers that begin at once one does it: an arbitrary number.
const MIGRATING: i64 = 0x6f70_7769_7265;

/// Connections to a database.
pub(super) struct Postgres(Pool);

impl Postgres {
    /// Sets the connections up; the first use makes one.
    pub(super) fn open(url: &str) -> Result<Self, StoreError> {
        let config = settings(url)?;
        let recycled = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, MakeRustlsConnect::new(tls()?), recycled);
        let pool = Pool::builder(manager)
            .max_size(MOST)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .build();
        pool.map(Self)
            .map_err(|_| StoreError::new("the store's connections can't be set up"))
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => StoreError::new(format!(
                "the store's database can't be reached: {}",
                reason(&error)
            )),
            _ => StoreError::new("the store's database did not answer in time"),
        })
    }
}

impl Database for Postgres {
    fn run<'a>(&'a self, statement: &'a str, cells: Vec<Cell>) -> DatabaseFuture<'a, Vec<Row>> {
        Box::pin(async move {
            let connection = self.connection().await?;
            let statement = connection.prepare_cached(statement).await?;
            let cells: Vec<&(dyn ToSql + Sync)> = cells
                .iter()
                .map(|cell| cell as &(dyn ToSql + Sync))
                .collect();
            let rows = connection.query(&statement, &cells).await?;
            let cells = |row: &tokio_postgres::Row| {
                let cells = (0..row.len()).map(|column| row.try_get(column));
                cells.collect::<Result<_, Error>>().map(Row::new)
            };
            Ok(rows.iter().map(cells).collect::<Result<_, _>>()?)
        })
    }

    fn now(&self) -> &'static str {
        "(extract(epoch from clock_timestamp()) * 1000)::bigint"
    }

    fn migrate(&self) -> DatabaseFuture<'_, ()> {
        Box::pin(async move {
            let mut connection = self.connection().await?;
            let change = connection.transaction().await?;
            change
                .execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING])
                .await?;
            let steps =
                "CREATE TABLE IF NOT EXISTS opwire_steps (number BIGINT NOT NULL PRIMARY KEY)";
            change.batch_execute(steps).await?;
            let done = "SELECT coalesce(max(number), 0) FROM opwire_steps";
            let done = change.query_one(done, &[]).await?.try_get(0)?;
            for (number, step) in steps_after(done)? {
                change.batch_execute(step).await?;
                change
                    .execute("INSERT INTO opwire_steps VALUES ($1)", &[&number])
                    .await?;
            }
            Ok(change.commit().await?)
        })
    }
}

/// What a URL says, and what it doesn't.
fn settings(url: &str) -> Result<Config, StoreError> {
    // The parser's own message may hold a part of the URL, and that the password.
    let wrong = |_| {
        StoreError::new(
            "the store's URL can't be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        )
    };
    let mut config: Config = url.parse().map_err(wrong)?;
    config.application_name("opwire").connect_timeout(WAIT);
    if config.get_options().is_none() {
        config.options(STATEMENT);
    }
    // Whether there is TLS is not left to the network: there may be none only on this machine.
    if config.get_ssl_mode() == SslMode::Prefer && !config.get_hosts().iter().all(is_here) {
        config.ssl_mode(SslMode::Require);
    }
    Ok(config)
}

/// Is it on this machine?
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address = name
                .parse()
                .is_ok_and(|at: std::net::IpAddr| at.is_loopback());
            address || name == "localhost"
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Certificates are checked as the system does it.
fn tls() -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.and_then(ConfigBuilder::with_platform_verifier);
    let wrong = |_| StoreError::new("the system's certificates can't be read");
    Ok(config.map_err(wrong)?.with_no_client_auth())
}

/// What went wrong, without values: the database's own text, if it has one, tells of the connection alone.
fn reason(error: &Error) -> String {
    let told = error.as_db_error().map(|told| told.message().to_owned());
    told.unwrap_or_else(|| {
        let source = std::error::Error::source(error);
        source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
    })
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        // The database's message may hold a value, its code doesn't.
        let why = match error.code() {
            Some(code) => format!("error {}", code.code()),
            None if error.is_closed() => "the connection broke".to_owned(),
            None => "an unexpected answer".to_owned(),
        };
        Self::new(format!("the store's database can't be used: {why}"))
    }
}

type Odd = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Cell {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Odd> {
        match self {
            Self::Text(text) => text.as_str().to_sql(kind, out),
            Self::Bytes(bytes) => bytes.as_slice().to_sql(kind, out),
            Self::Integer(integer) => integer.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::TEXT, Type::BYTEA, Type::INT8].contains(kind)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Odd> {
        Ok(match *kind {
            Type::TEXT => Self::Text(String::from_sql(kind, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            _ => Self::Integer(i64::from_sql(kind, raw)?),
        })
    }

    fn accepts(kind: &Type) -> bool {
        <Self as ToSql>::accepts(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_another_machine_there_is_tls_unless_the_url_says_none() {
        for (url, mode) in [
            ("postgres://u@127.0.0.1/d", SslMode::Prefer),
            ("postgres://u@localhost/d", SslMode::Prefer),
            ("postgres://u@%2Frun%2Fpostgresql/d", SslMode::Prefer),
            ("postgres://u@db.example.com/d", SslMode::Require),
            ("postgres://u@localhost,db.example.com/d", SslMode::Require),
            ("postgres://u@10.0.0.1/d?sslmode=prefer", SslMode::Require),
            ("postgres://u@10.0.0.1/d?sslmode=disable", SslMode::Disable),
            ("postgres://u@127.0.0.1/d?sslmode=require", SslMode::Require),
        ] {
            assert_eq!(settings(url).unwrap().get_ssl_mode(), mode, "{url}");
        }
    }
}
