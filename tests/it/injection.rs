//! Texts that would break out of their place in a path or a header, at every place that takes one, on the wire.

use crate::catalog;
use crate::fields::{fields, valid_input};
use crate::made::Made;
use opwire::{Engine, ErrorKind};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use percent_encoding::percent_decode_str;
use serde_json::json;

/// What would lead to another path, query or host, in a parser that decodes, joins or cuts.
const PATHS: [&str; 48] = [
    "",
    ".",
    "..",
    "...",
    "../",
    "../x",
    "x/..",
    "..\\x",
    "./x",
    "%2e",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "..%2f",
    "..%5c",
    "a/b",
    "a//b",
    "/a",
    "//evil.example",
    "\\\\evil.example",
    "a\\b",
    "a%2fb",
    "a%5cb",
    "a?b=c",
    "?",
    "a#b",
    "#",
    "a%3fb",
    "a%23b",
    "a;b=c",
    "a&b",
    "a=b",
    "@evil.example",
    "x@evil.example:80",
    "https://evil.example/",
    "a b",
    "a\tb",
    "a\rb",
    "a\nb",
    "a\r\nHost: evil.example",
    "a\u{0}b",
    "a%00b",
    "a\u{7f}b",
    "a\u{202e}b",
    "\u{ff0e}\u{ff0e}\u{ff0f}x",
    "\u{2025}/x",
];

/// What would end a header's line, or be read as something else by one side.
const HEADERS: [&str; 34] = [
    "a\r\nX-Evil: 1",
    "a\nX-Evil: 1",
    "a\rX-Evil: 1",
    "a\r\n X-Evil: 1",
    "a\n\tX-Evil: 1",
    "a\r\n\r\nGET /evil HTTP/1.1",
    "\r\nX-Evil: 1",
    "\n",
    "\r",
    "a\u{0}b",
    "\u{0}",
    "a\u{b}b",
    "a\u{c}b",
    "a\u{1b}b",
    "a\u{7f}b",
    "a\u{85}X-Evil: 1",
    "a\u{2028}X-Evil: 1",
    "a\u{2029}X-Evil: 1",
    "a\u{560a}X-Evil: 1",
    "a\u{10d}\u{10a}X-Evil: 1",
    "a%0d%0aX-Evil: 1",
    "a\\r\\nX-Evil: 1",
    "é",
    "日本",
    "🦀",
    "a\tb",
    " a",
    "a ",
    "",
    " ",
    ":",
    "a: b",
    "\"a",
    "a, b; c=d",
];

/// Every operation with something in its path, with every text there: refused, or one segment that says the text.
#[test]
fn no_text_leaves_its_segment() {
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    let (mut places, mut carried, mut refused) = (0, 0, 0);
    for operation in catalog().operations() {
        let path = operation.path().unwrap_or_default().to_owned();
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'));
        for (name, _) in names {
            let field = fields(operation);
            let field = field
                .iter()
                .find(|field| field.pointer().ends_with(&format!("/{name}")));
            let field = field.unwrap_or_else(|| panic!("{path}: {name}"));
            places += 1;
            for text in PATHS {
                let mut input = valid_input(operation);
                field.put(&mut input, json!(text));
                match engine.render(operation.name(), input) {
                    Ok(request) => {
                        let rendered = request.uri().path();
                        let place = format!("{} {text:?}: {rendered}", operation.name());
                        assert_eq!(
                            rendered.split('/').count(),
                            path.split('/').count(),
                            "{place}"
                        );
                        assert!(
                            percent_decode_str(rendered)
                                .decode_utf8_lossy()
                                .contains(text),
                            "{place}"
                        );
                        carried += 1;
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::InputInvalid, "{text:?}");
                        refused += 1;
                    }
                }
            }
        }
    }
    println!(
        "{} texts in {places} places of paths: {refused} refused, {carried} stay a segment",
        PATHS.len()
    );
    assert!(places >= 30, "{places}");
}

const OPERATION: &str = "title: O\nkind: main\ndescription: O\ninput: { type: object, additionalProperties: true }\nrequest:\n  method: GET\n  path: '/a/{{default input.path ''y''}}/z'\n  headers: { X-Value: '{{input.header}}' }\n";

/// The same where nothing but the place itself refuses them, as bytes on the wire.
#[tokio::test]
async fn no_text_leaves_its_place_on_the_wire() {
    let made = Made::new(
        "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com/v1\n",
        &[("o", OPERATION)],
    );
    let reply = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let server = FaultServer::start(|_| vec![Step::Request, Step::Write(reply.into())]);
    let server = server.await.unwrap();
    let builder = Engine::builder()
        .catalog(made.catalog())
        .base_url("t", &format!("{}/v1", server.url()));
    let engine = builder.clock(ManualClock::default()).build().unwrap();
    let (mut sent, mut refused) = (0, 0);
    let paths = PATHS.map(|text| (json!({ "path": text }), text, "path"));
    let headers = HEADERS.map(|text| (json!({ "header": text }), text, "header"));
    for (input, text, place) in paths.into_iter().chain(headers) {
        let before = server.seen().requests();
        match engine.invoke("t.o", input).await {
            Ok(_) => {
                sent += 1;
                let (head, body) = server.seen().bodies().pop().unwrap();
                let lines: Vec<&str> = head.split("\r\n").collect();
                let path = lines[0].split(' ').nth(1).unwrap();
                assert_eq!(path.split('/').count(), 5, "{text:?}: {head}");
                assert!(
                    lines[0].starts_with("GET /v1/a/") && lines[0].ends_with("/z HTTP/1.1"),
                    "{text:?}: {head}"
                );
                assert!(
                    !head.contains(['\r', '\n'])
                        || !head.replace("\r\n", "").contains(['\r', '\n']),
                    "{text:?}: {head:?}"
                );
                let evil = lines
                    .iter()
                    .any(|line| line.to_lowercase().starts_with("x-evil"));
                assert!(!evil && body.is_empty(), "{text:?}: {head}");
                let hosts = lines
                    .iter()
                    .filter(|line| line.to_lowercase().starts_with("host:"));
                assert_eq!(hosts.count(), 1, "{text:?}: {head}");
                if place == "path" {
                    assert!(
                        percent_decode_str(path).decode_utf8_lossy().contains(text),
                        "{text:?}: {head}"
                    );
                } else if !text.trim().is_empty() {
                    // White space around a value is no part of it (RFC 9110, section 5.5).
                    assert!(head.contains(text.trim()), "{text:?}: {head}");
                }
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::InputInvalid, "{text:?}: {error}");
                assert_eq!(error.violations()[0].keyword, place, "{text:?}");
                assert_eq!(
                    server.seen().requests(),
                    before,
                    "{text:?}: something was sent"
                );
            }
        }
    }
    println!(
        "{} texts in a path and a header on the wire: {refused} refused, {sent} stay in their place",
        PATHS.len() + HEADERS.len()
    );
}
