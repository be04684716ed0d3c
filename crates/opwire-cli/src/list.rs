//! `opwire list`

use crate::args::{KindArg, ListArgs, ListForm};
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire::{Catalog, Engine, Operation};
use opwire_server::{Cost, Mcp, Selection};
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
            && args.kind.is_none_or(|kind| kind.kind() == operation.kind())
    };
    let operations: Vec<&Operation> = catalog
        .operations()
        .map(|operation| &**operation)
        .filter(wanted)
        .collect();
    if args.tokens {
        return tokens(catalog, args);
    }
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

/// What the operations cost as tools.
fn tokens(catalog: Catalog, args: &ListArgs) -> Ended {
    let engine = Engine::builder()
        .catalog(catalog)
        .build()
        .map_err(|error| exit::usage(error.message()))?;
    let mut selection = Selection::default();
    selection.connectors.extend(args.connector.clone());
    selection.kind = args.kind.map(KindArg::kind);
    let costs = Mcp::builder(engine).select(selection).build().costs();
    let total = costs.total();
    if let ListForm::Json = args.output {
        let row = |cost: &Cost| json!({ "tool": cost.tool, "tokens": cost.tokens, "bytes": cost.bytes, "listed_bytes": cost.listed });
        let tools: Vec<Value> = costs.tools.iter().map(row).collect();
        let whole =
            json!({ "tools": tools, "total": row(&total), "catalogue": row(&costs.catalogue) });
        terminal::line(&serde_json::to_string_pretty(&whole).unwrap_or_default());
        return Ok(exit::DONE);
    }
    let mut rows = vec![
        ["TOOL", "TOKENS", "BYTES", "LISTED"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let all = costs.tools.iter().chain([&total, &costs.catalogue]);
    rows.extend(all.map(|cost| {
        let numbers = [cost.tokens, cost.bytes, cost.listed].map(|number| number.to_string());
        [vec![cost.tool.clone()], numbers.to_vec()].concat()
    }));
    terminal::text(&terminal::table(&rows));
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
