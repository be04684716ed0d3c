//! An operation's example, as its file has it.

use opwire::Operation;
use opwire::manifest::{ExampleManifest, parse_yaml};

/// The plain example of an operation; nothing where there is none that can be read.
pub(crate) fn of(operation: &Operation) -> Option<ExampleManifest> {
    let file = operation
        .examples_dir()
        .join(format!("{}.yaml", operation.id()));
    let text = std::fs::read_to_string(file).ok()?;
    serde_json::from_value(parse_yaml(&text).ok()?).ok()
}
