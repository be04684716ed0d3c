//! Documents, judged by others' programs.

use crate::corpus::python;
use std::process::Command;

/// What is wrong with a document, by an independent validator's word; nothing when it is OpenAPI.
#[must_use]
pub fn wrong_with(document: &str) -> Option<String> {
    let packages = python("openapi-spec-validator", "0.9.0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("document.json");
    std::fs::write(&file, document).unwrap();
    let output = Command::new("python3")
        .env("PYTHONPATH", packages)
        .args(["-m", "openapi_spec_validator"])
        .arg(&file)
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).chars().take(4_000).collect();
    (!output.status.success()).then_some(told)
}
