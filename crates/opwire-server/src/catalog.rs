//! `GET /v1/operations` and `GET /v1/operations/{name}`: what there is to invoke.

use crate::access::Caller;
use crate::ask::{Query, Target};
use crate::problem::Problem;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use opwire::Operation;
use opwire::manifest::{Effect, ExampleManifest, Kind, parse_yaml};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Which operations are listed. What isn't given chooses none out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    connector: Option<String>,
    kind: Option<Kind>,
    effect: Option<Effect>,
    /// A part of the name, the title or the description, in any case.
    q: Option<String>,
}

impl Wanted {
    fn has(&self, operation: &Operation) -> bool {
        let connector = self.connector.as_deref();
        let searched = self.q.as_ref().map(|text| text.to_lowercase());
        connector.is_none_or(|name| name == operation.connector().name())
            && self.kind.is_none_or(|kind| kind == operation.kind())
            && self
                .effect
                .is_none_or(|effect| effect == operation.effect())
            && searched.is_none_or(|text| {
                let texts = [operation.name(), operation.title(), operation.description()];
                texts.iter().any(|part| part.to_lowercase().contains(&text))
            })
    }
}

/// `GET /v1/operations`: `{"operations": […]}`, those that the caller may invoke, by name.
pub(crate) async fn list(
    State(server): State<Server>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Json<Value> {
    let catalog = server.engine().catalog();
    let operations = catalog.operations();
    let operations = operations.filter(|one| caller.scopes.allows(one) && wanted.has(one));
    let rows: Vec<Value> = operations.map(|one| Value::Object(row(one))).collect();
    Json(json!({ "operations": rows }))
}

/// `GET /v1/operations/{name}`: the same, with its schemas, its drop-downs and an example.
pub(crate) async fn one(
    State(server): State<Server>,
    Target { operation, .. }: Target,
) -> Result<Json<Value>, Problem> {
    let failed = || {
        let message = "the operation's schemas can't be computed";
        Problem::from(opwire::Error::new(opwire::ErrorKind::Internal, message))
    };
    // Schemas are computed when they are first asked for, and the example is read: on a few threads, however many ask.
    let _turn = server.describing().acquire().await.map_err(|_| failed())?;
    let told = tokio::task::spawn_blocking(move || whole(&operation)).await;
    told.map(Json).map_err(|_| failed())
}

fn row(operation: &Operation) -> Map<String, Value> {
    let row = json!({
        "name": operation.name(),
        "connector": operation.connector().name(),
        "kind": operation.kind(),
        "title": operation.title(),
        "description": operation.description(),
        "effect": operation.effect(),
        "idempotency": operation.idempotency(),
        "method": operation.method(),
        "path": operation.path(),
        "paginated": operation.paginated(),
    });
    match row {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

fn whole(operation: &Operation) -> Value {
    let mut whole = row(operation);
    let links = operation.option_links().iter();
    let options = links.map(|link| json!({ "field": link.pointer, "operation": link.operation }));
    let parts = [
        ("input_schema", operation.input_schema().clone()),
        ("output_schema", operation.output_schema().clone()),
        ("options", options.collect()),
    ];
    whole.extend(parts.map(|(name, value)| (name.to_owned(), value)));
    if let Some(input) = example(operation) {
        whole.insert("example".to_owned(), json!({ "input": input }));
    }
    Value::Object(whole)
}

/// The input of the operation's example. Credentials in it are made up.
pub(crate) fn example(operation: &Operation) -> Option<Value> {
    let file = operation
        .examples_dir()
        .join(format!("{}.yaml", operation.id()));
    let value = parse_yaml(&std::fs::read_to_string(file).ok()?).ok()?;
    let example: ExampleManifest = serde_json::from_value(value).ok()?;
    Some(example.input)
}
