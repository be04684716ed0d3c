//! `opwire list`

use crate::args::{KindArg, ListArgs, ListForm};
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire::Operation;
use opwire::manifest::Kind;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>, args: &ListArgs) -> ExitCode {
    exit::code(list(folder, args))
}

fn list(folder: Option<&Path>, args: &ListArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    if let Some(name) = &args.connector {
        find::connector(&catalog, name)?;
    }
    let wanted = |operation: &&Operation| {
        args.connector
            .as_deref()
            .is_none_or(|name| operation.connector().name() == name)
            && args
                .kind
                .is_none_or(|kind| (kind == KindArg::Ddl) == (operation.kind() == Kind::Ddl))
    };
    let operations: Vec<&Operation> = catalog
        .operations()
        .map(|operation| &**operation)
        .filter(wanted)
        .collect();
    match args.output {
        ListForm::Names => operations
            .iter()
            .for_each(|operation| terminal::line(operation.name())),
        ListForm::Json => {
            let rows: Vec<Value> = operations.iter().map(|operation| row(operation)).collect();
            terminal::line(&serde_json::to_string_pretty(&rows).unwrap_or_default());
        }
        ListForm::Table => {
            let mut rows = vec![
                ["NAME", "KIND", "METHOD", "PATH", "TITLE"]
                    .map(str::to_owned)
                    .to_vec(),
            ];
            rows.extend(operations.iter().map(|o| {
                let (method, path) = (o.method().unwrap_or("-"), o.path().unwrap_or("-"));
                [o.name(), &o.kind().to_string(), method, path, o.title()]
                    .map(str::to_owned)
                    .to_vec()
            }));
            terminal::text(&terminal::table(&rows));
        }
    }
    Ok(exit::DONE)
}

fn row(operation: &Operation) -> Value {
    json!({
        "name": operation.name(),
        "connector": operation.connector().name(),
        "kind": operation.kind(),
        "title": operation.title(),
        "description": operation.description(),
        "effect": operation.effect(),
        "method": operation.method(),
        "path": operation.path(),
    })
}
