//! What becomes of what, by small documents.

use super::{ImportOptions, Imported, import, matches};
use opwire::manifest::parse_yaml;
use serde_json::{Value, json};

/// A document with these paths and more.
fn document(paths: &Value, more: &Value) -> Value {
    let mut document = json!({
        "openapi": "3.0.3",
        "info": { "title": "Shop" },
        "servers": [{ "url": "https://api.shop.example" }],
        "paths": paths,
    });
    let more = more.as_object().unwrap().clone();
    document.as_object_mut().unwrap().extend(more);
    document
}

fn imported(document: &Value) -> Imported {
    import(
        document.to_string().as_bytes(),
        "shop",
        &ImportOptions::default(),
    )
    .unwrap()
}

fn file(imported: &Imported, path: &str) -> Value {
    let text = imported.files.get(path);
    parse_yaml(text.unwrap_or_else(|| panic!("{path}: {:?}", imported.files.keys()))).unwrap()
}

/// The file of the one operation `GET` or `POST /x`, and the warnings.
fn of(operation: &Value, more: &Value) -> (Value, Vec<String>) {
    let method = if operation.get("requestBody").is_some() {
        "post"
    } else {
        "get"
    };
    let mut operation = operation.clone();
    operation["operationId"] = json!("x");
    let imported = imported(&document(&json!({ "/x": { method: operation } }), more));
    let told = imported.warnings.iter().map(ToString::to_string);
    (file(&imported, "main/x.yaml"), told.collect())
}

fn query(parameters: &Value) -> (Value, usize) {
    let (file, told) = of(
        &json!({ "parameters": parameters, "responses": {} }),
        &json!({}),
    );
    (file["request"].clone(), told.len())
}

#[test]
fn parameters_are_laid_out_by_their_styles() {
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let one = |name: &str, more: Value| {
        let mut parameter = json!({ "name": name, "in": "query" });
        parameter
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([parameter])
    };
    for (parameters, expected, told) in [
        (one("a", json!({ "schema": list })), json!("{{input}}"), 0),
        (one("a[]", json!({ "schema": list })), json!("{{input}}"), 0),
        (
            one(
                "a",
                json!({ "schema": list, "style": "pipeDelimited", "explode": false }),
            ),
            json!({ "a": "{{join input.a '|'}}" }),
            0,
        ),
        (
            one("$top", json!({ "schema": { "type": "integer" } })),
            json!({ "$$top": "{{input.top}}" }),
            0,
        ),
        (
            one("a[b]", json!({ "schema": {} })),
            json!({ "a[b]": "{{input.a_b}}" }),
            0,
        ),
        (
            one("a", json!({ "schema": object })),
            json!({ "$spread": "{{input.a}}" }),
            0,
        ),
        (
            one("a", json!({ "schema": object, "style": "deepObject" })),
            json!("{{input}}"),
            0,
        ),
        (
            one(
                "a",
                json!({ "content": { "application/json": { "schema": { "type": "string" } } } }),
            ),
            json!({ "a": "{{json input.a}}" }),
            0,
        ),
        (
            one("a", json!({ "schema": object, "explode": false })),
            json!("{{input}}"),
            1,
        ),
    ] {
        let (request, warnings) = query(&parameters);
        assert_eq!(
            (&request["query"], warnings),
            (&expected, told),
            "{parameters}"
        );
    }
    // What differs from the connector's own style says so.
    let (request, _) = query(&json!([
        { "name": "a", "in": "query", "schema": list },
        { "name": "b", "in": "query", "schema": list },
        { "name": "c", "in": "query", "schema": list, "explode": false },
    ]));
    let expected = json!({ "a": "{{input.a}}", "b": "{{input.b}}", "c": { "value": "{{input.c}}", "style": "comma" } });
    assert_eq!(request["query"], expected);
}

#[test]
fn headers_and_paths_hold_text() {
    let paths = json!({ "/a/{id}/{ids}/{lost}?mode=full": { "get": { "operationId": "x", "responses": {}, "parameters": [
        { "name": "id", "in": "path", "schema": { "type": "integer", "nullable": true } },
        { "name": "ids", "in": "path", "schema": { "type": "array", "items": { "type": "string" } } },
        { "name": "X-Version", "in": "header", "required": true, "schema": { "type": "string", "default": "2" } },
        { "name": "Accept", "in": "header", "schema": { "type": "string" } },
        { "name": "Session", "in": "cookie", "schema": { "type": "string" } },
    ] } } });
    let imported = imported(&document(&paths, &json!({})));
    let file = file(&imported, "main/x.yaml");
    assert_eq!(
        file["request"]["path"],
        "/a/{{input.id}}/{{join input.ids ','}}/{{input.lost}}"
    );
    assert_eq!(file["request"]["query"], json!({ "mode": "full" }));
    assert_eq!(
        file["request"]["headers"],
        json!({ "X-Version": "{{input.x_version}}" })
    );
    assert_eq!(file["input"]["required"], json!(["id", "ids", "lost"]));
    assert_eq!(
        file["input"]["properties"]["id"],
        json!({ "type": "integer" })
    );
    assert_eq!(file["input"]["properties"]["x_version"]["default"], "2");
    assert_eq!(imported.warnings.len(), 2, "{:?}", imported.warnings);
}

fn body(kind: &str, schema: &Value, parameters: &Value) -> Value {
    let content = json!({ "required": true, "content": { kind: { "schema": schema } } });
    let pet = json!({ "type": "object", "properties": { "name": { "type": "string" }, "id": { "type": "integer", "readOnly": true } } });
    of(
        &json!({ "requestBody": content, "parameters": parameters, "responses": {} }),
        &json!({ "components": { "schemas": { "Pet": pet } } }),
    )
    .0
}

#[test]
fn a_body_is_inputs_of_its_own_where_it_is_an_object() {
    let pet = json!({ "$ref": "#/components/schemas/Pet" });
    let json_ = "application/json";
    let dry = json!([{ "name": "dry", "in": "query", "schema": { "type": "boolean" } }]);
    let file = body(json_, &pet, &dry);
    assert_eq!(
        file["request"]["body"],
        json!({ "json": "{{omit input 'dry'}}" })
    );
    assert_eq!(
        file["input"]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["dry", "name"]
    );
    let parts = json!({ "allOf": [pet, { "type": "object", "required": ["tag"], "properties": { "tag": { "type": "string" } } }] });
    let file = body(json_, &parts, &json!([]));
    assert_eq!(file["input"]["required"], json!(["tag"]));
    assert_eq!(file["input"]["properties"].as_object().unwrap().len(), 2);
    // A name that is taken, a list, a choice: the body is one input.
    let named = json!([{ "name": "name", "in": "query", "schema": { "type": "string" } }]);
    let either = json!({ "oneOf": [pet, { "type": "object", "properties": { "a": {} } }] });
    for (schema, parameters) in [
        (&pet, &named),
        (&json!({ "type": "array", "items": pet }), &dry),
        (&either, &dry),
    ] {
        let file = body(json_, schema, parameters);
        assert_eq!(
            file["request"]["body"],
            json!({ "json": "{{input.body}}" }),
            "{schema}"
        );
    }
}

#[test]
fn bodies_of_other_media_types() {
    let text = json!({ "type": "string" });
    let file = body("application/xml", &text, &json!([]));
    assert_eq!(file["request"]["body"], json!({ "text": "{{input.body}}" }));
    assert_eq!(
        file["request"]["headers"],
        json!({ "Content-Type": "application/xml" })
    );
    let file = body("image/png", &json!({}), &json!([]));
    assert_eq!(
        file["request"]["body"],
        json!({ "bytes": "{{input.body}}" })
    );
    let form = json!({ "type": "object", "properties": { "tags": { "type": "array", "items": { "type": "string" } } } });
    let file = body("application/x-www-form-urlencoded", &form, &json!([]));
    assert_eq!(file["request"]["body"], json!({ "form": "{{input}}" }));
    let parts = json!({ "type": "object", "required": ["file"], "properties": {
        "file": { "type": "string", "format": "binary" },
        "public": { "type": "boolean" },
        "tags": { "type": "array", "items": { "type": "string" } },
        "more": { "type": "object" },
    } });
    let file = body("multipart/form-data", &parts, &json!([]));
    assert_eq!(
        file["request"]["body"]["multipart"]["$concat"],
        json!([
            [
                { "name": "file", "filename": "{{default input.file_name 'file'}}",
                    "content_type": "application/octet-stream", "base64": "{{input.file}}" },
                { "$if": "{{or input.public (eq input.public false)}}", "$then": { "name": "public", "value": "{{input.public}}" } },
            ],
            { "$each": "{{input.tags}}", "$as": "item", "$map": { "name": "tags", "value": "{{item}}" } },
            [{ "$if": "{{input.more}}", "$then": { "name": "more", "value": "{{json input.more}}" } }],
        ])
    );
}

#[test]
fn an_idempotency_key_is_the_engines() {
    let key =
        json!([{ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string" } }]);
    let file = body("application/json", &json!({ "type": "object" }), &key);
    assert_eq!(file["idempotency"], json!({ "header": "Idempotency-Key" }));
    assert!(file["request"].get("headers").is_none());
}

#[test]
fn replies_are_read_by_their_media_types() {
    let responses = |content: Value| json!({ "200": { "description": "", "content": content } });
    for (responses, expected) in [
        (
            responses(json!({ "text/csv": {} })),
            json!({ "format": "text" }),
        ),
        (
            responses(json!({ "application/pdf": {} })),
            json!({ "format": "bytes" }),
        ),
        (
            responses(json!({ "application/json": { "schema": { "type": "string" } } })),
            json!({ "schema": { "type": "string" } }),
        ),
        (json!({ "204": { "description": "" } }), Value::Null),
        (
            json!({ "302": { "description": "" } }),
            json!({ "success": ["200-299", 302], "format": "none", "output": { "location": "{{response.headers.location}}" } }),
        ),
    ] {
        let (file, told) = of(&json!({ "responses": responses }), &json!({}));
        assert_eq!(file.get("response").cloned().unwrap_or_default(), expected);
        assert!(told.is_empty(), "{told:?}");
    }
}

/// The paginator of an operation with a parameter and a reply.
fn paginator(parameter: &str, reply: &Value) -> Option<(String, Value)> {
    // Those that lead on in a header are mostly plain lists.
    let headers = if reply["type"] == "array" {
        json!({ "Link": {} })
    } else {
        json!({})
    };
    let paths = json!({ "/x": { "get": { "operationId": "x", "parameters": [{ "name": parameter, "in": "query", "schema": {} }],
        "responses": { "200": { "description": "", "headers": headers, "content": { "application/json": { "schema": reply } } } } } } });
    let imported = imported(&document(&paths, &json!({})));
    let name = file(&imported, "main/x.yaml")["pagination"]
        .as_str()?
        .to_owned();
    let manifest = file(&imported, "connector.yaml")["pagination"][&name].clone();
    Some((name, manifest))
}

#[test]
fn pages_are_recognised_where_both_sides_show_them() {
    let list =
        json!({ "type": "array", "items": { "type": "object", "properties": { "id": {} } } });
    let reply = |more: Value| {
        let mut properties = json!({ "data": list });
        properties
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "type": "object", "properties": properties })
    };
    let text = json!({ "type": "string", "nullable": true });
    let number = json!({ "type": "integer" });
    let page = json!({ "type": "object", "properties": { "next_page": number } });
    let url = json!({ "type": "string", "format": "uri", "nullable": true });
    for (parameter, reply, name, next) in [
        (
            "page",
            reply(json!({ "meta": page })),
            "pages",
            json!("{{response.body.meta.next_page}}"),
        ),
        (
            "cursor",
            reply(json!({ "next_cursor": text })),
            "cursor",
            json!("{{response.body.next_cursor}}"),
        ),
        (
            "page_token",
            reply(json!({ "nextPageToken": { "type": "string" } })),
            "cursor",
            json!({ "$if": "{{ne (default response.body.nextPageToken '') ''}}", "$then": "{{response.body.nextPageToken}}" }),
        ),
        (
            "page",
            reply(json!({ "next": url })),
            "next_url",
            json!("{{response.body.next}}"),
        ),
        (
            "starting_after",
            reply(json!({ "has_more": { "type": "boolean" } })),
            "by_last_id",
            json!({ "$if": "{{response.body.has_more}}", "$then": "{{last response.body.data}}" }),
        ),
        (
            "page",
            list.clone(),
            "links",
            json!("{{link response.headers.link 'next'}}"),
        ),
        (
            "offset",
            reply(json!({ "offset": number, "limit": number, "total": number })),
            "offset",
            json!({ "$if": "{{lt (add response.body.offset response.body.limit) response.body.total}}",
                "$then": "{{add response.body.offset response.body.limit}}" }),
        ),
    ] {
        let (found, manifest) =
            paginator(parameter, &reply).unwrap_or_else(|| panic!("{parameter}"));
        assert_eq!((&*found, &manifest["next"]), (name, &next), "{manifest}");
    }
    for (parameter, reply) in [
        ("q", reply(json!({ "next_cursor": text }))),
        ("cursor", reply(json!({ "total": number }))),
        (
            "page",
            json!({ "type": "object", "properties": { "id": number } }),
        ),
    ] {
        assert_eq!(paginator(parameter, &reply), None, "{parameter} {reply}");
    }
}

#[test]
fn security_schemes_become_auth() {
    let auth = |schemes: Value, security: Value| {
        let paths = json!({ "/x": { "get": { "operationId": "x", "responses": {},
            "parameters": [{ "name": "api_key", "in": "query", "schema": {} }] } } });
        let more = json!({ "components": { "securitySchemes": schemes }, "security": security });
        let imported = imported(&document(&paths, &more));
        let connector = file(&imported, "connector.yaml");
        (connector["auth"].clone(), imported.warnings.len())
    };
    let key = json!({ "type": "apiKey", "in": "header", "name": "X-Key" });
    let other = json!({ "type": "apiKey", "in": "header", "name": "X-App" });
    let bearer = json!({ "type": "http", "scheme": "bearer" });
    // A credential has no input's name.
    let expected =
        json!({ "api_key": { "in": "header", "name": "X-Key", "value": "{{credentials.key}}" } });
    assert_eq!(
        auth(json!({ "a": key }), json!([{ "a": [] }])),
        (expected, 0)
    );
    let expected = json!({ "bearer": { "token": "{{credentials.access_token}}" } });
    assert_eq!(
        auth(
            json!({ "a": bearer, "b": key }),
            json!([{ "a": [] }, { "b": [] }])
        ),
        (expected, 1)
    );
    let expected =
        json!({ "headers": { "X-Key": "{{credentials.a}}", "X-App": "{{credentials.b}}" } });
    assert_eq!(
        auth(
            json!({ "a": key, "b": other }),
            json!([{ "a": [], "b": [] }])
        ),
        (expected, 0)
    );
    let cookie = json!({ "type": "apiKey", "in": "cookie", "name": "s" });
    assert_eq!(
        auth(json!({ "a": cookie }), json!([{ "a": [] }])),
        (Value::Null, 1)
    );
}

#[test]
fn the_service_is_where_most_operations_are() {
    let at = |url: &str| json!({ "get": { "responses": {}, "servers": [{ "url": url }] } });
    let paths = json!({ "/a": { "get": { "responses": {} } }, "/b": { "get": { "responses": {} } }, "/c": at("https://uploads.shop.example") });
    let imported = imported(&document(&paths, &json!({})));
    assert_eq!(imported.operations, ["get_a", "get_b"]);
    assert!(
        imported.warnings[0]
            .message
            .contains("https://uploads.shop.example")
    );
}

#[test]
fn bodies_that_several_operations_have_are_written_once() {
    let body = json!({ "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Order" } } } });
    let paths = json!({
        "/orders": { "post": { "requestBody": body, "responses": {} } },
        "/orders/{order_id}": { "put": { "requestBody": body, "responses": {},
            "parameters": [{ "name": "order_id", "in": "path", "schema": { "type": "string" } }] } },
    });
    let order = json!({ "type": "object", "required": ["lines"], "properties": { "note": { "type": "string", "description": "A note." },
        "lines": { "type": "array", "items": { "type": "string" } } } });
    let imported = imported(&document(
        &paths,
        &json!({ "components": { "schemas": { "Order": order } } }),
    ));
    let update = file(&imported, "main/update_order.yaml");
    assert_eq!(
        update["input"],
        json!({ "$ref": "schemas/order.yaml", "required": ["order_id"], "unevaluatedProperties": false,
            "properties": { "order_id": { "type": "string" } } })
    );
    assert_eq!(
        update["request"]["body"],
        json!({ "json": "{{omit input 'order_id'}}" })
    );
    assert!(imported.files.contains_key("schemas/order.yaml"));
}

#[test]
fn hostile_documents_give_an_error_or_a_connector() {
    let deep = (0..80).fold(
        json!({}),
        |inner, _| json!({ "type": "array", "items": inner }),
    );
    let wide: Vec<Value> = (0..25).map(|level| json!({ "allOf": [{ "$ref": format!("#/components/schemas/d{}", level + 1) }, { "$ref": format!("#/components/schemas/d{}", level + 1) }] })).collect();
    let mut schemas: serde_json::Map<String, Value> = wide
        .into_iter()
        .enumerate()
        .map(|(level, schema)| (format!("d{level}"), schema))
        .collect();
    schemas.insert("d25".to_owned(), json!({ "type": "string" }));
    let reply = |schema: Value| json!({ "responses": { "200": { "description": "", "content": { "application/json": { "schema": schema } } } } });
    for (paths, more) in [
        (json!({ "/x": { "get": reply(deep) } }), json!({})),
        (
            json!({ "/x": { "get": reply(json!({ "$ref": "#/components/schemas/d0" })) } }),
            json!({ "components": { "schemas": schemas } }),
        ),
        (
            json!({ "/../../etc/passwd": { "get": {} }, "/ok": { "get": { "operationId": "../../../x" } } }),
            json!({}),
        ),
        (
            json!({ "/x{": { "get": {} }, "/{{input.a}}": { "get": {} }, "/ok": { "get": {} } }),
            json!({}),
        ),
    ] {
        let imported = imported(&document(&paths, &more));
        assert_eq!(imported.operations.len(), 1, "{paths}");
        assert!(
            imported.files.keys().all(|path| !path.contains("..")),
            "{:?}",
            imported.files.keys()
        );
    }
}

#[test]
fn patterns_fit_whole_texts() {
    for (pattern, text, expected) in [
        ("list_pets", "list_pets", true),
        ("list_pets", "list_pets_2", false),
        ("list_*", "list_pets", true),
        ("*pets", "list_pets", true),
        ("GET /v2/*", "GET /v2/pets", true),
        ("*a*b*", "xaxbx", true),
        ("*a*b", "xbxa", false),
        ("*", "", true),
        ("a*a", "a", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
