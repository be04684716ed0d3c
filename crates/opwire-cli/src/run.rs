//! An engine as the command line sets it up.

use crate::args::TargetArgs;
use crate::credentials;
use crate::{exit, terminal};
use opwire::{Attempt, Catalog, Engine, EngineBuilder, Operation};
use opwire_server::Store;
use opwire_testkit::{Mock, Running};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

/// An engine, and the mock that it talks to.
pub(crate) struct Ready {
    pub(crate) engine: Engine,
    /// Stops when it is dropped.
    _mock: Option<Running>,
}

/// Sets an engine up for one operation.
pub(crate) async fn ready(
    catalog: Catalog,
    operation: &Operation,
    target: &TargetArgs,
) -> Result<Ready, ExitCode> {
    ready_with(catalog, operation, target, |builder| builder).await
}

/// The same, of which the command has more to say.
pub(crate) async fn ready_with(
    catalog: Catalog,
    operation: &Operation,
    target: &TargetArgs,
    more: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> Result<Ready, ExitCode> {
    let connector = operation.connector().name();
    let mut mock = None;
    let provider = credentials::provider(&catalog, target.mock);
    let provider = provider.map_err(|error| exit::usage(error.message()))?;
    let mut builder = Engine::builder().credentials(provider);
    if target.mock {
        let running = mocked(&catalog, Some(connector)).await?;
        builder = at(&running, builder);
        mock = Some(running);
    } else if let Some(url) = &target.base_url {
        builder = builder.base_url(connector, url);
    }
    if let Some(url) = &target.token_url {
        builder = builder.token_url(connector, url);
    }
    if target.verbose {
        builder = builder.on_attempt(tell);
    }
    let engine = more(builder)
        .catalog(catalog)
        .build()
        .map_err(|error| exit::usage(error.message()))?;
    Ok(Ready {
        engine,
        _mock: mock,
    })
}

/// The services of all connectors, or of one, made from the examples.
pub(crate) async fn mocked(
    catalog: &Catalog,
    connector: Option<&str>,
) -> Result<Running, ExitCode> {
    let mock = Mock::new(catalog, connector).await;
    let mock = mock.map_err(|error| exit::usage(&error.to_string()))?;
    let running = mock.start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    running.map_err(|error| exit::usage(&format!("the mock can't listen: {error}")))
}

/// An engine that calls the mock instead of the services that it stands for.
pub(crate) fn at(mock: &Running, builder: EngineBuilder) -> EngineBuilder {
    let names = mock.connectors().iter();
    names.fold(builder, |builder, name| {
        builder.base_url(name, &mock.base_url(name))
    })
}

/// An engine for the operations of all connectors, with the credentials that the command finds.
pub(crate) fn for_all(
    catalog: Catalog,
    mock: Option<&Running>,
    store: Option<&Store>,
    more: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> Result<Engine, ExitCode> {
    let wrong = |error: opwire::Error| exit::usage(error.message());
    let provider = credentials::provider(&catalog, mock.is_some()).map_err(wrong)?;
    let mut builder = Engine::builder().credentials(provider).catalog(catalog);
    if let Some(mock) = mock {
        builder = at(mock, builder);
    }
    if let Some(store) = store {
        builder = builder.token_store(store.clone());
    }
    more(builder).build().map_err(wrong)
}

/// Tells an attempt on standard error.
pub(crate) fn tell(attempt: &Attempt) {
    let Attempt {
        number,
        method,
        host,
        path,
        elapsed,
        ..
    } = attempt;
    let end = match (attempt.status, attempt.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(kind)) => kind.to_string(),
        (None, None) => "?".to_owned(),
    };
    terminal::note(&format!(
        "attempt {number}: {method} {host} {path} {end} {} ms",
        elapsed.as_millis()
    ));
}
