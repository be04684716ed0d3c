//! `opwire serve`

use crate::args::{LogArg, ServeArgs};
use crate::exit::{self, Ended};
use crate::stop::Signals;
use crate::watch::Changes;
use crate::{find, mcp, run, store, telling, terminal};
use opwire::{Catalog, Engine};
use opwire_server::{Limits, McpBuilder, Server, ServerBuilder, Store, Telemetry};
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
    let store = store::open(&args.store).await?;
    if !args.no_auth && store.is_none() {
        terminal::error(
            "there are no API keys, so nobody could call",
            Some(
                "--store names where they are kept; --no-auth lets everyone in who calls from this machine",
            ),
        );
        return Err(ExitCode::from(exit::USAGE));
    }
    let _listening = telling::listen(args.log)?;
    let folders = find::folders(folders)?;
    let catalog = find::all(&folders)?;
    let mock = if args.mock {
        Some(run::mocked(&catalog, None).await?)
    } else {
        None
    };
    let telemetry = Telemetry::default();
    let engine = run::for_all(catalog, mock.as_ref(), store.as_ref(), |builder| {
        telling::watched(builder, &telemetry, args)
    })?;
    let mut limits = Limits::default();
    limits.options_ttl = Duration::from_secs(args.options_ttl);
    let most = limits.drain.as_secs();
    let origins = args.mcp_origin.iter();
    let tools = mcp::builder(engine.clone(), args.mock).await?;
    let tools = origins.fold(tools, McpBuilder::origin);
    let server = Server::builder(engine.clone())
        .limits(limits)
        .telemetry(telemetry)
        .mcp(tools.build());
    let server = kept(server, args, store);
    let signals = Signals::listen()?;
    let changes = args.watch.then(|| Changes::below(&folders)).transpose()?;
    let cant = |error| exit::usage(&format!("can't listen on {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(cant)?;
    let address = listener.local_addr().map_err(cant)?;
    terminal::line(&format!("listening on http://{address}"));
    let stop = stopped(signals, engine.clone(), most, args.log);
    let serving = opwire_server::serve(listener, server.build(), stop);
    let finished = tokio::select! {
        ended = serving => ended.map_err(cant)?,
        never = reload(changes, &folders, &engine, mock.as_ref(), args.log) => match never {},
    };
    if !finished {
        telling::note(args.log, "some calls were given up");
    }
    Ok(exit::DONE)
}

/// Who is let in, and where connections are.
fn kept(mut server: ServerBuilder, args: &ServeArgs, store: Option<Store>) -> ServerBuilder {
    if let Some(store) = store {
        server = server.store(store);
    }
    if let Some(url) = &args.public_url {
        server = server.public_url(url);
    }
    if let Some(url) = &args.redirect_url {
        server = server.redirect_url(url);
    }
    if args.no_auth {
        server = server.no_auth();
    }
    server
}

/// Ends when the command is told to stop. When it is told once more, what runs is given up.
async fn stopped(mut signals: Signals, engine: Engine, most: u64, log: LogArg) {
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        signals.next().await;
        let text = format!("stopping: what runs has {most} seconds; once more gives it up at once");
        telling::note(log, &text);
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
    log: LogArg,
) -> Infallible {
    if let Some(mut changes) = changes {
        while changes.next().await {
            match renewed(folders, mock).await {
                Some(catalog) => {
                    let number = catalog.operations().count();
                    engine.reload(catalog);
                    telling::note(log, &format!("loaded anew: {number} operations"));
                }
                None => telling::note(log, "the operations stay as they were"),
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
