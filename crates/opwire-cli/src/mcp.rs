//! `opwire mcp`

use crate::args::{ConfirmArg, EffectArg, KindArg, McpArgs};
use crate::exit::{self, Ended};
use crate::stop::Signals;
use crate::{credentials, find, run, terminal};
use opwire::manifest::Effect;
use opwire_server::{Confirm, Mcp, Selection};
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
    let refused = |error: opwire::Error| exit::usage(error.message());
    let provider = credentials::provider(&catalog, args.mock).map_err(refused)?;
    let there = credentials::there(&catalog, &provider)
        .await
        .map_err(refused)?;
    let ready = run::ready_for_all(catalog, args.mock, args.verbose).await?;
    let mut builder = Mcp::builder(ready.engine.clone())
        .select(selection(args))
        .catalogue(args.catalogue)
        .result_bytes(usize::try_from(args.result_bytes).unwrap_or(usize::MAX))
        .confirm(match args.confirm {
            ConfirmArg::Never => Confirm::Never,
            ConfirmArg::Deletes => Confirm::Deletes,
            ConfirmArg::Writes => Confirm::Writes,
        });
    for (connector, name) in &there {
        builder = builder.has_credential(connector, name);
    }
    let mcp = builder.build();
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

fn selection(args: &McpArgs) -> Selection {
    let mut selection = Selection::default();
    selection.connectors.clone_from(&args.connector);
    selection.kind = args.kind.map(KindArg::kind);
    selection.tools.clone_from(&args.tool);
    selection.effects = args.effect.iter().map(|effect| effect.effect()).collect();
    selection
}

impl EffectArg {
    fn effect(self) -> Effect {
        match self {
            Self::Read => Effect::Read,
            Self::Create => Effect::Create,
            Self::Update => Effect::Update,
            Self::Delete => Effect::Delete,
        }
    }
}
