//! The published operations, samples and drop-downs of Salesloft.

use crate::{catalog, root};
use opwire::{Engine, Operation};
use opwire_testkit::{Example, Mock, Transcript};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

fn samples() -> std::path::PathBuf {
    root().join("tests/samples/salesloft")
}

fn published() -> Map<String, Value> {
    let text = std::fs::read_to_string(samples().join("operations.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The published inputs or outputs, by operation.
fn sample(end: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(samples()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(id) = name.strip_suffix(end) {
            found.insert(
                id.to_owned(),
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(),
            );
        }
    }
    found
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// `{id}` and `{person_id}` are both a hole.
fn holes(path: &str) -> String {
    let mut text = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push_str("{}");
        rest = after.split_once('}').unwrap().1;
    }
    text + rest
}

#[test]
fn the_published_operations_are_there_with_their_endpoints() {
    let catalog = catalog();
    let published = published();
    assert_eq!(published.len(), 98);
    for (id, expected) in &published {
        let operation = catalog.get(&format!("salesloft.{id}")).unwrap();
        assert_eq!(operation.kind().to_string(), expected["kind"], "{id}");
        assert_eq!(operation.method(), expected["method"].as_str(), "{id}");
        assert_eq!(
            operation.path().map(holes),
            expected["path"].as_str().map(holes),
            "{id}"
        );
        assert!(
            !operation.title().is_empty() && !operation.description().is_empty(),
            "{id}"
        );
    }
    let own = catalog
        .operations()
        .filter(|o| o.connector().name() == "salesloft");
    let names: BTreeSet<String> = own.map(|o| o.id().to_owned()).collect();
    let mut wanted: BTreeSet<String> = published.keys().cloned().collect();
    wanted.insert("list_people".to_owned());
    assert_eq!(names, wanted);
}

/// The input's name of a wire field: a pointer into the input.
fn input_pointer(operation: &Operation, expected: &Value, wire: &str) -> String {
    let path_input = expected["path_inputs"].get(wire).and_then(Value::as_str);
    let renamed = path_input.or_else(|| expected["renames"].get(wire).and_then(Value::as_str));
    let in_body = expected["body"]
        .as_array()
        .unwrap()
        .iter()
        .any(|name| name == wire);
    let properties = &operation.input_schema()["properties"];
    let name = match renamed {
        Some(name) => name.to_owned(),
        // upsert_person has a body field `id`; elsewhere `id` is in the path.
        None if in_body
            || (properties.get("fields").is_some() && properties.get(wire).is_none()) =>
        {
            if operation.id() == "create_bulk_job_data" {
                wire.to_owned()
            } else {
                format!("fields.{wire}")
            }
        }
        None => wire.to_owned(),
    };
    format!("/{}", name.replace('.', "/"))
}

#[test]
fn every_published_drop_down_is_an_options_link() {
    let catalog = catalog();
    let mut count = 0;
    for (id, expected) in published() {
        let operation = catalog.get(&format!("salesloft.{id}")).unwrap();
        for (wire, ddls) in expected["links"].as_object().unwrap() {
            let pointer = input_pointer(&operation, &expected, wire);
            let links = operation
                .option_links()
                .iter()
                .filter(|link| link.pointer == pointer);
            let found: Vec<String> = links.map(|link| link.operation.clone()).collect();
            assert_eq!(found, strings(ddls), "{id} {pointer}");
            count += found.len();
        }
    }
    assert_eq!(count, 143);
}

#[test]
fn every_parameter_and_body_field_of_the_endpoints_can_be_given() {
    let catalog = catalog();
    for (id, expected) in published() {
        if expected["kind"] == "ddl" || id == "raw_http_request" {
            continue;
        }
        let operation = catalog.get(&format!("salesloft.{id}")).unwrap();
        let names = strings(&expected["query"])
            .into_iter()
            .chain(strings(&expected["body"]));
        for wire in names {
            let pointer = input_pointer(&operation, &expected, &wire);
            let mut schema = operation.input_schema();
            for name in pointer.split('/').skip(1) {
                schema = property(operation.input_schema(), schema, name)
                    .unwrap_or_else(|| panic!("{id}: {pointer}"));
            }
        }
    }
}

fn property<'a>(root: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|r| root.pointer(r.strip_prefix('#')?));
    [Some(schema), target]
        .into_iter()
        .flatten()
        .find_map(|part| part.get("properties")?.get(name))
}

/// Query names with their brackets, decoded.
fn query_names(uri: &http::Uri) -> BTreeSet<String> {
    let url = url::Url::parse(&uri.to_string()).unwrap();
    url.query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect()
}

#[test]
fn every_published_input_gives_the_published_request() {
    let catalog = catalog();
    let engine = Engine::builder().catalog(catalog.clone()).build().unwrap();
    let (inputs, published) = (sample(".input.json"), published());
    assert_eq!(inputs.len(), 24);
    for (id, input) in inputs {
        let expected = &published[&id];
        let request = engine
            .render(&id, input.clone())
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(
            request.headers()["authorization"],
            "Bearer {access_token}",
            "{id}"
        );
        if id == "raw_http_request" {
            assert_eq!(request.method(), "GET");
            assert_eq!(
                request.uri(),
                "https://api.salesloft.com/v2/people?per_page=50&page=1"
            );
            assert_eq!(request.headers()["content-type"], "application/json");
            continue;
        }
        assert_eq!(request.method().as_str(), expected["method"], "{id}");
        let path = expected["path"].as_str().unwrap().replace("{id}", "12345");
        assert_eq!(request.uri().path(), path, "{id}");
        assert_eq!(request.uri().host(), Some("api.salesloft.com"));
        let known: BTreeSet<String> = strings(&expected["query"]).into_iter().collect();
        for name in query_names(request.uri()) {
            let base = name.split('[').next().unwrap();
            let ddl = ["sort_by", "sort_direction", "per_page"].contains(&base);
            assert!(known.contains(base) || ddl, "{id}: {name}");
        }
        if !request.body().is_empty() {
            let body: Map<String, Value> = serde_json::from_slice(request.body()).unwrap();
            let known: BTreeSet<String> = strings(&expected["body"]).into_iter().collect();
            let given: BTreeSet<String> = body.keys().cloned().collect();
            assert!(given.is_subset(&known), "{id}: {given:?}");
            assert_eq!(
                given.len(),
                input["fields"].as_object().unwrap().len(),
                "{id}: a field was lost"
            );
            assert!(body["custom_fields"].is_object(), "{id}");
        }
    }
}

#[test]
fn lists_and_ranges_are_laid_out_as_the_service_reads_them() {
    let engine = Engine::builder().catalog(catalog()).build().unwrap();
    let request = engine
        .render(
            "list_cadences",
            sample(".input.json")["list_cadences"].clone(),
        )
        .unwrap();
    let query = request.uri().query().unwrap();
    for part in [
        "ids[]=123&ids[]=456&ids[]=789",
        "updated_at[gte]=2023-01-01",
        "owned_by_guid[]=user_guid_1",
        "name[]=Sales%20Outreach",
        "shared=false",
    ] {
        assert!(query.contains(part), "{part} in {query}");
    }
    assert!(
        !query.contains("cadence_ids") && !query.contains("owned_by_guid_filter"),
        "{query}"
    );
    let created = engine
        .render(
            "create_account",
            sample(".input.json")["create_account"].clone(),
        )
        .unwrap();
    let body: Value = serde_json::from_slice(created.body()).unwrap();
    assert_eq!(
        body["custom_fields"],
        json!({"Customer Segment": "Enterprise"})
    );
    assert_eq!(body["name"], "Acme Corporation");
    assert_eq!(body.get("full_name"), None);
    assert_eq!(body["owner_id"], 12345);
}

#[tokio::test]
async fn every_published_input_gives_an_output_over_http() {
    let catalog = catalog();
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
    for (id, input) in sample(".input.json") {
        let output = engine
            .invoke(&id, input)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(output.as_bytes().len() > 2, "{id}: {output}");
    }
}

#[tokio::test]
async fn every_published_output_is_reproduced_by_an_example() {
    let catalog = catalog();
    let outputs = sample(".output.json");
    assert_eq!(outputs.len(), 27);
    for (id, expected) in outputs {
        let operation = catalog.get(&id).unwrap();
        let mut given = Vec::new();
        for example in Example::for_operation(&operation).unwrap() {
            let transcript = Transcript::of(&catalog, &example).await.unwrap();
            given.extend(
                transcript
                    .outputs()
                    .iter()
                    .flatten()
                    .map(opwire::Output::to_value),
            );
        }
        assert!(
            given.contains(&expected),
            "{id}: no example gives the published output"
        );
    }
}

#[test]
fn every_published_input_is_an_example() {
    let catalog = catalog();
    for (id, input) in sample(".input.json") {
        let operation = catalog.get(&id).unwrap();
        let examples = Example::for_operation(&operation).unwrap();
        assert!(
            examples.iter().any(|example| example.input == input),
            "{id}"
        );
    }
}
