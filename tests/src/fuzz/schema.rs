//! Any schema: refused at load, or what the validator alone makes of it, of any value.

use super::{Draw, engine, told, wait};
use crate::fake::{Fake, reply};
use crate::made::Made;
use jsonschema::{PatternOptions, ValidationError, Validator};
use opwire::{Catalog, ErrorKind};
use serde_json::{Map, Value, json};

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
$defs: { c: { type: [integer, string], pattern: '^[0-9]+$' }, d: { $ref: 'schemas/s.yaml#/$defs/e' } }
";
const SCHEMAS: &str = "$defs: { e: { type: array, items: { $ref: '../connector.yaml#/$defs/c' } }, f: { $ref: '#/$defs/e' } }\n";
const NAMES: [&str; 6] = ["a", "b", "c", "k/l", "m~n", "é"];
const TYPES: [&str; 8] = [
    "string", "integer", "number", "boolean", "array", "object", "null", "strng",
];
const REFERENCES: [&str; 10] = [
    "#/$defs/a",
    "#/$defs/b",
    "#/$defs/c",
    "#/properties/v",
    "#/$defs/k~1l",
    "#",
    "connector.yaml#/$defs/c",
    "connector.yaml#/$defs/d",
    "schemas/s.yaml#/$defs/f",
    "https://evil.example/#/a",
];
const PATTERNS: [&str; 10] = [
    "^[0-9]+$",
    "a|b",
    "(a+)+$",
    "^.{2}$",
    "\\p{L}",
    "(?i)A",
    "[",
    "(?=a)",
    "a{1000}",
    "^\\d{4}-\\d\\d$",
];
const FORMATS: [&str; 10] = [
    "date",
    "date-time",
    "email",
    "uri",
    "ipv4",
    "uuid",
    "regex",
    "int64",
    "json-pointer",
    "no-such-format",
];
/// Stands in every text that is checked, and so in no error.
const CANARY: &str = "KaNaRy";

pub(super) fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut schema = draw_schema(&mut draw, 0);
    if let Some(map) = schema.as_object_mut() {
        map.remove("$defs");
    }
    let defs: Map<String, Value> = NAMES[..draw.below(5)]
        .iter()
        .map(|name| ((*name).to_owned(), draw_schema(&mut draw, 1)))
        .collect();
    let closed = json!({
        "type": "object", "additionalProperties": false, "properties": {"v": schema}, "$defs": defs,
    });
    // A schema's own texts may be told.
    if closed.to_string().contains(CANARY) {
        return;
    }
    let values: Vec<Value> = (0..3).map(|_| draw_value(&mut draw, 0)).collect();
    thread_local! {
        static FOLDER: Made = {
            let made = Made::new(CONNECTOR, &[]);
            made.write("schemas/s.yaml", SCHEMAS);
            made
        };
    }
    FOLDER.with(|made| check(made, &closed, &values));
}

fn check(made: &Made, schema: &Value, values: &[Value]) {
    let operation = json!({
        "title": "O", "kind": "main", "description": "O", "input": schema,
        "request": {"method": "POST", "path": "/x", "body": {"json": {"v": "{{input.v}}"}}},
    });
    made.write("main/o.yaml", &operation.to_string());
    let Ok(catalog) = Catalog::open(made.path()) else {
        return;
    };
    let published = catalog.get("o").unwrap();
    let published = published.input_schema();
    // What is published is for others' validators: it is whole, and holds nothing of ours. The schema as it is written
    // means the same, where it needs no other file.
    let alone = validator(published).unwrap_or_else(|error| panic!("{published}: {error}"));
    let written = validator(schema).ok();
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    let engine = engine(&catalog, &fake).build().unwrap();
    for value in values {
        let input = json!({"v": value});
        let answer = wait(engine.invoke("t.o", input.clone()));
        let valid = alone.is_valid(&input);
        assert_eq!(answer.is_ok(), valid, "{published}: {input}: {answer:?}");
        if let Some(written) = &written {
            assert_eq!(written.is_valid(&input), valid, "{schema}: {input}");
        }
        let Err(error) = answer else { continue };
        assert_eq!(error.kind(), ErrorKind::InputInvalid, "{error}");
        assert!(!error.violations().is_empty(), "{published}: {input}");
        assert!(
            !told(&error).contains(CANARY),
            "{published}: {input}: {error}"
        );
    }
}

/// The validator alone. Patterns are read by the same engine: another lets other ones pass.
fn validator(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(ValidationError::to_owned)
}

fn draw_schema(draw: &mut Draw<'_>, depth: usize) -> Value {
    if depth > 4 || draw.one_in(8) {
        return match draw.below(4) {
            0 => false.into(),
            1 => json!({"$ref": *draw.pick(&REFERENCES)}),
            _ => true.into(),
        };
    }
    let mut schema = Map::new();
    for _ in 0..draw.below(5) {
        let (key, value) = draw_keyword(draw, depth);
        schema.insert(key.to_owned(), value);
    }
    Value::Object(schema)
}

fn draw_keyword(draw: &mut Draw<'_>, depth: usize) -> (&'static str, Value) {
    let of_schemas = ["allOf", "anyOf", "oneOf", "prefixItems"];
    let a_schema = [
        "items",
        "not",
        "contains",
        "if",
        "then",
        "else",
        "propertyNames",
    ];
    let named = ["properties", "dependentSchemas", "$defs"];
    let closing = [
        "additionalProperties",
        "unevaluatedProperties",
        "unevaluatedItems",
    ];
    let sizes = [
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    ];
    let numbers = [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ];
    match draw.below(14) {
        0 => ("type", (*draw.pick(&TYPES)).into()),
        1 => (
            "type",
            (0..=draw.below(3)).map(|_| *draw.pick(&TYPES)).collect(),
        ),
        2 => {
            let list = (0..draw.below(4)).map(|_| draw_schema(draw, depth + 1));
            let list = list.collect();
            (*draw.pick(&of_schemas), list)
        }
        3 => (*draw.pick(&a_schema), draw_schema(draw, depth + 1)),
        4 => {
            let count = draw.below(4);
            let map = (0..count).map(|_| {
                (
                    (*draw.pick(&NAMES)).to_owned(),
                    draw_schema(draw, depth + 1),
                )
            });
            let map = Value::Object(map.collect());
            (*draw.pick(&named), map)
        }
        5 => {
            let pattern = (*draw.pick(&PATTERNS)).to_owned();
            let map = Map::from_iter([(pattern, draw_schema(draw, depth + 1))]);
            ("patternProperties", map.into())
        }
        6 => (*draw.pick(&closing), draw_schema(draw, depth + 2)),
        7 => (*draw.pick(&sizes), draw.below(6).into()),
        8 => (*draw.pick(&numbers), draw.number()),
        9 => (
            "required",
            (0..draw.below(3)).map(|_| *draw.pick(&NAMES)).collect(),
        ),
        10 => ("enum", (0..draw.below(4)).map(|_| draw.value(3)).collect()),
        11 => ("const", draw.value(3)),
        12 => match draw.below(3) {
            0 => ("pattern", (*draw.pick(&PATTERNS)).into()),
            1 => ("pattern", draw.text().into()),
            _ => ("format", (*draw.pick(&FORMATS)).into()),
        },
        _ => ("$ref", (*draw.pick(&REFERENCES)).into()),
    }
}

/// A value whose texts are recognized. Names may be told: they are of the schema, or named as unknown.
fn draw_value(draw: &mut Draw<'_>, depth: usize) -> Value {
    match draw.below(if depth > 3 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => draw.one_in(2).into(),
        2 => draw.number(),
        3 => format!("{CANARY}{}", draw.text()).into(),
        4 => draw.below(100).to_string().into(),
        5 => (0..draw.below(4))
            .map(|_| draw_value(draw, depth + 1))
            .collect(),
        _ => {
            let count = draw.below(4);
            let members =
                (0..count).map(|_| ((*draw.pick(&NAMES)).to_owned(), draw_value(draw, depth + 1)));
            Value::Object(members.collect())
        }
    }
}
