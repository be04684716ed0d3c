//! The input of an invocation, from the command line.

use crate::args::InputArgs;
use crate::{exit, report, terminal};
use opwire::{Operation, parse_json};
use opwire_testkit::Example;
use serde_json::{Map, Value};
use std::io::Read as _;
use std::process::ExitCode;

/// As much as an input may hold.
const MAX_INPUT: u64 = 1024 * 1024;

/// The input: --input or --example, then each --set.
pub(crate) fn read(args: &InputArgs, operation: &Operation) -> Result<Value, ExitCode> {
    let mut input = match (&args.input, &args.example) {
        (Some(text), _) => given(text)?,
        (None, Some(variant)) => example(operation, variant)?,
        (None, None) => Value::Object(Map::new()),
    };
    for assignment in &args.set {
        set(&mut input, assignment)
            .map_err(|message| exit::usage(&format!("--set {assignment}: {message}")))?;
    }
    Ok(input)
}

fn given(text: &str) -> Result<Value, ExitCode> {
    let text = match text.strip_prefix('@') {
        Some(file) => limited(std::fs::File::open(file))
            .map_err(|why| exit::usage(&format!("{file} can't be read: {why}")))?,
        None if text == "-" => limited(Ok(std::io::stdin()))
            .map_err(|why| exit::usage(&format!("standard input can't be read: {why}")))?,
        None => text.to_owned(),
    };
    parse_json(&text).map_err(|error| {
        report::error(&error, false);
        ExitCode::from(error.exit_code())
    })
}

fn limited(source: std::io::Result<impl std::io::Read>) -> Result<String, String> {
    let mut text = String::new();
    let source = source.map_err(|error| error.to_string())?;
    source
        .take(MAX_INPUT + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_INPUT {
        Err("it is larger than 1 MiB".to_owned())
    } else {
        Ok(text)
    }
}

/// The input of an example; its credentials stay behind, for they are made up.
fn example(operation: &Operation, variant: &str) -> Result<Value, ExitCode> {
    let examples =
        Example::for_operation(operation).map_err(|error| exit::usage(&error.to_string()))?;
    let wanted = (!variant.is_empty()).then_some(variant);
    let found = examples
        .iter()
        .find(|example| example.variant.as_deref() == wanted);
    if let Some(example) = found {
        Ok(example.input.clone())
    } else {
        let names: Vec<String> = examples
            .iter()
            .filter_map(|example| example.variant.clone())
            .collect();
        let help = if names.is_empty() {
            None
        } else {
            Some(format!("its variants are {}", names.join(", ")))
        };
        terminal::error(
            &format!("{} has no such example", operation.name()),
            help.as_deref(),
        );
        Err(ExitCode::from(exit::USAGE))
    }
}

/// `fields.name=Acme`: the value is JSON when it can be read as such, else text.
fn set(input: &mut Value, assignment: &str) -> Result<(), String> {
    let (path, text) = assignment.split_once('=').ok_or("write PATH=VALUE")?;
    let value = parse_json(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let mut place = input;
    for key in path.split('.') {
        if key.is_empty() {
            return Err("the path has an empty name".to_owned());
        }
        place = match place {
            Value::Array(list) => {
                let index: usize = key
                    .parse()
                    .map_err(|_| format!("`{key}` is no index of a list"))?;
                if index > list.len() {
                    return Err(format!("the list has {} items", list.len()));
                }
                if index == list.len() {
                    list.push(Value::Null);
                }
                list.get_mut(index).ok_or("no such item")?
            }
            other => {
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                other
                    .as_object_mut()
                    .ok_or("no such key")?
                    .entry(key)
                    .or_insert(Value::Null)
            }
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_set_by_path() {
        let mut input = json!({"fields": {"a": 1}, "ids": [1]});
        for assignment in [
            "fields.b=text",
            "fields.a=2",
            "ids.1=9007199254740993",
            "new.deep=true",
            "t=\"3\"",
            "e=",
        ] {
            set(&mut input, assignment).unwrap();
        }
        assert_eq!(
            input,
            json!({"fields": {"a": 2, "b": "text"}, "ids": [1, 9_007_199_254_740_993_i64], "new": {"deep": true}, "t": "3", "e": ""})
        );
        assert!(
            set(&mut input, "no value").is_err()
                && set(&mut input, "ids.9=1").is_err()
                && set(&mut input, "a..b=1").is_err()
        );
    }
}
