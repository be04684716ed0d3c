//! The manifest language: what requests, outputs and walks its constructs make, and what is wrong with a manifest.

use crate::made::Made;
use crate::root;
use bytes::Bytes;
use http::Request;
use opwire::manifest::{helper_reference, parse_yaml};
use opwire::{Catalog, Engine, Error, Output};
use opwire_testkit::Replay;
use serde_json::{Value, json};

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com/base
credentials: { type: object, required: [key], properties: { key: { type: string } } }
auth: { api_key: { in: query, name: key, value: '{{credentials.key}}' } }
request: { query_style: { arrays: brackets, objects: brackets } }
errors:
  - when: { status: 400-499 }
    code: bad
    message: '{{response.body.why}}'
pagination:
  numbers: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { query: { page: '{{next}}' } } }
$defs: { id: { type: integer, default: 7 } }
";

fn make(operations: &[(&str, &str)]) -> Made {
    Made::new(CONNECTOR, operations)
}

fn ok(body: &Value) -> Value {
    json!({"status": 200, "headers": {"content-type": "application/json"}, "body": body})
}

/// An operation that takes any input and has these further keys.
fn operation(keys: &str) -> String {
    format!(
        "title: O\nkind: main\ndescription: O\ninput: {{ type: object, additionalProperties: true }}\n{keys}"
    )
}

fn render(keys: &str, input: Value) -> Result<Request<Bytes>, Error> {
    make(&[("o", &operation(keys))])
        .engine(&[])
        .0
        .render("t.o", input)
}

fn url(keys: &str, input: Value) -> String {
    let keys = format!("request:\n  method: GET\n{keys}");
    let url = render(&keys, input).unwrap().uri().to_string();
    let url = url
        .strip_suffix("key={key}")
        .unwrap()
        .trim_end_matches(['&', '?'])
        .to_owned();
    url.strip_prefix("https://t.example.com/base")
        .unwrap()
        .to_owned()
}

async fn output(output: &str, body: &Value, input: Value) -> Result<Output, Error> {
    let keys = format!(
        "request: {{ method: GET, path: /x }}\nresponse:\n  output:\n    {}",
        output.replace('\n', "\n    ")
    );
    let made = make(&[("o", &operation(&keys))]);
    let (engine, _) = made.engine(&[ok(body)]);
    let mut input = input;
    input["key"] = json!("k");
    engine.invoke("t.o", input).await
}

#[test]
fn query_styles() {
    for (style, input, expected) in [
        ("arrays: brackets", json!({"a": [1, 2]}), "a[]=1&a[]=2"),
        ("arrays: repeat", json!({"a": [1, 2]}), "a=1&a=2"),
        ("arrays: comma", json!({"a": [1, "x,y"]}), "a=1,x%2Cy"),
        (
            "arrays: json",
            json!({"a": [1, "b"]}),
            "a=%5B1%2C%22b%22%5D",
        ),
        (
            "objects: brackets",
            json!({"a": {"b": 1, "c": {"d": [2]}}}),
            "a[b]=1&a[c][d][]=2",
        ),
        (
            "objects: json",
            json!({"a": {"b": null}}),
            "a=%7B%22b%22%3Anull%7D",
        ),
        (
            "arrays: brackets",
            json!({"a": [{"x": 1}, {"x": 2}]}),
            "a[0][x]=1&a[1][x]=2",
        ),
        ("arrays: brackets", json!({"a": []}), ""),
    ] {
        let keys = format!(
            "  path: /x\n  query: {{ a: '{{{{input.a}}}}' }}\n  query_style: {{ {style} }}"
        );
        let expected = if expected.is_empty() {
            "/x".to_owned()
        } else {
            format!("/x?{expected}")
        };
        assert_eq!(url(&keys, input), expected, "{style}");
    }
    let own =
        "  path: /x\n  query: { a: { value: '{{input.a}}', style: comma }, b: '{{input.b}}' }";
    assert_eq!(url(own, json!({"a": [1, 2], "b": [3]})), "/x?a=1,2&b[]=3");
    let pairs = "  path: /x\n  query: { $pairs: '{{input.p}}' }";
    assert_eq!(
        url(
            pairs,
            json!({"p": [{"key": "a", "value": 1}, {"key": "b", "value": null}, {"key": "a", "value": "2"}]})
        ),
        "/x?a=1&a=2"
    );
}

#[test]
fn a_url_instead_of_a_path_stays_at_the_connectors_origin() {
    let keys = "  url: '{{input.u}}'\n  query: { a: 1 }";
    assert_eq!(url(keys, json!({"u": "/y?b=2"})), "/y?b=2&a=1");
    assert_eq!(url(keys, json!({"u": "y"})), "/y?a=1");
    let whole = "request: { method: GET, url: '{{input.u}}' }";
    assert_eq!(
        render(whole, json!({"u": "https://t.example.com/z#f"}))
            .unwrap()
            .uri(),
        "https://t.example.com/z?key={key}"
    );
    assert_eq!(
        render(whole, json!({"u": "https://u.example.com/z"}))
            .unwrap_err()
            .kind()
            .as_str(),
        "egress_denied"
    );
    assert_eq!(
        render(whole, json!({})).unwrap_err().kind().as_str(),
        "input_invalid"
    );
}

fn body(template: &str, input: Value) -> (String, String) {
    let request = render(
        &format!("request:\n  method: POST\n  path: /x\n  body: {template}"),
        input,
    )
    .unwrap();
    let kind = request
        .headers()
        .get("content-type")
        .map_or("", |v| v.to_str().unwrap())
        .to_owned();
    (kind, String::from_utf8_lossy(request.body()).into_owned())
}

#[test]
fn the_five_kinds_of_body_and_choices_between_them() {
    let json_type = "application/json".to_owned();
    assert_eq!(
        body("{ json: '{{input.a}}' }", json!({"a": [1, null]})),
        (json_type.clone(), "[1,null]".to_owned())
    );
    assert_eq!(
        body("{ json: '{{input.a}}' }", json!({})),
        (String::new(), String::new())
    );
    let form = "application/x-www-form-urlencoded".to_owned();
    assert_eq!(
        body(
            "{ form: { a: '{{input.a}}', b: '{{input.b}}', n: '{{input.n}}' } }",
            json!({"a": "x y&z", "b": [1, {"c": 2}], "n": null})
        ),
        (form.clone(), "a=x%20y%26z&b[]=1&b[1][c]=2&n=".to_owned())
    );
    assert_eq!(
        body(
            "{ form: { $pairs: '{{input.p}}' } }",
            json!({"p": [{"key": "a", "value": 1}, {"key": "a", "value": 2}]})
        ),
        (form, "a=1&a=2".to_owned())
    );
    assert_eq!(
        body("{ text: 'n={{input.n}}' }", json!({"n": 1})),
        ("text/plain; charset=utf-8".to_owned(), "n=1".to_owned())
    );
    assert_eq!(
        body("{ bytes: '{{input.b}}' }", json!({"b": "AAEC"})),
        (
            "application/octet-stream".to_owned(),
            "\u{0}\u{1}\u{2}".to_owned()
        )
    );
    let (kind, text) = body(
        "{ multipart: [ { name: a, value: '{{input.a}}' }, { name: f, filename: 'q\"uote.txt', content_type: text/plain, base64: aGk= } ] }",
        json!({"a": "opwire-0000000000000000"}),
    );
    assert_eq!(
        kind,
        "multipart/form-data; boundary=opwire-0000000000000001"
    );
    assert_eq!(
        text,
        "--opwire-0000000000000001\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nopwire-0000000000000000\r\n\
         --opwire-0000000000000001\r\nContent-Disposition: form-data; name=\"f\"; filename=\"q%22uote.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
         --opwire-0000000000000001--\r\n"
    );
    let choice = "{ $switch: '{{only_key input.b}}', $cases: { j: { json: '{{input.b.j}}' }, t: { text: '{{input.b.t}}' } } }";
    assert_eq!(
        body(choice, json!({"b": {"j": {"x": 1}}})),
        (json_type.clone(), "{\"x\":1}".to_owned())
    );
    assert_eq!(body(choice, json!({"b": {"t": "T"}})).1, "T");
    assert_eq!(
        body(choice, json!({"b": {"none": null}})),
        (String::new(), String::new())
    );
    assert_eq!(
        body(
            "{ $if: '{{input.y}}', $then: { json: 1 }, $else: { json: 2 } }",
            json!({})
        ),
        (json_type, "2".to_owned())
    );
}

#[test]
fn headers_and_their_limits() {
    let keys = "request:\n  method: GET\n  path: /x\n  headers: { X-A: '{{input.a}}', X-B: 'b{{input.b}}' }";
    let request = render(keys, json!({"b": 1})).unwrap();
    assert!(!request.headers().contains_key("x-a"));
    assert_eq!(request.headers()["x-b"], "b1");
    assert_eq!(
        render(keys, json!({})).unwrap_err().kind().as_str(),
        "template_failed"
    );
    let pairs = "request:\n  method: GET\n  path: /x\n  headers: { $pairs: '{{input.h}}' }";
    let request = render(
        pairs,
        json!({"h": [{"key": "Accept", "value": "a"}, {"key": "accept", "value": "b"}]}),
    )
    .unwrap();
    assert_eq!(request.headers().get_all("accept").iter().count(), 2);
    for name in [
        "Authorization",
        "host",
        "Cookie",
        "content-length",
        "bad name",
    ] {
        let error = render(pairs, json!({"h": [{"key": name, "value": "x"}]})).unwrap_err();
        assert_eq!(error.kind().as_str(), "input_invalid", "{name}");
    }
}

#[tokio::test]
async fn operators_in_an_output() {
    let reply = json!({"list": [{"n": 1, "on": true}, {"n": 2, "on": false}, {"n": 3, "on": null}], "empty": [], "nul": null, "o": {"a": 1, "b": 2}});
    for (template, expected) in [
        (
            "$each: '{{response.body.list}}'\n$as: x\n$where: '{{x.on}}'\n$map: { n: '{{x.n}}' }",
            json!([{"n": 1}]),
        ),
        (
            "$each: '{{response.body.list}}'\n$as: x\n$map: '{{x.on}}'",
            json!([true, false, null]),
        ),
        (
            "$each: '{{response.body.list}}'\n$as: x\n$where: '{{gt x.n 1}}'",
            json!([{"n": 2, "on": false}, {"n": 3, "on": null}]),
        ),
        ("$if: '{{response.body.nul}}'\n$then: 1\n$else: 2", json!(2)),
        (
            "a: { $if: '{{response.body.nul}}', $then: 1 }\nb: 2",
            json!({"b": 2}),
        ),
        (
            "$switch: '{{response.body.o.a}}'\n$cases: { '1': one }\n$default: other",
            json!("one"),
        ),
        (
            "$switch: '{{response.body.nul}}'\n$cases: { '1': one }\n$default: other",
            json!("other"),
        ),
        (
            "$spread: '{{response.body.o}}'\nb: written",
            json!({"a": 1, "b": "written"}),
        ),
        (
            "$spread: '{{omit response.body.o \"a\"}}'\nc: '{{response.body.none}}'",
            json!({"b": 2}),
        ),
        (
            "$spread: '{{response.body.o}}'\nb: '{{response.body.none}}'",
            json!({"a": 1}),
        ),
        (
            "$concat: ['{{response.body.empty}}', [1], '{{response.body.none}}', { $each: '{{response.body.list}}', $as: x, $map: '{{x.n}}' }]",
            json!([1, 1, 2, 3]),
        ),
        (
            "$omit_empty: true\na: '{{response.body.empty}}'\nb: {}\nc: ''\nd: ':[]'\ne: [1]",
            json!({"d": ":[]", "e": [1]}),
        ),
        ("$$each: x\n$$: y", json!({"$each": "x", "$": "y"})),
        (
            "- '{{response.body.none}}'\n- '{{response.body.nul}}'\n- { x: '{{response.body.none}}' }",
            json!([null, {}]),
        ),
        ("'status {{response.status}}'", json!("status 200")),
        (
            "'{{response.headers.content-type}}'",
            json!("application/json"),
        ),
        ("\"{{response.body.list.[1].n}}\"", json!(2)),
        ("'\\{{not.read}}'", json!("{{not.read}}")),
        (
            "['\\{{not.read}}', { a: '\\{{b}}', $$c: '\\{{d}}' }]",
            json!(["{{not.read}}", {"a": "{{b}}", "$c": "{{d}}"}]),
        ),
    ] {
        let given = output(template, &reply, json!({}))
            .await
            .unwrap_or_else(|error| panic!("{template}: {error}"));
        assert_eq!(given.to_value(), expected, "{template}");
    }
}

#[tokio::test]
async fn what_a_mapping_cannot_do_is_mapping_failed() {
    let reply = json!({"n": 1, "l": [1], "o": {}});
    for template in [
        "'x{{response.body.none}}'",
        "'x{{response.body.l}}'",
        "$each: '{{response.body.n}}'",
        "$spread: '{{response.body.l}}'\na: 1",
        "'{{lower response.body.n}}'",
        "$concat: ['{{response.body.o}}']",
    ] {
        let error = output(template, &reply, json!({})).await.unwrap_err();
        assert_eq!(error.kind().as_str(), "mapping_failed", "{template}");
    }
}

#[tokio::test]
async fn too_many_items_are_refused() {
    let list: Vec<u8> = vec![0; 400];
    let reply = json!({"l": list});
    let nested = "$each: '{{response.body.l}}'\n$as: a\n$map: { $each: '{{response.body.l}}', $as: b, $map: '{{a}}' }";
    let error = output(nested, &reply, json!({})).await.unwrap_err();
    assert_eq!(
        (error.kind().as_str(), error.message()),
        ("mapping_failed", "more than 100,000 `$each` items")
    );
}

#[tokio::test]
async fn formats_of_replies() {
    let run = |format: &str, reply: Value| {
        let keys =
            format!("request: {{ method: GET, path: /x }}\nresponse: {{ format: {format} }}");
        async move {
            let made = make(&[("o", &operation(&keys))]);
            made.engine(&[reply])
                .0
                .invoke("t.o", json!({"key": "k"}))
                .await
                .map(|output| output.to_value())
        }
    };
    let typed = |kind: &str, text: &str| json!({"headers": {"content-type": kind}, "text": text});
    assert_eq!(
        run("auto", typed("application/vnd.api+json", "[1]"))
            .await
            .unwrap(),
        json!([1])
    );
    assert_eq!(
        run("auto", typed("text/csv; charset=utf-8", "a,b"))
            .await
            .unwrap(),
        json!("a,b")
    );
    assert_eq!(
        run(
            "auto",
            json!({"headers": {"content-type": "image/png"}, "base64": "AAEC/w=="})
        )
        .await
        .unwrap(),
        json!("AAEC/w==")
    );
    assert_eq!(
        run("auto", json!({"status": 204})).await.unwrap(),
        Value::Null
    );
    assert_eq!(
        run("auto", typed("application/json", "\u{feff}{\"a\":1}"))
            .await
            .unwrap(),
        json!({"a": 1})
    );
    assert_eq!(
        run("auto", json!({"text": "{\"a\":1}"})).await.unwrap(),
        json!({"a": 1})
    );
    assert_eq!(
        run("json", typed("text/plain", "[1]")).await.unwrap(),
        json!([1])
    );
    assert_eq!(
        run("text", typed("application/json", "[1]")).await.unwrap(),
        json!("[1]")
    );
    assert_eq!(
        run("bytes", typed("text/plain", "hi")).await.unwrap(),
        json!("aGk=")
    );
    let marked = |kind: &str| json!({"headers": {"content-type": kind}, "base64": "77u/aGk="});
    assert_eq!(
        run("bytes", marked("text/plain")).await.unwrap(),
        json!("77u/aGk="),
        "bytes are all there, a byte order mark too"
    );
    assert_eq!(
        run("auto", marked("application/x-any")).await.unwrap(),
        json!("77u/aGk=")
    );
    assert_eq!(
        run("text", marked("text/plain")).await.unwrap(),
        json!("hi")
    );
    assert_eq!(
        run("none", typed("application/json", "[1]")).await.unwrap(),
        Value::Null
    );
    assert_eq!(
        run("json", typed("text/plain", "hi"))
            .await
            .unwrap_err()
            .kind()
            .as_str(),
        "decode_failed"
    );
}

fn page(items: &Value, next: &Value) -> Value {
    ok(&json!({"items": items, "next": next}))
}

const LIST: &str =
    "request: { method: GET, path: /x, query: { page: '{{input.page}}', size: 2 } }\n";

#[tokio::test]
async fn pages_are_walked_until_next_is_missing() {
    let made = make(&[("o", &operation(&format!("{LIST}pagination: numbers")))]);
    let (engine, replay) = made.engine(&[
        page(&json!([1, 2]), &json!(2)),
        page(&json!([]), &json!(3)),
        page(&json!([3]), &Value::Null),
    ]);
    let mut items = engine.items("o", json!({"key": "k"}));
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        found.push(item.unwrap().to_value());
    }
    assert_eq!(json!(found), json!([1, 2, 3]));
    let asked: Vec<String> = replay
        .exchanges()
        .iter()
        .map(|e| e.request.uri().query().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        ["size=2&key=k", "size=2&page=2&key=k", "size=2&page=3&key=k"]
    );
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn a_walk_that_turns_in_a_circle_is_an_error() {
    let made = make(&[("o", &operation(&format!("{LIST}pagination: numbers")))]);
    let (engine, replay) = made.engine(&vec![page(&json!([1]), &json!(2)); 5]);
    let mut pages = engine.pages("o", json!({"key": "k"}));
    assert!(pages.next().await.unwrap().is_ok());
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(error.message().contains("walked already"), "{error}");
    assert_eq!((error.attempts().len(), error.status()), (1, Some(200)));
    assert!(pages.next().await.is_none());
    assert_eq!(replay.exchanges().len(), 2);
}

#[tokio::test]
async fn a_walk_without_end_stops_at_a_thousand_pages() {
    let made = make(&[("o", &operation(&format!("{LIST}pagination: numbers")))]);
    let replies: Vec<Value> = (0..1002)
        .map(|n| page(&json!([n]), &json!(n + 2)))
        .collect();
    let (engine, replay) = made.engine(&replies);
    let mut pages = engine.pages("o", json!({"key": "k"}));
    let mut last = None;
    while let Some(page) = pages.next().await {
        last = Some(page);
    }
    assert!(last.unwrap().unwrap_err().message().contains("1,000 pages"));
    assert_eq!(replay.exchanges().len(), 1000);
    let (engine, replay) = made.engine(&replies);
    let mut pages = engine.pages("o", json!({"key": "k"})).max_pages(3);
    while let Some(page) = pages.next().await {
        page.unwrap();
    }
    assert_eq!(replay.exchanges().len(), 3);
}

#[tokio::test]
async fn one_invocation_collects_when_asked_to() {
    let collecting = format!(
        "{LIST}pagination: {{ use: numbers, collect: 3, when: '{{{{not input.page}}}}' }}\nresponse: {{ output: {{ all: '{{{{items}}}}', last: '{{{{response.body.next}}}}' }} }}"
    );
    let made = make(&[("o", &operation(&collecting))]);
    let replies = [
        page(&json!([1, 2]), &json!(2)),
        page(&json!([3, 4]), &json!(3)),
        page(&json!([5]), &Value::Null),
    ];
    let (engine, replay) = made.engine(&replies);
    assert_eq!(
        engine
            .invoke("o", json!({"key": "k"}))
            .await
            .unwrap()
            .to_value(),
        json!({"all": [1, 2, 3], "last": 3})
    );
    assert_eq!(replay.exchanges().len(), 2);
    let (engine, replay) = made.engine(&replies);
    assert_eq!(
        engine
            .invoke("o", json!({"key": "k", "page": 1}))
            .await
            .unwrap()
            .to_value(),
        json!({"all": [1, 2], "last": 2})
    );
    assert_eq!(replay.exchanges().len(), 1);
}

#[tokio::test]
async fn other_ways_to_the_next_page() {
    let links = "request: { method: GET, path: /x, query: { a: 1 } }\npagination: { items: '{{response.body}}', next: \"{{link response.headers.link 'next'}}\", request: { url: '{{next}}' } }";
    let made = make(&[("o", &operation(links))]);
    let linked = |body: Value, link: &str| json!({"headers": {"content-type": "application/json", "link": link}, "body": body});
    let (engine, replay) = made.engine(&[
        linked(
            json!([1]),
            "<https://t.example.com/base/x?after=1>; rel=\"next\"",
        ),
        linked(json!([2]), "<https://t.example.com/base/x>; rel=\"first\""),
    ]);
    let mut items = engine.items("o", json!({"key": "k"}));
    while let Some(item) = items.next().await {
        item.unwrap();
    }
    let asked: Vec<String> = replay
        .exchanges()
        .iter()
        .map(|e| e.request.uri().to_string())
        .collect();
    assert_eq!(
        asked,
        [
            "https://t.example.com/base/x?a=1&key=k",
            "https://t.example.com/base/x?after=1&key=k"
        ]
    );
    // A link to another origin is not followed.
    let (engine, replay) = made.engine(&[linked(
        json!([1]),
        "<https://evil.example.com/x>; rel=\"next\"",
    )]);
    let mut items = engine.items("o", json!({"key": "k"}));
    assert!(items.next().await.unwrap().is_ok());
    assert_eq!(
        items.next().await.unwrap().unwrap_err().kind().as_str(),
        "egress_denied"
    );
    assert_eq!(replay.exchanges().len(), 1);

    let by_id = "request: { method: POST, path: /x, body: { json: { limit: 2 } } }\npagination: { items: '{{response.body}}', next: '{{last response.body}}', request: { body: { json: { after: '{{next.id}}' } } } }";
    let made = make(&[("o", &operation(by_id))]);
    let (engine, replay) = made.engine(&[ok(&json!([{"id": 1}, {"id": 2}])), ok(&json!([]))]);
    let mut pages = engine.pages("o", json!({"key": "k"}));
    while let Some(page) = pages.next().await {
        page.unwrap();
    }
    assert_eq!(
        replay.exchanges()[1].request.body(),
        "{\"limit\":2,\"after\":2}".as_bytes()
    );
}

#[tokio::test]
async fn keys_against_repeats() {
    let by_header = "idempotency: { header: Idempotency-Key }\nrequest: { method: POST, path: /x }";
    let made = make(&[("o", &operation(by_header))]);
    let (engine, replay) = made.engine(&[ok(&json!(1)), ok(&json!(1))]);
    for _ in 0..2 {
        engine.invoke("o", json!({"key": "k"})).await.unwrap();
    }
    let keys: Vec<String> = replay
        .exchanges()
        .iter()
        .map(|e| {
            e.request.headers()["idempotency-key"]
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(keys[0] != keys[1] && keys[0].len() == 36);
    assert_eq!(
        engine.render("o", json!({})).unwrap().headers()["idempotency-key"],
        "{idempotency_key}"
    );
    let by_body = "idempotency: { body: once }\nrequest: { method: POST, path: /x, body: { json: '{{input.b}}' } }";
    let made = make(&[("o", &operation(by_body))]);
    let (engine, _) = made.engine(&[]);
    assert_eq!(
        engine.render("o", json!({"b": {"a": 1}})).unwrap().body(),
        "{\"a\":1,\"once\":\"{idempotency_key}\"}".as_bytes()
    );
    assert_eq!(
        engine
            .render("o", json!({"b": {"once": "mine"}}))
            .unwrap()
            .body(),
        "{\"once\":\"mine\"}".as_bytes()
    );
}

#[tokio::test]
async fn credentials_come_from_the_input_then_the_provider() {
    let made = make(&[("o", &operation("request: { method: GET, path: /x }"))]);
    let replay = Replay::new(&[
        serde_json::from_value(ok(&json!(1))).unwrap(),
        serde_json::from_value(ok(&json!(1))).unwrap(),
    ])
    .unwrap();
    let held = std::collections::BTreeMap::from([(
        ("t".to_owned(), "key".to_owned()),
        opwire::Secret::new("held"),
    )]);
    let engine = Engine::builder()
        .catalog(made.catalog())
        .transport(replay.clone())
        .credentials(held)
        .build()
        .unwrap();
    engine.invoke("o", json!({})).await.unwrap();
    engine.invoke("o", json!({"key": "given &"})).await.unwrap();
    let asked: Vec<String> = replay
        .exchanges()
        .iter()
        .map(|e| e.request.uri().query().unwrap().to_owned())
        .collect();
    assert_eq!(asked, ["key=held", "key=given%20%26"]);
    let (bare, _) = made.engine(&[]);
    assert_eq!(
        bare.invoke("o", json!({}))
            .await
            .unwrap_err()
            .kind()
            .as_str(),
        "credentials_missing"
    );
    assert_eq!(
        bare.invoke("o", json!({"key": 5}))
            .await
            .unwrap_err()
            .violations()[0]
            .pointer,
        "/key"
    );
}

#[test]
fn defaults_are_filled_and_the_schema_is_published_whole() {
    let keys = "title: O\nkind: main\ndescription: O\ninput:\n  properties:\n    n: { $ref: 'connector.yaml#/$defs/id' }\n    m: { type: boolean, default: true }\nrequest: { method: GET, path: '/x/{{input.n}}', query: { m: '{{input.m}}' } }";
    let made = make(&[("o", keys)]);
    let request = made.engine(&[]).0.render("o", json!({})).unwrap();
    assert_eq!(
        request.uri().path_and_query().unwrap(),
        "/base/x/7?m=true&key={key}"
    );
    let operation = made.catalog().get("o").unwrap();
    assert_eq!(
        operation.input_schema(),
        &json!({"properties": {"key": {"type": "string", "x-secret": true}, "n": {"$ref": "#/$defs/id"}, "m": {"type": "boolean", "default": true}},
            "$defs": {"id": {"type": "integer", "default": 7}}, "type": "object", "additionalProperties": false})
    );
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let made = make(&[
        ("a", "title: A\nkind: ddl\n"),
        (
            "b",
            "title: B\nkind: main\ndescription: B\nrequest: { method: GET, path: '/{{input.x}}/{{input.y}}' }\n",
        ),
        ("Bad-Name", "title: C\nkind: main\ndescription: C\n"),
    ]);
    made.write("schemas/broken.yaml", "a: [\n");
    let found = Catalog::check(made.path());
    let codes: Vec<&str> = found.iter().map(|d| d.code.as_str()).collect();
    for code in ["missing-key", "unknown-path", "bad-name", "yaml-syntax"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert_eq!(
        codes.iter().filter(|code| **code == "unknown-path").count(),
        2
    );
    assert!(Catalog::open(made.path()).is_err());
}

/// Every `yaml example` block of the reference runs: `input`, perhaps `reply`, `template`, and what it `gives`.
#[tokio::test]
async fn the_reference_holds() {
    let text = std::fs::read_to_string(root().join("docs/manifest.md")).unwrap();
    let mut count = 0;
    for block in text.split("```yaml example\n").skip(1) {
        let block = block.split("\n```").next().unwrap();
        let example = parse_yaml(block).unwrap_or_else(|fault| panic!("{block}\n{fault}"));
        let input = example.get("input").cloned().unwrap_or(json!({}));
        let template = serde_json::to_string(&example["template"]).unwrap();
        let reply = example.get("reply").cloned().unwrap_or(Value::Null);
        let given = output(&template, &reply, input).await;
        match example.get("gives") {
            Some(expected) => assert_eq!(
                &given.unwrap_or_else(|e| panic!("{block}\n{e}")).to_value(),
                expected,
                "{block}"
            ),
            None => assert_eq!(
                given.unwrap_err().kind().as_str(),
                example["fails"].as_str().unwrap(),
                "{block}"
            ),
        }
        count += 1;
    }
    assert!(count >= 9, "{count}");
    let (helpers, _) = helper_reference();
    for helper in helpers {
        assert!(
            text.contains(&format!("| `{}` | {} |", helper.form, helper.gives)),
            "docs/manifest.md lacks the row of `{}`",
            helper.name
        );
        let (expression, value) = helper.example;
        assert!(
            text.contains(&format!("| `{expression}` | `{value}` |")),
            "docs/manifest.md lacks the example of `{}`",
            helper.name
        );
    }
}
