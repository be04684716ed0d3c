//! Opwire: operations of web services, described in YAML, invoked by name.
//!
//! An operation's manifest says what input it takes (JSON Schema), what request it makes and how the reply becomes the
//! output. The engine does the rest; no operation needs Rust.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use opwire::{Catalog, Engine};
//! use serde_json::json;
//!
//! let engine = Engine::builder().catalog(Catalog::open("operations")?).build()?;
//! let output = engine.invoke("salesloft.get_person", json!({"access_token": "…", "person_id": 42})).await?;
//! println!("{output}");
//! # Ok(())
//! # }
//! ```

mod auth;
pub mod author;
mod catalog;
mod check;
mod clock;
mod compare;
mod connector;
mod cores;
mod credentials;
mod diagnostic;
#[cfg(test)]
mod documented;
mod egress;
mod engine;
mod error;
mod files;
mod input;
mod lane;
pub mod manifest;
mod operation;
mod options;
mod output;
mod page;
mod redact;
mod refusal;
mod request;
mod response;
mod retry_after;
mod running;
mod schema;
mod secret;
mod send;
mod template;
mod transport;
mod types;
mod walk;

pub use catalog::Catalog;
pub use check::{Case, Level, Rule, SHOP, rules};
pub use clock::{Clock, SleepFuture};
pub use compare::{Aspect, Change, Comparison, Grade, Trial, Tried};
pub use connector::Connector;
#[cfg(feature = "keyring")]
pub use credentials::KeyringCredentials;
pub use credentials::{Credentials, CredentialsFuture, EnvironmentCredentials, FileCredentials};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Fix, Severity, Span};
pub use egress::EgressPolicy;
pub use engine::{Call, Engine, EngineBuilder};
pub use error::{Attempt, Error, ErrorKind, Outcome, Violation};
pub use files::Overlay;
pub use input::parse_json;
pub use lane::Lane;
pub use operation::{Field, Operation};
pub use options::{Asked, Choice, OptionLink};
pub use output::Output;
pub use request::shown::request_json;
pub use schema::code_span;
pub use secret::Secret;
pub use send::breaker::CircuitBreaker;
pub use send::gate::Concurrency;
pub use send::rate::{NoRateLimit, Rate, RateFuture, RateLimiter};
pub use send::tokens::{StoredToken, TokenFuture, TokenStore};
pub use transport::http::HttpTransport;
pub use transport::resolve::{Resolver, ResolverFuture};
pub use transport::{Limits, Transport, TransportError, TransportFuture};
pub use walk::{Items, Pages};
