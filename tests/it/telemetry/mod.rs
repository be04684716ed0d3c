//! What an engine and a server tell of their work: spans, observers, statistics, metrics, the log.

mod lines;
mod metrics;
mod observers;
mod otlp;
mod serving;
pub(crate) mod spans;
mod stats;
mod traces;

use crate::made::Made;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com/v1
pagination:
  pages: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { query: { page: '{{next}}' } } }
";
const INPUT: &str = "input: { type: object, properties: { id: { type: string, x-options: { operation: list } }, q: { type: string } } }\n";

/// `get` and `post` take an `id` whose choices `list` gives; `walk` has pages.
fn made() -> Made {
    let operation = |request: &str, more: &str| {
        format!("title: O\nkind: main\ndescription: O\n{INPUT}request: {request}\n{more}")
    };
    let get = "{ method: GET, path: '/things/{{input.id}}', query: { q: '{{input.q}}' } }";
    let post = "{ method: POST, path: /things, body: { json: '{{input}}' } }";
    let walk = "{ method: GET, path: /things }";
    let list = "title: O\nkind: ddl\ndescription: O\ninput: { type: object }\nrequest: { method: GET, path: /choices }\nresponse: { output: { options: '{{response.body}}' } }\n";
    Made::new(
        CONNECTOR,
        &[
            ("get", &operation(get, "")),
            ("post", &operation(post, "")),
            ("walk", &operation(walk, "pagination: pages\n")),
            ("list", list),
        ],
    )
}
