//! Properties that hold for any value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use opwire::{Catalog, Engine};
use opwire_testkit::{Replay, Reply};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const CONNECTOR: &str = "
opwire: 1
name: p
title: P
description: P
base_url: https://p.example.com
request: { query_style: { arrays: brackets, objects: brackets } }
";

const REQUEST: &str = "
title: R
kind: main
description: R
input: { additionalProperties: true }
request:
  method: POST
  path: /a/{{input.segment}}/b
  query: { q: '{{input.value}}' }
  body: { json: { whole: '{{input.value}}', list: ['{{input.value}}', '{{input.missing}}'] } }
";

const MAPPING: &str = "
title: M
kind: main
description: M
input: { additionalProperties: true }
request: { method: GET, path: /m }
response:
  output:
    each:
      $each: '{{response.body.list}}'
      $as: item
      $where: '{{or item.on (gt item.n 3)}}'
      $map: { n: '{{item.n}}', text: '{{default (lower item.text) item.text}}', inner: { $if: '{{item.inner}}', $then: '{{item.inner.x}}' } }
    first: '{{first response.body.list}}'
    same: '{{response.body.same}}'
    joined: '{{join response.body.names (default response.body.separator \",\")}}'
    switch: { $switch: '{{response.body.kind}}', $cases: { a: 1, b: '{{response.body}}' } }
";

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("p/main")).unwrap();
    std::fs::write(dir.path().join("p/connector.yaml"), CONNECTOR).unwrap();
    std::fs::write(dir.path().join("p/main/request.yaml"), REQUEST).unwrap();
    std::fs::write(dir.path().join("p/main/mapping.yaml"), MAPPING).unwrap();
    Catalog::open(dir.path()).unwrap()
});

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::builder().catalog(CATALOG.clone()).build().unwrap());

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A reply of the mapping's own keys with any values.
fn any_reply() -> impl Strategy<Value = Value> {
    let item = (any_value(), any_value(), any_value(), any_value())
        .prop_map(|(n, text, on, inner)| json!({"n": n, "text": text, "on": on, "inner": inner}));
    let list = prop_oneof![
        prop::collection::vec(item, 0..5).prop_map(Value::from),
        any_value()
    ];
    (list, any_value(), any_value(), any_value(), any_value()).prop_map(|(list, same, names, separator, kind)| {
        json!({"list": list, "same": same, "names": names, "separator": separator, "kind": kind})
    })
}

fn run(operation: &str, reply: Reply) -> Result<opwire::Output, opwire::Error> {
    let transport = Replay::new(&[reply]).unwrap();
    let engine = Engine::builder()
        .catalog(CATALOG.clone())
        .transport(transport)
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(engine.invoke(operation, json!({})))
}

fn json_reply(body: &Value) -> Reply {
    serde_json::from_value(json!({"headers": {"content-type": "application/json"}, "body": body}))
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// A leaf that is one expression keeps its value and type.
    #[test]
    fn leaves_keep_their_type(value in any_value()) {
        let request = ENGINE.render("request", json!({"segment": "s", "value": value}));
        // A query can't hold everything; a body can.
        if let Ok(request) = request {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            prop_assert_eq!(body, json!({"whole": value, "list": [value]}));
        }
    }

    /// Any text is one segment, and comes back whole.
    #[test]
    fn a_segment_is_one_segment(text in any::<String>()) {
        match ENGINE.render("request", json!({"segment": text})) {
            Ok(request) => {
                let segments: Vec<&str> = request.uri().path().split('/').collect();
                prop_assert_eq!(segments.len(), 4);
                let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
                prop_assert_eq!(decoded, text.clone());
                let url = url::Url::parse(&request.uri().to_string()).unwrap();
                prop_assert_eq!(url.path(), request.uri().path());
            }
            Err(error) => {
                let refused = text.is_empty() || text == "." || text == ".." || text.len() > 1024 || text.chars().any(char::is_control);
                prop_assert!(refused, "{}", error);
            }
        }
    }

    /// Any text is one query value, and comes back whole.
    #[test]
    fn a_query_value_comes_back(text in any::<String>()) {
        let request = ENGINE.render("request", json!({"segment": "s", "value": text})).unwrap();
        let url = url::Url::parse(&request.uri().to_string()).unwrap();
        let pairs: Vec<_> = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        prop_assert_eq!(pairs, vec![("q".to_owned(), text)]);
    }

    /// A mapping gives JSON or `mapping_failed`, never a panic.
    #[test]
    fn a_mapping_never_panics(reply in any_reply()) {
        match run("mapping", json_reply(&reply)) {
            Ok(output) => {
                let output: Value = serde_json::from_slice(output.as_bytes()).unwrap();
                prop_assert_eq!(&output["same"], &reply["same"]);
            }
            Err(error) => prop_assert_eq!(error.kind().as_str(), "mapping_failed"),
        }
    }

    /// A reply of any bytes gives an output or an error, never a panic.
    #[test]
    fn any_bytes_are_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200), json_type in any::<bool>()) {
        let kind = if json_type { "application/json" } else { "text/plain" };
        let reply = serde_json::from_value(json!({"headers": {"content-type": kind}, "base64": STANDARD.encode(&bytes)})).unwrap();
        match run("mapping", reply) {
            Ok(output) => prop_assert!(serde_json::from_slice::<Value>(output.as_bytes()).is_ok()),
            Err(error) => prop_assert!(["decode_failed", "mapping_failed"].contains(&error.kind().as_str())),
        }
    }

    /// Reading input text never panics, and what is read is what was written.
    #[test]
    fn input_text_is_read_without_loss(value in any_value()) {
        prop_assert_eq!(opwire::parse_json(&value.to_string()).unwrap(), value);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        drop(opwire::parse_json(&text));
        drop(opwire::manifest::parse_yaml(&text));
    }

    /// A manifest made of any template loads or is refused with a place.
    #[test]
    fn any_template_loads_or_is_refused(text in "[a-z{}().' $#\\[\\]~]{0,60}") {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("p/main")).unwrap();
        std::fs::write(dir.path().join("p/connector.yaml"), CONNECTOR).unwrap();
        let manifest = json!({"title": "T", "kind": "main", "description": "T", "request": {"method": "GET", "path": "/x"}, "response": {"output": text}});
        std::fs::write(dir.path().join("p/main/t.yaml"), manifest.to_string()).unwrap();
        for found in Catalog::check(dir.path()).iter().filter(|d| d.severity == opwire::Severity::Error) {
            prop_assert!(found.span.line > 0);
        }
    }
}

#[test]
fn bytes_of_any_length_pass() {
    for length in 0..5 {
        let bytes: Vec<u8> = (0..length).map(|n| n * 80).collect();
        let reply: Reply =
            serde_json::from_value(json!({"base64": STANDARD.encode(&bytes)})).unwrap();
        assert_eq!(reply.response().unwrap().body(), &Bytes::from(bytes));
    }
}
