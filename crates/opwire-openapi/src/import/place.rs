//! Where the service is, and which of its paths a connector can reach.

use super::ImportError;
use crate::read::model::{Api, Operation, Server};
use crate::read::node::Source;
use crate::read::servers::usable;
use std::collections::{BTreeMap, BTreeSet};

/// The base URL of the connector, and the operations (by their pointers) that are elsewhere.
pub(super) fn base_url(
    source: &Source<'_>,
    api: &Api<'_>,
    given: Option<&str>,
) -> Result<(String, BTreeSet<String>), ImportError> {
    if let Some(given) = given {
        let url = usable(given).ok_or_else(|| {
            ImportError::new("the base URL is no http or https URL, or has a query")
        })?;
        return Ok((url, BTreeSet::new()));
    }
    let of = |servers: &[Server]| {
        let urls: Vec<String> = servers
            .iter()
            .filter_map(|server| usable(&server.url))
            .collect();
        let secure = urls.iter().find(|url| url.starts_with("https:"));
        secure.or(urls.first()).cloned()
    };
    let document = of(&api.servers);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let place = |operation: &Operation<'_>| of(&operation.servers).or_else(|| document.clone());
    for url in api.operations.iter().filter_map(place) {
        *counts.entry(url).or_default() += 1;
    }
    let most = counts
        .iter()
        .max_by_key(|(url, count)| (**count, Some(*url) == document.as_ref()))
        .map(|(url, _)| url.clone());
    let Some(base) = most.or_else(|| document.clone()) else {
        let message = "the document doesn't say where the service is: give its base URL";
        return Err(ImportError::new(message));
    };
    let mut elsewhere = BTreeSet::new();
    for operation in &api.operations {
        let own = place(operation);
        let known = operation
            .servers
            .iter()
            .filter_map(|server| usable(&server.url))
            .any(|url| url == base);
        if !known && own.as_ref().is_some_and(|own| *own != base) {
            let message = format!(
                "the operation is at {}, not at {base}, and is left out",
                own.unwrap_or_default()
            );
            source.warn(&operation.at, message);
            elsewhere.insert(operation.at.clone());
        }
    }
    Ok((encrypted(source, base), elsewhere))
}

/// Most documents that say `http` are old, and their services answer to `https`; the engine takes nothing else.
fn encrypted(source: &Source<'_>, base: String) -> String {
    let Some(rest) = base.strip_prefix("http://") else {
        return base;
    };
    let host = rest.split([':', '/']).next().unwrap_or_default();
    if host == "localhost" || !host.contains(|c: char| c.is_ascii_alphabetic()) {
        source.warn(
            "/servers",
            format!("{base} is not encrypted: requests go there only when its origin is allowed"),
        );
        return base;
    }
    source.warn(
        "/servers",
        format!("{base} is not encrypted: https is taken"),
    );
    format!("https://{rest}")
}

/// A path of the document as a manifest has it.
#[derive(Debug, PartialEq)]
pub(super) struct Path {
    pub(super) path: String,
    /// Parameters that are written into the path, which a manifest has in the query: name and value, or a hole's name.
    pub(super) fixed: Vec<(String, String)>,
}

/// Nothing where no request can be made of it, with a warning.
pub(super) fn path(source: &Source<'_>, operation: &Operation<'_>) -> Option<Path> {
    let refuse = |why: &str| {
        source.warn(&operation.at, format!("{why}: the operation is left out"));
        None
    };
    let whole = &operation.path;
    let (path, fragment) = whole
        .split_once('#')
        .map_or((whole.as_str(), None), |(path, fragment)| {
            (path, Some(fragment))
        });
    if fragment.is_some() {
        source.warn(
            &operation.at,
            "what stands after `#` in a path is never sent, and is left out",
        );
    }
    let (path, query) = path
        .split_once('?')
        .map_or((path, ""), |(path, query)| (path, query));
    let mut open = false;
    for c in path.chars() {
        match (c, open) {
            ('{', false) => open = true,
            ('}', true) => open = false,
            ('{' | '}', _) => return refuse("the braces of the path don't fit"),
            _ => {}
        }
    }
    if open || path.contains("{}") {
        return refuse("the braces of the path don't fit");
    }
    if path.split('/').any(|part| matches!(part, "." | "..")) || path.contains(['\\', '\n', '\t']) {
        return refuse("the path has a part that is never sent");
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(Path {
        path: format!("{slash}{path}"),
        fixed: pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}
