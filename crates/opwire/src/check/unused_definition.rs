//! unused-definition

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    code: Code::UnusedDefinition,
    level: Level::Warning,
    docs: "A schema under `$defs` or in `schemas/`, or a paginator, that no operation of the connector uses. It can go, or the operation that
should use it has its own copy.",
    bad: Case::connector(r#"opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: https://api.shop.example
credentials:
  type: object
  required: [token]
  properties:
    token: { type: string }
auth:
  bearer: { token: "{{credentials.token}}" }
$defs:
  id: { type: integer }
"#),
    good: Case::connector(r#"opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: https://api.shop.example
credentials:
  type: object
  required: [token]
  properties:
    token: { type: string }
auth:
  bearer: { token: "{{credentials.token}}" }
"#),
};

/// What a connector's files refer to.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// Files and pointers: `connector.yaml#/$defs/id`.
    schemas: BTreeSet<String>,
    paginators: BTreeSet<String>,
}

impl References {
    /// Adds those of one file; `file` is its path in the connector's folder.
    pub(crate) fn add(&mut self, file: &str, value: &Value) {
        match value.get("pagination") {
            Some(Value::String(name)) => drop(self.paginators.insert(name.clone())),
            Some(used) => {
                let name = used.get("use").and_then(Value::as_str);
                self.paginators.extend(name.map(str::to_owned));
            }
            None => {}
        }
        self.schemas(file, value);
    }

    fn schemas(&mut self, file: &str, value: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                    let (other, pointer) = reference.split_once('#').unwrap_or((reference, ""));
                    let other = if other.is_empty() { file } else { other };
                    self.schemas.insert(format!("{other}#{pointer}"));
                }
                map.values().for_each(|value| self.schemas(file, value));
            }
            Value::Array(list) => list.iter().for_each(|value| self.schemas(file, value)),
            _ => {}
        }
    }

    fn uses(&self, file: &str, pointer: &str) -> bool {
        let at = format!("{file}#{pointer}");
        self.schemas.iter().any(|used| {
            used.strip_prefix(&at)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Shared schemas and paginators that nothing refers to; those of one file.
pub(crate) fn check(references: &References, file: &str, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut tell = |pointer: String, what: &str| {
        let mut fault = Fault::new(Code::UnusedDefinition, pointer, what.to_owned());
        fault.warning().on_key();
        faults.push(fault);
    };
    let defs = value.get("$defs").and_then(Value::as_object);
    for name in defs.into_iter().flat_map(Map::keys) {
        let pointer = format!("/$defs/{}", escape(name));
        if !references.uses(file, &pointer) {
            tell(pointer, "no schema of the connector refers to it");
        }
    }
    if file != "connector.yaml" {
        // Without definitions, the file itself is the shared schema.
        if defs.is_none() && !references.uses(file, "") {
            tell(String::new(), "no schema of the connector refers to this file");
        }
        return faults;
    }
    let paginators = value.get("pagination").and_then(Value::as_object);
    for name in paginators.into_iter().flat_map(Map::keys) {
        if !references.paginators.contains(name) {
            let pointer = format!("/pagination/{}", escape(name));
            tell(pointer, "no operation of the connector uses it");
        }
    }
    faults
}
