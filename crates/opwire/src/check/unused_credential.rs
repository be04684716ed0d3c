//! unused-credential

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;
use crate::manifest::Fault;
use crate::manifest::locate::escape;
use serde_json::{Map, Value};

pub(super) const RULE: Rule = Rule {
    code: Code::UnusedCredential,
    level: Level::Warning,
    docs: "Callers are asked for it, and `auth` doesn't read it.",
    bad: Case::connector(r#"opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: https://api.shop.example
credentials:
  type: object
  required: [token, secret]
  properties:
    token: { type: string }
    secret: { type: string }
auth:
  bearer: { token: "{{credentials.token}}" }
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

/// Credentials that `auth` doesn't read.
pub(super) fn check(manifest: &Value) -> Vec<Fault> {
    let auth = manifest.get("auth").map(Value::to_string).unwrap_or_default();
    let properties = manifest.pointer("/credentials/properties");
    let names = properties.and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let unread = names.filter(|name| !reads(&auth, name));
    let faults = unread.map(|name| {
        let pointer = format!("/credentials/properties/{}", escape(name));
        let message = format!("`{name}` is asked for, and `auth` doesn't read it");
        let mut fault = Fault::new(Code::UnusedCredential, pointer, message);
        fault.warning().on_key();
        fault
    });
    faults.collect()
}

/// Does the text read `credentials.name`, and not a longer name?
fn reads(auth: &str, name: &str) -> bool {
    let path = format!("credentials.{name}");
    auth.match_indices(&path).any(|(at, _)| {
        let next = auth.get(at + path.len()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '-'))
    })
}
