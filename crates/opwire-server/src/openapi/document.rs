//! The document, put together of the operations' export and the table of routes.
#![expect(
    clippy::indexing_slicing,
    reason = "members are set in objects that are made here"
)]

use super::route::{ADMITTED, Answer, BODY, CALL, NAMED, Part, Route};
use super::routes::{TAGS, routes};
use crate::access::Scopes;
use crate::problem::Refusal;
use crate::server::Server;
use opwire::manifest::Idempotency;
use opwire::{Catalog, Operation};
use opwire_openapi::Export;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const TITLE: &str = "Opwire";
const DESCRIPTION: &str = "Operations of several services, each invoked with JSON. What goes wrong is told as problem details \
                           (RFC 9457). `X-Request-Id` and `traceparent` of a request are taken, and come back with the answer.";
/// Parameters, headers and schemas that are no operation's.
const COMPONENTS: &str = include_str!("components.json");
/// Every answer has these.
const EVERYWHERE: &[&str] = &["X-Request-Id", "traceparent"];
/// The parameter that says whose a call is, where there are no API keys.
const TENANT: &str = "tenant";
/// The name of the API key among the security schemes.
const KEY: &str = "api_key";

/// What the server answers, with the operations within the scopes.
pub(super) fn write(server: &Server, catalog: &Catalog, scopes: &Scopes) -> Value {
    let open = server.is_open();
    let refusals = Refusal::ALL.map(|refusal| (refusal.status().as_u16(), refusal.as_str()));
    let export = Export::new(catalog)
        .only(|operation| scopes.allows(operation))
        .refusals(refusals);
    let mut document = export.document();
    document["info"] =
        json!({ "title": TITLE, "description": DESCRIPTION, "version": env!("CARGO_PKG_VERSION") });
    for operation in catalog.operations() {
        let path = format!("/v1/operations/{}/invoke", operation.name());
        if let Some(post) = document["paths"]
            .get_mut(path)
            .and_then(|path| path.get_mut("post"))
        {
            invoked(operation, post, open);
        }
    }
    for route in routes() {
        document["paths"][route.path][route.method] = told(route, open);
    }
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.extend(
            TAGS.iter()
                .map(|(name, description)| json!({ "name": name, "description": description })),
        );
    }
    components(&mut document["components"], open);
    if !open {
        document["security"] = json!([{ KEY: [] }]);
    }
    document
}

/// What the server adds to an operation of the export.
fn invoked(operation: &Operation, post: &mut Value, open: bool) {
    let keyed = matches!(
        operation.idempotency(),
        Idempotency::Header(_) | Idempotency::Body(_)
    );
    let names = ["connection", "idempotency_key"];
    post["parameters"] = parameters(if keyed { &names } else { &names[..1] }, !open);
    let ok = &mut post["responses"]["200"];
    let route = routes().find(|route| route.id == "invoke");
    let names = route
        .and_then(|route| route.answers.first())
        .map_or(&[][..], |answer| answer.headers);
    ok["headers"] = headers(names);
    if may_be_raw(operation) {
        for (kind, part) in [
            ("text/plain", Part::Text),
            ("application/octet-stream", Part::Any),
        ] {
            ok["content"][kind] = json!({ "schema": part.schema() });
        }
    }
    add_problems(&mut post["responses"], &[ADMITTED, NAMED, BODY, CALL]);
}

/// Can the output be a reply's text or bytes?
fn may_be_raw(operation: &Operation) -> bool {
    match operation.output_schema().get("type") {
        Some(Value::Array(several)) => several.iter().any(|one| one == "string"),
        Some(one) => one == "string",
        None => true,
    }
}

fn told(route: &Route, open: bool) -> Value {
    let mut told = json!({
        "operationId": route.id,
        "summary": route.summary,
        "description": route.description,
        "tags": [route.tag],
    });
    let names = parameters(route.parameters, !open || route.open);
    if names != json!([]) {
        told["parameters"] = names;
    }
    if let Some(schema) = route.body.schema() {
        told["requestBody"] =
            json!({ "required": false, "content": { "application/json": { "schema": schema } } });
    }
    told["responses"] = route
        .answers
        .iter()
        .map(|one| (one.status.to_string(), answer(one)))
        .collect();
    add_problems(&mut told["responses"], route.problems);
    if route.open && !open {
        told["security"] = json!([]);
    }
    told
}

fn answer(answer: &Answer) -> Value {
    let mut told = json!({ "description": answer.description, "headers": headers(answer.headers) });
    for (kind, part) in answer.content {
        told["content"][*kind] = json!({ "schema": part.schema() });
    }
    told
}

fn parameters(names: &[&str], keyed: bool) -> Value {
    let tenant = [TENANT];
    let more = if keyed { &[][..] } else { &tenant[..] };
    let names = names.iter().chain(more);
    names
        .map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }))
        .collect()
}

/// Headers of an answer, and those of each.
fn headers(names: &[&str]) -> Value {
    let names = EVERYWHERE.iter().chain(names);
    let each = names.map(|name| {
        let reference = json!({ "$ref": format!("#/components/headers/{name}") });
        ((*name).to_owned(), reference)
    });
    Value::Object(each.collect())
}

/// Problems of these statuses, where the status has no answer yet.
fn add_problems(responses: &mut Value, statuses: &[&[u16]]) {
    let statuses: BTreeSet<u16> = statuses.iter().copied().flatten().copied().collect();
    if let Some(responses) = responses.as_object_mut() {
        for status in statuses {
            let reference = json!({ "$ref": format!("#/components/responses/problem_{status}") });
            responses.entry(status.to_string()).or_insert(reference);
        }
    }
}

/// Adds parameters, headers, schemas, and how callers are known. Names of operations' schemas have dots.
fn components(components: &mut Value, open: bool) {
    let own: BTreeMap<String, Map<String, Value>> =
        serde_json::from_str(COMPONENTS).unwrap_or_default();
    for (place, parts) in own {
        match components[&place].as_object_mut() {
            Some(there) => there.extend(parts),
            None => components[&place] = Value::Object(parts),
        }
    }
    if !open {
        let description = "An API key, as `Authorization: Bearer KEY`.";
        components["securitySchemes"] =
            json!({ KEY: { "type": "http", "scheme": "bearer", "description": description } });
        if let Some(parameters) = components["parameters"].as_object_mut() {
            parameters.remove(TENANT);
        }
    }
    let responses = components["responses"].as_object_mut();
    for (name, response) in responses.into_iter().flatten() {
        let more: &[&str] = match name.as_str() {
            "problem_401" => &["Opwire-Attempts", "WWW-Authenticate"],
            "problem_405" => &["Allow"],
            "problem_429" | "problem_502" | "problem_503" => &["Opwire-Attempts", "Retry-After"],
            _ => &["Opwire-Attempts"],
        };
        response["headers"] = headers(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_components_are_read() {
        let own: Value = serde_json::from_str(COMPONENTS).unwrap();
        let names = own.as_object().unwrap().keys();
        assert!(names.eq(["parameters", "headers", "schemas"]));
        let files = crate::docs::FILES.map(|file| file.name);
        assert_eq!(own["parameters"]["file"]["schema"]["enum"], json!(files));
        let most = &own["parameters"]["per_page"]["schema"]["maximum"];
        assert_eq!(*most, json!(crate::options::LARGEST_PAGE));
    }
}
