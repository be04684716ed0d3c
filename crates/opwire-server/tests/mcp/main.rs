//! The Model Context Protocol as a client sees it: over a pair of streams, and over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod calls;
mod catalogue;
mod client;
mod confirm;
mod errors;
mod http;
mod shipped;
mod shop;
