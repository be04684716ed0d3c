use super::*;
use opwire::Catalog;
use std::sync::Arc;

const MANIFEST: &str = r#"title: Create person
kind: main
description: Creates a person.
input:
  type: object
  additionalProperties: false
  properties:
    email: { type: string, format: email }
    code: { type: string, pattern: "^[A-Z]{2}[0-9]{6}$" }
    stage: { type: string, enum: [Hot Lead, Cold Lead] }
    pin: { type: string, x-secret: true }
    id: { type: integer }
    note: { type: string }
request: { method: POST, path: /people, body: { json: "{{input}}" } }
"#;

fn operation() -> (tempfile::TempDir, Arc<Operation>) {
    let dir = tempfile::tempdir().unwrap();
    for case in opwire::SHOP {
        let file = dir.path().join("shop").join(case.file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, case.bytes()).unwrap();
    }
    std::fs::write(dir.path().join("shop/main/create_person.yaml"), MANIFEST).unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    (dir, catalog.get("create_person").unwrap())
}

fn reply(value: Value) -> Reply {
    serde_json::from_value(value).unwrap()
}

fn record(input: Value, body: Value, keep: &[&str]) -> Result<Value, Unproven> {
    let (_dir, operation) = operation();
    let replies = [reply(
        json!({"status": 200, "headers": {"content-type": "application/json", "set-cookie": "s=1"}, "body": body}),
    )];
    let keep: Vec<String> = keep.iter().map(|&place| place.to_owned()).collect();
    example(&operation, &input, &replies, &keep).map(|recording| recording.example)
}

#[test]
fn what_may_be_somebodys_is_made_up_and_the_same_is_the_same() {
    let input = json!({"token": "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "email": "ada@lovelace.org", "stage": "Hot Lead", "pin": "9482-1", "id": 12345, "note": "Call her on Tuesday"});
    let body = json!({"data": {
        "id": 12345, "created_at": "2023-05-15T10:30:00Z", "state": "active", "score": 9_007_199_254_740_993_i64,
        "email": "ada@lovelace.org", "owner": {"name": "Charles Babbage", "email": "charles@babbage.org"},
        "phone": "+44 20 7946 0958", "phone_number": 2_079_460_958_u64, "emails_sent": 3, "tags": ["Machine Room", "vip"],
        "_href": "https://api.shop.example/people/12345", "homepage": "https://lovelace.org/me",
        "api_key": "ak_8f14e45fceea167a5a36dedd4bea2543", "custom_fields": {"Favourite ☕ place": "Soho"},
        "last_ip": "81.2.69.142", "nothing": null, "done": true,
    }});
    let made = record(input, body, &[]).unwrap();
    assert_eq!(
        made["input"],
        json!({"token": "your_token_here", "email": "person1@example.com", "stage": "Hot Lead", "pin": "your_pin_here", "id": 12345, "note": "Note 1"})
    );
    assert_eq!(
        made["replies"][0],
        json!({"status": 200, "headers": {"content-type": "application/json"}, "body": {"data": {
            "id": 12345, "created_at": "2023-05-15T10:30:00Z", "state": "active", "score": 9_007_199_254_740_993_i64,
            "email": "person1@example.com", "owner": {"name": "Ada Example", "email": "person2@example.com"},
            "phone": "+15550100001", "phone_number": 15_550_100_002_u64, "emails_sent": 3, "tags": ["Tags 1", "vip"],
            "_href": "https://api.shop.example/people/12345", "homepage": "https://www.example.com/1",
            "api_key": "your_api_key_here", "custom_fields": {"Key 1": "Value 1"},
            "last_ip": "192.0.2.1", "nothing": null, "done": true,
        }}})
    );
}

#[test]
fn what_can_not_be_proven_clean_is_refused_with_its_place() {
    let refused = record(json!({"token": "t", "code": "AB123456"}), json!({}), &[]).unwrap_err();
    assert_eq!(refused.places.len(), 1, "{refused}");
    assert_eq!(refused.places[0].0, "/input/code");
    assert!(!refused.to_string().contains("AB123456"));
    let kept = record(
        json!({"token": "t", "code": "AB123456"}),
        json!({}),
        &["/input/code"],
    );
    assert_eq!(kept.unwrap()["input"]["code"], "AB123456");
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let (_dir, operation) = operation();
    for body in [json!({"text": "Dear Ada"}), json!({"base64": "AAAA"})] {
        let refused = example(&operation, &json!({}), &[reply(body)], &[]).unwrap_err();
        assert_eq!(refused.places[0].0, "/replies/0");
    }
}

#[test]
fn a_link_keeps_its_form_and_loses_what_it_says() {
    let (_dir, operation) = operation();
    let link = "<https://api.shop.example/people?page=2>; rel=\"next\", <https://api.shop.example/people?cursor=4eC39HqLyjWDarjtT1zdp7dc>; rel=\"last\"";
    let replies = [reply(json!({"headers": {"Link": link}, "body": []}))];
    let made = example(&operation, &json!({}), &replies, &[]).unwrap();
    let text = made.example["replies"][0]["headers"]["link"]
        .as_str()
        .unwrap();
    assert_eq!(
        text,
        "<https://api.shop.example/people?page=2>; rel=\"next\", <https://api.shop.example/example1>; rel=\"last\""
    );
}
