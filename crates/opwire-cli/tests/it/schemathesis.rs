//! `opwire serve` against its own `/openapi.json`, by schemathesis: no server error, no answer that is not declared.

use crate::root;
use crate::serve::Server;
use opwire_tests::corpus;
use std::process::Command;

/// MIT.
const SCHEMATHESIS: (&str, &str) = ("schemathesis", "4.32.5");

/// Runs it over a part of the document's paths.
fn run(server: &Server, arguments: &[&str]) -> String {
    let packages = corpus::python(SCHEMATHESIS.0, SCHEMATHESIS.1).unwrap();
    let place = tempfile::tempdir().unwrap();
    let output = Command::new("python3")
        .env("PYTHONPATH", packages)
        .current_dir(place.path())
        .args(["-m", "schemathesis.cli", "run"])
        .arg(server.url("/openapi.json"))
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", "5", "--generation-deterministic"])
        .args(["--no-shrink", "--continue-on-failure", "--warnings", "off"])
        .args(["--request-timeout", "30"])
        .args(arguments)
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

/// `/mcp` is left to clients of its protocol: its streams stay open. Of Salesloft a sample is taken, for time.
#[test]
fn nothing_undeclared_is_answered() {
    let place = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", place.path().join("store.db").display());
    let operations = root().join("operations");
    let arguments = [
        "--no-auth",
        "--mock",
        "--store",
        &store,
        "--public-url",
        "http://127.0.0.1:8787",
    ];
    let server = Server::run(crate::command(), &[&operations], &arguments);
    let sample = r"^/v1/operations/(github|stripe|salesloft\.(add|complete|get_p|list_.*_ddl))";
    let told = run(&server, &["--include-path-regex", sample]);
    assert!(told.contains("No issues found"), "{told}");
    // What these take depends on what they name, which no schema can say: valid data may be refused.
    let told = run(
        &server,
        &[
            "--exclude-path-regex",
            r"^/mcp|^/v1/operations/[^{]",
            "--exclude-checks",
            "positive_data_acceptance",
        ],
    );
    assert!(told.contains("No issues found"), "{told}");
}
