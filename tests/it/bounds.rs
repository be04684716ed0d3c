//! Every bound: what is just within it passes, what is just beyond fails as it should.

use crate::made::Made;
use crate::sending::fake::{Fake, reply};
use opwire::{Engine, Error, ErrorKind as K, Output};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
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
  links: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { url: '{{next}}' } }
";

fn operation(keys: &str) -> String {
    format!(
        "title: O\nkind: main\ndescription: O\ninput: {{ type: object, additionalProperties: true }}\n{keys}\n"
    )
}

const PLACES: &str = "request:\n  method: POST\n  path: '/x/{{default input.path ''y''}}'\n  query: { q: '{{input.query}}' }\n  headers: { X-V: '{{input.header}}' }\n  body: { json: { v: '{{input.body}}' } }";

/// Calls an operation over a transport that always answers this.
async fn answered(keys: &str, input: Value, answer: &str) -> Result<Output, Error> {
    let made = Made::new(CONNECTOR, &[("o", &operation(keys))]);
    let answer = answer.to_owned();
    let fake = Fake::new(move |_, _| Ok(reply(200, &[], &answer)));
    let builder = Engine::builder().catalog(made.catalog());
    let engine = builder.transport(fake.clone()).build().unwrap();
    let given = engine.invoke("t.o", input).await;
    let sent = fake.requests().len();
    let refused = [K::InputInvalid, K::TemplateFailed];
    let before = given
        .as_ref()
        .is_err_and(|error| refused.contains(&error.kind()));
    assert_eq!(sent, usize::from(!before));
    given
}

fn kind(given: Result<Output, Error>) -> Option<K> {
    given.err().map(|error| error.kind())
}

/// `[[…]]`, so many of them.
fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[tokio::test]
async fn inputs() {
    let text = |size: usize| "x".repeat(size);
    let deep =
        |levels: usize| json!({"body": serde_json::from_str::<Value>(&nested(levels)).unwrap()});
    let invalid = Some(K::InputInvalid);
    for (name, input, expected) in [
        ("1 MiB", json!({"body": vec![text(200_000); 5]}), None),
        (
            "beyond 1 MiB",
            json!({"body": vec![text(220_000); 5]}),
            invalid,
        ),
        ("64 levels", deep(63), None),
        ("65 levels", deep(64), invalid),
        ("50,000 values", json!({"body": vec![1; 49_998]}), None),
        ("50,001 values", json!({"body": vec![1; 49_999]}), invalid),
        ("a text of 256 KiB", json!({"body": text(262_144)}), None),
        ("a longer text", json!({"body": text(262_145)}), invalid),
        ("a credential of 8,192", json!({"key": text(8_192)}), None),
        ("a longer credential", json!({"key": text(8_193)}), invalid),
        ("a credential of nothing", json!({"key": ""}), invalid),
        ("a segment of 1,024", json!({"path": text(1_024)}), None),
        ("a longer segment", json!({"path": text(1_025)}), invalid),
        ("a header of 8 KiB", json!({"header": text(8_192)}), None),
        ("a longer header", json!({"header": text(8_193)}), invalid),
        (
            "a URL of 16 KiB",
            json!({"query": text(16 * 1024 - 28)}),
            None,
        ),
        (
            "a longer URL",
            json!({"query": text(16 * 1024 - 27)}),
            invalid,
        ),
    ] {
        assert_eq!(
            kind(answered(PLACES, input, "{}").await),
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn replies() {
    let get = "request: { method: GET, path: /x }";
    let mapped = format!("{get}\nresponse: {{ output: {{ a: '{{{{response.body.a}}}}' }} }}");
    let each = format!(
        "{get}\nresponse: {{ output: {{ $each: '{{{{response.body}}}}', $as: item, $map: '{{{{item}}}}' }} }}"
    );
    let wide = format!(
        "{get}\nresponse: {{ output: {{ $each: '{{{{response.body.list}}}}', $as: item, $map: '{{{{response.body.text}}}}' }} }}"
    );
    let list = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    let repeated =
        |count: usize| json!({"list": vec![1; count], "text": "x".repeat(1_000)}).to_string();
    for (name, keys, answer, expected) in [
        ("64 levels", get, nested(64), None),
        ("65 levels", get, nested(65), Some(K::DecodeFailed)),
        (
            "a million levels",
            get,
            nested(1_000_000),
            Some(K::DecodeFailed),
        ),
        (
            "64 levels, mapped",
            &mapped,
            format!("{{\"a\":{}}}", nested(63)),
            None,
        ),
        (
            "65 levels, mapped",
            &mapped,
            format!("{{\"a\":{}}}", nested(64)),
            Some(K::DecodeFailed),
        ),
        (
            "65 levels that are not read",
            &mapped,
            format!("{{\"b\":{}}}", nested(64)),
            Some(K::DecodeFailed),
        ),
        ("100,000 items", &each, list(100_000), None),
        (
            "100,001 items",
            &each,
            list(100_001),
            Some(K::MappingFailed),
        ),
        ("an output of 10 MB", &wide, repeated(10_000), None),
        (
            "an output beyond 10 MiB",
            &wide,
            repeated(10_600),
            Some(K::MappingFailed),
        ),
    ] {
        assert_eq!(
            kind(answered(keys, json!({}), &answer).await),
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn heads_and_sizes_of_replies() {
    let made = Made::new(
        &format!("{CONNECTOR}limits: {{ response_size: 64KiB }}\n"),
        &[(
            "o",
            &operation("limits: { retry: { attempts: 1 } }\nrequest: { method: GET, path: /x }"),
        )],
    );
    let headers = |count: usize| {
        (0..count)
            .map(|n| format!("X-{n}: y\r\n"))
            .collect::<String>()
    };
    // Names and values together, with the three that are always there.
    let large = |size: usize| format!("X: {}\r\n", "y".repeat(size));
    let body = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
    for (name, head, body, expected) in [
        ("100 headers", headers(97), body(2), None),
        ("101 headers", headers(98), body(2), Some(K::ProtocolError)),
        ("a head of 64 KiB", large(64 * 1024 - 60), body(2), None),
        (
            "a larger head",
            large(64 * 1024),
            body(2),
            Some(K::ProtocolError),
        ),
        ("a reply of 64 KiB", String::new(), body(64 * 1024), None),
        (
            "a larger reply",
            String::new(),
            body(64 * 1024 + 1),
            Some(K::ResponseTooLarge),
        ),
    ] {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{head}\r\n{body}"
        );
        let server =
            FaultServer::start(move |_| vec![Step::Request, Step::Write(text.clone().into())]);
        let server = server.await.unwrap();
        let builder = Engine::builder()
            .catalog(made.catalog())
            .base_url("t", &server.url());
        let engine = builder.clock(ManualClock::default()).build().unwrap();
        assert_eq!(
            kind(engine.invoke("t.o", json!({"key": "k"})).await),
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn pages_of_a_walk() {
    let keys = "request: { method: GET, path: /x }\npagination: links";
    let made = Made::new(CONNECTOR, &[("o", &operation(keys))]);
    for (last, ends) in [(1_000, true), (1_001, false)] {
        let fake = Fake::new(move |number, _| {
            let next = (number + 1 < last).then(|| format!("/x?page={number}"));
            Ok(reply(
                200,
                &[],
                &json!({"items": [1], "next": next}).to_string(),
            ))
        });
        let builder = Engine::builder().catalog(made.catalog());
        let engine = builder.transport(fake.clone()).build().unwrap();
        let mut pages = engine.pages("t.o", json!({"key": "k"}));
        let mut end = None;
        while let Some(page) = pages.next().await {
            end = page.err().map(|error| error.kind());
        }
        assert_eq!(end, (!ends).then_some(K::MappingFailed), "{last} pages");
        assert_eq!(fake.requests().len(), 1_000);
    }
}

/// Loads an operation with one more line, and gives the codes of its faults.
fn faults(line: &str) -> Vec<String> {
    let text = if line.contains("\ninput:") {
        format!(
            "title: O\nkind: main\ndescription: O\nrequest: {{ method: GET, path: /x }}\n{line}\n"
        )
    } else {
        operation(&format!("request: {{ method: GET, path: /x }}\n{line}"))
    };
    let made = Made::new(CONNECTOR, &[("o", &text)]);
    let found = opwire::Catalog::open(made.path()).err();
    let codes = found
        .iter()
        .flat_map(|found| found.iter())
        .map(|fault| fault.code.to_string());
    codes.collect()
}

#[test]
fn manifests() {
    let output = |text: &str| format!("response: {{ output: '{text}' }}");
    let calls = |deep: usize| {
        let (open, close) = ("(lower ".repeat(deep - 1), ")".repeat(deep - 1));
        output(&format!("{{{{lower {open}response.body.a{close}}}}}"))
    };
    let each = |deep: usize| {
        let inner = (1..deep).fold(
            json!("{{item}}"),
            |inner, _| json!({"$each": "{{item}}", "$as": "item", "$map": inner}),
        );
        format!(
            "response: {}",
            json!({"output": {"$each": "{{response.body}}", "$as": "item", "$map": inner}})
        )
    };
    let scalar = |size: usize| output(&format!("{{{{response.body.a}}}}{}", "x".repeat(size - 19)));
    let file = |size: usize| format!("#{}", "x".repeat(size));
    let levels = |deep: usize| format!("response: {{ output: {} }}", nested(deep));
    let schema = |properties: usize| {
        let properties: serde_json::Map<String, Value> = (0..properties)
            .map(|n| (format!("p{n}"), json!({})))
            .collect();
        format!(
            "\ninput: {}",
            json!({"type": "object", "properties": properties})
        )
    };
    let limits = |text: &str| format!("limits: {{ {text} }}");
    let base = operation("request: { method: GET, path: /x }\n").len();
    for (name, line, code) in [
        ("a scalar of 16 KiB", scalar(16 * 1024), None),
        (
            "a longer scalar",
            scalar(16 * 1024 + 1),
            Some("template-syntax"),
        ),
        ("16 calls", calls(16), None),
        ("20 calls", calls(20), Some("template-syntax")),
        ("3 lists of lists", each(3), None),
        ("4 lists of lists", each(4), Some("bad-operator")),
        ("a file of 256 KiB", file(256 * 1024 - base - 1), None),
        ("a larger file", file(256 * 1024), Some("file-too-large")),
        ("64 levels", levels(62), None),
        ("65 levels", levels(63), Some("file-too-large")),
        ("a schema of 9,900 fields", schema(9_900), None),
        (
            "a schema of 10,100 fields",
            schema(10_100),
            Some("schema-invalid"),
        ),
        ("256 MiB", limits("response_size: 256MiB"), None),
        (
            "257 MiB",
            limits("response_size: 257MiB"),
            Some("wrong-value"),
        ),
        (
            "300 s",
            limits("deadline: 300s, timeout: 5m, first_byte: 300s"),
            None,
        ),
        ("301 s", limits("deadline: 301s"), Some("wrong-value")),
        ("10 attempts", limits("retry: { attempts: 10 }"), None),
        (
            "11 attempts",
            limits("retry: { attempts: 11 }"),
            Some("wrong-value"),
        ),
        (
            "no attempt",
            limits("retry: { attempts: 0 }"),
            Some("wrong-value"),
        ),
        (
            "a status of 599",
            limits("retry: { never: [599], not_applied: [500] }"),
            None,
        ),
        (
            "a status of 600",
            limits("retry: { never: [600] }"),
            Some("wrong-value"),
        ),
        (
            "a status of 429",
            limits("retry: { not_applied: [429] }"),
            Some("wrong-value"),
        ),
    ] {
        let found = faults(&line);
        let fits = match code {
            None => found.is_empty(),
            Some(code) => found.iter().any(|found| found == code),
        };
        assert!(fits, "{name}: {found:?}");
    }
}
