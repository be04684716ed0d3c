//! What each route takes and answers: a row each. A test holds them to the router.

mod connections;
mod operations;
mod server;

use super::route::Route;

const OPERATIONS: &str = "Operations";
const CONNECTIONS: &str = "Connections";
const AGENTS: &str = "Agents";
const DOCUMENTATION: &str = "Documentation";
const SERVER: &str = "Server";
/// The tags of the rows, and what they are about.
pub(super) const TAGS: &[(&str, &str)] = &[
    (
        OPERATIONS,
        "Operations by name: to list, invoke, render, walk, and their fields' choices.",
    ),
    (
        CONNECTIONS,
        "Credentials that are kept for a tenant. There are none without a store.",
    ),
    (AGENTS, "The operations as tools."),
    (DOCUMENTATION, "This document, and a page of it."),
    (SERVER, "Whether it lives and can answer."),
];

const JSON: &str = "application/json";

/// The rows, by path.
pub(super) fn routes() -> impl Iterator<Item = &'static Route> {
    let all = [operations::ROUTES, connections::ROUTES, server::ROUTES];
    all.into_iter().flatten()
}
