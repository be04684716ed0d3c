//! Sessions of editors with `opwire lsp`, over its standard input and output.

mod client;

use client::{Client, copy_of_shop};
use opwire_tests::corpus;
use serde_json::{Value, json};
use std::process::Command;

const ORDERS: &str = "main/list_orders.yaml";
const FIELDS: [&str; 3] = ["customer_id", "region", "state"];

/// A server that has `list_orders` open and has found nothing in it.
fn orders() -> Client {
    let (mut client, _) = Client::start(&["utf-16"]);
    client.open(ORDERS);
    assert_eq!(client.findings(ORDERS), [] as [Value; 0]);
    client
}

#[test]
fn hello_and_goodbye() {
    let (mut client, hello) = Client::start(&["utf-8", "utf-16"]);
    let capabilities = &hello["capabilities"];
    assert_eq!(capabilities["positionEncoding"], "utf-8");
    assert_eq!(capabilities["textDocumentSync"]["change"], 2);
    for provider in [
        "hoverProvider",
        "definitionProvider",
        "documentSymbolProvider",
    ] {
        assert_eq!(capabilities[provider], true, "{provider}");
    }
    assert_eq!(hello["serverInfo"]["name"], "opwire");
    // It asks to be told of files that change.
    while client.asked.is_empty() {
        client.next();
    }
    let registered = &client.asked[0]["params"]["registrations"][0];
    assert_eq!(registered["method"], "workspace/didChangeWatchedFiles");
    assert_eq!(client.request("shutdown", Value::Null), Value::Null);
    client.notify("exit", &Value::Null);
    // The client's end stays open: the server ends by itself.
    assert_eq!(client.ended(), Some(0));
}

#[test]
fn who_leaves_without_a_word_is_not_waited_for() {
    let (client, hello) = Client::start(&[]);
    assert_eq!(hello["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(client.leave(), Some(1));
    let (mut client, _) = Client::start(&[]);
    client.notify("exit", &Value::Null);
    assert_eq!(client.ended(), Some(1));
    assert_eq!(Client::silent().leave(), Some(1));
}

#[test]
fn a_fault_is_found_and_mended() {
    let mut client = orders();
    client.edit(ORDERS, "{{upper order.note}}", "{{uper order.note}}");
    let found = client.findings(ORDERS);
    assert_eq!(found.len(), 1, "{found:?}");
    let fault = &found[0];
    assert_eq!(fault["code"], "unknown-helper");
    assert_eq!(fault["severity"], 1);
    assert_eq!(fault["source"], "opwire");
    assert_eq!(
        fault["message"],
        "there is no helper `uper`\nhelp: did you mean `upper`?"
    );
    let href = fault["codeDescription"]["href"].as_str().unwrap();
    assert!(href.ends_with("docs/checks.md#unknown-helper"), "{href}");
    // `„` before it is one unit of UTF-16 and three bytes.
    let line = "      note: { $if: \"{{order.note}}\", $then: \"„{{";
    let start = line.encode_utf16().count();
    assert_eq!(fault["range"]["start"]["character"], start);
    assert_eq!(client.text_of(ORDERS, &fault["range"]), "uper");

    let params = json!({
        "textDocument": { "uri": client.uri(ORDERS) },
        "range": fault["range"],
        "context": { "diagnostics": [fault] },
    });
    let actions = client.request("textDocument/codeAction", params.clone());
    assert_eq!(actions.as_array().unwrap().len(), 1, "{actions}");
    assert_eq!(actions[0]["title"], "Replace with `upper`");
    assert_eq!(actions[0]["kind"], "quickfix");
    assert_eq!(actions[0]["diagnostics"][0]["code"], "unknown-helper");
    client.apply(ORDERS, &actions[0]["edit"]);
    assert_eq!(client.findings(ORDERS), [] as [Value; 0]);
    // There is nothing to mend any more, and nothing of other kinds ever.
    assert_eq!(
        client.request("textDocument/codeAction", params.clone()),
        json!([])
    );
    let mut other = params;
    other["context"]["only"] = json!(["refactor"]);
    assert_eq!(client.request("textDocument/codeAction", other), json!([]));
}

#[test]
fn an_action_is_of_the_text_as_it_is_now() {
    let mut client = orders();
    // No check of this text has come yet.
    client.edit(ORDERS, "title: List orders", "title: „List orders“");
    client.edit(ORDERS, "{{upper order.note}}", "{{uper order.note}}");
    let place = client.at(ORDERS, "{{up|er order.note}}");
    let range = json!({ "start": place["position"], "end": place["position"] });
    let params = json!({
        "textDocument": { "uri": client.uri(ORDERS) }, "range": range, "context": { "diagnostics": [] },
    });
    let actions = client.request("textDocument/codeAction", params);
    client.apply(ORDERS, &actions[0]["edit"]);
    assert_eq!(client.findings(ORDERS), [] as [Value; 0]);
}

#[test]
fn what_can_be_written_is_offered() {
    let mut client = orders();
    assert_eq!(client.complete(ORDERS, "{{input.|customer_id}}"), FIELDS);
    assert_eq!(
        client.complete(ORDERS, "{{|order.id}}")[..3],
        ["order", "input", "response"]
    );
    assert_eq!(
        client.complete(ORDERS, "upper order.|note"),
        ["id", "note", "lines"]
    );
    assert_eq!(
        client.complete(ORDERS, "operation: list_|customers_ddl"),
        ["list_customers_ddl"]
    );
    assert_eq!(
        client.complete(ORDERS, "{ re|gion: \"{{input.region}}\" }"),
        ["region"]
    );
    assert_eq!(client.complete(ORDERS, "kind: ma|in"), ["main", "ddl"]);
    assert_eq!(
        client.complete(ORDERS, "pagination: |pages"),
        ["pages", "none"]
    );
    // Here the note is there, and not null: `$if` says so.
    let place = client.at(ORDERS, "{{upper order.|note}}");
    let items = client.request("textDocument/completion", place);
    let note = items
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["label"] == "note")
        .unwrap();
    assert_eq!(note["detail"], "text");
    assert_eq!(
        note["documentation"]["value"],
        "**Note**\n\nWhat the customer said."
    );
    assert_eq!(note["textEdit"]["newText"], "note");
    assert_eq!(client.text_of(ORDERS, &note["textEdit"]["range"]), "note");
    // Within `$each` in `$each`.
    let each = "lines: { $each: \"{{order.lines}}\", $as: line, $map: \"{{line.article}}\" }";
    client.edit(
        ORDERS,
        "      id: \"{{order.id}}\"",
        &format!("      id: \"{{{{order.id}}}}\"\n      {each}"),
    );
    assert_eq!(
        client.complete(ORDERS, "{{line.|article}}"),
        ["article", "count"]
    );
    assert_eq!(
        client.complete(ORDERS, "{{|line.article}}")[..2],
        ["line", "order"]
    );
}

#[test]
fn a_space_brings_no_keys() {
    let mut client = orders();
    client.edit(ORDERS, "  query:\n", "  query_style: {}\n  query:\n");
    let ask = |client: &mut Client, part: &str| {
        let mut place = client.at(ORDERS, part);
        place["context"] = json!({ "triggerKind": 2, "triggerCharacter": " " });
        let items = client.request("textDocument/completion", place);
        items.as_array().unwrap().len()
    };
    assert_eq!(ask(&mut client, "  query_style: {|}"), 0);
    assert_eq!(ask(&mut client, "kind: |main"), 2);
}

#[test]
fn half_a_file_is_helped_with() {
    let mut client = orders();
    client.edit(ORDERS, "state: \"{{input.state}}\"", "state: \"{{input.");
    assert_eq!(client.findings(ORDERS)[0]["code"], "yaml-syntax");
    assert_eq!(client.complete(ORDERS, "state: \"{{input.|\n"), FIELDS);
    client.edit(ORDERS, "title: List orders", "title: [");
    assert_eq!(client.complete(ORDERS, "state: \"{{input.|\n"), FIELDS);
    // A line that is as it was keeps its words.
    let hover = client.request(
        "textDocument/hover",
        client.at(ORDERS, "{{input.custo|mer_id}}"),
    );
    assert!(
        hover["contents"]["value"]
            .as_str()
            .unwrap()
            .starts_with("`input.customer_id`: an integer")
    );
    assert_eq!(client.text_of(ORDERS, &hover["range"]), "input.customer_id");
    client.edit(ORDERS, "title: [", "title: List orders");
    client.edit(ORDERS, "state: \"{{input.", "state: \"{{input.state}}\"");
    assert_eq!(client.findings(ORDERS), [] as [Value; 0]);
}

#[test]
fn words_definitions_and_outline() {
    let mut client = orders();
    let mut hover = |part: &str| {
        let told = client.request("textDocument/hover", client.at(ORDERS, part));
        (
            told["contents"]["value"].as_str().unwrap().to_owned(),
            client.text_of(ORDERS, &told["range"]),
        )
    };
    let (words, part) = hover("{{up|per order.note}}");
    assert!(words.contains("Gives the text in upper case"), "{words}");
    assert_eq!(part, "upper");
    let (words, part) = hover("„{{upper order.no|te}}“");
    assert!(
        words.contains("What the customer said.") && words.contains("From `schemas/order.yaml#"),
        "{words}"
    );
    assert_eq!(part, "order.note");
    let (words, _) = hover("operation: list_cust|omers_ddl");
    assert!(
        words.contains("Offers the customers of a region."),
        "{words}"
    );
    let (words, part) = hover("$ea|ch");
    assert!(words.contains("for each item"), "{words}");
    assert_eq!(part, "$each");

    let mut definition = |part: &str| {
        let found = client.request("textDocument/definition", client.at(ORDERS, part));
        let file = found["uri"]
            .as_str()
            .unwrap()
            .rsplit_once("/shop/")
            .unwrap()
            .1
            .to_owned();
        (file, found["range"]["start"]["line"].as_u64().unwrap())
    };
    let at = |file: &str, line| (file.to_owned(), line);
    assert_eq!(
        definition("connector.yaml#/$de|fs/customer"),
        at("connector.yaml", 24)
    );
    assert_eq!(
        definition("operation: list_cust|omers_ddl"),
        at("ddl/list_customers_ddl.yaml", 0)
    );
    assert_eq!(
        definition("„{{upper order.no|te}}“"),
        at("schemas/order.yaml", 6)
    );
    assert_eq!(definition("„{{upper or|der.note}}“"), at(ORDERS, 33));
    assert_eq!(definition("{{input.sta|te}}"), at(ORDERS, 16));
    assert_eq!(definition("pagination: pa|ges"), at("connector.yaml", 17));

    let params = json!({ "textDocument": { "uri": client.uri(ORDERS) } });
    let outline = client.request("textDocument/documentSymbol", params);
    let names = |symbols: &Value| -> Vec<String> {
        let each = symbols.as_array().unwrap().iter();
        each.map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&outline)[4..], ["input", "request", "response"]);
    let properties = &outline[4]["children"][3];
    assert_eq!(
        names(&properties["children"]),
        FIELDS[..1]
            .iter()
            .copied()
            .chain(["region", "state"])
            .collect::<Vec<_>>()
    );
    assert_eq!(
        client.text_of(ORDERS, &properties["selectionRange"]),
        "properties"
    );
}

#[test]
fn texts_that_are_not_saved_count() {
    let mut client = orders();
    client.open("connector.yaml");
    client.edit("connector.yaml", "  customer: {", "  buyer: {");
    client.await_codes(ORDERS, &["ref-unresolved"]);
    // What is new in it is offered, and found.
    client.edit(
        ORDERS,
        "connector.yaml#/$defs/customer",
        "connector.yaml#/$defs/",
    );
    let offered = client.complete(ORDERS, "connector.yaml#/$defs/|\n");
    assert_eq!(
        offered[..2],
        ["connector.yaml#/$defs/id", "connector.yaml#/$defs/buyer"]
    );
    client.edit(
        ORDERS,
        "connector.yaml#/$defs/\n",
        "connector.yaml#/$defs/buyer\n",
    );
    assert_eq!(client.findings(ORDERS), [] as [Value; 0]);
    // While it can't be read nothing new is said of other files.
    client.edit(ORDERS, "$defs/buyer", "$defs/buyr");
    client.await_codes(ORDERS, &["ref-unresolved"]);
    client.edit("connector.yaml", "opwire: 1", "opwire: {");
    client.await_codes("connector.yaml", &["yaml-syntax"]);
    client.await_codes(ORDERS, &["ref-unresolved"]);
    // Closed unsaved, it is as it was.
    client.edit(ORDERS, "$defs/buyr", "$defs/customer");
    client.close("connector.yaml");
    client.await_codes("connector.yaml", &[]);
    assert_eq!(client.findings(ORDERS), [] as [Value; 0]);
}

#[test]
fn files_that_change_on_the_disk_count() {
    let mut client = orders();
    let schema = client.file("schemas/order.yaml");
    let text = std::fs::read_to_string(&schema).unwrap();
    let changed = |client: &mut Client, text: &str| {
        std::fs::write(&schema, text).unwrap();
        let change = json!({ "uri": client.uri("schemas/order.yaml"), "type": 2 });
        client.notify(
            "workspace/didChangeWatchedFiles",
            &json!({ "changes": [change] }),
        );
    };
    let other = text
        .replace("note:", "remark:")
        .replace("[id, lines]", "[id, lines, remark]");
    changed(
        &mut client,
        &other.replace(
            "    type: object\n    required",
            "    additionalProperties: false\n    type: object\n    required",
        ),
    );
    client.await_codes(ORDERS, &["unknown-path", "unknown-path"]);
    assert!(
        client
            .complete(ORDERS, "{{order.|id}}")
            .contains(&"remark".to_owned())
    );
    changed(&mut client, &text);
    client.await_codes(ORDERS, &[]);
    // Saving is a change too: the example of a new operation is found.
    std::fs::remove_file(client.file("examples/list_orders.yaml")).unwrap();
    let saved = json!({ "textDocument": { "uri": client.uri(ORDERS) } });
    client.notify("textDocument/didSave", &saved);
    client.await_codes(ORDERS, &["missing-example"]);
}

#[test]
fn columns_are_bytes_where_the_client_knows_them() {
    let (mut client, _) = Client::start(&["utf-8"]);
    let text = std::fs::read_to_string(client.file(ORDERS)).unwrap();
    let text = text.replace("„{{upper order.note}}“", "„{{uper order.note}}“");
    std::fs::write(client.file(ORDERS), &text).unwrap();
    client.open(ORDERS);
    let found = client.findings(ORDERS);
    let line = text.lines().find(|line| line.contains("uper")).unwrap();
    let start = &found[0]["range"]["start"]["character"];
    assert_eq!(*start, line.find("uper").unwrap());
}

#[test]
fn other_files_and_odd_messages_are_passed_over() {
    let mut client = orders();
    let outside = "file:///nowhere/main/x.yaml";
    let document = json!({ "uri": outside, "languageId": "yaml", "version": 1, "text": "kind: " });
    client.notify("textDocument/didOpen", &json!({ "textDocument": document }));
    let mut place = client.at(ORDERS, "kind: |main");
    place["textDocument"]["uri"] = json!(outside);
    assert_eq!(
        client.request("textDocument/completion", place.clone()),
        Value::Null
    );
    place["textDocument"]["uri"] = json!("untitled:Untitled-1");
    assert_eq!(
        client.request("textDocument/hover", place.clone()),
        Value::Null
    );
    // Behind the end of the text there is nothing, and it is not the end of the server.
    place["textDocument"]["uri"] = json!(client.uri(ORDERS));
    place["position"] = json!({ "line": 4_000_000, "character": 7 });
    assert_eq!(client.request("textDocument/hover", place), Value::Null);
    assert_eq!(
        client.request("textDocument/inventedByNobody", json!({}))["code"],
        -32601
    );
    assert_eq!(
        client.request("textDocument/hover", json!({ "no": 1 }))["code"],
        -32602
    );
    client.notify("$/ofNoOne", &json!({}));
    assert_eq!(client.complete(ORDERS, "kind: ma|in"), ["main", "ddl"]);
}

/// Another client, that of pygls, reads every message by the protocol's own types.
#[test]
fn a_session_of_pygls() {
    let pygls = corpus::python("pygls", "2.1.1").unwrap();
    let folder = copy_of_shop();
    let script = crate::root().join("crates/opwire-cli/tests/lsp/session.py");
    let mut python = Command::new("python3");
    python
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_opwire"))
        .arg(folder.path().join("shop"))
        .env("PYTHONPATH", pygls);
    let output = python.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}
