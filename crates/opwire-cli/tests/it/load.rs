//! `opwire serve` under load, by autocannon: no error, and no more memory than before.

use crate::serve::{EXAMPLE, Server};
use crate::shop;
use opwire_tests::{corpus, memory};
use serde_json::Value;
use std::process::Command;

/// MIT.
const AUTOCANNON: (&str, &str) = ("autocannon", "9.0.0");

/// So many requests, 32 at once; what it tells of them.
fn load(url: &str, requests: u32) -> Value {
    let packages = corpus::node_modules(AUTOCANNON.0, AUTOCANNON.1).unwrap();
    let output = Command::new(corpus::node().unwrap())
        .arg(packages.join("autocannon/autocannon.js"))
        .args(["--json", "--connections", "32", "--timeout", "60"])
        .args(["--amount", &requests.to_string()])
        .args(["--method", "POST"])
        .args(["--headers", "content-type=application/json"])
        .args(["--body", r#"{"order_id":8}"#])
        .arg(url)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

#[test]
fn ten_thousand_requests_fail_nowhere_and_leave_nothing_behind() {
    let dir = shop();
    std::fs::create_dir_all(dir.path().join("shop/examples")).unwrap();
    std::fs::write(dir.path().join("shop/examples/get_order.yaml"), EXAMPLE).unwrap();
    let arguments = ["--no-auth", "--mock"];
    let server = Server::run(crate::command(), &[dir.path()], &arguments);
    let url = server.url("/v1/operations/shop.get_order/invoke");
    load(&url, 5_000);
    let before = memory::resident_of(server.process());
    let told = load(&url, 10_000);
    let after = memory::resident_of(server.process());
    assert_eq!(told["2xx"], 10_000, "{told}");
    for none in ["non2xx", "errors", "timeouts", "mismatches"] {
        assert_eq!(told[none], 0, "{none}: {told}");
    }
    println!(
        "{} requests a second; resident {before} KiB before, {after} KiB after",
        told["requests"]["average"]
    );
    // What allocators keep varies; a KiB that each request left would be 10 MiB.
    assert!(after < before + 5_000, "{before} KiB, then {after} KiB");
}
