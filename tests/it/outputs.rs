//! What an operation gives is what its published output schema says.

use crate::{catalog, root};
use opwire::manifest::Kind;
use opwire::{Catalog, Operation, Output};
use opwire_testkit::{Example, Transcript};
use serde_json::Value;

/// The operations that ship, and the smallest connector.
fn catalogs() -> [Catalog; 2] {
    let smallest = Catalog::open(root().join("tests/connectors")).unwrap();
    [catalog(), smallest]
}

fn validator(operation: &Operation) -> jsonschema::Validator {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(operation.output_schema())
        .unwrap_or_else(|error| panic!("{}: {error}", operation.name()))
}

#[tokio::test]
async fn every_examples_output_fits_its_schema() {
    let mut outputs = 0;
    for catalog in catalogs() {
        for example in Example::all(&catalog).unwrap() {
            let operation = example.operation_in(&catalog).unwrap();
            let validator = validator(operation);
            let transcript = Transcript::of(&catalog, &example).await.unwrap();
            for output in transcript.outputs().iter().flatten().map(Output::to_value) {
                let faults: Vec<String> = validator
                    .iter_errors(&output)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(faults.is_empty(), "{}: {faults:#?}", example.name());
                outputs += 1;
            }
        }
    }
    assert!(outputs >= 140, "{outputs}");
}

/// Every reference of a schema.
fn references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_output_schema_is_valid_and_self_contained() {
    for catalog in catalogs() {
        for operation in catalog.operations() {
            let (name, schema) = (operation.name(), operation.output_schema());
            if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
                panic!("{name}: {}: {error}", error.instance_path());
            }
            let mut found = Vec::new();
            references(schema, &mut found);
            for reference in found {
                let target = reference.strip_prefix('#').map(|at| schema.pointer(at));
                assert!(matches!(target, Some(Some(_))), "{name}: {reference}");
            }
            assert!(!schema.to_string().contains("\"x-"), "{name}");
        }
    }
}

/// Agents' tools look for a type at the top.
#[test]
fn every_output_schema_says_at_its_top_what_it_is() {
    for operation in catalog().operations() {
        let schema = operation.output_schema();
        assert!(schema["type"].is_string(), "{}: {schema}", operation.name());
    }
}

/// The schema under a JSON Pointer into the values.
fn at<'a>(mut schema: &'a Value, pointer: &str) -> &'a Value {
    for key in pointer.split('/').skip(1) {
        schema = &schema["properties"][key];
    }
    schema
}

#[test]
fn the_choices_of_every_ddl_have_a_text_and_a_value() {
    let catalog = catalog();
    let ddls = catalog
        .operations()
        .filter(|operation| operation.kind() == Kind::Ddl);
    let mut count = 0;
    for ddl in ddls {
        let (name, pointers) = (ddl.name(), ddl.options_pointers().unwrap());
        let choice = &at(ddl.output_schema(), &pointers.items)["items"];
        let label = at(choice, &pointers.label);
        let told = label["type"] == "string" || label["enum"].as_array().is_some();
        assert!(told, "{name}: {choice}");
        let value = at(choice, &pointers.value).as_object();
        assert!(value.is_some_and(|value| !value.is_empty()), "{name}");
        count += 1;
    }
    assert_eq!(count, 38);
}
