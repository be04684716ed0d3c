//! `opwire show`

use crate::args::{ShowArgs, ShowForm};
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire::{Field, Operation};
use opwire_testkit::Example;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Of what a field takes no more is shown.
const LONGEST: usize = 60;

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
    let rows: Vec<Vec<String>> = operation.fields().iter().map(row).collect();
    if !rows.is_empty() {
        text.push_str("Input (* must be given)\n");
        text.push_str(&terminal::table(&rows));
        text.push('\n');
    }
    if let Some(example) = example {
        text.push_str("Example input\n");
        text.push_str(&serde_json::to_string_pretty(example).unwrap_or_default());
        text.push('\n');
    }
    text
}

/// A row for a field: name, what it takes, description and drop-down.
fn row(field: &Field) -> Vec<String> {
    let star = if field.required { "*" } else { " " };
    let depth = field.path.matches('.').count();
    let name = field.path.rsplit('.').next().unwrap_or_default();
    let mut about = field.description.as_ref().or(field.title.as_ref());
    let mut about = about.take().cloned().unwrap_or_default();
    if !field.choices.is_empty() {
        about.push_str(&format!(" [choices: {}]", field.choices.join(", ")));
    }
    let indent = "  ".repeat(depth);
    let mut accepts: String = field.accepts.chars().take(LONGEST).collect();
    if accepts.len() < field.accepts.len() {
        accepts.push('…');
    }
    vec![format!(" {star} {indent}{name}"), accepts, about]
}
