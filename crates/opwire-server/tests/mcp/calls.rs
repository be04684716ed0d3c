//! Results in parts, by page, by fields; progress and cancellation.

use crate::client::{Client, text, token};
use crate::shop::{json, tools};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn orders(page: u64) -> Value {
    let orders: Vec<Value> = (0..10)
        .map(|id| json!({ "id": page * 10 + id, "name": "x" }))
        .collect();
    let next = if page < 3 {
        json!(page + 1)
    } else {
        Value::Null
    };
    json!({ "orders": orders, "next": next })
}

/// Three pages more than the first.
async fn paged() -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let mcp = tools(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        let page = request.uri().query().unwrap_or_default();
        let page = page
            .strip_prefix("page=")
            .map_or(0, |page| page.parse().unwrap());
        Some(json(200, &orders(page)))
    });
    (Client::new(mcp.build(), json!({})).await, asked)
}

#[tokio::test]
async fn pages_come_one_by_one() {
    let (mut client, asked) = paged().await;
    let mut result = client.call("shop_list_orders", json!({})).await;
    for page in 0..4 {
        assert_eq!(
            asked.load(Ordering::Relaxed),
            page + 1,
            "no page is fetched ahead"
        );
        let first = &result["structuredContent"]["result"]["orders"][0]["id"];
        assert_eq!(*first, json!(page * 10), "{result}");
        let told: Value = serde_json::from_str(text(&result)).unwrap();
        assert_eq!(told, result["structuredContent"]);
        let Some(token) = token(&result).map(str::to_owned) else {
            assert_eq!(page, 3);
            return;
        };
        let again = json!({ "_continue": token });
        result = client.call("shop_list_orders", again.clone()).await;
        let spent = client.call("shop_list_orders", again).await;
        assert!(
            text(&spent).starts_with("there is nothing to go on with"),
            "{spent}"
        );
        assert_eq!(spent["isError"], true);
    }
    panic!("the last page has a token");
}

#[tokio::test]
async fn items_are_gathered_with_progress() {
    let (mut client, asked) = paged().await;
    let params = json!({
        "name": "shop_list_orders",
        "arguments": { "_items": 25, "_fields": ["items.id"] },
        "_meta": { "progressToken": "p" },
    });
    let result = client.ask("tools/call", params).await["result"].take();
    let content = &result["structuredContent"];
    let ids: Vec<u64> = content["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, (0..25).collect::<Vec<_>>());
    assert_eq!(content["items"][0], json!({ "id": 0 }));
    assert!(
        content["_opwire"]["note"]
            .as_str()
            .unwrap()
            .starts_with("25 items, more follow"),
        "{content}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    let told: Vec<f64> = client
        .beside
        .iter()
        .map(|note| {
            assert_eq!(note["method"], "notifications/progress");
            assert_eq!(note["params"]["total"], 25.0);
            note["params"]["progress"].as_f64().unwrap()
        })
        .collect();
    assert_eq!(told, [0.0, 10.0, 20.0, 25.0]);
    let token = token(&result).unwrap();
    let rest = client
        .call("shop_list_orders", json!({ "_continue": token }))
        .await;
    let items = rest["structuredContent"]["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), &items[0]),
        (15, &json!({ "id": 25 })),
        "the fields hold on"
    );
    assert_eq!(
        rest["structuredContent"]["_opwire"]["continue"],
        Value::Null
    );
}

#[tokio::test]
async fn a_long_result_comes_in_parts() {
    let names: Vec<String> = (0..1000).map(|id| format!("order number {id}")).collect();
    let whole = json!({ "id": 1, "lines": names });
    let answer = whole.clone();
    let mcp = tools(move |_| Some(json(200, &answer)))
        .result_bytes(4096)
        .build();
    let mut client = Client::new(mcp, json!({})).await;
    let mut result = client.call("shop_get_order", json!({ "id": 1 })).await;
    let mut lines = Vec::new();
    loop {
        assert!(text(&result).len() <= 4096);
        let content = &result["structuredContent"];
        assert_eq!(content["id"], 1);
        lines.extend(content["lines"].as_array().unwrap().clone());
        let Some(token) = token(&result) else { break };
        let next = json!({ "id": 1, "_continue": token });
        result = client.call("shop_get_order", next).await;
    }
    assert_eq!(json!(lines), whole["lines"]);
    let short = client
        .call(
            "shop_get_order",
            json!({ "id": 1, "_fields": ["id", "line"] }),
        )
        .await;
    let expected = json!({
        "id": 1,
        "_opwire": { "note": "only the fields that were asked for; there is nothing at line" },
    });
    assert_eq!(short["structuredContent"], expected);
}

#[tokio::test]
async fn every_digit_stands_in_the_text() {
    let mcp = tools(|_| {
        let mut reply = json(200, &Value::Null);
        *reply.body_mut() = r#"{"id":1,"amount":123456789012345678901234567890.10}"#.into();
        Some(reply)
    });
    let mut client = Client::new(mcp.build(), json!({})).await;
    let result = client.call("shop_get_order", json!({ "id": 1 })).await;
    assert_eq!(
        text(&result),
        r#"{"id":1,"amount":123456789012345678901234567890.10}"#
    );
}

/// Tells when the call that holds it is dropped.
struct Guard(tokio::sync::mpsc::UnboundedSender<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.send(()).ok();
    }
}

#[tokio::test]
async fn a_cancelled_call_is_given_up() {
    let (sent, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let (gone, mut given_up) = tokio::sync::mpsc::unbounded_channel();
    let mcp = crate::shop::holding(move || {
        sent.send(()).unwrap();
        Guard(gone.clone())
    });
    let mut client = Client::new(mcp.build(), json!({})).await;
    let params = json!({ "name": "shop_get_order", "arguments": { "id": 1 } });
    let id = client.send("tools/call", params).await;
    arrived.recv().await.unwrap();
    let params = json!({ "requestId": id, "reason": "enough" });
    client
        .say(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }))
        .await;
    given_up.recv().await.unwrap();
    // The session goes on.
    assert_eq!(client.ask("ping", json!({})).await["result"], json!({}));
}

#[tokio::test]
async fn a_known_credential_is_not_asked_for() {
    let properties = |tools: &[Value]| tools[0]["inputSchema"]["properties"].clone();
    let mut client = Client::new(tools(|_| None).build(), json!({})).await;
    let with = client.tools().await;
    let engine = crate::shop::engine(|_| None);
    let mut client = Client::new(opwire_server::Mcp::builder(engine).build(), json!({})).await;
    let without = client.tools().await;
    assert_eq!(with[0]["name"], "shop_create_order");
    assert_eq!(properties(&with)["api_key"], Value::Null);
    assert_eq!(properties(&without)["api_key"]["type"], "string");
}
