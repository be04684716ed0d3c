//! Invokes an operation by name: `cargo run -p opwire --example embed`.
//!
//! With `SALESLOFT_TOKEN` unset, the request is shown and nothing is sent.

use opwire::{Catalog, Engine};
use serde_json::json;
use std::error::Error;
use std::io::Write as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder()
        .catalog(Catalog::open("operations")?)
        .build()?;
    let request = engine.render(
        "salesloft.create_account",
        json!({
            "fields": {
                "full_name": "O'Brien & \"A&B\" <x>",
                "domain": "acmecorp.com",
                "custom_fields": [{"key": "Customer Segment", "value": "Enterprise"}],
                "owner_id": 9_007_199_254_740_993_i64,
            }
        }),
    )?;
    let mut out = std::io::stdout();
    writeln!(out, "{} {}", request.method(), request.uri())?;
    for (name, value) in request.headers() {
        writeln!(out, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
    }
    writeln!(out, "\n{}", String::from_utf8_lossy(request.body()))?;
    Ok(())
}
