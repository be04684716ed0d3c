//! A person is asked before something is removed, where the client can ask.

use crate::client::{Client, text};
use crate::shop::{json, tools};
use opwire_server::{Confirm, McpBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn counted() -> (McpBuilder, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let mcp = tools(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Some(json(200, &json!({ "done": true })))
    });
    (mcp, sent)
}

/// Calls a tool, answers the question, and gives the question and the result.
async fn answered(
    client: &mut Client,
    tool: &str,
    arguments: Value,
    answer: Value,
) -> (Value, Value) {
    let id = client
        .send(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
        .await;
    let question = client.hear().await;
    assert_eq!(question["method"], "elicitation/create", "{question}");
    client
        .say(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer }))
        .await;
    let result = client.answer(id).await["result"].take();
    (question, result)
}

#[tokio::test]
async fn a_deletion_waits_for_a_yes() {
    let (mcp, sent) = counted();
    let mut client = Client::new(mcp.build(), json!({ "elicitation": {} })).await;
    for no in [
        json!({ "action": "decline" }),
        json!({ "action": "cancel" }),
        json!({ "action": "accept", "content": { "confirm": false } }),
        json!({ "action": "accept" }),
    ] {
        let (_, result) = answered(&mut client, "shop_delete_order", json!({ "id": 7 }), no).await;
        assert_eq!(result["isError"], true);
        assert!(text(&result).ends_with("nothing was sent."), "{result}");
        assert_eq!(sent.load(Ordering::Relaxed), 0);
    }
    let yes = json!({ "action": "accept", "content": { "confirm": true } });
    let given = json!({ "id": 7, "api_key": "s3cr3t" });
    let (question, result) = answered(&mut client, "shop_delete_order", given, yes).await;
    let message = question["params"]["message"].as_str().unwrap();
    assert_eq!(message, "Delete order (shop.delete_order) with {\"id\":7}?");
    assert_eq!(result["isError"], false, "{result}");
    assert_eq!(sent.load(Ordering::Relaxed), 1);
    // Nobody is asked for what only reads or adds.
    client
        .call("shop_create_order", json!({ "name": "x" }))
        .await;
    client.call("shop_get_order", json!({ "id": 1 })).await;
    assert_eq!((sent.load(Ordering::Relaxed), client.beside.len()), (3, 0));
}

#[tokio::test]
async fn before_what_is_asked_is_chosen() {
    let (mcp, _) = counted();
    let mcp = mcp.confirm(Confirm::Writes).build();
    let mut client = Client::new(mcp, json!({ "elicitation": { "form": {} } })).await;
    let no = json!({ "action": "decline" });
    let (_, result) = answered(&mut client, "shop_create_order", json!({ "name": "x" }), no).await;
    assert_eq!(text(&result), "the person declined: nothing was sent.");
    let (mcp, sent) = counted();
    let mcp = mcp.confirm(Confirm::Never).build();
    let mut client = Client::new(mcp, json!({ "elicitation": {} })).await;
    client.call("shop_delete_order", json!({ "id": 7 })).await;
    assert_eq!(sent.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn who_can_not_ask_has_the_hints() {
    let (mcp, sent) = counted();
    let mut client = Client::new(mcp.build(), json!({})).await;
    let tools = client.tools().await;
    let of = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap();
    let delete = of("shop_delete_order");
    assert_eq!(delete["annotations"]["destructiveHint"], true);
    assert_eq!(delete["annotations"]["idempotentHint"], true);
    assert_eq!(delete["_meta"]["dev.opwire/confirm"], true);
    let read = of("shop_get_order");
    assert_eq!(read["annotations"]["readOnlyHint"], true);
    assert_eq!(read["_meta"]["dev.opwire/confirm"], Value::Null);
    let create = of("shop_create_order");
    assert_eq!(create["annotations"]["readOnlyHint"], false);
    assert_eq!(create["annotations"]["destructiveHint"], false);
    assert_eq!(create["annotations"]["idempotentHint"], false);
    let result = client.call("shop_delete_order", json!({ "id": 7 })).await;
    assert_eq!(
        (result["isError"].clone(), sent.load(Ordering::Relaxed)),
        (json!(false), 1)
    );
}

/// From 2026-07-28 on a question is an answer that wants the call again.
#[tokio::test]
async fn a_question_is_an_answer_to_newer_clients() {
    let (mcp, sent) = counted();
    let mut client = Client::new(mcp.build(), json!({})).await;
    let params = |more: Value| {
        let mut params = json!({
            "name": "shop_delete_order",
            "arguments": { "id": 7 },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } },
            },
        });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        params
    };
    let result = client.ask("tools/call", params(json!({}))).await["result"].take();
    assert_eq!(result["resultType"], "input_required", "{result}");
    let question = &result["inputRequests"]["confirm"];
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(sent.load(Ordering::Relaxed), 0);
    let answers = |answer: Value| json!({ "inputResponses": { "confirm": answer } });
    let no = params(answers(json!({ "action": "decline" })));
    let result = client.ask("tools/call", no).await["result"].take();
    assert_eq!(text(&result), "the person declined: nothing was sent.");
    let yes = params(answers(
        json!({ "action": "accept", "content": { "confirm": true } }),
    ));
    let result = client.ask("tools/call", yes).await["result"].take();
    assert_eq!(
        (result["isError"].clone(), sent.load(Ordering::Relaxed)),
        (json!(false), 1),
        "{result}"
    );
}
