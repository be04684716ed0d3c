//! A new operation is YAML alone.

use crate::made::Made;
use crate::root;
use opwire::{Catalog, Engine};
use opwire_testkit::{Example, Mock, Transcript};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};

#[tokio::test]
async fn yaml_alone_adds_an_operation() {
    let dir = Made::copy(&[&root().join("operations/salesloft")]);
    let connector = dir.path().join("salesloft");
    let text = std::fs::read_to_string(connector.join("main/get_person.yaml")).unwrap();
    // The seven lines that a copy needs changed.
    let text = text
        .replace("title: Get person", "title: Get group")
        .replace(
            "description: Get a person by ID.",
            "description: Gets a group by ID.",
        )
        .replace("person_id", "group_id")
        .replace("title: Person", "title: Group")
        .replace("The person to get.", "The group to get.")
        .replace("list_people_ddl", "list_groups_ddl")
        .replace("/v2/people/", "/v2/groups/")
        .replace(
            r#"$ref: "schemas/person.yaml#/$defs/one""#,
            r#"type: object, required: [data], properties: { data: { $ref: "schemas/group.yaml#/$defs/resource" } }"#,
        );
    std::fs::write(connector.join("main/get_group.yaml"), text).unwrap();
    std::fs::write(
        connector.join("examples/get_group.yaml"),
        "# yaml-language-server: $schema=../../../schemas/example.schema.json\ninput: {access_token: t, group_id: 7}\nreplies:\n  - headers: {content-type: application/json}\n    body: {data: {id: 7, name: West}}\n",
    )
    .unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    assert!(Catalog::check(dir.path()).is_empty());
    assert_eq!(catalog.operations().count(), 100);
    let operation = catalog.get("get_group").unwrap();
    let example = Example::for_operation(&operation).unwrap().remove(0);
    let transcript = Transcript::of(&catalog, &example)
        .await
        .unwrap()
        .to_string();
    assert!(
        transcript.starts_with("-> GET https://api.salesloft.com/v2/groups/7.json\n"),
        "{transcript}"
    );
    let mock = Mock::new(&catalog, Some("salesloft")).await.unwrap();
    let running = mock
        .start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url("salesloft", &running.base_url("salesloft"))
        .build()
        .unwrap();
    let output = engine
        .invoke("get_group", json!({"access_token": "t", "group_id": "8"}))
        .await
        .unwrap();
    assert_eq!(
        output.to_value(),
        json!({"data": {"id": 7, "name": "West"}})
    );
}
