//! A transport of one's own: `cargo run -p opwire --example custom_transport`.
//!
//! It answers from memory; a real one would speak another protocol, or record what passes.

use bytes::Bytes;
use http::{Request, Response};
use opwire::{Catalog, Engine, Limits, Transport, TransportFuture};
use serde_json::json;
use std::error::Error;
use std::io::Write as _;

struct Echo;

impl Transport for Echo {
    fn send<'a>(&'a self, request: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        let body =
            json!({"data": {"asked": format!("{} {}", request.method(), request.uri().path())}});
        let mut response = Response::new(Bytes::from(body.to_string()));
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        Box::pin(async move { Ok(response) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder()
        .catalog(Catalog::open("operations")?)
        .transport(Echo)
        .build()?;
    let output = engine
        .invoke(
            "salesloft.get_person",
            json!({"access_token": "t", "person_id": 42}),
        )
        .await?;
    writeln!(std::io::stdout(), "{output}")?;
    Ok(())
}
