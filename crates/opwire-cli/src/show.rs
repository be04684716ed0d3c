//! `opwire show`

use crate::args::{ShowArgs, ShowForm};
use crate::exit::{self, Ended};
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
    let mut rows = Vec::new();
    fields(operation, operation.input_schema(), "", &mut rows, 0);
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

/// A row for each property: name, type, drop-down, description.
fn fields(
    operation: &Operation,
    schema: &Value,
    prefix: &str,
    rows: &mut Vec<Vec<String>>,
    depth: usize,
) {
    let root = operation.input_schema();
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|r| root.pointer(r.strip_prefix('#')?));
    let required: Vec<&str> = [Some(schema), target]
        .into_iter()
        .flatten()
        .filter_map(|part| part.get("required").and_then(Value::as_array))
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for part in [target, Some(schema)].into_iter().flatten() {
        for (name, property) in part
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let pointer = format!("{prefix}/{name}");
            let resolved = property
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| root.pointer(r.strip_prefix('#')?));
            let said = |key: &str| {
                property
                    .get(key)
                    .or_else(|| resolved.and_then(|r| r.get(key)))
            };
            let link = operation
                .option_links()
                .iter()
                .find(|link| link.pointer == pointer);
            let star = if required.contains(&name.as_str()) {
                "*"
            } else {
                " "
            };
            let about = said("description")
                .or_else(|| said("title"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let from = link
                .map(|link| format!(" [choices: {}]", link.operation))
                .unwrap_or_default();
            let indent = "  ".repeat(depth);
            rows.push(vec![
                format!(" {star} {indent}{name}"),
                kind(said("type"), said("enum")),
                format!("{about}{from}"),
            ]);
            if depth < 3 {
                fields(operation, property, &pointer, rows, depth + 1);
            }
        }
    }
}

fn kind(of: Option<&Value>, options: Option<&Value>) -> String {
    if let Some(options) = options.and_then(Value::as_array) {
        let names: Vec<String> = options
            .iter()
            .map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned))
            .collect();
        let text = names.join("|");
        return if text.chars().count() > 40 {
            "text".to_owned()
        } else {
            text
        };
    }
    match of {
        Some(Value::String(one)) => one.replace("string", "text").replace("array", "list"),
        Some(Value::Array(several)) => {
            let names: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
            names
                .join(" or ")
                .replace("string", "text")
                .replace("array", "list")
        }
        _ => "any".to_owned(),
    }
}
