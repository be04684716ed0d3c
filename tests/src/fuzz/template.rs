//! Any template: refused at load, or the same value wherever it stands.

use super::{engine, no_fault_of_ours, wait};
use crate::fake::{Fake, reply};
use crate::made::Made;
use opwire::{Catalog, Engine, ErrorKind};
use serde_json::{Value, json};

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
";
/// What templates read.
const INPUT: &str = r#"{
    "a": 1, "b": "text", "c": [3, 1, 2], "d": {"x": {"y": null}, "z": [{"n": 1, "on": true}, {"n": 2}]}, "e": "",
    "f": [{"key": "k", "value": 9007199254740993}, {"key": "l", "value": null}], "g": true, "h": -1.5e300,
    "i": "2024-02-29T12:00:00Z", "j": "{\"a\": [1, 2]}", "k": "https://t.example.com/?a=b", "l": [[1], [[]], []]
}"#;
const LINK: &str = "<https://t.example.com/x?page=2>; rel=\"next\", </y>; rel=last";
const REFUSED: [ErrorKind; 3] = [
    ErrorKind::InputInvalid,
    ErrorKind::TemplateFailed,
    ErrorKind::MappingFailed,
];

pub(super) fn run(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let template = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    thread_local! {
        static FOLDERS: [Made; 2] = std::array::from_fn(|_| Made::new(CONNECTOR, &[]));
    }
    FOLDERS.with(|[values, texts]| {
        if kind % 4 == 3 {
            in_text(texts, &template);
        } else {
            as_value(values, &template);
        }
    });
}

/// An operation that makes something of any input.
fn operation(rest: &Value) -> Value {
    let mut operation = json!({
        "title": "O", "kind": "main", "description": "O", "input": {"additionalProperties": true},
    });
    for (key, value) in rest.as_object().unwrap() {
        operation[key] = value.clone();
    }
    operation
}

fn get(output: &Value) -> Value {
    let request = json!({"method": "GET", "path": "/x"});
    operation(&json!({"request": request, "response": {"output": output}}))
}

/// As a value: of a mapping, of a static operation's output, of a body, of a part of each.
fn as_value(made: &Made, template: &Value) {
    let post = json!({"method": "POST", "path": "/x", "body": {"json": template}});
    made.write("main/mapped.yaml", &get(template).to_string());
    made.write(
        "main/part.yaml",
        &get(&json!({"p": template, "l": [template]})).to_string(),
    );
    made.write(
        "main/sent.yaml",
        &operation(&json!({"request": post})).to_string(),
    );
    made.write(
        "main/static.yaml",
        &operation(&json!({"response": {"output": template}})).to_string(),
    );
    let (catalog, loads) = match Catalog::open(made.path()) {
        Ok(catalog) => (catalog, true),
        // Paths of the reply can't stand in a request.
        Err(found) => {
            let sound = |name: &str| {
                !found
                    .iter()
                    .any(|fault| fault.file.ends_with(format!("main/{name}.yaml")))
            };
            assert_eq!(sound("mapped"), sound("part"), "{template}: {found}");
            assert_eq!(sound("sent"), sound("static"), "{template}: {found}");
            assert!(sound("mapped") || !sound("static"), "{template}: {found}");
            if !sound("mapped") {
                return;
            }
            for name in ["sent", "static"] {
                std::fs::remove_file(made.path().join(format!("t/main/{name}.yaml"))).unwrap();
            }
            (made.catalog(), false)
        }
    };
    let (engine, fake) = answering(&catalog);
    let mapped = output(&engine, "t.mapped", template);
    let part = output(&engine, "t.part", template);
    // A missing part is left out, a missing whole is null.
    let expected = mapped.as_ref().map(|_| {
        let part = part.as_ref().unwrap_or(&Value::Null);
        let (member, item) = (&part["p"], &part["l"][0]);
        assert_eq!(member, item, "{template}");
        member
    });
    assert_eq!(mapped.as_ref(), expected, "{template}");
    if !template.to_string().contains(['{', '$']) {
        assert_eq!(mapped.as_ref(), Some(template));
    }
    if !loads {
        return;
    }
    assert_eq!(output(&engine, "t.static", template), mapped, "{template}");
    let before = fake.requests().len();
    let sent = wait(engine.invoke("t.sent", input())).is_ok();
    assert_eq!(sent, mapped.is_some(), "{template}");
    if let Some(request) = fake.requests().get(before) {
        let body: Value = match request.body().as_ref() {
            b"" => Value::Null,
            body => serde_json::from_slice(body).unwrap(),
        };
        assert_eq!(Some(&body), mapped.as_ref(), "{template}");
    }
}

/// In text: a path, a query, a header, a message of an error.
fn in_text(made: &Made, template: &Value) {
    let request = json!({
        "method": "GET", "path": format!("/x/{}", template.as_str().unwrap_or_default()),
        "query": {"q": template}, "headers": {"X-T": template},
    });
    let errors = json!([{"when": {"status": 400}, "message": template, "fields": template}]);
    let operation = operation(&json!({"request": request, "errors": errors}));
    made.write("main/o.yaml", &operation.to_string());
    let Ok(catalog) = Catalog::open(made.path()) else {
        return;
    };
    let refusing = Fake::new(|_, _| Ok(reply(400, &[("link", LINK)], INPUT)));
    let engine = engine(&catalog, &refusing).build().unwrap();
    let error = wait(engine.invoke("t.o", input())).unwrap_err();
    no_fault_of_ours(&error);
    if let [request] = refusing.requests().as_slice() {
        assert_eq!(error.status(), Some(400), "{template}: {error}");
        assert_eq!(request.uri().authority().unwrap(), "t.example.com");
        for value in request.headers().values() {
            assert!(
                !value.as_bytes().iter().any(|byte| b"\r\n\0".contains(byte)),
                "{value:?}"
            );
        }
    } else {
        assert!(REFUSED.contains(&error.kind()), "{template}: {error}");
    }
}

fn answering(catalog: &Catalog) -> (Engine, Fake) {
    let fake = Fake::new(|_, _| Ok(reply(200, &[("link", LINK)], INPUT)));
    (engine(catalog, &fake).build().unwrap(), fake)
}

fn input() -> Value {
    serde_json::from_str(INPUT).unwrap()
}

/// What an operation gives; nothing when its template fails.
fn output(engine: &Engine, operation: &str, template: &Value) -> Option<Value> {
    match wait(engine.invoke(operation, input())) {
        Ok(output) => Some(serde_json::from_slice(output.as_bytes()).unwrap()),
        Err(error) => {
            assert!(REFUSED.contains(&error.kind()), "{template}: {error}");
            None
        }
    }
}
