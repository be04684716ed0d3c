//! OpenAPI in and out of Opwire.
//!
//! [`import`] makes the files of a connector of a Swagger 2.0, OpenAPI 3.0 or 3.1 document; a [`Plan`] writes them into
//! a folder, where what was changed by hand stays. [`export`] describes a catalog as OpenAPI 3.1.
//!
//! ```no_run
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use opwire_openapi::{ImportOptions, Plan, Prefer, import};
//! use std::path::Path;
//!
//! let imported = import(&std::fs::read("petstore.yaml")?, "petstore", &ImportOptions::default())?;
//! for warning in &imported.warnings {
//!     eprintln!("{warning}");
//! }
//! Plan::new(&imported, Path::new("operations/petstore"), Prefer::Neither)?.write()?;
//! # Ok(())
//! # }
//! ```

mod export;
mod folder;
mod import;
mod merge;
mod names;
mod read;
mod sample;
mod schema;

pub use export::{Export, UnknownConnector, export};
pub use folder::{Action, Change, Plan, Refusal, imported_before};
pub use import::{ImportError, ImportOptions, Imported, import};
pub use merge::{Conflict, Prefer};
pub use read::node::Warning;
