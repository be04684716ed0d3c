//! Any JSON text as the input of any operation that ships: refused at a place and untold, or as its schema allows.

use super::{engine, shipped, told, wait};
use crate::fake::{Fake, reply};
use opwire::{Error, ErrorKind, Operation, parse_json};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// Stands before every text that is put in, and so in no error.
const CANARY: &str = "KaNaRy";
const TOKEN: &str = "token";

/// An operation, and the schema that it publishes as another validator takes it.
type Published = (Arc<Operation>, jsonschema::Validator);

static OPERATIONS: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let operations = shipped().operations().map(|operation| {
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        let schema = options.build(operation.input_schema()).unwrap();
        (Arc::clone(operation), schema)
    });
    operations.collect()
});

pub(super) fn run(data: &[u8]) {
    let [first, second, text @ ..] = data else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Some(mut input) = read(text) else { return };
    let (operation, schema) = &OPERATIONS[usize::from(*first) % OPERATIONS.len()];
    // A key may be told.
    let marked = second % 2 == 1 && !text.contains(CANARY);
    if marked {
        mark(&mut input);
    }
    if second % 4 < 2 && input.is_object() {
        for name in operation.connector().usual_credentials() {
            input[name] = json!(TOKEN);
        }
    }
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{\"data\": []}")));
    let engine = engine(shipped(), &fake).build().unwrap();
    let answer = wait(engine.invoke(operation.name(), input.clone()));
    let valid = schema.is_valid(&as_taken(operation, &input));
    match answer {
        // A page whose answer has no items, a DDL of which more is expected: the request was right.
        Ok(_) => assert!(valid, "{}: {input}", operation.name()),
        Err(error) if !fake.requests().is_empty() => {
            assert!(valid, "{}: {input}: {error}", operation.name());
            assert_eq!(error.kind(), ErrorKind::MappingFailed, "{error}");
        }
        Err(error) => {
            refused(&input, valid, &error);
            assert!(
                !marked || !told(&error).contains(CANARY),
                "{input}: {error}"
            );
        }
    }
}

/// What `parse_json` reads is what any reader reads; what it refuses says why, and not what it read.
fn read(text: &str) -> Option<Value> {
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let other = serde_json::from_str::<Value>(plain);
    match parse_json(text) {
        Ok(value) => {
            assert_eq!(other.ok().as_ref(), Some(&value), "{text}");
            Some(value)
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InputInvalid);
            let told = error.to_string();
            let whole = ["duplicate key", "64"].iter().any(|why| told.contains(why));
            assert!(other.is_err() || whole, "{text}: {told}");
            None
        }
    }
}

fn mark(value: &mut Value) {
    match value {
        Value::String(text) => text.insert_str(0, CANARY),
        Value::Array(list) => list.iter_mut().for_each(mark),
        Value::Object(map) => map.values_mut().for_each(mark),
        _ => {}
    }
}

/// The input as it is checked: an input that is null is an empty one, a credential that is null is left out.
fn as_taken(operation: &Operation, input: &Value) -> Value {
    let mut taken = input.clone();
    if taken.is_null() {
        taken = json!({});
    }
    if let Some(map) = taken.as_object_mut() {
        for name in operation.connector().credential_names() {
            if map.get(name).is_some_and(Value::is_null) {
                map.shift_remove(name);
            }
        }
    }
    taken
}

/// An input that led to no request has violations at places that it has, or lacks a credential.
fn refused(input: &Value, valid: bool, error: &Error) {
    let expected = match error.kind() {
        ErrorKind::InputInvalid => !error.violations().is_empty(),
        ErrorKind::CredentialsMissing => true,
        // A value that the schema allows and the request can't hold.
        ErrorKind::TemplateFailed | ErrorKind::AuthFailed | ErrorKind::EgressDenied => valid,
        _ => false,
    };
    assert!(expected, "{input}: {error}");
    for violation in error.violations() {
        let parent = violation
            .pointer
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent);
        let known = [violation.pointer.as_str(), parent]
            .iter()
            .any(|at| input.pointer(at).is_some());
        assert!(
            known || input.is_null() || violation.pointer.contains("[redacted]"),
            "{input}: {} is no place of it",
            violation.pointer
        );
    }
}
