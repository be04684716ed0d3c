//! The JSON Schemas of the two kinds of manifest, generated from their types, and reading by them.

use super::connector::ConnectorManifest;
use super::example::ExampleManifest;
use super::fault::Fault;
use super::near::Meant;
use super::operation::OperationManifest;
use crate::diagnostic::Code;
use crate::schema::{Problem, Validator};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::LazyLock;

/// The JSON Schema (2020-12) of `connector.yaml`.
#[must_use]
pub fn connector_schema() -> Value {
    generate::<ConnectorManifest>("connector")
}

/// The JSON Schema (2020-12) of an operation's file.
#[must_use]
pub fn operation_schema() -> Value {
    generate::<OperationManifest>("operation")
}

/// The JSON Schema (2020-12) of an example's file.
#[must_use]
pub fn example_schema() -> Value {
    generate::<ExampleManifest>("example")
}

fn generate<T: JsonSchema>(name: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert(
        "$id".to_owned(),
        format!("https://opwire.dev/schemas/{name}.schema.json").into(),
    );
    schema.to_value()
}

pub(crate) static CONNECTOR: LazyLock<Validator> =
    LazyLock::new(|| Validator::trusted(connector_schema()));
pub(crate) static OPERATION: LazyLock<Validator> =
    LazyLock::new(|| Validator::trusted(operation_schema()));
pub(crate) static EXAMPLE: LazyLock<Validator> =
    LazyLock::new(|| Validator::trusted(example_schema()));

pub(crate) fn read_connector(value: &Value) -> Result<ConnectorManifest, Vec<Fault>> {
    read(value, &CONNECTOR)
}

pub(crate) fn read_operation(value: &Value) -> Result<OperationManifest, Vec<Fault>> {
    read(value, &OPERATION)
}

pub(crate) fn read_example(value: &Value) -> Result<ExampleManifest, Vec<Fault>> {
    read(value, &EXAMPLE)
}

fn read<T: DeserializeOwned>(value: &Value, validator: &Validator) -> Result<T, Vec<Fault>> {
    let problems = validator.problems(value, 100);
    if !problems.is_empty() {
        return Err(problems
            .into_iter()
            .map(|problem| fault(value, problem))
            .collect());
    }
    // The schema is generated from the type: what it lets through, the type takes.
    T::deserialize(value).map_err(|error| vec![Fault::new(Code::WrongValue, "", error.to_string())])
}

fn fault(value: &Value, problem: Problem) -> Fault {
    match problem {
        Problem::UnknownKey {
            pointer,
            key,
            known,
        } => {
            let meant = Meant::of(&key, known.iter().map(String::as_str));
            let help =
                (!known.is_empty()).then(|| format!("the keys here are {}", known.join(", ")));
            let mut fault = Fault::new(
                Code::UnknownKey,
                pointer,
                format!("there is no key `{key}` here"),
            );
            fault.on_key().help_if(help).meant(meant);
            fault
        }
        Problem::MissingKey { pointer, key } => {
            let mut fault = Fault::new(
                Code::MissingKey,
                pointer,
                format!("the key `{key}` is missing"),
            );
            if value.get("request").is_none() && key == "method" {
                fault.help("every request needs a method");
            }
            fault
        }
        Problem::Other {
            pointer, message, ..
        } => Fault::new(Code::WrongValue, pointer, message),
    }
}
