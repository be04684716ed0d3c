//! Opwire as a service: the engine's operations over HTTP.
//!
//! [`router`] gives an axum router of its own routes, to be served by [`serve`] or mounted:
//!
//! ```no_run
//! # async fn example(engine: opwire::Engine, stop: impl Future<Output = ()>) -> std::io::Result<()> {
//! let server = opwire_server::Server::builder(engine).no_auth().build();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
//! opwire_server::serve(listener, server, stop).await?;
//! # Ok(())
//! # }
//! ```

mod accept;
mod access;
mod ask;
mod catalog;
mod health;
mod identity;
mod invoke;
mod limits;
mod mcp;
mod options;
mod pages;
mod problem;
mod router;
mod serve;
mod server;
mod slots;
mod upstream;

pub use access::{
    Caller, ConnectionFuture, Connections, KeyFuture, KeyHash, Keys, Scopes, is_name, new_key,
};
pub use limits::Limits;
pub use mcp::{Confirm, Cost, Costs, Mcp, McpBuilder, Selection};
pub use problem::{Problem, Refusal};
pub use router::router;
pub use serve::serve;
pub use server::{Server, ServerBuilder};
