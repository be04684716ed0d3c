//! Words about types, helpers and operations, as Markdown.

use super::workspace::Other;
use crate::template::helpers::Helper;
use crate::types::{Source, Type, resolve};
use serde_json::Value;

/// References lead this deep.
const MAX_DEPTH: usize = 8;

/// What a value is, in words, and what its schema says of it.
pub(super) fn value(written: &str, of: &Type<'_>, from: Option<String>) -> String {
    let mut parts = vec![format!("`{written}`: {}", of.told())];
    parts.extend(of.about().and_then(words));
    let default = of.about().and_then(|source| keyword(source, "default"));
    parts.extend(default.map(|value| format!("Default: `{value}`")));
    parts.extend(from.map(|from| format!("From `{from}`")));
    parts.join("\n\n")
}

/// A schema's title and description.
pub(super) fn words(source: Source<'_>) -> Option<String> {
    let text = |key: &str| keyword(source, key).and_then(Value::as_str);
    match (text("title"), text("description")) {
        (Some(title), Some(description)) => Some(format!("**{title}**\n\n{description}")),
        (Some(title), None) => Some(format!("**{title}**")),
        (None, description) => description.map(str::to_owned),
    }
}

/// What a keyword of a schema says, here or where its references lead.
fn keyword<'a>(Source { document, node }: Source<'a>, key: &str) -> Option<&'a Value> {
    let mut node = node;
    for _ in 0..MAX_DEPTH {
        if let Some(found) = node.get(key) {
            return Some(found);
        }
        node = resolve(document, node.get("$ref")?.as_str()?)?;
    }
    None
}

/// How a helper is written, what it gives, and an example.
pub(super) fn helper(helper: &Helper) -> String {
    let (expression, value) = helper.example;
    format!(
        "`{}`\n\nGives {}.\n\n`{{{{{expression}}}}}` → `{value}`",
        helper.form, helper.gives
    )
}

/// What an operation does, and its request.
pub(super) fn operation(other: &Other) -> String {
    let manifest = &other.manifest;
    let mut parts = vec![
        format!("**{}**", manifest.title),
        manifest.description.clone(),
    ];
    if let Some(request) = &manifest.request {
        let url = request.url.as_ref().map(ToString::to_string);
        let target = request.path.clone().or(url).unwrap_or_default();
        parts.push(format!("`{} {target}`", request.method));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}
