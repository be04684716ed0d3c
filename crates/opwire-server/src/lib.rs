//! Opwire as a service: the engine's operations over HTTP.
//!
//! [`router`] gives an axum router of its own routes, to be served or mounted:
//!
//! ```no_run
//! # async fn example(engine: opwire::Engine) -> std::io::Result<()> {
//! let server = opwire_server::Server::builder(engine).build();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
//! axum::serve(listener, opwire_server::router(server)).await
//! # }
//! ```

mod example;
mod health;
mod mcp;
mod router;
mod server;

pub use mcp::{Confirm, Cost, Costs, Mcp, McpBuilder, Selection};
pub use router::router;
pub use server::{Server, ServerBuilder};
