//! Three tools in place of one for each operation.

use crate::client::{Client, text};
use crate::shop::{json, tools};
use serde_json::{Value, json};

async fn client() -> Client {
    let mcp = tools(|request| {
        let page = request.uri().query().unwrap_or_default().to_owned();
        let next = if page.is_empty() {
            json!(1)
        } else {
            Value::Null
        };
        Some(json(
            200,
            &json!({ "id": 1, "orders": [{ "id": 1 }], "next": next }),
        ))
    });
    Client::new(mcp.catalogue(true).build(), json!({ "elicitation": {} })).await
}

#[tokio::test]
async fn an_operation_is_found_read_and_invoked() {
    let mut client = client().await;
    let listed = client.tools().await;
    let names: Vec<&str> = listed
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "search_operations",
            "describe_operation",
            "invoke_operation"
        ]
    );
    assert_eq!(listed[2]["annotations"]["destructiveHint"], true);

    let found = client
        .call("search_operations", json!({ "query": "get orders" }))
        .await;
    let found = &found["structuredContent"];
    assert_eq!(found["operations"][0]["name"], "shop.get_order", "{found}");
    assert_eq!(found["total"], 5);
    let read = client
        .call(
            "search_operations",
            json!({ "effect": "delete", "limit": 1 }),
        )
        .await;
    assert_eq!(
        read["structuredContent"]["operations"][0]["name"],
        "shop.delete_order"
    );

    let told = client
        .call(
            "describe_operation",
            json!({ "operation": "shop.list_orders" }),
        )
        .await;
    let told = &told["structuredContent"];
    assert_eq!(told["pages"], true);
    let properties = told["input_schema"]["properties"].as_object().unwrap();
    assert_eq!(properties.keys().collect::<Vec<_>>(), ["status"]);
    assert_eq!(
        properties["status"]["description"],
        "Choices: shop.list_statuses_ddl."
    );

    let given = json!({ "operation": "shop.get_order", "input": { "id": 1 }, "fields": ["id"] });
    let result = client.call("invoke_operation", given).await;
    assert_eq!(result["structuredContent"]["id"], 1);

    let given = json!({ "operation": "shop.list_orders" });
    let result = client.call("invoke_operation", given).await;
    let token = result["structuredContent"]["_opwire"]["continue"]
        .as_str()
        .unwrap();
    let given = json!({ "operation": "shop.list_orders", "continue": token });
    let result = client.call("invoke_operation", given).await;
    assert_eq!(result["structuredContent"]["result"]["next"], Value::Null);
    assert_eq!(result["structuredContent"]["_opwire"], Value::Null);
    let given = json!({ "operation": "shop.list_orders", "items": 5 });
    let result = client.call("invoke_operation", given).await;
    assert_eq!(
        result["structuredContent"]["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let mut client = client().await;
    for (tool, arguments, part) in [
        (
            "describe_operation",
            json!({ "operation": "shop.get_ordr" }),
            "did you mean `shop.get_order`?",
        ),
        (
            "invoke_operation",
            json!({ "operation": "nothing like it" }),
            "search_operations finds them",
        ),
        ("invoke_operation", json!({}), "`operation` must be"),
        (
            "invoke_operation",
            json!({ "operation": "shop.get_order", "id": 1 }),
            "stand under `input`",
        ),
        (
            "invoke_operation",
            json!({ "operation": "shop.get_order", "input": 1 }),
            "`input` must be an object",
        ),
        (
            "search_operations",
            json!({ "effect": "all" }),
            "the arguments are not valid",
        ),
        (
            "search_operations",
            json!({ "words": "x" }),
            "the arguments are not valid",
        ),
    ] {
        let result = client.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        assert!(text(&result).contains(part), "{result}");
    }
    let answer = client
        .ask("tools/call", json!({ "name": "shop_get_order" }))
        .await;
    assert_eq!(answer["error"]["code"], -32602);
}

#[tokio::test]
async fn a_deletion_is_asked_for_here_too() {
    let mut client = client().await;
    let arguments = json!({ "operation": "shop.delete_order", "input": { "id": 1 } });
    let id = client
        .send(
            "tools/call",
            json!({ "name": "invoke_operation", "arguments": arguments }),
        )
        .await;
    let question = client.hear().await;
    assert_eq!(question["method"], "elicitation/create");
    client
        .say(json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "action": "decline" } }))
        .await;
    let result = client.answer(id).await["result"].take();
    assert_eq!(text(&result), "the person declined: nothing was sent.");
}
