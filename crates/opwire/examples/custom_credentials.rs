//! Credentials from a store of one's own: `cargo run -p opwire --example custom_credentials`.

use opwire::{Catalog, Credentials, CredentialsFuture, Engine, Secret};
use serde_json::json;
use std::error::Error;
use std::io::Write as _;

/// A vault, say: asked by connector and name, once for each invocation.
struct Vault;

impl Credentials for Vault {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        Box::pin(async move {
            let held = connector == "salesloft" && name == "access_token";
            Ok(held.then(|| Secret::new("from-the-vault")))
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder()
        .catalog(Catalog::open("operations")?)
        .credentials(Vault)
        // Nobody listens there: the call fails, and the error shows no secret.
        .base_url("salesloft", "http://127.0.0.1:1")
        .build()?;
    match engine
        .invoke("salesloft.get_person", json!({"person_id": 42}))
        .await
    {
        Ok(output) => writeln!(std::io::stdout(), "{output}")?,
        Err(error) => writeln!(std::io::stdout(), "{error} ({})", error.outcome())?,
    }
    Ok(())
}
