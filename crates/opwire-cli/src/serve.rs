//! `opwire serve`

use crate::args::ServeArgs;
use crate::exit::{self, Ended};
use crate::stop::Signals;
use crate::watch::Changes;
use crate::{find, mcp, run, terminal};
use opwire::{Catalog, Engine};
use opwire_server::{Limits, McpBuilder, Server};
use opwire_testkit::{Mock, Running};
use std::convert::Infallible;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub(crate) async fn run(folders: &[PathBuf], args: &ServeArgs) -> ExitCode {
    exit::code(serve(folders, args).await)
}

async fn serve(folders: &[PathBuf], args: &ServeArgs) -> Ended {
    if !args.no_auth {
        terminal::error(
            "there are no API keys, so nobody could call",
            Some("--no-auth lets everyone in who calls from this machine"),
        );
        return Err(ExitCode::from(exit::USAGE));
    }
    let folders = find::folders(folders)?;
    let catalog = find::all(&folders)?;
    let mock = if args.mock {
        Some(run::mocked(&catalog, None).await?)
    } else {
        None
    };
    let engine = run::for_all(catalog, mock.as_ref(), false)?;
    let mut limits = Limits::default();
    limits.options_ttl = Duration::from_secs(args.options_ttl);
    let most = limits.drain.as_secs();
    let origins = args.mcp_origin.iter();
    let tools = mcp::builder(engine.clone(), args.mock).await?;
    let tools = origins.fold(tools, McpBuilder::origin);
    let server = Server::builder(engine.clone())
        .limits(limits)
        .mcp(tools.build())
        .no_auth();
    let signals = Signals::listen()?;
    let changes = args.watch.then(|| Changes::below(&folders)).transpose()?;
    let cant = |error| exit::usage(&format!("can't listen on {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(cant)?;
    let address = listener.local_addr().map_err(cant)?;
    terminal::line(&format!("listening on http://{address}"));
    let stop = stopped(signals, engine.clone(), most);
    let serving = opwire_server::serve(listener, server.build(), stop);
    let finished = tokio::select! {
        ended = serving => ended.map_err(cant)?,
        never = reload(changes, &folders, &engine, mock.as_ref()) => match never {},
    };
    if !finished {
        terminal::note("some calls were given up");
    }
    Ok(exit::DONE)
}

/// Ends when the command is told to stop. When it is told once more, what runs is given up.
async fn stopped(mut signals: Signals, engine: Engine, most: u64) {
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        signals.next().await;
        terminal::note(&format!(
            "stopping: what runs has {most} seconds; once more gives it up at once"
        ));
        tell.send(()).ok();
        signals.next().await;
        engine.cancel();
    });
    told.await.ok();
}

/// Takes the operations anew after each change. Those that can't be loaded are told, and the old ones stay.
async fn reload(
    changes: Option<Changes>,
    folders: &[PathBuf],
    engine: &Engine,
    mock: Option<&Running>,
) -> Infallible {
    if let Some(mut changes) = changes {
        while changes.next().await {
            match renewed(folders, mock).await {
                Some(catalog) => {
                    let number = catalog.operations().count();
                    engine.reload(catalog);
                    terminal::note(&format!("loaded anew: {number} operations"));
                }
                None => terminal::note("the operations stay as they were"),
            }
        }
    }
    std::future::pending().await
}

/// The operations as they are now, when they and their examples can be served.
async fn renewed(folders: &[PathBuf], mock: Option<&Running>) -> Option<Catalog> {
    let folders = folders.to_vec();
    // It takes all cores for a while.
    let loaded = tokio::task::spawn_blocking(move || find::all(&folders));
    let catalog = loaded.await.ok()?.ok()?;
    let Some(running) = mock else {
        return Some(catalog);
    };
    match Mock::new(&catalog, None).await {
        Ok(mock) if running.answer_as(&mock) => Some(catalog),
        // Calls of a connector that the mock doesn't know would go to the real service.
        Ok(_) => {
            terminal::error(
                "there are other connectors now than the mock began with",
                None,
            );
            None
        }
        Err(error) => {
            terminal::error(&error.to_string(), None);
            None
        }
    }
}
