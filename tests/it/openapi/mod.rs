//! Importing public OpenAPI documents, importing again, and exporting.

mod again;
mod documents;
mod export;

use opwire::Catalog;
use opwire_openapi::{ImportOptions, Imported, Plan, Prefer, import};
use std::path::Path;

/// A small service.
const PETS: &str = include_str!("../../../crates/opwire-cli/tests/cmd/openapi.in/pets.yaml");

fn imported(document: &str) -> Imported {
    import(document.as_bytes(), "pets", &ImportOptions::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Imports a document into a folder and checks it.
fn write(document: &str, folder: &Path) {
    Plan::new(&imported(document), folder, Prefer::Neither)
        .unwrap_or_else(|refusal| panic!("{refusal}"))
        .write()
        .unwrap();
    let found = Catalog::check(folder);
    assert!(found.is_empty(), "{found}");
}
