//! What docs/ says of the server is so.

use opwire_server::{Limits, Refusal};

fn page(name: &str) -> String {
    let file = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn every_refusal_has_its_row() {
    let text = page("errors.md");
    for refusal in Refusal::ALL {
        let later = if refusal.retryable() { "yes" } else { "no" };
        let (name, status) = (refusal.as_str(), refusal.status().as_u16());
        let row = format!("| `{name}` | {later} | {status} |");
        assert!(text.contains(&row), "docs/errors.md lacks {row}");
    }
}

#[test]
fn every_limit_has_its_row() {
    let text = page("http.md");
    let limits = Limits::default();
    let seconds =
        |what: &str, time: std::time::Duration| format!("| {what} | {} s", time.as_secs());
    for row in [
        format!("| a body | {} MiB |", limits.body >> 20),
        seconds("the time in which a body comes", limits.body_time),
        seconds(
            "the time in which a head comes, and that a connection may be idle",
            limits.head_time,
        ),
        seconds(
            "the time in which a connection takes some of an answer",
            limits.write_time,
        ),
        seconds("the time until an answer begins", limits.request_time),
        format!("| requests at once | {} |", limits.requests),
        format!("| of one tenant | {} |", limits.tenant_requests),
        format!(
            "| connections | {},{:03} |",
            limits.connections / 1000,
            limits.connections % 1000
        ),
        seconds("choices that are kept", limits.options_ttl),
        seconds("what runs when the server stops", limits.drain),
    ] {
        assert!(text.contains(&row), "docs/http.md lacks {row}");
    }
}
