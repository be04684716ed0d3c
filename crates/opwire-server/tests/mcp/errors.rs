//! What a model is told when a call fails.

use crate::client::{Client, text};
use crate::shop::{json, tools};
use http::header::{HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

#[tokio::test]
async fn a_wrong_input_is_told_with_its_places() {
    let mut client = Client::new(tools(|_| panic!("nothing is sent")).build(), json!({})).await;
    let result = client
        .call("shop_create_order", json!({ "nam": "x", "amount": 0 }))
        .await;
    assert_eq!(result["isError"], true);
    let told = text(&result);
    for part in [
        "shop.create_order: the input is not valid in 3 places",
        "- /amount: ",
        "did you mean `name`?",
        "Nothing was sent. Correct the arguments and call again.",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let problem = &result["_meta"]["dev.opwire/problem"];
    assert_eq!(problem["kind"], "input_invalid");
    assert_eq!(problem["violations"].as_array().unwrap().len(), 3);
    for (arguments, part) in [
        (json!({ "id": 1, "_fields": 7 }), "`_fields` must be a list"),
        (json!({ "id": 1, "_items": 5 }), "has no pages"),
    ] {
        let result = client.call("shop_get_order", arguments).await;
        assert_eq!(result["isError"], true);
        assert!(text(&result).contains(part), "{result}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_the_services_words() {
    let mcp = tools(|_| Some(json(409, &json!({ "error": "the order is closed" }))));
    let mut client = Client::new(mcp.build(), json!({})).await;
    let result = client
        .call("shop_create_order", json!({ "name": "x" }))
        .await;
    let told = text(&result);
    for part in [
        "The service answered with status 409.",
        "the order is closed",
        "The service did not do it. The same arguments will fail again",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn when_to_come_back_is_told() {
    let mcp = tools(|_| {
        let mut reply = json(429, &Value::Null);
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("3600"));
        Some(reply)
    });
    let mut client = Client::new(mcp.build(), json!({})).await;
    let result = client
        .call("shop_create_order", json!({ "name": "x" }))
        .await;
    let told = text(&result);
    assert!(
        told.contains("Call again with the same arguments in 3600 s or later."),
        "{told}"
    );
}

#[tokio::test]
async fn faults_of_the_protocol_are_the_protocols() {
    let mut client = Client::new(tools(|_| None).build(), json!({})).await;
    let answer = client
        .ask(
            "tools/call",
            json!({ "name": "shop_get_ordr", "arguments": {} }),
        )
        .await;
    assert_eq!(answer["error"]["code"], -32602);
    assert_eq!(
        answer["error"]["message"],
        "unknown tool: did you mean `shop_get_order`?"
    );
    let answer = client
        .ask("resources/read", json!({ "uri": "opwire://shop/none" }))
        .await;
    assert_eq!(answer["error"]["code"], -32002);
}

#[tokio::test]
async fn manifests_are_resources() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../operations");
    let catalog = opwire::Catalog::open(root.join("salesloft")).unwrap();
    let engine = opwire::Engine::builder().catalog(catalog).build().unwrap();
    let mut client = Client::new(opwire_server::Mcp::builder(engine).build(), json!({})).await;
    let answer = client.ask("resources/list", json!({})).await;
    let listed = answer["result"]["resources"].as_array().unwrap();
    assert_eq!(listed.len(), 100);
    for resource in listed {
        let read = client
            .ask("resources/read", json!({ "uri": resource["uri"] }))
            .await;
        let text = read["result"]["contents"][0]["text"].as_str().unwrap();
        assert!(
            text.starts_with("# yaml-language-server"),
            "{}",
            resource["uri"]
        );
        assert_eq!(
            read["result"]["contents"][0]["mimeType"],
            "application/yaml"
        );
    }
    let answer = client.ask("resources/templates/list", json!({})).await;
    let templates = &answer["result"]["resourceTemplates"];
    assert_eq!(
        templates[1]["uriTemplate"],
        "opwire://{connector}/{operation}"
    );
}
