use super::*;
use std::path::PathBuf;

const CONNECTOR: &str = r#"opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: https://api.shop.example
credentials:
  type: object
  required: [token]
  properties:
    token: { type: string }
auth:
  bearer: { token: "{{credentials.token}}" }
pagination:
  pages:
    items: "{{response.body.data}}"
    next: "{{response.body.next}}"
    request: { query: { page: "{{next}}" } }
$defs:
  id: { type: integer, title: ID, description: The number of a thing. }
"#;

const CUSTOMER: &str = r#"$defs:
  one:
    type: object
    required: [id]
    properties:
      id: { $ref: "connector.yaml#/$defs/id" }
      name: { type: [string, "null"], title: Näme, description: What they are called. }
      tags: { type: array, items: { type: string } }
"#;

const DDL: &str = r#"title: List customers (DDL)
kind: ddl
description: Offers the customers.
input:
  type: object
  required: [region]
  properties:
    region: { type: string, description: Where they live. }
    page: { type: integer }
request: { method: GET, path: /customers, query: { region: "{{input.region}}", page: "{{input.page}}" } }
response:
  output: { options: [] }
"#;

const OPERATION: &str = r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order]
  properties:
    note: { type: string, title: Note }
    order: { $ref: "schemas/customer.yaml#/$defs/one" }
    state: { type: string, enum: [open, closed] }
    when: { type: string, default: now }
request:
  method: POST
  path: "/orders/{{input.order.id}}"
  body:
    json:
      note: "{{default input.note 'none'}}"
response:
  schema:
    type: object
    required: [items]
    properties:
      items: { type: array, items: { $ref: "schemas/customer.yaml#/$defs/one" } }
  output:
    $each: "{{response.body.items}}"
    $as: item
    $map: { name: "{{item.name}}" }
"#;

/// A connector in a folder of its own.
struct Shop {
    _folder: tempfile::TempDir,
    dir: PathBuf,
    workspace: Workspace,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("shop");
        for (file, text) in [
            ("connector.yaml", CONNECTOR),
            ("schemas/customer.yaml", CUSTOMER),
            ("ddl/list_customers_ddl.yaml", DDL),
            ("main/get_order.yaml", OPERATION),
        ] {
            let file = dir.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let workspace = Workspace::new(&dir);
        Self {
            _folder: folder,
            dir,
            workspace,
        }
    }

    /// Opens a file with a text in which `|` is the cursor.
    fn open(&mut self, file: &str, written: &str) -> (PathBuf, usize) {
        let cursor = written.find('|').unwrap();
        let file = self.dir.join(file);
        self.workspace.open(&file, written.replacen('|', "", 1));
        (file, cursor)
    }

    fn complete(&mut self, file: &str, written: &str) -> Vec<Completion> {
        let (file, cursor) = self.open(file, written);
        self.workspace.complete(&file, cursor)
    }

    fn labels(&mut self, file: &str, written: &str) -> Vec<String> {
        let found = self.complete(file, written);
        found
            .into_iter()
            .map(|completion| completion.label)
            .collect()
    }

    fn hover(&mut self, file: &str, written: &str) -> Option<Hover> {
        let (file, cursor) = self.open(file, written);
        self.workspace.hover(&file, cursor)
    }

    /// The place of a definition: file, line and the text there.
    fn definition(&mut self, file: &str, written: &str) -> Option<String> {
        let (file, cursor) = self.open(file, written);
        let Location { file, span } = self.workspace.definition(&file, cursor)?;
        let text = self.workspace.files().text(&file).unwrap();
        let name = file.strip_prefix(&self.dir).unwrap().display().to_string();
        Some(format!(
            "{name}:{} {}",
            span.line,
            text[span.start..span.end].trim()
        ))
    }
}

/// The operation with one part of it written otherwise.
fn with(part: &str, written: &str) -> String {
    assert_eq!(OPERATION.matches(part).count(), 1, "{part}");
    OPERATION.replace(part, written)
}

/// The operation with the cursor in a hole of its path.
fn in_path(hole: &str) -> String {
    with("{{input.order.id}}", &format!("{{{{{hole}}}}}"))
}

const MAIN: &str = "main/get_order.yaml";

#[test]
fn paths_follow_the_schemas() {
    let mut shop = Shop::new();
    // Required parts first, then those that may be missing; a default is always there.
    assert_eq!(
        shop.labels(MAIN, &in_path("input.|")),
        ["order", "when", "note", "state"]
    );
    assert_eq!(
        shop.labels(MAIN, &in_path("input.order.n|a")),
        ["id", "name", "tags"]
    );
    assert_eq!(
        shop.labels(MAIN, &in_path("lower input.order.|")),
        ["id", "name", "tags"]
    );
    assert_eq!(shop.labels(MAIN, &in_path("input.order.tags.|")), ["[0]"]);
    assert_eq!(shop.labels(MAIN, &in_path("input.nothing.|")), [""; 0]);
    let found = shop.complete(MAIN, &in_path("default input.order.na|me 'x'"));
    let name = found.iter().find(|it| it.label == "name").unwrap();
    assert_eq!(name.detail.as_deref(), Some("text or null, may be missing"));
    assert_eq!(
        name.documentation.as_deref(),
        Some("**Näme**\n\nWhat they are called.")
    );
    let text = in_path("default input.order.name 'x'");
    assert_eq!(&text[name.span.start..name.span.end], "name");
    assert_eq!((name.span.line, name.span.column), (14, 40));
}

#[test]
fn heads_of_expressions() {
    let mut shop = Shop::new();
    let heads = shop.labels(MAIN, &in_path("|"));
    assert_eq!(heads[..3], ["input", "default", "eq"]);
    assert!(!heads.contains(&"response".to_owned()));
    // Arguments are paths, or calls in parentheses.
    assert_eq!(shop.labels(MAIN, &in_path("default |")), ["input"]);
    assert!(
        shop.labels(MAIN, &in_path("default (fi|"))
            .contains(&"first".to_owned())
    );
    let found = shop.complete(MAIN, &in_path("def|"));
    let default = found.iter().find(|it| it.label == "default").unwrap();
    assert_eq!(default.kind, CompletionKind::Helper);
    assert_eq!(default.detail.as_deref(), Some("default a b …"));
    assert!(
        default
            .documentation
            .as_deref()
            .unwrap()
            .contains("neither missing nor null")
    );
    let output = |hole: &str| with("{{item.name}}", &format!("{{{{{hole}}}}}"));
    assert_eq!(
        shop.labels(MAIN, &output("|"))[..3],
        ["item", "input", "response"]
    );
    assert_eq!(shop.labels(MAIN, &output("item.|")), ["id", "name", "tags"]);
    assert_eq!(
        shop.labels(MAIN, &output("response.|")),
        ["status", "headers", "body", "text"]
    );
    assert_eq!(shop.labels(MAIN, &output("response.body.|")), ["items"]);
}

#[test]
fn conditions_narrow_what_is_offered() {
    let mut shop = Shop::new();
    let branch = "{ $if: \"{{input.order.name}}\", $then: \"{{input.order.|}}\", $else: 1 }";
    let text = with("\"{{default input.note 'none'}}\"", branch);
    let found = shop.complete(MAIN, &text);
    let name = found.iter().find(|it| it.label == "name").unwrap();
    // Here it is there, and not null; its words are still those of its schema.
    assert_eq!(name.detail.as_deref(), Some("text"));
    assert!(name.documentation.as_deref().unwrap().contains("Näme"));
}

#[test]
fn texts_in_expressions() {
    let mut shop = Shop::new();
    assert_eq!(
        shop.labels(MAIN, &in_path("omit input.order 'id' '|'")),
        ["name", "tags"]
    );
    assert_eq!(
        shop.labels(MAIN, &in_path("eq input.state '|'")),
        ["open", "closed"]
    );
    assert!(
        shop.labels(MAIN, &in_path("is input.note '|'"))
            .contains(&"missing".to_owned())
    );
    assert_eq!(
        shop.labels(MAIN, &in_path("join input.order.tags '|'")),
        [""; 0]
    );
}

#[test]
fn a_file_need_not_be_whole() {
    let mut shop = Shop::new();
    let fields = ["order", "when", "note", "state"];
    let path = "path: \"/orders/{{input.order.id}}\"";
    // No closing braces, no closing quote, no quotes at all.
    assert_eq!(
        shop.labels(MAIN, &with(path, "path: \"/orders/{{input.|\"")),
        fields
    );
    assert_eq!(
        shop.labels(MAIN, &with(path, "path: \"/orders/{{input.|")),
        fields
    );
    assert_eq!(shop.labels(MAIN, &with(path, "path: {{input.|")), fields);
    // Keys are missing and unknown, and the kind is half a word.
    let text = with(path, "path: \"/{{input.|\"").replace("kind: main", "kind: ma\nwhatever: 1");
    assert_eq!(
        shop.labels(MAIN, &text.replace("title: Get order\n", "")),
        fields
    );
    // Another line can't be read: the last text that could be helps, also for what is new since.
    let broken = OPERATION.replace("title: Get order", "title: {");
    assert_eq!(
        shop.labels(MAIN, &broken.replace(path, "path: \"{{input.|\"")),
        fields
    );
    let new = broken.replace("      note:", "      other: \"{{input.order.|\n      note:");
    assert_eq!(shop.labels(MAIN, &new), ["id", "name", "tags"]);
}

#[test]
fn keys_of_manifests() {
    let mut shop = Shop::new();
    let top = shop.complete(MAIN, "title: Get order\n|");
    let labels: Vec<&str> = top.iter().map(|it| it.label.as_str()).collect();
    // Those that must be there come first; what is there is not offered again.
    assert_eq!(labels[..3], ["kind", "description", "effect"]);
    assert_eq!(top[0].text, "kind: ");
    assert!(
        top[0]
            .documentation
            .as_deref()
            .unwrap()
            .contains("drop-down")
    );
    let request = shop.labels(MAIN, &with("  method: POST\n", "  method: POST\n  qu|\n"));
    assert!(request.contains(&"query_style".to_owned()), "{request:?}");
    assert!(!request.contains(&"method".to_owned()));
    let body = shop.labels(
        MAIN,
        &with("    json:\n      note:", "    |\n    x:\n      note:"),
    );
    assert_eq!(body, ["json", "form", "multipart", "text", "bytes"]);
    let auth = CONNECTOR.replace("bearer:", "be|:");
    assert!(
        shop.labels("connector.yaml", &auth)
            .contains(&"oauth2".to_owned())
    );
    let whole = shop.complete(
        "connector.yaml",
        &CONNECTOR.replace("title: Shop", "ti|tle: Shop"),
    );
    assert_eq!(
        whole.iter().find(|it| it.label == "title").unwrap().text,
        "title"
    );
}

#[test]
fn operators_of_templates() {
    let mut shop = Shop::new();
    let json = |written: &str| with("note: \"{{default input.note 'none'}}\"", written);
    let heads = shop.labels(MAIN, &json("x: { $|"));
    assert_eq!(
        heads,
        [
            "$each",
            "$if",
            "$switch",
            "$concat",
            "$pairs",
            "$spread",
            "$omit_empty"
        ]
    );
    let beside = shop.labels(MAIN, &json("x: { $each: \"{{input.order.tags}}\", $| }"));
    assert_eq!(beside, ["$as", "$where", "$map"]);
    assert_eq!(
        shop.labels(MAIN, &json("x: 1\n      $|")),
        ["$spread", "$omit_empty"]
    );
    assert_eq!(
        shop.labels(MAIN, &json("x: { $if: true, $then: 1, | }")),
        ["$else"]
    );
}

#[test]
fn values_that_are_counted() {
    let mut shop = Shop::new();
    assert_eq!(
        shop.labels(MAIN, &with("kind: main", "kind: |")),
        ["main", "ddl"]
    );
    assert_eq!(
        shop.labels(MAIN, &with("kind: main", "kind: main\neffect: |")),
        ["read", "create", "update", "delete"]
    );
    assert!(
        shop.labels(MAIN, &with("method: POST", "method: |"))
            .contains(&"PATCH".to_owned())
    );
    assert_eq!(
        shop.labels(MAIN, &with("kind: main", "kind: main\npagination: |")),
        ["pages", "none"]
    );
    assert_eq!(
        shop.labels(
            MAIN,
            &with("kind: main", "kind: main\npagination: { use: | }")
        ),
        ["pages"]
    );
    assert_eq!(
        shop.labels(MAIN, &with("title: Get order", "title: |")),
        [""; 0]
    );
    let response = with("response:\n", "response:\n  format: |\n");
    assert_eq!(
        shop.labels(MAIN, &response),
        ["auto", "json", "text", "bytes", "none"]
    );
}

#[test]
fn schemas_are_written_with_help() {
    let mut shop = Shop::new();
    let note = |written: &str| with("{ type: string, title: Note }", written);
    assert!(
        shop.labels(MAIN, &note("{ type: string, | }"))
            .contains(&"minLength".to_owned())
    );
    assert!(
        shop.labels(MAIN, &note("{ type: | }"))
            .contains(&"integer".to_owned())
    );
    assert_eq!(
        shop.labels(MAIN, &note("{ x-secret: | }")),
        ["true", "false"]
    );
    let required = with("required: [order]", "required: [order, |]");
    assert_eq!(shop.labels(MAIN, &required), ["note", "state", "when"]);
    let found = shop.complete(MAIN, &note("{ $ref: | }"));
    let labels: Vec<&str> = found.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "connector.yaml#/$defs/id",
            "schemas/customer.yaml#/$defs/one"
        ]
    );
    assert_eq!(found[0].detail.as_deref(), Some("an integer"));
    assert!(
        found[0]
            .documentation
            .as_deref()
            .unwrap()
            .contains("number of a thing")
    );
    let found = shop.complete(
        "schemas/customer.yaml",
        &CUSTOMER.replace("\"connector.yaml#/$defs/id\"", "|"),
    );
    assert_eq!(found[0].text, "\"#/$defs/one\"");
}

#[test]
fn drop_downs_are_linked() {
    let mut shop = Shop::new();
    let note = |written: &str| with("{ type: string, title: Note }", written);
    let found = shop.complete(MAIN, &note("{ x-options: { operation: | } }"));
    assert_eq!(found[0].label, "list_customers_ddl");
    assert_eq!(found[0].detail.as_deref(), Some("List customers (DDL)"));
    assert!(
        found[0]
            .documentation
            .as_deref()
            .unwrap()
            .contains("`GET /customers`")
    );
    assert_eq!(
        shop.labels(
            MAIN,
            &note("{ x-options: { operation: list_customers_ddl, | } }")
        ),
        ["input", "when"]
    );
    let found = shop.complete(
        MAIN,
        &note("{ x-options: { operation: list_customers_ddl, input: { | } } }"),
    );
    assert_eq!(found[0].label, "region");
    assert_eq!(found[0].detail.as_deref(), Some("text"));
    let input =
        "{ x-options: { operation: list_customers_ddl, input: { region: \"{{input.|}}\" } } }";
    assert_eq!(
        shop.labels(MAIN, &note(input)),
        ["order", "when", "note", "state"]
    );
}

#[test]
fn what_connectors_and_examples_take() {
    let mut shop = Shop::new();
    assert_eq!(
        shop.labels(
            "connector.yaml",
            &CONNECTOR.replace("{{credentials.token}}", "{{credentials.|}}")
        ),
        ["token"]
    );
    assert_eq!(
        shop.labels("connector.yaml", &CONNECTOR.replace("{{next}}", "{{|}}"))[..3],
        ["input", "response", "next"]
    );
    let file = "examples/get_order.yaml";
    assert_eq!(
        shop.labels(file, "input: { | }"),
        ["order", "when", "note", "state", "token"]
    );
    assert_eq!(
        shop.labels(file, "input:\n  order:\n    i|\n"),
        ["id", "name", "tags"]
    );
    let reply = "input: {}\nreplies:\n  - status: 200\n    body: { items: [{ | }] }\n";
    assert_eq!(shop.labels(file, reply), ["id", "name", "tags"]);
    assert_eq!(
        shop.labels(file, "input: {}\nreplies:\n  - b|\n"),
        ["status", "headers", "body", "text", "base64"]
    );
}

#[test]
fn a_connector_in_the_making_is_used() {
    let mut shop = Shop::new();
    let id = "  id: { type: integer, title: ID, description: The number of a thing. }";
    shop.open(
        "connector.yaml",
        &CONNECTOR.replace(id, "  code: { type: string }|"),
    );
    let note = with("{ type: string, title: Note }", "{ $ref: \"|\" }");
    assert_eq!(shop.labels(MAIN, &note)[0], "connector.yaml#/$defs/code");
    // While it can't be read, what was known of it holds.
    shop.open("connector.yaml", &CONNECTOR.replace(id, "  other: {|"));
    assert_eq!(shop.labels(MAIN, &note)[0], "connector.yaml#/$defs/code");
    shop.workspace.close(&shop.dir.join("connector.yaml"));
    assert_eq!(shop.labels(MAIN, &note)[0], "connector.yaml#/$defs/id");
}

#[test]
fn words_about_paths() {
    let mut shop = Shop::new();
    let hover = shop
        .hover(MAIN, &in_path("lower input.order.na|me"))
        .unwrap();
    assert_eq!(
        hover.markdown,
        "`input.order.name`: text or null, may be missing\n\n**Näme**\n\nWhat they are called.\n\n\
         From `schemas/customer.yaml#/$defs/one/properties/name`"
    );
    let text = in_path("lower input.order.name");
    assert_eq!(&text[hover.span.start..hover.span.end], "input.order.name");
    let hover = shop
        .hover(MAIN, &in_path("lower input.or|der.name"))
        .unwrap();
    assert!(
        hover.markdown.starts_with("`input.order`: an object"),
        "{}",
        hover.markdown
    );
    assert_eq!(&text[hover.span.start..hover.span.end], "input.order");
    let hover = shop.hover(MAIN, &in_path("inp|ut")).unwrap();
    assert!(
        hover.markdown.contains("invoked with"),
        "{}",
        hover.markdown
    );
    let hover = shop
        .hover(MAIN, &with("{{item.name}}", "{{item.i|d}}"))
        .unwrap();
    assert!(
        hover
            .markdown
            .starts_with("`item.id`: an integer\n\n**ID**"),
        "{}",
        hover.markdown
    );
    let hover = shop.hover(MAIN, &in_path("input.wh|en")).unwrap();
    assert!(
        hover.markdown.contains("Default: `\"now\"`"),
        "{}",
        hover.markdown
    );
    assert_eq!(shop.hover(MAIN, &in_path("input.no|thing")), None);
}

#[test]
fn words_about_the_language() {
    let mut shop = Shop::new();
    let mut markdown = |written: &str| shop.hover(MAIN, written).map(|hover| hover.markdown);
    let told = markdown(&in_path("def|ault input.note 1")).unwrap();
    assert!(
        told.contains("default a b …") && told.contains('→'),
        "{told}"
    );
    let told = markdown(&with("kind: main", "ki|nd: main")).unwrap();
    assert!(
        told.starts_with("`kind`\n\nWhat the operation is for"),
        "{told}"
    );
    let told = markdown(&with("kind: main", "kind: ma|in")).unwrap();
    assert!(told.contains("An operation of its own"), "{told}");
    let told = markdown(&with("$each:", "$ea|ch:")).unwrap();
    assert!(told.contains("for each item"), "{told}");
    let told = markdown(&with("    json:", "    js|on:")).unwrap();
    assert!(told.contains("sent as JSON"), "{told}");
    let told = markdown(&with("required: [order]", "requ|ired: [order]")).unwrap();
    assert!(told.contains("must have"), "{told}");
    let told = markdown(&with(
        "order: { $ref: \"schemas/customer",
        "order: { $ref: \"sche|mas/customer",
    ))
    .unwrap();
    assert!(
        told.contains("```yaml\ntype: object\nrequired: [id]\n"),
        "{told}"
    );
    let linked = "{ x-options: { operation: list_cus|tomers_ddl } }";
    let told = markdown(&with("{ type: string, title: Note }", linked)).unwrap();
    assert!(told.starts_with("**List customers (DDL)**"), "{told}");
    let told = markdown(&with("kind: main", "kind: main\npagination: pa|ges")).unwrap();
    assert!(told.contains("next: \"{{response.body.next}}\""), "{told}");
    assert_eq!(
        markdown(&with("title: Get order", "title: Get o|rder")),
        None
    );
}

#[test]
fn definitions() {
    let mut shop = Shop::new();
    let mut at = |written: &str| shop.definition(MAIN, written).unwrap_or_default();
    assert_eq!(
        at(&in_path("input.order.na|me")),
        "schemas/customer.yaml:7 name"
    );
    assert_eq!(
        at(&in_path("input.or|der.name")),
        "main/get_order.yaml:9 order"
    );
    assert_eq!(at(&in_path("input|")), "main/get_order.yaml:4 input");
    assert_eq!(
        at(&with("{{item.name}}", "{{ite|m.name}}")),
        "main/get_order.yaml:26 $as"
    );
    assert_eq!(
        at(&with("{{item.name}}", "{{item.i|d}}")),
        "schemas/customer.yaml:6 id"
    );
    assert_eq!(
        at(&with("{{response.body.items}}", "{{response.body.it|ems}}")),
        "main/get_order.yaml:23 items"
    );
    let reference = with(
        "order: { $ref: \"schemas/customer",
        "order: { $ref: \"schemas/cust|omer",
    );
    assert_eq!(at(&reference), "schemas/customer.yaml:2 one");
    let linked = with(
        "{ type: string, title: Note }",
        "{ x-options: { operation: list_cust|omers_ddl } }",
    );
    assert_eq!(at(&linked), "ddl/list_customers_ddl.yaml:1 ");
    assert_eq!(
        at(&with("kind: main", "kind: main\npagination: pa|ges")),
        "connector.yaml:14 pages"
    );
    assert_eq!(at(&in_path("low|er input.note")), "");
    let own = CUSTOMER.replace(
        "\"connector.yaml#/$defs/id\"",
        "\"connector.yaml#/$de|fs/id\"",
    );
    assert_eq!(
        shop.definition("schemas/customer.yaml", &own).unwrap(),
        "connector.yaml:19 id"
    );
    let secret = CONNECTOR.replace("{{credentials.token}}", "{{credentials.to|ken}}");
    assert_eq!(
        shop.definition("connector.yaml", &secret).unwrap(),
        "connector.yaml:10 token"
    );
}

#[test]
fn a_broken_line_leaves_the_others_their_words() {
    let mut shop = Shop::new();
    shop.open(MAIN, &with("title: Get order", "title: Get order|"));
    let text = in_path("input.order.na|me").replace("title: Get order", "title: \"Get\nx: {");
    let hover = shop.hover(MAIN, &text).unwrap();
    let text = text.replace('|', "");
    assert_eq!(&text[hover.span.start..hover.span.end], "input.order.name");
}

#[test]
fn outlines() {
    let mut shop = Shop::new();
    let (file, _) = shop.open("schemas/customer.yaml", &format!("|{CUSTOMER}"));
    let outline = shop.workspace.symbols(&file);
    assert_eq!(outline.len(), 1);
    let [one] = outline[0].children.as_slice() else {
        panic!("{outline:?}");
    };
    let names: Vec<&str> = one.children.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["type", "required", "properties"]);
    assert_eq!(&CUSTOMER[one.key.start..one.key.end], "one");
    assert!(CUSTOMER[one.span.start..one.span.end].starts_with("one:\n    type: object"));
}

#[test]
fn findings_are_those_of_what_is_written() {
    let mut shop = Shop::new();
    // Nothing but what it says can be there.
    let closed = CUSTOMER.replace(
        "    required",
        "    additionalProperties: false\n    required",
    );
    std::fs::write(shop.dir.join("schemas/customer.yaml"), &closed).unwrap();
    let codes = |shop: &Shop| {
        let Checked { found, whole } = shop.workspace.check();
        let each = found.iter().map(|it| {
            let file = it.file.strip_prefix(&shop.dir).unwrap().display();
            format!("{file}: {}", it.code)
        });
        let found: Vec<String> = each.filter(|it| it.contains("unknown-path")).collect();
        (found, whole)
    };
    assert_eq!(codes(&shop), (vec![], true));
    shop.open(MAIN, &in_path("input.order.nothing|"));
    let unknown = vec!["main/get_order.yaml: unknown-path".to_owned()];
    assert_eq!(codes(&shop), (unknown.clone(), true));
    // A shared schema that is not saved yet has the property.
    let named = closed.replace("name:", "nothing:");
    shop.open("schemas/customer.yaml", &format!("|{named}"));
    let others = vec!["main/get_order.yaml: unknown-path".to_owned()];
    assert_eq!(codes(&shop), (others, true), "item.name is gone");
    shop.workspace
        .close(&shop.dir.join("schemas/customer.yaml"));
    assert_eq!(codes(&shop), (unknown, true));
    shop.open("connector.yaml", "opwire: {|");
    assert_eq!(codes(&shop), (vec![], false));
}

#[test]
fn files_belong_to_a_folder() {
    let shop = Shop::new();
    let folder = |file: &str| Workspace::folder_of(&shop.dir.join(file)).map(PathBuf::from);
    for file in [
        "connector.yaml",
        "main/new.yaml",
        "schemas/x.yaml",
        "examples/a.b.yaml",
    ] {
        assert_eq!(folder(file).as_ref(), Some(&shop.dir), "{file}");
    }
    for file in [
        "other.yaml",
        "main/deep/x.yaml",
        "main/x.txt",
        "examples/snapshots/x.snap",
    ] {
        assert_eq!(folder(file), None, "{file}");
    }
    let outside = shop.dir.parent().unwrap().join("elsewhere.yaml");
    assert!(shop.workspace.complete(&outside, 0).is_empty());
}
