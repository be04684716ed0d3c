//! OpenAPI in and out of Opwire.
#![allow(dead_code)]

mod emit;
mod merge;
mod names;
mod read;
mod sample;
mod schema;

pub use read::node::Warning;
