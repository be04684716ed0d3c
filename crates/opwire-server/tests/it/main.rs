//! The server over real HTTP on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests may"
)]

mod canary;
mod docs;
mod ending;
mod options;
mod pages;
mod refusals;
mod routes;
mod slow;
mod tokens;
mod world;
