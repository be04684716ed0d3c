//! Any text as a manifest: refused at a place in it, or loaded and ready to be called.

use super::{engine, no_fault_of_ours, wait};
use crate::fake::{Fake, reply};
use crate::made::Made;
use opwire::manifest::parse_yaml;
use opwire::{Catalog, Diagnostic};
use serde_json::{Value, json};

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, properties: { key: { type: string } } }
auth: { bearer: { token: '{{credentials.key}}' } }
pagination:
  pages: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { query: { page: '{{next}}' } } }
$defs:
  id: { type: [integer, string], pattern: '^[0-9]+$' }
";
const OPERATION: &str = "
title: O
kind: main
description: O
input: { type: object, properties: { a: { $ref: 'schemas/x.yaml#/$defs/a' }, b: { $ref: 'connector.yaml#/$defs/id' } } }
request: { method: GET, path: /x, query: { a: '{{input.a}}', b: '{{input.b}}' } }
";
const PLAIN: &str = "
title: P
kind: main
description: P
request: { method: GET, path: /x }
";
const SCHEMAS: &str = "$defs: { a: { type: string } }\n";

/// What the text stands as: the first byte says.
const FILES: [&str; 4] = [
    "main/o.yaml",
    "connector.yaml",
    "schemas/x.yaml",
    "ddl/o.yaml",
];

pub(super) fn run(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else {
        return;
    };
    if let Ok(text) = std::str::from_utf8(text) {
        as_yaml(text);
    }
    let kind = usize::from(*kind) % FILES.len();
    thread_local! {
        static FOLDERS: [Made; 4] = std::array::from_fn(folder);
    }
    FOLDERS.with(|folders| as_file(&folders[kind], FILES[kind], text));
}

fn folder(kind: usize) -> Made {
    // A connector that is made up has no paginators or definitions that others may speak of.
    let operations = match kind {
        0 | 3 => &[("plain", PLAIN)][..],
        1 => &[("plain", PLAIN)],
        _ => &[("o", OPERATION)],
    };
    let made = Made::new(CONNECTOR, operations);
    made.write("schemas/x.yaml", SCHEMAS);
    made
}

/// JSON is YAML: what was read and is written as JSON is read again, as the same.
fn as_yaml(text: &str) {
    match parse_yaml(text) {
        Ok(value) => {
            let json = value.to_string();
            // The bounds on files and keys are other ones for a text that is written otherwise.
            if json.len() <= 256 * 1024 && !has_long_key(&value) {
                let again = parse_yaml(&json).map_err(|fault| fault.to_string());
                assert_eq!(again, Ok(value), "{json}");
            }
        }
        Err(fault) => within(text, &fault),
    }
}

/// A key without a question mark has at most 1,024 characters (YAML 1.2.2, section 7.4.2).
fn has_long_key(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(has_long_key),
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| key.len() > 500 || has_long_key(value)),
        _ => false,
    }
}

/// A fault is at a place in the text.
fn within(text: &str, fault: &Diagnostic) {
    let span = fault.span;
    // A line may end with any of YAML's breaks.
    let lines = text.replace("\r\n", "\n").split(['\n', '\r']).count();
    assert!(!fault.message.is_empty(), "{fault:?}");
    assert!((1..=lines).contains(&span.line), "{fault:?}");
    assert!(span.column >= 1, "{fault:?}");
    assert!((span.line..=lines).contains(&span.end_line), "{fault:?}");
    let sound = text.get(span.start..span.end.max(span.start));
    assert!(sound.is_some(), "{fault:?}");
}

fn as_file(made: &Made, file: &str, text: &[u8]) {
    made.write_bytes(file, text);
    match Catalog::open(made.path()) {
        Ok(catalog) => {
            let found = Catalog::check(made.path());
            assert!(!found.has_errors(), "{found}");
            call_all(&catalog);
        }
        Err(found) => {
            assert!(found.has_errors() && !found.to_string().is_empty());
            let own = made.path().join("t").join(file);
            for fault in found.iter().filter(|fault| fault.file == own) {
                if let Ok(text) = std::str::from_utf8(text) {
                    within(text, fault);
                }
            }
        }
    }
}

/// What loaded can be shown and called.
fn call_all(catalog: &Catalog) {
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{\"items\": [{\"a\": 1}], \"a\": \"b\"}")));
    let engine = engine(catalog, &fake).build().unwrap();
    for operation in catalog.operations() {
        assert!(operation.input_schema().is_object());
        for input in [json!({}), json!({"key": "k", "a": "b", "b": 1})] {
            for error in [
                engine.render(operation.name(), input.clone()).err(),
                wait(engine.invoke(operation.name(), input)).err(),
            ] {
                error.iter().for_each(no_fault_of_ours);
            }
        }
    }
}
