//! `opwire show`

use crate::args::{ShowArgs, ShowForm};
use crate::exit::{self, Ended};
use crate::fields::Fields;
use crate::{find, terminal};
use opwire::Operation;
use opwire_testkit::Example;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>, args: &ShowArgs) -> ExitCode {
    exit::code(show(folder, args))
}

fn show(folder: Option<&Path>, args: &ShowArgs) -> Ended {
    let (_, operation) = find::operation(folder, &args.operation)?;
    let examples =
        Example::for_operation(&operation).map_err(|error| exit::usage(&error.to_string()))?;
    let example = examples.first().map(|example| example.input.clone());
    let options: Vec<Value> = operation
        .option_links()
        .iter()
        .map(|link| json!({ "field": link.pointer, "operation": link.operation }))
        .collect();
    match args.output {
        ShowForm::Human => terminal::text(&human(&operation, example.as_ref())),
        form => {
            let whole = json!({
                "name": operation.name(),
                "kind": operation.kind(),
                "title": operation.title(),
                "description": operation.description(),
                "effect": operation.effect(),
                "input_schema": operation.input_schema(),
                "output_schema": operation.output_schema(),
                "request": operation.manifest().get("request"),
                "options": options,
                "example": example,
            });
            match form {
                ShowForm::Yaml => {
                    terminal::text(&serde_yaml::to_string(&whole).unwrap_or_default())
                }
                _ => terminal::line(&serde_json::to_string_pretty(&whole).unwrap_or_default()),
            }
        }
    }
    Ok(exit::DONE)
}

fn human(operation: &Operation, example: Option<&Value>) -> String {
    let mut text = format!(
        "{}  {}\n{}\n\n",
        operation.name(),
        operation.title(),
        operation.description()
    );
    match (operation.method(), operation.path()) {
        (Some(method), Some(path)) => text.push_str(&format!(
            "  {method} {path}   ({}s)\n\n",
            operation.effect()
        )),
        _ => text.push_str("  static: nothing is sent\n\n"),
    }
    let input = Fields {
        schema: operation.input_schema(),
        links: operation.option_links(),
        short: 0,
    };
    section(&mut text, "Input (* must be given)", &input.table());
    let output = Fields {
        schema: operation.output_schema(),
        links: &[],
        short: 3,
    };
    let whole = match output.whole() {
        whole if whole == "object" => String::new(),
        whole => format!(": {whole}"),
    };
    match output.table() {
        table if table.is_empty() => text.push_str(&format!("Output{whole}\n\n")),
        table => section(
            &mut text,
            &format!("Output{whole} (* is always there)"),
            &table,
        ),
    }
    if let Some(example) = example {
        text.push_str("Example input\n");
        text.push_str(&serde_json::to_string_pretty(example).unwrap_or_default());
        text.push('\n');
    }
    text
}

fn section(text: &mut String, title: &str, table: &str) {
    if !table.is_empty() {
        text.push_str(&format!("{title}\n{table}\n"));
    }
}
