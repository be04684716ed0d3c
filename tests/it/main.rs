//! The whole of Opwire, checked from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::print_stdout,
    clippy::format_collect,
    reason = "tests may"
)]

mod author;
mod bad_input;
mod bounds;
mod broken;
mod canaries;
mod characters;
mod checks;
mod compare;
mod connectors;
mod corpora;
mod docs;
mod egress;
mod errors;
mod faults;
mod fuzz;
mod github;
mod golden;
mod hostile;
mod injection;
mod language;
mod layers;
mod log;
mod mock;
mod names;
mod new_operation;
mod openapi;
mod outputs;
mod process;
mod properties;
mod refusals;
mod salesloft;
mod schemas;
mod second_connector;
mod security;
mod sending;
mod snapshots;
mod stripe;

use opwire::Catalog;
use opwire_tests::{fields, made};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The operations that ship.
fn catalog() -> Catalog {
    static CATALOG: LazyLock<Catalog> =
        LazyLock::new(|| match Catalog::open(root().join("operations")) {
            Ok(catalog) => catalog,
            Err(found) => panic!("{found}"),
        });
    CATALOG.clone()
}
