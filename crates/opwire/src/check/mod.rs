//! Checks beyond what compiling a manifest finds, and what every code means.

mod ambiguity;
mod paginators;
mod rule;
mod walk;

macro_rules! rules {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// The rules whose faults this crate finds, in the order of the reference.
        #[must_use]
        pub fn rules() -> &'static [Rule] {
            &[$($name::RULE),*]
        }
    };
}

rules! {
    file_unreadable
    file_too_large
    yaml_syntax
    duplicate_key
    unknown_key
    missing_key
    wrong_value
    bad_name
    template_syntax
    unknown_helper
    helper_arguments
    unknown_path
    wrong_type
    hole_in_text
    hole_in_path
    query_style
    constant_condition
    useless_default
    useless_omit_empty
    unused_input
    bad_operator
    secret_outside_auth
    secret_in_manifest
    unused_credential
    forbidden_header
    schema_invalid
    ref_unresolved
    idle_keyword
    slow_pattern
    unused_definition
    options_link
    options_pointers
    options_type
    options_input
    unknown_paginator
    unsupported
    schema_comment
    missing_example
    example_invalid
    example_input
    example_reply
    stale_example
}

#[cfg(test)]
pub(crate) use idle_keyword::is_keyword;
pub use rule::{Case, Level, Rule, SHOP};
pub(crate) use unused_definition::References;
pub(crate) use unused_input::check as unused_input;

use crate::connector::Connector;
use crate::manifest::{Fault, Kind};
use crate::operation::Operation;
use crate::schema::Validator;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Faults of a connector by itself.
pub(crate) fn connector(connector: Option<&Connector>, dir: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(connector) = connector {
        faults.extend(bad_name::of_connector(connector, dir));
        faults.extend(paginators::check(connector));
    }
    faults
}

/// Faults of an operation's name and place.
pub(crate) fn named(id: &str, kind: Kind, folder: &str) -> Vec<Fault> {
    bad_name::of_operation(id, kind, folder)
}

/// Faults of an operation together with the others of its connector.
pub(crate) fn linked(
    operation: &Operation,
    operations: &BTreeMap<String, Arc<Operation>>,
    unsound: &BTreeSet<String>,
) -> Vec<Fault> {
    options_link::check(operation, operations, unsound)
}

/// What an operation should have and can do without.
pub(crate) fn operation_warnings(operation: &Operation, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(missing_example::check(operation));
    faults.extend(schema_comment::check(text, "operation", "../../.."));
    let manifest = operation.manifest();
    for pointer in ["/input", "/response/schema"] {
        faults.extend(
            manifest
                .pointer(pointer)
                .map(|it| schema(it, pointer))
                .into_iter()
                .flatten(),
        );
    }
    faults
}

/// What a connector should have and can do without.
pub(crate) fn connector_warnings(manifest: &Value, text: &str) -> Vec<Fault> {
    let mut faults = unused_credential::check(manifest);
    faults.extend(schema_comment::check(text, "connector", "../.."));
    faults.extend(
        manifest
            .get("credentials")
            .map(|it| schema(it, "/credentials"))
            .into_iter()
            .flatten(),
    );
    let defs = manifest.get("$defs").and_then(Value::as_object);
    for (name, it) in defs.into_iter().flatten() {
        faults.extend(schema(
            it,
            &format!("/$defs/{}", crate::manifest::locate::escape(name)),
        ));
    }
    faults
}

/// What a schema should have and can do without; `pointer` is its place in the file.
pub(crate) fn schema(schema: &Value, pointer: &str) -> Vec<Fault> {
    let mut faults = idle_keyword::check(schema, pointer);
    faults.extend(slow_pattern::check(schema, pointer));
    faults
}

/// What is told of an example's file, by its name's stem and its value.
pub(crate) fn example(
    stem: &str,
    value: &Value,
    operations: &BTreeMap<&str, &Arc<Operation>>,
    schemas: &mut BTreeMap<String, Option<Validator>>,
) -> Vec<Fault> {
    let (id, variant) = stem.split_once('.').unwrap_or((stem, ""));
    let example = match example_invalid::check(value) {
        Ok(example) => example,
        Err(faults) => return faults,
    };
    let Some(operation) = operations.get(id) else {
        return vec![stale_example::check(id, operations.keys().copied())];
    };
    let mut faults = example_input::check(operation, variant, &example);
    let schema = schemas
        .entry(id.to_owned())
        .or_insert_with(|| operation.response_validator());
    if let Some(schema) = schema {
        faults.extend(example_reply::check(operation, schema, &example));
    }
    faults
}

/// What is told of an example's first line.
pub(crate) fn example_comment(text: &str) -> Option<Fault> {
    schema_comment::check(text, "example", "../../..")
}

/// Shared schemas and paginators of one file that nothing refers to.
pub(crate) fn unused_definitions(references: &References, file: &str, value: &Value) -> Vec<Fault> {
    unused_definition::check(references, file, value)
}
