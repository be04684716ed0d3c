//! What connectors are tested with: examples, replayed replies, snapshots, and a mock of the service over HTTP.
//!
//! An [`Example`] is an input and the replies of the service. [`Transcript::of`] runs it through the engine and tells
//! every request as it would have gone out, with credentials as names, and the output or the error; [`snapshot`]
//! compares that text with the one that was accepted before. [`Mock`] serves the examples over HTTP on loopback.
//!
//! Not for production builds.

mod clock;
mod example;
mod mock;
pub mod record;
mod replay;
pub mod snapshot;
mod transcript;

pub use clock::ManualClock;
pub use example::{Example, ExampleError};
pub use mock::{Mock, Running, Served};
pub use opwire::manifest::Reply;
pub use replay::{Exchange, Replay};
pub use transcript::Transcript;
