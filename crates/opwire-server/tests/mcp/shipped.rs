//! The operations that ship, as tools: all valid, and each example goes through.

use crate::client::Client;
use opwire::{Catalog, Engine, Secret};
use opwire_server::{Mcp, Selection};
use opwire_testkit::{Example, ManualClock, Mock, Running};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../operations");
    Catalog::open(root).unwrap_or_else(|found| panic!("{found}"))
}

/// An engine that calls a mock, with made-up credentials.
async fn mocked(catalog: &Catalog) -> (Engine, Running) {
    let mock = Mock::new(catalog, None).await.unwrap();
    let running = mock.start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut credentials = BTreeMap::new();
    for connector in catalog.connectors() {
        for name in connector.usual_credentials() {
            let key = (connector.name().to_owned(), name.to_owned());
            credentials.insert(key, Secret::new("made-up"));
        }
    }
    let clock = ManualClock::default();
    let mut builder = Engine::builder().credentials(credentials).clock(clock);
    for name in running.connectors() {
        builder = builder.base_url(name, &running.base_url(name));
    }
    (builder.catalog(catalog.clone()).build().unwrap(), running)
}

#[tokio::test]
async fn every_tool_is_as_the_protocol_and_models_want_it() {
    let catalog = catalog();
    let engine = Engine::builder().catalog(catalog.clone()).build().unwrap();
    let mut client = Client::new(Mcp::builder(engine).build(), json!({})).await;
    let tools = client.tools().await;
    assert_eq!(tools.len(), catalog.operations().count());
    let meta = jsonschema::draft202012::meta::validator();
    let mut names = BTreeSet::new();
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        assert!((1..=64).contains(&name.len()), "{name}");
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        assert!(name.bytes().all(allowed), "{name}");
        assert!(!tool["title"].as_str().unwrap().is_empty(), "{name}");
        assert!(!tool["description"].as_str().unwrap().is_empty(), "{name}");
        for key in ["inputSchema", "outputSchema"] {
            let schema = &tool[key];
            assert_eq!(schema["type"], "object", "{name} {key}");
            assert!(meta.is_valid(schema), "{name} {key}: {schema}");
            assert!(
                jsonschema::draft202012::new(schema).is_ok(),
                "{name} {key} is not self-contained"
            );
            assert!(!schema.to_string().contains("\"x-"), "{name} {key}");
        }
        // Some models' interfaces refuse these at the top of an input.
        for key in ["oneOf", "allOf", "anyOf", "$ref"] {
            assert_eq!(tool["inputSchema"][key], Value::Null, "{name}");
        }
        let input = jsonschema::draft202012::new(&tool["inputSchema"]).unwrap();
        let example = &tool["inputSchema"]["examples"][0];
        assert!(input.is_valid(example), "{name}: {example}");
        let effect = tool["_meta"]["dev.opwire/effect"].as_str().unwrap();
        assert_eq!(
            tool["annotations"]["readOnlyHint"],
            effect == "read",
            "{name}"
        );
    }
}

/// Every example, of every operation: what the model gets fits what the tool says.
#[tokio::test]
async fn every_example_goes_through() {
    let catalog = catalog();
    let (engine, _running) = mocked(&catalog).await;
    let mut builder = Mcp::builder(engine);
    for connector in catalog.connectors() {
        for name in connector.credential_names() {
            builder = builder.has_credential(connector.name(), name);
        }
    }
    let mut client = Client::new(builder.build(), json!({})).await;
    let tools = client.tools().await;
    let (mut whole, mut failed) = (0, 0);
    for example in Example::all(&catalog).unwrap() {
        let operation = example.operation_in(&catalog).unwrap();
        let of = |tool: &&Value| tool["_meta"]["dev.opwire/operation"] == operation.name();
        let tool = tools.iter().find(of).unwrap();
        let mut input = example.input.clone();
        for name in operation.connector().credential_names() {
            input.as_object_mut().unwrap().shift_remove(name);
        }
        let accepts = jsonschema::draft202012::new(&tool["inputSchema"]).unwrap();
        assert!(accepts.is_valid(&input), "{}", example.name());
        let result = client.call(tool["name"].as_str().unwrap(), input).await;
        if result["isError"] == true {
            // Some examples show a refusal; a whole URL of the service leads past the mock.
            let status = example.replies.last().map_or(200, |reply| reply.status);
            let past = result["_meta"]["dev.opwire/problem"]["kind"] == "egress_denied";
            assert!(status >= 300 || past, "{}: {result}", example.name());
            failed += 1;
            continue;
        }
        let gives = jsonschema::draft202012::new(&tool["outputSchema"]).unwrap();
        let content = &result["structuredContent"];
        let wrong: Vec<String> = gives
            .iter_errors(content)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", example.name());
        whole += usize::from(content["_opwire"] == Value::Null);
    }
    assert!(whole > 99 && failed > 0, "{whole} {failed}");
}

/// The estimate against a tokenizer that many models have.
#[test]
fn costs_are_near_what_a_tokenizer_counts() {
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    let mut selection = Selection::default();
    selection.connectors.push("salesloft".to_owned());
    let mcp = Mcp::builder(engine).select(selection).build();
    let costs = mcp.costs();
    assert_eq!(costs.tools.len(), 99);
    let tokenizer = tiktoken_rs::o200k_base_singleton();
    let counted = mcp.costs_by(|text| tokenizer.encode_ordinary(text).len());
    // A fifth, as what models count differs more than that.
    let near = |one: usize, other: usize| one.abs_diff(other) * 5 <= other;
    for (estimate, counted) in [
        (costs.total(), counted.total()),
        (costs.catalogue, counted.catalogue),
    ] {
        let told = format!("{estimate:?} {counted:?}");
        assert!(near(estimate.tokens, counted.tokens), "{told}");
    }
}
