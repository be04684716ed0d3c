//! What is exported is OpenAPI 3.1, by an independent validator's word.

use crate::catalog;
use opwire_openapi::{ImportOptions, export, import};
use opwire_tests::openapi::wrong_with;
use serde_json::Value;

fn validate(document: &Value) {
    if let Some(wrong) = wrong_with(&document.to_string()) {
        panic!("{wrong}");
    }
}

#[test]
fn every_operation_is_a_post_of_its_input() {
    let document = export(&catalog(), None).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), catalog().operations().count());
    let post = &paths["/v1/operations/salesloft.get_person/invoke"]["post"];
    assert_eq!(post["operationId"], "salesloft.get_person");
    assert_eq!(post["x-opwire-effect"], "read");
    let body = &post["requestBody"]["content"]["application/json"];
    assert_eq!(
        body["schema"]["properties"]["person_id"]["$ref"],
        "#/components/schemas/salesloft.id"
    );
    assert!(body["example"]["person_id"].is_u64());
    assert!(body["example"].get("access_token").is_none());
    for (status, response) in post["responses"].as_object().unwrap() {
        let reference = response["$ref"].as_str();
        assert!(
            status == "200" || document.pointer(&reference.unwrap()[1..]).is_some(),
            "{status}"
        );
    }
    validate(&document);
}

#[test]
fn one_connector_is_exported_alone() {
    let document = export(&catalog(), Some("stripe")).unwrap();
    assert_eq!(document["tags"].as_array().unwrap().len(), 1);
    assert_eq!(document["paths"].as_object().unwrap().len(), 10);
    validate(&document);
    assert!(export(&catalog(), Some("stripes")).is_err());
}

/// What is exported can be imported: its operations are POSTs with the same inputs.
#[test]
fn an_export_is_imported_again() {
    let document = export(&catalog(), Some("github")).unwrap().to_string();
    let mut options = ImportOptions::default();
    options.base_url = Some("https://opwire.example".to_owned());
    let imported = import(document.as_bytes(), "again", &options).unwrap();
    assert_eq!(imported.operations.len(), 10);
}
