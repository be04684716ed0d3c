//! Credentials, taken out of what a caller gave.

use super::{MAX_CREDENTIAL, MAX_VIOLATIONS, without};
use crate::connector::Connector;
use crate::error::{Error, Violation};
use crate::manifest::locate::escape;
use crate::secret::Secret;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Takes the connector's credentials out of an object that stands at `pointer`.
pub(super) fn take(
    connector: &Connector,
    map: &mut Map<String, Value>,
    pointer: &str,
) -> Result<BTreeMap<String, Secret>, Error> {
    let mut taken = BTreeMap::new();
    let mut violations = Vec::new();
    for name in connector.credential_names() {
        let wrong = match map.shift_remove(name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) if !text.is_empty() && text.len() <= MAX_CREDENTIAL => {
                taken.insert(name.to_owned(), Secret::new(text));
                continue;
            }
            Some(Value::String(_)) => "must have 1 to 8,192 bytes",
            Some(_) => "must be text",
        };
        let pointer = format!("{pointer}/{}", escape(name));
        violations.push(Violation::new(pointer, "credential", wrong));
    }
    if violations.is_empty() {
        Ok(taken)
    } else {
        Err(Error::input(violations))
    }
}

/// Checks credentials that are to be kept, which stand at `pointer`. Which must be given is not looked at.
pub(crate) fn check(
    connector: &Connector,
    credentials: Value,
    pointer: &str,
) -> Result<BTreeMap<String, Secret>, Error> {
    let Value::Object(mut given) = credentials else {
        let violation = Violation::new(pointer, "type", "must be an object");
        return Err(Error::input(vec![violation]));
    };
    let whole = Value::Object(given.clone());
    let taken = take(connector, &mut given, pointer)?;
    let schema = connector.credentials_schema.as_ref();
    let problems = schema.map(|schema| schema.validator().problems(&whole, MAX_VIOLATIONS));
    let mut violations: Vec<Violation> = problems
        .into_iter()
        .flatten()
        .map(Violation::from)
        .map(|violation| Violation {
            pointer: format!("{pointer}{}", violation.pointer),
            ..violation
        })
        .collect();
    if schema.is_none() && !given.is_empty() {
        let message = "the connector takes no credentials";
        violations.push(Violation::new(pointer, "additionalProperties", message));
    }
    if violations.is_empty() {
        return Ok(taken);
    }
    Err(Error::input(without(violations, taken.values())))
}
