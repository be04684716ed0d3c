//! [`Rule`]: what a code means, why it is a fault, and a bad and a good example.

use crate::diagnostic::Code;

/// A rule of `opwire check`, as `opwire explain` and docs/checks.md tell it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Rule {
    /// The code of its findings.
    pub code: Code,
    /// How bad it is.
    pub level: Level,
    /// Why it is a fault and what to do, as Markdown.
    pub docs: &'static str,
    /// A file that has the fault.
    pub bad: Case,
    /// The same file without it.
    pub good: Case,
}

/// How bad the findings of a rule are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// The operation can't be loaded.
    Error,
    /// The operation runs.
    Warning,
    /// An error where it is certain, a warning where it may be.
    Either,
}

impl Level {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Either => "error where it is certain, else warning",
        }
    }
}

/// A file of the connector that the examples stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// Its path in the connector's folder.
    pub file: &'static str,
    /// Its text, without the comment that names its schema.
    pub text: &'static str,
}

impl Case {
    pub(super) const fn operation(text: &'static str) -> Self {
        let file = "main/get_order.yaml";
        Self { file, text }
    }

    pub(super) const fn connector(text: &'static str) -> Self {
        let file = "connector.yaml";
        Self { file, text }
    }

    pub(super) const fn file(file: &'static str, text: &'static str) -> Self {
        Self { file, text }
    }

    /// Its whole text.
    #[must_use]
    pub fn whole(&self) -> String {
        match self.comment() {
            Some(comment) => format!("{comment}\n{}", self.text),
            None => self.text.to_owned(),
        }
    }

    /// Its bytes: `\xff` in the text stands for a byte that is not UTF-8.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let text = self.whole();
        let mut parts = text.split("\\xff");
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            bytes.push(0xff);
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }

    fn comment(&self) -> Option<String> {
        let (folder, _) = self.file.split_once('/').unwrap_or(("", self.file));
        let kind = match folder {
            "" => "connector",
            "main" | "ddl" => "operation",
            "examples" => "example",
            _ => return None,
        };
        let up = if folder.is_empty() {
            "../.."
        } else {
            "../../.."
        };
        // The one rule about this comment shows it itself.
        let shown = self.text.starts_with('#') || self.text.starts_with("title: No comment");
        (!shown).then(|| format!("# yaml-language-server: $schema={up}/schemas/{kind}.schema.json"))
    }
}

/// The connector that the examples of all rules stand in: `shop`, a made-up service.
pub const SHOP: &[Case] = &[
    Case {
        file: "connector.yaml",
        text: "\
opwire: 1
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
  bearer: { token: \"{{credentials.token}}\" }
",
    },
    Case {
        file: "main/get_order.yaml",
        text: "\
title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
request:
  method: GET
  path: \"/orders/{{input.order_id}}\"
response:
  schema:
    type: object
    properties: { id: { type: integer }, name: { type: string } }
",
    },
    Case {
        file: "ddl/list_customers_ddl.yaml",
        text: "\
title: List customers (DDL)
kind: ddl
description: Offers the customers.
request: { method: GET, path: /customers }
response:
  schema:
    type: object
    required: [customers]
    properties:
      customers:
        type: array
        items:
          type: object
          required: [id, name]
          properties: { id: { type: integer }, name: { type: string } }
  output:
    options:
      $each: \"{{response.body.customers}}\"
      $as: customer
      $map: { label: \"{{customer.name}}\", value: \"{{customer.id}}\" }
",
    },
];
