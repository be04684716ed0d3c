//! Schemas that reach out, never end, or unfold without end.

use super::{Hostile, changed};
use serde_json::{Map, Value, json};

/// Definitions, each made from the name of the next.
fn chain(levels: usize, each: impl Fn(Value) -> Value) -> Value {
    let mut defs = Map::new();
    for level in 0..levels {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        defs.insert(format!("d{level}"), each(next));
    }
    defs.insert(format!("d{levels}"), json!({"type": "string"}));
    json!({"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": defs})
}

pub(super) fn cases() -> Vec<Hostile> {
    let mut cases = Vec::new();
    let mut more = |code, name: &str, input: Value| {
        let mut case = changed(code, name, "/input", input);
        name.clone_into(&mut case.name);
        cases.push(case);
    };
    let of = |property: Value| json!({"properties": {"a": property}});
    for reference in [
        "http://evil.example.com/schema.json",
        "https://evil.example.com/schema.json#/$defs/x",
        "file:///etc/passwd",
        "/etc/passwd",
        "../../../etc/passwd",
        "schemas/../../x.yaml#/a",
        "\\\\host\\share",
        "urn:uuid:deadbeef-4321-ffff-ffff-1234feebdaed",
        "data:application/json,{}",
        "#",
        "#/properties/a",
        "#/nothing",
        "#anchor",
        "connector.yaml#/$defs/nothing",
    ] {
        more("ref-unresolved", reference, of(json!({"$ref": reference})));
    }
    let pair = |a: Value, b: Value| json!({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": a, "b": b}});
    let a = json!({"$ref": "#/$defs/a"});
    let b = json!({"$ref": "#/$defs/b"});
    more(
        "ref-unresolved",
        "a reference to itself",
        pair(a.clone(), json!(true)),
    );
    more(
        "ref-unresolved",
        "two that refer to each other",
        pair(b.clone(), a.clone()),
    );
    more(
        "ref-unresolved",
        "a tree",
        pair(json!({"properties": {"l": a, "r": a}}), json!(true)),
    );
    more(
        "ref-unresolved",
        "two equal branches",
        pair(json!({"anyOf": [{"items": a}, {"items": a}]}), json!(true)),
    );
    more(
        "ref-unresolved",
        "recursion by items",
        pair(json!({"items": b}), json!({"items": a})),
    );
    more(
        "ref-unresolved",
        "recursion by not",
        pair(json!({"not": a}), json!(true)),
    );
    for keyword in ["allOf", "anyOf", "oneOf", "prefixItems"] {
        let double = |next: Value| json!({keyword: [next, next]});
        more(
            "schema-invalid",
            &format!("25 levels of doubling by {keyword}"),
            chain(25, double),
        );
    }
    more(
        "schema-invalid",
        "25 levels of doubling by properties",
        chain(25, |next| json!({"properties": {"l": next, "r": next}})),
    );
    more(
        "schema-invalid",
        "25 levels of doubling by if and then",
        chain(25, |next| json!({"if": next, "then": next})),
    );
    more(
        "schema-invalid",
        "a chain of 2,000 references",
        chain(2_000, |next| next),
    );
    more(
        "schema-invalid",
        "a chain of 1,000 lists",
        chain(1_000, |next| json!({"items": next})),
    );
    more(
        "file-too-large",
        "2,000 lists deep",
        of((0..2_000).fold(json!({}), |inner, _| json!({"items": inner}))),
    );
    more(
        "file-too-large",
        "80 times not",
        of((0..80).fold(json!({}), |inner, _| json!({"not": inner}))),
    );
    more(
        "file-too-large",
        "an enum of 300 KiB",
        of(json!({"enum": (0..60_000).collect::<Vec<_>>()})),
    );
    for pattern in [
        "(",
        "(?=a)b",
        "(?<!a)b",
        "(a)\\1",
        "(a{1000}){1000}",
        "a{1000000}",
        "[z-a]",
        "(?P<n>a)(?P<n>b)",
    ] {
        more(
            "schema-invalid",
            pattern,
            of(json!({"type": "string", "pattern": pattern})),
        );
    }
    for (name, schema) in [
        ("$id", json!({"$id": "https://evil.example.com/"})),
        ("$anchor", json!({"$anchor": "a"})),
        ("$dynamicRef", json!({"$dynamicRef": "#a"})),
        (
            "$schema",
            json!({"$schema": "http://json-schema.org/draft-04/schema#"}),
        ),
        ("an unknown format", json!({"format": "no-such-format"})),
        ("an unknown type", json!({"type": "strng"})),
        ("minLength below 0", json!({"minLength": -1})),
        ("multipleOf 0", json!({"multipleOf": 0})),
        ("required that is no list", json!({"required": "a"})),
        ("items that is a number", json!({"items": 5})),
        ("an enum that is no list", json!({"enum": "a"})),
    ] {
        more("schema-invalid", name, of(schema));
    }
    more(
        "wrong-value",
        "a credential as a field",
        json!({"properties": {"token": {"type": "string"}}}),
    );
    more(
        "options-link",
        "a drop-down that isn't",
        of(json!({"type": "integer", "x-options": {"operation": "nothing"}})),
    );
    cases
}
