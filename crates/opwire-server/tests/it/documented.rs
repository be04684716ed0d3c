//! `/openapi.json` tells every route, and what its caller may invoke; `/docs` shows it.

use crate::world::{CONNECTOR, Got, OPERATIONS, Started, client, plain};
use opwire::Catalog;
use opwire::manifest::Effect;
use opwire_server::{Caller, KeyHash, Scopes, new_key};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The paths of the router, by its text: no router tells its own.
fn routed() -> BTreeSet<String> {
    let text = include_str!("../../src/router.rs");
    let code = text.split("#[cfg(test)]").next().unwrap();
    let mut paths = BTreeSet::new();
    for after in code.split(".route(").skip(1) {
        let path = after.trim_start().strip_prefix('"').unwrap();
        paths.insert(path.split('"').next().unwrap().to_owned());
    }
    paths
}

/// The methods that the router answers at a path, by `Allow`.
async fn allowed(server: &Started, path: &str) -> BTreeSet<String> {
    let path = path.replace("{name}", "t.get_thing");
    let path = path.replace(['{', '}'], "");
    let request = client().request(reqwest::Method::TRACE, server.at(&path));
    let got = Got::of(request).await;
    assert_eq!(
        got.problem(),
        (405, "method_not_allowed".to_owned()),
        "{path}"
    );
    let methods = got.header("allow").split(',').map(str::to_lowercase);
    methods.filter(|method| method != "head").collect()
}

/// Where a reference leads to nothing.
fn dangling(document: &Value, part: &Value, into: &mut Vec<String>) {
    if let Some(Value::String(reference)) = part.get("$ref")
        && reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
            .is_none()
    {
        into.push(reference.clone());
    }
    match part {
        Value::Object(map) => map.values().for_each(|part| dangling(document, part, into)),
        Value::Array(list) => list.iter().for_each(|part| dangling(document, part, into)),
        _ => {}
    }
}

fn sound(document: &Value) {
    let mut lost = Vec::new();
    dangling(document, document, &mut lost);
    assert!(lost.is_empty(), "{lost:?}");
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{path}: {id} twice");
            assert!(operation["responses"]["500"].is_object(), "{path}");
        }
    }
}

#[tokio::test]
async fn every_route_is_documented_with_its_methods() {
    let server = Started::open(&plain().await).await;
    let document = Got::of(server.get("/openapi.json")).await.json();
    let paths = document["paths"].as_object().unwrap();
    let own = |path: &String| path.starts_with("/v1/operations/t.");
    let told: BTreeSet<String> = paths.keys().filter(|path| !own(path)).cloned().collect();
    assert_eq!(told, routed());
    assert_eq!(
        paths.keys().filter(|path| own(path)).count(),
        OPERATIONS.len()
    );
    for path in told {
        let methods = paths[&path].as_object().unwrap().keys();
        let methods: BTreeSet<String> = methods
            .filter(|name| METHODS.contains(&name.as_str()))
            .cloned()
            .collect();
        assert_eq!(methods, allowed(&server, &path).await, "{path}");
    }
    sound(&document);
}

#[tokio::test]
async fn an_operation_is_told_with_all_that_its_invocation_answers() {
    let server = Started::open(&plain().await).await;
    let document = Got::of(server.get("/openapi.json")).await.json();
    let post = |name: &str| &document["paths"][format!("/v1/operations/t.{name}/invoke")]["post"];
    let statuses = post("get_thing")["responses"].as_object().unwrap().keys();
    assert_eq!(
        statuses.map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from([
            "200", "400", "401", "403", "404", "408", "413", "415", "422", "429", "499", "500",
            "502", "503", "504"
        ])
    );
    let problem = &document["components"]["responses"]["problem_401"];
    let description = problem["description"].as_str().unwrap();
    assert!(description.contains("credentials_missing") && description.contains("unauthenticated"));
    assert!(problem["headers"]["WWW-Authenticate"].is_object());
    let content = |name: &str| {
        post(name)["responses"]["200"]["content"]
            .as_object()
            .unwrap()
            .len()
    };
    assert_eq!((content("get_text"), content("move_to")), (3, 3));
    assert_eq!(content("countries_ddl"), 1);
    let parameters = |name: &str| post(name)["parameters"].as_array().unwrap().len();
    // With a key of its own, and the tenant that is given where there are no API keys.
    assert_eq!((parameters("make_thing"), parameters("get_thing")), (3, 2));
    assert_eq!(document["security"], Value::Null);
}

/// An API key with these scopes.
fn key(scopes: Scopes) -> (String, (KeyHash, Caller)) {
    let (text, hash) = new_key().unwrap();
    (text, (hash, Caller::new("acme", scopes)))
}

#[tokio::test]
async fn a_caller_is_told_of_what_its_key_allows() {
    let (all, of_all) = key(Scopes::default());
    let (reads, of_reads) = key(Scopes::default().effects([Effect::Read]));
    let keys = Arc::new(vec![of_all, of_reads]);
    let upstream = plain().await;
    let server = Started::with(&upstream, |engine| engine, |server| server.keys(keys)).await;
    let unknown = Got::of(server.get("/openapi.json")).await;
    assert_eq!(unknown.problem(), (401, "unauthenticated".to_owned()));
    let get = async |key: &str| {
        let got = Got::of(server.get("/openapi.json").bearer_auth(key)).await;
        assert_eq!(got.header("cache-control"), "private, no-cache");
        (got.header("etag").to_owned(), got.json())
    };
    let ((tag, whole), (other, part)) = (get(&all).await, get(&reads).await);
    assert_ne!(tag, other);
    let has = |document: &Value, name: &str| {
        document["paths"]
            .get(format!("/v1/operations/t.{name}/invoke"))
            .is_some()
    };
    assert!(has(&whole, "make_thing") && has(&whole, "get_thing"));
    assert!(!has(&part, "make_thing") && has(&part, "get_thing"));
    for document in [&whole, &part] {
        sound(document);
        assert_eq!(document["security"], json!([{ "api_key": [] }]));
        assert_eq!(
            document["components"]["securitySchemes"]["api_key"]["scheme"],
            "bearer"
        );
        assert_eq!(document["paths"]["/healthz"]["get"]["security"], json!([]));
        assert!(document["components"]["parameters"].get("tenant").is_none());
    }
}

#[tokio::test]
async fn the_document_is_kept_until_the_operations_are_loaded_anew() {
    let upstream = plain().await;
    let server = Started::open(&upstream).await;
    let first = Got::of(server.get("/openapi.json")).await;
    let tag = first.header("etag").to_owned();
    let again = || Got::of(server.get("/openapi.json").header("if-none-match", &tag));
    let kept = again().await;
    assert_eq!((kept.status, kept.text.as_str()), (304, ""));
    assert_eq!(kept.header("etag"), tag);
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("t/main")).unwrap();
    std::fs::write(dir.path().join("t/connector.yaml"), CONNECTOR).unwrap();
    let (name, text) = OPERATIONS[1];
    std::fs::write(dir.path().join(format!("t/{name}.yaml")), text).unwrap();
    server.engine.reload(Catalog::open(dir.path()).unwrap());
    let anew = again().await;
    assert_eq!(anew.status, 200);
    let paths = anew.json()["paths"].as_object().unwrap().clone();
    assert!(
        paths
            .keys()
            .filter(|path| path.contains("/t."))
            .eq(["/v1/operations/t.make_thing/invoke"])
    );
    // The same operations are the same document.
    server.engine.reload(Catalog::open(dir.path()).unwrap());
    let tag = anew.header("etag").to_owned();
    let same = Got::of(server.get("/openapi.json").header("if-none-match", tag)).await;
    assert_eq!(same.status, 304);
}

/// What a text says behind each of these.
fn behind<'a>(text: &'a str, mark: &str, end: char) -> Vec<&'a str> {
    let parts = text.split(mark).skip(1);
    parts.map(|part| part.split(end).next().unwrap()).collect()
}

#[tokio::test]
async fn the_page_asks_only_this_server() {
    let (_, of_all) = key(Scopes::default());
    let keys = Arc::new(vec![of_all]);
    let server = Started::with(&plain().await, |engine| engine, |server| server.keys(keys)).await;
    let page = Got::of(server.get("/docs")).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let base = reqwest::Url::parse(&server.at("/docs")).unwrap();
    let mut files = behind(&page.text, "src=\"", '"');
    files.extend(behind(&page.text, "href=\"", '"'));
    files.retain(|url| *url != "data:,");
    assert_eq!(files.len(), 3);
    for file in files {
        let url = base.join(file).unwrap();
        assert_eq!(url.origin(), base.origin(), "{file}");
        let got = Got::of(client().get(url)).await;
        assert_eq!(got.status, 200, "{file}");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert!(got.text.len() > 100, "{file}");
        if got.header("content-type").starts_with("text/css") {
            for url in behind(&got.text, "url(", ')') {
                assert!(
                    url.trim_start_matches(['"', '\'']).starts_with("data:"),
                    "{url}"
                );
            }
            assert!(!got.text.contains("@import"));
        }
        let kept = client()
            .get(base.join(file).unwrap())
            .header("if-none-match", got.header("etag"));
        assert_eq!(Got::of(kept).await.status, 304);
    }
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{policy}"
    );
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    // Nothing stands in the page that its policy refuses.
    assert!(!page.text.contains("style=") && !page.text.contains("<script>"));
    for path in [
        "/docs/other.js",
        "/docs/%ff",
        "/docs/swagger-ui.css.map",
        "/docs/",
    ] {
        assert_eq!(Got::of(server.get(path)).await.problem().0, 404, "{path}");
    }
}

#[test]
fn the_page_keeps_no_key() {
    let script = include_str!("../../src/docs/start.js");
    for word in [
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "cookie",
        "http:",
        "https:",
    ] {
        assert!(!script.contains(word), "{word}");
    }
    assert!(script.contains("persistAuthorization: false"));
    assert!(script.contains("queryConfigEnabled: false") && script.contains("validatorUrl: null"));
}
