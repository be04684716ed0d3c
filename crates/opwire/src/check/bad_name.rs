//! bad-name: connector and operation names are what callers write.

use crate::connector::Connector;
use crate::diagnostic::Code;
use crate::manifest::{Fault, Kind};
use std::path::Path;
use super::rule::{Case, Level, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code::BadName,
    level: Level::Error,
    docs: "The name of an operation is its file's, and the name of a connector its folder's. Callers write both, so they are lower-case
letters, digits and `_`, begin with a letter, and have at most 64 characters.",
    bad: Case::connector(r#"opwire: 1
name: web_shop
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

pub(super) fn of_connector(connector: &Connector, dir: &Path) -> Option<Fault> {
    let folder = dir.file_name().and_then(|name| name.to_str())?;
    (folder != connector.name()).then(|| {
        let message = format!("the connector's name must be its folder's: `{folder}`");
        Fault::new(Code::BadName, "/name", message)
    })
}

pub(super) fn of_operation(id: &str, kind: Kind, folder: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut chars = id.chars();
    let sound = chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && id.len() <= 64;
    if !sound {
        let mut fault = Fault::new(
            Code::BadName,
            "",
            "the file's name is the operation's: lower-case letters, digits and _, at most 64",
        );
        fault.help("rename the file, such as get_person.yaml");
        faults.push(fault);
    }
    if kind.to_string() != folder {
        let mut fault = Fault::new(
            Code::WrongValue,
            "/kind",
            format!("a file in {folder}/ has `kind: {folder}`"),
        );
        fault.help(format!("move the file to {kind}/, or change its kind"));
        faults.push(fault);
    }
    faults
}
