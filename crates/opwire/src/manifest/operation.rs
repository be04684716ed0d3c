//! An operation's file.

use super::connector::{ErrorRule, LimitsManifest, QueryStyle, Statuses};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// An operation: the input it takes, the request it makes and the output it gives.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OperationManifest {
    /// The name for people.
    pub title: String,
    /// What the operation is for: `main`, or `ddl` when it fills a drop-down of another operation.
    pub kind: Kind,
    /// What it does, for people.
    pub description: String,
    /// What it does to the service's data. Default: from the method (GET reads, POST creates, PUT and PATCH update, DELETE deletes).
    #[serde(default)]
    pub effect: Option<Effect>,
    /// Whether repeating the same call is safe. Default: `natural` for GET, HEAD, OPTIONS, PUT and DELETE, else `none`.
    #[serde(default)]
    pub idempotency: Option<Idempotency>,
    /// JSON Schema (2020-12) of the input. Default: an object without properties.
    #[serde(default)]
    pub input: Option<Map<String, Value>>,
    /// The request. Without one the operation is static: nothing is sent.
    #[serde(default)]
    pub request: Option<RequestManifest>,
    /// How its pages are walked: a paginator's name, `none`, or a mapping.
    #[serde(default)]
    pub pagination: Option<Pagination>,
    /// How a reply is read and reshaped.
    #[serde(default)]
    pub response: ResponseManifest,
    /// For a DDL: where the options stand in the output.
    #[serde(default)]
    pub options: Option<OptionsPointers>,
    /// Limits of this operation; what is left out is the connector's.
    #[serde(default)]
    pub limits: Option<LimitsManifest>,
    /// Error rules of this operation, before the connector's.
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
}

/// What an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// An operation of its own.
    Main,
    /// It fills a drop-down for a field of another operation.
    Ddl,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Main => "main",
            Self::Ddl => "ddl",
        })
    }
}

/// What an operation does to the service's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effect {
    /// Nothing changes.
    Read,
    /// Something new is made.
    Create,
    /// Something is changed.
    Update,
    /// Something is removed.
    Delete,
}

impl Effect {
    /// The name in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether repeating the same call is safe.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Idempotency {
    /// By the method's nature (RFC 9110, section 9.2.2).
    Natural,
    /// It is not.
    None,
    /// The service drops repeats by a key in this header.
    Header(String),
    /// The service drops repeats by a key in this field of the JSON or form body.
    Body(String),
}

/// The request that an operation makes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestManifest {
    /// The HTTP method, or a template of it.
    pub method: String,
    /// The path below `base_url`. Each hole is one segment, or a part of one, percent-encoded.
    #[serde(default)]
    pub path: Option<String>,
    /// Instead of `path`: template of a whole URL, or of one to be joined to `base_url`.
    #[serde(default)]
    pub url: Option<Value>,
    /// Query parameters by name, as templates. Missing and null ones are dropped.
    #[serde(default)]
    pub query: Option<Value>,
    /// How lists and objects are laid out in the query; what is left out is the connector's.
    #[serde(default)]
    pub query_style: Option<QueryStyle>,
    /// Headers by name, as templates. Missing and null ones are dropped.
    #[serde(default)]
    pub headers: Option<Value>,
    /// The body: exactly one of `json`, `form`, `multipart`, `text` and `bytes`, or a `$switch` or `$if` between such.
    #[serde(default)]
    pub body: Option<Value>,
}

/// How pages are walked.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Pagination {
    /// A paginator of the connector, or `none`.
    Name(String),
    /// A paginator of the connector or one written here, and how it is used.
    Use(Box<PaginationUse>),
}

/// A paginator of the connector (`use`) or one written here (`items`, `next`, `request`), and how it is used.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PaginationUse {
    /// The name of a paginator of the connector.
    #[serde(default)]
    pub r#use: Option<String>,
    /// Template of the page's items.
    #[serde(default)]
    pub items: Option<Value>,
    /// Template of what leads to the next page; missing or null at the end.
    #[serde(default)]
    pub next: Option<Value>,
    /// What the following request changes: `query`, `headers`, `body` or `url`, as templates over `next`.
    #[serde(default)]
    pub request: Option<Map<String, Value>>,
    /// One invocation walks until this many items are in; the output template sees them as `items`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    pub collect: Option<usize>,
    /// A condition over `input`: when it is not met, one request is made, and `items` are that page's.
    #[serde(default)]
    pub when: Option<Value>,
}

/// How a reply is read and reshaped.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ResponseManifest {
    /// The statuses that are success, or `any`. Default 200-299.
    #[serde(default)]
    pub success: Option<Statuses>,
    /// How the body is read. Default: by its content type.
    #[serde(default)]
    pub format: Format,
    /// JSON Schema of the decoded body, which the mapping is checked against.
    #[serde(default)]
    pub schema: Option<Value>,
    /// Template of the output. Default: `{{response.body}}`.
    #[serde(default)]
    pub output: Option<Value>,
}

/// How a reply's body is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// By its content type.
    #[default]
    Auto,
    /// As JSON.
    Json,
    /// As text.
    Text,
    /// As bytes, in base64.
    Bytes,
    /// Not at all: null.
    None,
}

/// Where the options of a DDL stand in its output, as JSON Pointers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OptionsPointers {
    /// The list, from the output's root.
    #[serde(default = "items")]
    pub items: String,
    /// The label, from an item.
    #[serde(default = "label")]
    pub label: String,
    /// The value, from an item.
    #[serde(default = "value")]
    pub value: String,
}

impl Default for OptionsPointers {
    fn default() -> Self {
        Self {
            items: items(),
            label: label(),
            value: value(),
        }
    }
}

fn items() -> String {
    "/options".to_owned()
}

fn label() -> String {
    "/label".to_owned()
}

fn value() -> String {
    "/value".to_owned()
}
