//! Manifests as resources: `opwire://salesloft` and `opwire://salesloft/create_account`.

use super::known::Entry;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use std::collections::BTreeSet;

const SCHEME: &str = "opwire://";
/// RFC 9512.
const YAML: &str = "application/yaml";

/// The resources of what is offered: each connector, and each operation.
pub(crate) fn list(offered: &[&Entry]) -> Vec<Resource> {
    let mut connectors = BTreeSet::new();
    let mut resources = Vec::new();
    for entry in offered {
        let operation = &entry.operation;
        let connector = operation.connector();
        if connectors.insert(connector.name()) {
            resources.push(
                Resource::new(format!("{SCHEME}{}", connector.name()), connector.name())
                    .with_title(connector.title())
                    .with_description(connector.description())
                    .with_mime_type(YAML),
            );
        }
        let uri = format!("{SCHEME}{}/{}", connector.name(), operation.id());
        resources.push(
            Resource::new(uri, operation.name())
                .with_title(operation.title())
                .with_description(operation.description())
                .with_mime_type(YAML),
        );
    }
    resources
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let connector = ResourceTemplate::new(format!("{SCHEME}{{connector}}"), "connector")
        .with_title("A connector's manifest")
        .with_mime_type(YAML);
    let operation =
        ResourceTemplate::new(format!("{SCHEME}{{connector}}/{{operation}}"), "operation")
            .with_title("An operation's manifest")
            .with_mime_type(YAML);
    vec![connector, operation]
}

/// A manifest's YAML text; nothing when nothing that is offered has this address.
pub(crate) fn read(offered: &[&Entry], uri: &str) -> Option<ResourceContents> {
    let path = uri.strip_prefix(SCHEME)?;
    let found = |entry: &&&Entry| {
        let operation = &entry.operation;
        match path.split_once('/') {
            Some((connector, id)) => {
                operation.connector().name() == connector && operation.id() == id
            }
            None => operation.connector().name() == path,
        }
    };
    let operation = &offered.iter().find(found)?.operation;
    let file = if path.contains('/') {
        operation.file().to_owned()
    } else {
        operation.connector().dir().join("connector.yaml")
    };
    let text = std::fs::read_to_string(file).ok()?;
    Some(ResourceContents::text(text, uri).with_mime_type(YAML))
}
