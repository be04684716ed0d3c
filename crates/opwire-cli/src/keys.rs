//! `opwire keys`

use crate::args::{KeysArgs, KeysCommand, NewKeyArgs};
use crate::exit::{self, Ended};
use crate::{store, terminal};
use opwire_server::{KeyRow, Scopes, Store, StoreError, is_name};
use std::process::ExitCode;
use std::time::SystemTime;

pub(crate) async fn run(args: &KeysArgs) -> ExitCode {
    exit::code(keys(args).await)
}

async fn keys(args: &KeysArgs) -> Ended {
    let store = store::open(&args.store).await?.ok_or_else(|| {
        terminal::error("no store is named", Some("--store, or $OPWIRE_STORE"));
        ExitCode::from(exit::USAGE)
    })?;
    match &args.command {
        KeysCommand::New(args) => new(&store, args).await,
        KeysCommand::List(args) => list(&store, args.tenant.as_deref()).await,
        KeysCommand::Revoke(args) => revoke(&store, &args.id).await,
    }
}

/// The key alone goes to standard output, for a program to take.
async fn new(store: &Store, args: &NewKeyArgs) -> Ended {
    if !is_name(&args.tenant) {
        let message = "a tenant's name has 1 to 128 letters, digits, `.`, `_` and `-`";
        return Err(exit::usage(message));
    }
    let mut scopes = Scopes::default();
    if !args.connector.is_empty() {
        scopes = scopes.connectors(&args.connector);
    }
    if !args.effect.is_empty() {
        scopes = scopes.effects(args.effect.iter().map(|effect| effect.effect()));
    }
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let (row, key) = store
        .add_key(&args.tenant, &scopes, now)
        .await
        .map_err(|error| failed(&error))?;
    terminal::line(&key);
    terminal::note(&format!(
        "the key {} of {}: it is shown this once",
        row.id, row.tenant
    ));
    Ok(exit::DONE)
}

async fn list(store: &Store, tenant: Option<&str>) -> Ended {
    let keys = store.keys(tenant).await.map_err(|error| failed(&error))?;
    let head = ["ID", "TENANT", "CONNECTORS", "EFFECTS", "CREATED"];
    let rows = std::iter::once(head.map(str::to_owned).to_vec()).chain(keys.iter().map(row));
    terminal::text(&terminal::table(&rows.collect::<Vec<_>>()));
    Ok(exit::DONE)
}

fn row(key: &KeyRow) -> Vec<String> {
    let all = || "all".to_owned();
    let connectors = key.scopes.connectors.as_ref();
    let effects = key.scopes.effects.as_ref();
    let effects = effects.map(|effects| effects.iter().map(ToString::to_string).collect());
    vec![
        key.id.clone(),
        key.tenant.clone(),
        connectors.map_or_else(all, |names| names.join(" ")),
        effects.map_or_else(all, |names: Vec<String>| names.join(" ")),
        key.created_at(),
    ]
}

async fn revoke(store: &Store, id: &str) -> Ended {
    if store.revoke_key(id).await.map_err(|error| failed(&error))? {
        return Ok(exit::DONE);
    }
    terminal::error(
        "there is no key of this ID",
        Some("`opwire keys list` has them"),
    );
    Err(ExitCode::from(exit::USAGE))
}

fn failed(error: &StoreError) -> ExitCode {
    exit::usage(&error.to_string())
}
