//! Any input that fits, of any operation that ships: the request is the manifest's, wherever the input would lead it.

use super::{Draw, engine, no_fault_of_ours, shipped, wait};
use crate::fake::{Fake, reply};
use crate::fields::{Field, Step, fields, valid_input};
use bytes::Bytes;
use http::{HeaderValue, Request};
use opwire::manifest::Idempotency;
use opwire::{ErrorKind, Operation};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use url::Url;

/// As a token and as a user's name: what valid inputs hold is `token`.
const SIGNED: [&str; 2] = ["Bearer token", "Basic dG9rZW46"];
/// What only the transport sets, and what nobody does.
const NEVER_SET: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "cookie",
    "upgrade",
    "te",
    "trailer",
    "proxy-authorization",
];

/// An operation that sends something, its fields and an input that it takes.
struct Sending {
    operation: Arc<Operation>,
    fields: Vec<Field>,
    input: Value,
}

static OPERATIONS: LazyLock<Vec<Sending>> = LazyLock::new(|| {
    let sending = shipped()
        .operations()
        .filter(|operation| operation.method().is_some());
    let sending = sending.map(|operation| Sending {
        operation: Arc::clone(operation),
        fields: fields(operation)
            .into_iter()
            .filter(|field| {
                !operation
                    .connector()
                    .credential_names()
                    .any(|name| field.pointer() == format!("/{name}"))
            })
            .collect(),
        input: valid_input(operation),
    });
    sending.collect()
});

pub(super) fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let Sending {
        operation,
        fields,
        input,
    } = draw.pick(&OPERATIONS);
    let mut input = input.clone();
    for _ in 0..=draw.below(4) {
        if fields.is_empty() {
            break;
        }
        let field = draw.pick(fields);
        if draw.one_in(8) {
            field.remove(&mut input);
        } else {
            field.put(&mut input, draw.fitting(&field.schema));
        }
    }
    let fake = Fake::new(|_, _| Ok(reply(404, &[], "{}")));
    let engine = engine(shipped(), &fake).build().unwrap();
    let rendered = engine.render(operation.name(), input.clone());
    let error = wait(engine.invoke(operation.name(), input.clone())).err();
    error.iter().for_each(no_fault_of_ours);
    let sent = fake.requests();
    let Some(request) = sent.first() else {
        let kind = error.map(|error| error.kind());
        let refused = [
            ErrorKind::InputInvalid,
            ErrorKind::TemplateFailed,
            ErrorKind::EgressDenied,
        ];
        assert!(
            kind.is_some_and(|kind| refused.contains(&kind)),
            "{input}: {kind:?}"
        );
        // What is shown is refused as what is sent.
        assert_eq!(rendered.err().map(|error| error.kind()), kind, "{input}");
        return;
    };
    let rendered = rendered.unwrap();
    assert_eq!(rendered.uri(), request.uri(), "{input}");
    assert_eq!(rendered.method(), request.method(), "{input}");
    in_place(operation, &input, request);
    legal_headers(&input, request);
    expected_body(operation, &filled(input, fields), request);
}

/// The input with what its fields are when they are left out.
fn filled(mut input: Value, fields: &[Field]) -> Value {
    for field in fields {
        let (Some(default), Some(Step::Key(name))) =
            (field.schema.get("default"), field.steps.last())
        else {
            continue;
        };
        let pointer = field.pointer();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        if let Some(Value::Object(map)) = input.pointer_mut(parent) {
            map.entry(name).or_insert_with(|| default.clone());
        }
    }
    input
}

/// The origin is the connector's, the path has the manifest's segments, and nothing is read otherwise than it is written.
fn in_place(operation: &Operation, input: &Value, request: &Request<Bytes>) {
    let uri = request.uri();
    let whole = uri.to_string();
    let base = Url::parse(operation.connector().base_url()).unwrap();
    let url = Url::parse(&whole).unwrap();
    assert_eq!(url.origin(), base.origin(), "{input}: {whole}");
    assert_eq!(
        (url.username(), url.password(), url.fragment()),
        ("", None, None),
        "{whole}"
    );
    assert_eq!(url.path(), uri.path(), "{input}: {whole}");
    assert_eq!(
        url.query().unwrap_or_default(),
        uri.query().unwrap_or_default(),
        "{whole}"
    );
    let Some(path) = operation.path().filter(|path| path.starts_with('/')) else {
        return;
    };
    let segments = |path: &str| path.matches('/').count();
    assert_eq!(segments(uri.path()), segments(path), "{input}: {whole}");
    let query = uri.query().unwrap_or_default();
    told_whole(operation, input, query.as_bytes());
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    if request.headers().get("content-type") == Some(&form) {
        told_whole(operation, input, request.body());
    }
}

/// Each value of a query or a form is a text of the input or of the manifest, whole.
fn told_whole(operation: &Operation, input: &Value, pairs: &[u8]) {
    let mut known = HashSet::new();
    texts(input, &mut known);
    let manifest = operation.manifest().to_string();
    let stands = |text: &str| known.contains(text) || manifest.contains(text);
    for (name, value) in url::form_urlencoded::parse(pairs) {
        let told = stands(&value);
        assert!(told, "{}: {input}: {name}={value}", operation.name());
    }
}

/// Every scalar and every key of a value, as text, and every list of scalars with commas.
fn texts(value: &Value, into: &mut HashSet<String>) {
    match value {
        Value::String(text) => drop(into.insert(text.clone())),
        Value::Array(list) => {
            let plain = |value: &Value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            };
            let joined: Vec<String> = list.iter().map(plain).collect();
            into.insert(joined.join(","));
            list.iter().for_each(|value| texts(value, into));
        }
        Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|value| texts(value, into));
        }
        other => drop(into.insert(other.to_string())),
    }
}

fn legal_headers(input: &Value, request: &Request<Bytes>) {
    let headers = request.headers();
    for name in NEVER_SET {
        assert!(!headers.contains_key(name), "{input}: {name}");
    }
    let signed: Vec<_> = headers.get_all("authorization").iter().collect();
    assert!(
        SIGNED.iter().any(|one| signed == [one]),
        "{input}: {signed:?}"
    );
    for (name, value) in headers {
        let legal = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
        assert!(value.as_bytes().iter().all(legal), "{input}: {name}");
        assert!(value.len() <= 8192, "{input}: {name}");
    }
}

/// The JSON body is what a second, simpler reading of the manifest's template gives.
fn expected_body(operation: &Operation, input: &Value, request: &Request<Bytes>) {
    let Some(template) = operation.manifest().pointer("/request/body/json") else {
        return;
    };
    let Some(expected) = second_reading(template, input) else {
        return;
    };
    let mut body: Value = serde_json::from_slice(request.body()).unwrap();
    // The key is made where the input holds none.
    if let Idempotency::Body(field) = operation.idempotency()
        && expected.get(field).is_none()
    {
        body.as_object_mut()
            .and_then(|map| map.shift_remove(field.as_str()));
    }
    assert_eq!(body, expected, "{}: {input}", operation.name());
}

/// What a template gives that only takes values of the input, leaves some out and makes lists of pairs objects.
fn second_reading(template: &Value, input: &Value) -> Option<Value> {
    match template {
        Value::String(text) if !text.contains("{{") => Some(template.clone()),
        Value::String(text) => expression(text.strip_prefix("{{")?.strip_suffix("}}")?, input),
        Value::Object(map) => {
            let mut made = Map::new();
            for (key, part) in map {
                match (key.as_str(), second_reading(part, input)) {
                    ("$spread", Some(Value::Object(spread))) => made.extend(spread),
                    (name, _) if name.starts_with('$') => return None,
                    (_, None) => {}
                    (_, Some(value)) => drop(made.insert(key.clone(), value)),
                }
            }
            Some(Value::Object(made))
        }
        _ => None,
    }
}

fn expression(text: &str, input: &Value) -> Option<Value> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let value = |path: &str| {
        let mut names = path.strip_prefix("input.")?.split('.');
        names
            .try_fold(input, |value, name| value.get(name))
            .cloned()
    };
    match first {
        "omit" => {
            let Value::Object(mut map) = value(words.next()?)? else {
                return None;
            };
            for word in words {
                map.shift_remove(word.trim_matches('\''));
            }
            Some(Value::Object(map))
        }
        "from_entries" => match value(words.next()?)? {
            Value::Array(list) => {
                let pair =
                    |pair: &Value| Some((pair["key"].as_str()?.to_owned(), pair["value"].clone()));
                Some(Value::Object(list.iter().filter_map(pair).collect()))
            }
            other => Some(other),
        },
        "map_value" => {
            let mapped = value(words.next()?)?;
            let names: Vec<&str> = words.map(|word| word.trim_matches('\'')).collect();
            let pair = names.chunks(2).find(|pair| mapped == pair[0]);
            Some(pair.map_or(mapped, |pair| pair[1].into()))
        }
        path => value(path),
    }
}
