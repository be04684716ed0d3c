//! OpenAPI in and out of Opwire.
#![allow(dead_code)]

mod emit;
mod import;
mod merge;
mod names;
mod read;
mod sample;
mod schema;

pub use import::{ImportError, ImportOptions, Imported, import};
pub use merge::{Conflict, Prefer};
pub use read::node::Warning;
