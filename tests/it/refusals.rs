//! How a connector's rules make errors of what a service refuses.

use crate::made::Made;
use opwire::{Catalog, Error};
use serde_json::{Value, json};

const OPERATION: &str = "
title: O
kind: main
description: O
input: { type: object, additionalProperties: true }
request: { method: GET, path: /x }
";

/// A connector with this rule for every refusal.
fn made(rule: &str) -> Made {
    let connector = format!(
        "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com\n\
         errors: [{{ when: {{ status: 400-599 }}, {rule} }}]\n"
    );
    Made::new(&connector, &[("o", OPERATION)])
}

async fn refused(rule: &str, body: &Value) -> Error {
    let reply =
        json!({"status": 400, "headers": {"content-type": "application/json"}, "body": body});
    let (engine, _) = made(rule).engine(&[reply]);
    engine.invoke("t.o", json!({})).await.unwrap_err()
}

fn violations(error: &Error) -> Vec<(&str, &str)> {
    let violations = error.violations().iter();
    violations
        .map(|violation| (violation.pointer.as_str(), violation.message.as_str()))
        .collect()
}

#[tokio::test]
async fn the_code_may_be_the_services_own() {
    let rule = "code: '{{default response.body.error.code response.body.error.type}}'";
    for (body, code) in [
        (
            json!({"error": {"code": "gone", "type": "t"}}),
            Some("gone"),
        ),
        (json!({"error": {"code": null, "type": "t"}}), Some("t")),
        (json!({"error": {"code": 7}}), Some("7")),
        (json!({"error": {"code": ""}}), None),
        (json!({"error": "text"}), None),
        (json!([]), None),
    ] {
        assert_eq!(refused(rule, &body).await.code(), code, "{body}");
    }
    assert_eq!(
        refused("code: plain", &json!({})).await.code(),
        Some("plain")
    );
    let message = refused("message: '{{response.body.why}}'", &json!({"why": null})).await;
    assert_eq!(message.message(), "the service answered 400");
}

#[tokio::test]
async fn fields_are_an_object_or_a_list_of_key_and_value() {
    let object = "fields: '{{response.body}}'";
    let list = "fields: { $each: '{{response.body}}', $as: e, $map: { key: '{{e.field}}', value: '{{e.why}}' } }";
    let one = "fields: [{ key: '{{response.body.param}}', value: '{{response.body.why}}' }]";
    for (rule, body, expected) in [
        (
            object,
            json!({"a": "is bad", "b/c": ["is bad", "is long"], "d": null}),
            vec![("/a", "is bad"), ("/b~1c", "is bad"), ("/b~1c", "is long")],
        ),
        (
            list,
            json!([{"field": "a", "why": "is bad"}, {"field": "a", "why": ["is long"]}, {"why": "x"}, "text", null]),
            vec![("/a", "is bad"), ("/a", "is long")],
        ),
        (
            one,
            json!({"param": "a[0][b]", "why": "is bad"}),
            vec![("/a[0][b]", "is bad")],
        ),
        (one, json!({"why": "is bad"}), vec![]),
        (list, json!({"not": "a list"}), vec![]),
    ] {
        assert_eq!(violations(&refused(rule, &body).await), expected, "{body}");
    }
}

#[test]
fn a_wrong_template_of_a_code_is_told_with_its_place() {
    let made = made("code: '{{upcase response.body.code}}'");
    let found = Catalog::check(made.path()).to_string();
    assert!(
        found.contains("unknown-helper") && found.contains("t/connector.yaml:6:"),
        "{found}"
    );
}
