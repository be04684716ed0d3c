//! `opwire mock`

use crate::args::MockArgs;
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire_testkit::{Mock, Served};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &MockArgs) -> ExitCode {
    exit::code(mock(folder, args).await)
}

async fn mock(folder: Option<&Path>, args: &MockArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    let mock = Mock::new(&catalog, args.connector.as_deref())
        .await
        .map_err(|error| exit::usage(&error.to_string()))?;
    let mock = mock.with_log(
        |Served {
             method,
             path,
             status,
             ..
         }| terminal::note(&format!("{method} {path} {status}")),
    );
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let running = mock.start(address).await;
    let running =
        running.map_err(|error| exit::usage(&format!("can't listen on {address}: {error}")))?;
    for connector in running.connectors() {
        terminal::line(&format!(
            "{connector}: listening on {}",
            running.base_url(connector)
        ));
    }
    stopped().await;
    running.stop();
    Ok(exit::DONE)
}

/// Waits for ctrl-c or a polite kill.
pub(crate) async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}
