//! An OpenAPI document → the files of a connector.

mod auth;
mod body;
mod connector;
mod draft;
mod example;
mod fields;
mod files;
mod inputs;
mod pages;
mod place;
mod reply;
mod request;
mod styles;
#[cfg(test)]
mod tests;
mod verify;

use crate::names::{self, Hints};
use crate::read::model::{Api, Operation};
use crate::read::node::{Source, Warning};
use crate::read::{self, text};
use files::Maker;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use verify::Known;

/// What is imported, and from where requests are answered.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImportOptions {
    /// Where the service is, in place of what the document says.
    pub base_url: Option<String>,
    /// Only operations that one of these fits: by their name, ID or `METHOD /path`; `*` stands for any text.
    pub only: Vec<String>,
    /// Operations that are imported as well, by their names in the connector.
    pub also: BTreeSet<String>,
}

/// A connector that was made of a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The connector's name.
    pub name: String,
    /// Its files: path in the connector's folder → text.
    pub files: BTreeMap<String, String>,
    /// The names of its operations.
    pub operations: Vec<String>,
    /// What of the document is not expressed, or was read otherwise than it is written.
    pub warnings: Vec<Warning>,
}

/// Why a document can't be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError(String);

impl ImportError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ImportError {}

/// Makes a connector of a Swagger 2.0, OpenAPI 3.0 or 3.1 document, JSON or YAML.
///
/// The document is read leniently. The connector's files pass the check: an operation that can't is left out, with a
/// warning that says why.
///
/// # Errors
/// When the text can't be read, is no OpenAPI document, says nothing of where the service is, or has no operation that
/// fits; or when the name is none that a connector can have.
pub fn import(
    document: &[u8],
    name: &str,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    if names::snake(name) != name
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
        || name.len() > 64
    {
        let message = format!(
            "`{name}` is no name for a connector: lower-case letters, digits and _, from a letter on"
        );
        return Err(ImportError(message));
    }
    let (root, notes) = text::value(document).map_err(ImportError)?;
    let source = Source::new(&root);
    for Warning { pointer, message } in notes {
        source.warn(&pointer, message);
    }
    let api = read::api(&source).map_err(ImportError)?;
    let (base_url, elsewhere) = place::base_url(&source, &api, options.base_url.as_deref())?;
    let chosen = chosen(&api, options, &elsewhere)?;
    let maker = Maker {
        source: &source,
        api: &api,
        name,
        base_url: &base_url,
    };
    let mut known = Known::default();
    loop {
        let (files, operations) = maker.files(&chosen, &known);
        // What doesn't pass is made again, otherwise or not at all.
        if verify::passes(&source, name, &files, &operations, &mut known)? {
            return Ok(Imported {
                name: name.to_owned(),
                operations: operations.into_iter().map(|(name, _)| name).collect(),
                warnings: source.warnings(),
                files,
            });
        }
    }
}

/// The operations that are wanted, with their names. An operation's name doesn't depend on which others are.
fn chosen<'p, 'a>(
    api: &'p Api<'a>,
    options: &ImportOptions,
    elsewhere: &BTreeSet<String>,
) -> Result<Vec<(String, &'p Operation<'a>)>, ImportError> {
    let mut taken = BTreeSet::new();
    let mut chosen = Vec::new();
    let mut fits = vec![false; options.only.len()];
    for operation in &api.operations {
        let same_path = |other: &&Operation<'_>| other.path == operation.path;
        let hints = Hints {
            lists: gives_list(operation),
            patched: api
                .operations
                .iter()
                .filter(same_path)
                .any(|other| other.method == "PATCH"),
        };
        let name = names::of_operation(
            operation.id.as_deref(),
            &operation.method,
            &operation.path,
            hints,
        );
        let name = names::unique(&name, &mut taken);
        let texts = [
            name.clone(),
            operation.id.clone().unwrap_or_default(),
            format!("{} {}", operation.method, operation.path),
        ];
        let mut wanted = options.only.is_empty() || options.also.contains(&name);
        for (pattern, fits) in options.only.iter().zip(&mut fits) {
            if texts.iter().any(|text| matches(pattern, text)) {
                (wanted, *fits) = (true, true);
            }
        }
        if wanted && !elsewhere.contains(&operation.at) {
            chosen.push((name, operation));
        }
    }
    if let Some((pattern, _)) = options.only.iter().zip(&fits).find(|(_, fits)| !**fits) {
        return Err(ImportError(format!(
            "no operation of the document fits `{pattern}`"
        )));
    }
    if chosen.is_empty() {
        return Err(ImportError(
            "the document has no operation that can be imported".to_owned(),
        ));
    }
    Ok(chosen)
}

/// Is the reply a list?
fn gives_list(operation: &Operation<'_>) -> bool {
    let success = operation
        .responses
        .iter()
        .find(|response| response.status.starts_with('2'));
    let schema = success.and_then(|response| response.media.first()?.schema.as_ref());
    schema.is_some_and(|schema| schema.value.get("type").and_then(Value::as_str) == Some("array"))
}

/// Does a text fit a pattern, in which `*` stands for any text?
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some((_, after)) = rest.split_once(before) else {
                return false;
            };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}
