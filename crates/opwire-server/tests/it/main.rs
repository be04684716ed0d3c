//! The server over real HTTP on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests may"
)]

mod canary;
mod client;
mod connections;
mod docs;
mod documented;
mod ending;
#[path = "../../../../tests/it/log.rs"]
mod log;
mod options;
mod pages;
mod postgres;
mod provider;
mod refusals;
mod routes;
mod slow;
mod store;
mod tokens;
mod world;
