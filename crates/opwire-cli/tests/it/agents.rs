//! `opwire mcp` and `/mcp`, driven by the official clients of Python and TypeScript.

use crate::serve::Server;
use crate::{command, root};
use opwire_tests::corpus;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

/// The client of Python (MIT), and that of TypeScript (MIT).
const PYTHON: (&str, &str) = ("mcp", "2.3.0");
const TYPESCRIPT: (&str, &str) = ("@modelcontextprotocol/sdk", "1.32.2");

/// A server over HTTP that answers from the examples.
fn served() -> Server {
    let operations = root().join("operations");
    Server::run(command(), &[&operations], &["--mock", "--no-auth"])
}

/// What a client is to start: a server over standard input and output.
fn stdio() -> Vec<String> {
    let operations = root().join("operations");
    let operations = operations.to_str().unwrap();
    let parts = [
        env!("CARGO_BIN_EXE_opwire"),
        "--operations",
        operations,
        "mcp",
        "--mock",
    ];
    parts.map(str::to_owned).to_vec()
}

/// What a client tells at its end.
fn told(client: &mut Command) -> Value {
    let output = client.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{errors}"))
}

fn python(mode: &str, server: &[String]) -> Value {
    let packages = corpus::python(PYTHON.0, PYTHON.1).unwrap();
    let mut client = Command::new("python3");
    client
        .env("PYTHONPATH", packages)
        .arg(root().join("crates/opwire-cli/tests/agents/client.py"))
        .arg(mode)
        .args(server);
    told(&mut client)
}

fn typescript(server: &[String]) -> Value {
    let packages = corpus::node_modules(TYPESCRIPT.0, TYPESCRIPT.1).unwrap();
    let mut client = Command::new(corpus::node().unwrap());
    client
        .env("SDK", packages.join(TYPESCRIPT.0))
        .arg(root().join("crates/opwire-cli/tests/agents/client.mjs"))
        .args(server);
    told(&mut client)
}

fn all_went_well(told: &Value) {
    let of = |name: &str| told[name].as_u64().unwrap();
    assert_eq!(of("tools"), 119, "{told}");
    assert_eq!(of("called"), of("tools"), "{told}");
    assert!(of("pages") >= 2, "{told}");
}

#[test]
fn pythons_client_over_both_transports_and_both_protocols() {
    let served = served();
    for (mode, version) in [("auto", "2026-07-28"), ("legacy", "2025-11-25")] {
        for server in [stdio(), vec![served.url("/mcp")]] {
            let told = python(mode, &server);
            all_went_well(&told);
            assert_eq!(told["version"], version, "{told}");
        }
    }
}

#[test]
fn typescripts_client_over_both_transports() {
    let served = served();
    for server in [stdio(), vec![served.url("/mcp")]] {
        let told = typescript(&server);
        all_went_well(&told);
        // Each operation that removes something was confirmed.
        assert!(told["asked"].as_u64().unwrap() > 5, "{told}");
    }
}

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// It ends when its client closes, and when it is told to stop while the client waits.
#[cfg(unix)]
#[test]
fn it_ends_with_its_client_and_when_told() {
    for told in [false, true] {
        let command = stdio();
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{HELLO}").unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["result"]["serverInfo"]["name"], "opwire");
        if told {
            let kill = Command::new("kill").arg(child.id().to_string()).status();
            assert!(kill.unwrap().success());
        } else {
            drop(input);
        }
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "standard output is the protocol's");
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut notes = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut notes)
            .unwrap();
        assert!(
            notes.contains("--catalogue offers the same in three"),
            "{notes}"
        );
    }
}
