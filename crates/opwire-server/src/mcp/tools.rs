//! An operation as a tool.

use super::confirm::Confirm;
use super::known::Entry;
use super::schema::{self, Writing};
use opwire::Operation;
use opwire::manifest::{Effect, Idempotency};
use rmcp::model::{MetaObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The operation's full name, in a tool's `_meta`.
const OPERATION: &str = "dev.opwire/operation";
/// What the operation does to the service's data, in a tool's `_meta`.
const EFFECT: &str = "dev.opwire/effect";
/// A person should confirm each call, in a tool's `_meta`.
const CONFIRM: &str = "dev.opwire/confirm";

/// The tool of an operation.
pub(crate) fn tool(entry: &Entry, writing: &Writing<'_>, confirm: Confirm) -> Tool {
    let operation = &entry.operation;
    let input = writing.input(operation);
    Tool::new(
        entry.tool.clone(),
        operation.description().to_owned(),
        input,
    )
    .with_title(operation.title())
    .with_raw_output_schema(Arc::new(schema::output(operation)))
    .with_annotations(annotations(operation))
    .with_meta(meta(operation, confirm))
}

/// What a client may take into account before it calls.
///
/// An update is destructive in the protocol's sense: what stood there before is gone.
fn annotations(operation: &Operation) -> ToolAnnotations {
    let effect = operation.effect();
    let annotations = ToolAnnotations::with_title(operation.title())
        .read_only(effect == Effect::Read)
        // A static operation asks no service.
        .open_world(operation.method().is_some());
    if effect == Effect::Read {
        return annotations;
    }
    // A key that is new for each call makes attempts safe, not calls.
    let idempotent = matches!(operation.idempotency(), Idempotency::Natural);
    annotations
        .destructive(matches!(effect, Effect::Update | Effect::Delete))
        .idempotent(idempotent)
}

fn meta(operation: &Operation, confirm: Confirm) -> MetaObject {
    let mut meta = Map::new();
    meta.insert(OPERATION.to_owned(), json!(operation.name()));
    meta.insert(EFFECT.to_owned(), json!(operation.effect()));
    if operation.effect() == Effect::Delete || confirm.wants(operation) {
        meta.insert(CONFIRM.to_owned(), Value::Bool(true));
    }
    MetaObject(meta)
}
