//! OpenAPI in and out of Opwire.
#![allow(dead_code)]

mod read;

pub use read::node::Warning;
