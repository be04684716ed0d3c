//! Any reply to any operation: an output that is JSON, or an error that fits the status and tells no credential.

use super::{Draw, engine, no_fault_of_ours, shipped, told, wait};
use crate::fake::{Fake, reply};
use crate::fields::valid_input;
use crate::made::Made;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use opwire::{Catalog, Error, ErrorKind, Output};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Its first letter ends no escape of JSON or of Rust, which would make one of what is none.
const TOKEN: &str = "KaNaRy-0123456789";

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, required: [access_token], properties: { access_token: { type: string } } }
auth: { bearer: { token: '{{credentials.access_token}}' } }
errors:
  - { when: { status: [400, 422] }, code: told, message: '{{response.text}}', fields: '{{response.body.errors}}' }
  - { when: { status: 400-499 }, message: '{{default response.body.error response.headers.x-error}}' }
pagination:
  next: { items: '{{response.body.data}}', next: '{{response.body.next}}', request: { query: { page: '{{next}}' } } }
  link: { items: '{{response.body}}', next: '{{link response.headers.link \"next\"}}', request: { url: '{{next}}' } }
";

/// Operations that take a reply in each way that there is.
const OPERATIONS: [(&str, &str); 8] = [
    ("whole", "request: { method: GET, path: /x }"),
    (
        "json",
        "request: { method: GET, path: /x }\nresponse: { format: json }",
    ),
    (
        "text",
        "request: { method: GET, path: /x }\nresponse: { format: text }",
    ),
    (
        "bytes",
        "request: { method: GET, path: /x }\nresponse: { format: bytes }",
    ),
    (
        "any",
        "request: { method: GET, path: /x }\nresponse:\n  success: any\n  output: { status: '{{response.status}}', body: '{{response.body}}', headers: '{{response.headers}}' }",
    ),
    (
        "mapped",
        "request: { method: POST, path: /x }\nresponse:\n  output:\n    ids: { $each: '{{response.body.data}}', $as: item, $where: '{{ne item.on false}}', $map: { id: '{{item.id}}', name: '{{default (lower item.name) item.name}}' } }\n    first: '{{first response.body.data}}'\n    names: '{{join response.body.names \",\"}}'\n    kind: { $switch: '{{response.body.kind}}', $cases: { a: 1, b: '{{response.body}}' } }",
    ),
    (
        "next",
        "request: { method: GET, path: /x }\npagination: { use: next, collect: 5 }\nresponse: { output: { all: '{{items}}' } }",
    ),
    (
        "link",
        "request: { method: GET, path: /x }\npagination: { use: link, collect: 5 }\nresponse: { output: '{{items}}' }",
    ),
];

const STATUSES: [u16; 20] = [
    200, 200, 200, 201, 204, 206, 299, 301, 304, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503,
    599,
];
const KINDS: [&str; 12] = [
    "application/json",
    "application/json; charset=utf-8",
    "application/problem+json",
    "text/plain",
    "text/html",
    "text/xml",
    "application/xml",
    "application/octet-stream",
    "TEXT/JSON",
    "",
    ";",
    "image/png",
];
/// Headers that the engine or a template looks at.
const HEADERS: [&str; 8] = [
    "link",
    "retry-after",
    "date",
    "x-error",
    "x-ratelimit-remaining-minute",
    "x-ratelimit-endpoint-cost",
    "location",
    "content-encoding",
];

static MADE: LazyLock<Catalog> = LazyLock::new(|| {
    let operations = OPERATIONS.map(|(name, rest)| {
        let text = format!("title: O\nkind: main\ndescription: O\n{rest}\n");
        (name, text)
    });
    let operations = operations
        .each_ref()
        .map(|(name, text)| (*name, text.as_str()));
    Made::new(CONNECTOR, &operations).catalog()
});

pub(super) fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let ours = draw.one_in(2);
    let catalog = if ours { &*MADE } else { shipped() };
    let operations: Vec<_> = catalog.operations().collect();
    let operation = *draw.pick(&operations);
    let mut input = if ours {
        json!({})
    } else {
        valid_input(operation)
    };
    for name in operation.connector().usual_credentials() {
        input[name] = json!(TOKEN);
    }
    let first = draw_head(&mut draw);
    let second = draw_head(&mut draw);
    // The first page's body, and the one that every further request gets.
    let (body, further) = halves(draw.rest());
    let [first, second] = [(first, body), (second, further)].map(|(mut head, body)| {
        *head.body_mut() = Bytes::copy_from_slice(body);
        head
    });
    let status = first.status().as_u16();
    let fake = Fake::new(move |number, _| {
        Ok(if number == 0 {
            first.clone()
        } else {
            second.clone()
        })
    });
    let engine = engine(catalog, &fake).build().unwrap();
    match wait(engine.invoke(operation.name(), input)) {
        Ok(output) => sound(operation.id(), ours, &output, body, fake.requests().len()),
        Err(error) => fits(&error, status, operation.manifest(), fake.requests().len()),
    }
    assert!(
        fake.requests().len() <= 10,
        "{} requests",
        fake.requests().len()
    );
}

fn draw_head(draw: &mut Draw<'_>) -> Response<Bytes> {
    let status = if draw.one_in(8) {
        u16::try_from(100 + draw.below(900)).unwrap()
    } else {
        *draw.pick(&STATUSES)
    };
    let mut head = reply(status, &[], "");
    if draw.one_in(4) {
        head.headers_mut().clear();
    } else {
        let kind = HeaderValue::from_static(draw.pick::<&str>(&KINDS));
        head.headers_mut().insert("content-type", kind);
    }
    for _ in 0..draw.below(4) {
        let text = draw.text().replace("TOKEN", TOKEN);
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            head.headers_mut().append(*draw.pick(&HEADERS), value);
        }
    }
    assert_eq!(head.status(), StatusCode::from_u16(status).unwrap());
    head
}

/// What stands before and after a zero byte.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}

fn sound(id: &str, ours: bool, output: &Output, body: &[u8], requests: usize) {
    let text: &RawValue = serde_json::from_slice(output.as_bytes()).unwrap();
    // What passes through keeps every byte of its text.
    if ours && id == "json" && requests == 1 {
        let body = body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(body)
            .trim_ascii();
        let expected = if body.is_empty() { b"null" } else { body };
        assert_eq!(text.get().as_bytes(), expected);
    }
    if ours && id == "text" && requests == 1 {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text: Value = serde_json::from_str(text.get()).unwrap();
        assert_eq!(text.as_str().unwrap().as_bytes(), body);
    }
    assert_eq!(output.attempts().len(), requests);
}

fn fits(error: &Error, status: u16, manifest: &Value, requests: usize) {
    no_fault_of_ours(error);
    let told = told(error);
    assert!(!told.contains(TOKEN), "{told}");
    assert!(error.message().len() < 8192, "{}", error.message());
    assert_eq!(error.attempts().len(), requests, "{error}");
    let any = manifest.pointer("/response/success").is_some();
    if requests != 1 || any {
        return;
    }
    let refused = !(200..=299).contains(&status);
    let ours = [
        ErrorKind::DecodeFailed,
        ErrorKind::MappingFailed,
        ErrorKind::ResponseTooLarge,
    ];
    // A link may lead elsewhere, or nowhere.
    let further = [
        ErrorKind::EgressDenied,
        ErrorKind::InputInvalid,
        ErrorKind::TemplateFailed,
    ];
    let fits = if refused {
        error.status() == Some(status) && !ours.contains(&error.kind())
    } else {
        ours.contains(&error.kind()) || further.contains(&error.kind())
    };
    assert!(fits, "{status}: {told}");
}
