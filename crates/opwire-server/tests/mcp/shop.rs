//! A small connector, and a service that answers by a function.

use bytes::Bytes;
use http::{Request, Response, header};
use opwire::{Catalog, Engine, Limits, Secret, Transport, TransportFuture};
use opwire_server::{Mcp, McpBuilder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

const CONNECTOR: &str = "
opwire: 1
name: shop
title: Shop
description: Orders.
base_url: https://shop.example.com
credentials:
  type: object
  required: [api_key]
  properties: { api_key: { type: string, minLength: 1 } }
auth: { api_key: { in: header, name: X-Key, value: '{{credentials.api_key}}' } }
pagination:
  pages:
    items: '{{response.body.orders}}'
    next: '{{response.body.next}}'
    request: { query: { page: '{{next}}' } }
";

const OPERATIONS: [(&str, &str); 5] = [
    (
        "main/list_orders.yaml",
        "
title: List orders
kind: main
description: Lists orders.
input: { properties: { status: { type: string, x-options: { operation: list_statuses_ddl } } } }
request: { method: GET, path: /orders, query: { status: '{{input.status}}' } }
pagination: pages
",
    ),
    (
        "main/get_order.yaml",
        "
title: Get order
kind: main
description: Gives an order.
input:
  required: [id]
  properties: { id: { type: integer, description: The order's number. } }
request: { method: GET, path: '/orders/{{input.id}}' }
response: { schema: { type: object, required: [id], properties: { id: { type: integer } } } }
",
    ),
    (
        "main/delete_order.yaml",
        "
title: Delete order
kind: main
description: Deletes an order.
input:
  required: [id]
  properties: { id: { type: integer } }
request: { method: DELETE, path: '/orders/{{input.id}}' }
",
    ),
    (
        "main/create_order.yaml",
        "
title: Create order
kind: main
description: Makes an order.
input:
  required: [name]
  properties: { name: { type: string }, amount: { type: integer, minimum: 1 } }
request: { method: POST, path: /orders, body: { json: { name: '{{input.name}}', amount: '{{input.amount}}' } } }
",
    ),
    (
        "ddl/list_statuses_ddl.yaml",
        "
title: List statuses
kind: ddl
description: Gives the statuses that an order can have.
request: { method: GET, path: /statuses }
response:
  output: { options: { $each: '{{response.body}}', $as: it, $map: { label: '{{it}}', value: '{{it}}' } } }
",
    ),
];

type Answer = dyn Fn(&Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync;

/// A service that answers by a function; nothing is never answered.
#[derive(Clone)]
pub(crate) struct Service(Arc<Answer>);

impl Transport for Service {
    fn send<'a>(&'a self, request: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        let answer = (self.0)(&request);
        Box::pin(async move {
            match answer {
                Some(response) => Ok(response),
                None => std::future::pending().await,
            }
        })
    }
}

pub(crate) fn json(status: u16, body: &Value) -> Response<Bytes> {
    let response = Response::builder().status(status);
    let response = response.header(header::CONTENT_TYPE, "application/json");
    response.body(body.to_string().into()).unwrap()
}

pub(crate) fn catalog() -> Catalog {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in OPERATIONS
        .into_iter()
        .chain([("connector.yaml", CONNECTOR)])
    {
        let file = dir.path().join("shop").join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    Catalog::open(dir.path()).unwrap_or_else(|found| panic!("{found}"))
}

/// An engine that has the shop's credentials.
pub(crate) fn engine(
    answer: impl Fn(&Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync + 'static,
) -> Engine {
    let key = ("shop".to_owned(), "api_key".to_owned());
    let credentials = BTreeMap::from([(key, Secret::new("k"))]);
    Engine::builder()
        .catalog(catalog())
        .credentials(credentials)
        .transport(Service(Arc::new(answer)))
        .build()
        .unwrap()
}

/// Its operations as tools.
pub(crate) fn tools(
    answer: impl Fn(&Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync + 'static,
) -> McpBuilder {
    Mcp::builder(engine(answer)).has_credential("shop", "api_key")
}

/// Tools of a service that holds something for each request, and never answers.
pub(crate) fn holding<T: Send + 'static>(
    hold: impl Fn() -> T + Send + Sync + 'static,
) -> McpBuilder {
    struct Holding<F>(F);
    impl<T: Send + 'static, F: Fn() -> T + Send + Sync> Transport for Holding<F> {
        fn send<'a>(&'a self, _: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
            let held = (self.0)();
            Box::pin(async move {
                let _held = held;
                std::future::pending().await
            })
        }
    }
    let key = ("shop".to_owned(), "api_key".to_owned());
    let engine = Engine::builder()
        .catalog(catalog())
        .credentials(BTreeMap::from([(key, Secret::new("k"))]))
        .transport(Holding(hold));
    Mcp::builder(engine.build().unwrap())
}
