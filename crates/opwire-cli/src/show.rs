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
/// Fields of fields are shown this deep.
const MAX_DEPTH: usize = 4;

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
    let input = table(&operation.fields());
    if !input.is_empty() {
        text.push_str(&format!("Input (* must be given)\n{input}\n"));
    }
    let whole = match operation.output_in_words().as_str() {
        "object" => String::new(),
        whole => format!(": {}", shortened(whole)),
    };
    match table(&operation.output_fields()) {
        output if output.is_empty() => text.push_str(&format!("Output{whole}\n\n")),
        output => text.push_str(&format!("Output{whole} (* is always there)\n{output}\n")),
    }
    if let Some(example) = example {
        text.push_str("Example input\n");
        text.push_str(&serde_json::to_string_pretty(example).unwrap_or_default());
        text.push('\n');
    }
    text
}

/// A row for each field: name, what it takes, description and drop-down.
fn table(fields: &[Field]) -> String {
    let dots = |field: &Field| field.path.matches('.').count();
    // Those of a list's items begin where the list does.
    let least = fields.iter().map(dots).min().unwrap_or_default();
    let depth = |field: &Field| dots(field) - least;
    let shown = fields.iter().filter(|field| depth(field) < MAX_DEPTH);
    let rows: Vec<Vec<String>> = shown.map(|field| row(field, depth(field))).collect();
    terminal::table(&rows)
}

fn row(field: &Field, depth: usize) -> Vec<String> {
    let star = if field.required { "*" } else { " " };
    let name = field.path.rsplit('.').next().unwrap_or_default();
    let about = field.description.as_ref().or(field.title.as_ref());
    let mut about = about.cloned().unwrap_or_default();
    if !field.choices.is_empty() {
        about.push_str(&format!(" [choices: {}]", field.choices.join(", ")));
    }
    let indent = "  ".repeat(depth);
    vec![
        format!(" {star} {indent}{name}"),
        shortened(&field.accepts),
        about,
    ]
}

fn shortened(words: &str) -> String {
    let mut short: String = words.chars().take(LONGEST).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}
