//! `opwire mcp`

use crate::args::{ConfirmArg, EffectArg, KindArg, McpArgs};
use crate::exit::{self, Ended};
use crate::stop::Signals;
use crate::{credentials, find, run, terminal};
use opwire::manifest::Effect;
use opwire::{Credentials as _, Engine};
use opwire_server::{Confirm, Mcp, McpBuilder, Selection};
use std::path::Path;
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &McpArgs) -> ExitCode {
    exit::code(mcp(folder, args).await)
}

/// Standard output is the protocol's: all else goes to standard error.
async fn mcp(folder: Option<&Path>, args: &McpArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    for name in &args.connector {
        find::connector(&catalog, name)?;
    }
    let mock = if args.mock {
        Some(run::mocked(&catalog, None).await?)
    } else {
        None
    };
    let engine = run::for_all(catalog, mock.as_ref(), None, |builder| {
        if args.verbose {
            builder.on_attempt(run::tell)
        } else {
            builder
        }
    })?;
    let mcp = builder(engine, args.mock)
        .await?
        .select(selection(args))
        .catalogue(args.catalogue)
        .result_bytes(usize::try_from(args.result_bytes).unwrap_or(usize::MAX))
        .confirm(match args.confirm {
            ConfirmArg::Never => Confirm::Never,
            ConfirmArg::Deletes => Confirm::Deletes,
            ConfirmArg::Writes => Confirm::Writes,
        })
        .build();
    let costs = mcp.costs();
    match costs.tools.len() {
        0 => {
            return Err(exit::usage(
                "no operation is as --connector, --kind, --effect and --tool say",
            ));
        }
        count if mcp.is_long() => terminal::note(&format!(
            "{count} tools cost a model about {} tokens: --catalogue offers the same in three, for about {}",
            costs.total().tokens,
            costs.catalogue.tokens
        )),
        _ => {}
    }
    let mut signals = Signals::listen()?;
    let served = mcp.stdio(signals.next()).await;
    served.map_err(|error| exit::usage(&format!("the client went wrong: {error}")))?;
    Ok(exit::DONE)
}

/// Tools that don't ask for credentials that the command finds.
pub(crate) async fn builder(engine: Engine, mock: bool) -> Result<McpBuilder, ExitCode> {
    let refused = |error: opwire::Error| exit::usage(error.message());
    let catalog = engine.catalog();
    let provider = credentials::provider(&catalog, mock).map_err(refused)?;
    let mut builder = Mcp::builder(engine);
    for connector in catalog.connectors() {
        for name in connector.credential_names() {
            let found = provider.get(connector.name(), name).await;
            if found.map_err(refused)?.is_some() {
                builder = builder.has_credential(connector.name(), name);
            }
        }
    }
    Ok(builder)
}

fn selection(args: &McpArgs) -> Selection {
    let mut selection = Selection::default();
    selection.connectors.clone_from(&args.connector);
    selection.kind = args.kind.map(KindArg::kind);
    selection.tools.clone_from(&args.tool);
    selection.effects = args.effect.iter().map(|effect| effect.effect()).collect();
    selection
}

impl EffectArg {
    pub(crate) fn effect(self) -> Effect {
        match self {
            Self::Read => Effect::Read,
            Self::Create => Effect::Create,
            Self::Update => Effect::Update,
            Self::Delete => Effect::Delete,
        }
    }
}
