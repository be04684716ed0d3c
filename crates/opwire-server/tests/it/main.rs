//! The server from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests may"
)]

mod client;
mod connections;
#[path = "../../../../tests/it/log.rs"]
mod log;
mod postgres;
mod provider;
mod store;
