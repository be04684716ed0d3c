//! Findings as SARIF 2.1.0, the format of code scanning services (OASIS, 27 March 2020).

use opwire::{Code, Diagnostic, Severity, Span, rules};
use serde_json::{Value, json};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn document(found: &[Diagnostic]) -> String {
    let results: Vec<Value> = found.iter().map(result).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "opwire",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules().iter().map(|rule| json!({
                    "id": rule.code,
                    "shortDescription": { "text": rule.code.summary() },
                    "fullDescription": { "text": rule.docs },
                    "help": { "text": rule.docs, "markdown": rule.docs },
                })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn result(diagnostic: &Diagnostic) -> Value {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let file = json!({ "uri": uri(diagnostic) });
    let mut result = json!({
        "ruleId": diagnostic.code,
        "ruleIndex": rules().iter().position(|rule| rule.code == diagnostic.code),
        "level": level(diagnostic),
        "message": { "text": message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": file,
            "region": region(diagnostic.span),
        } }],
    });
    if let (Some(fix), Some(result)) = (&diagnostic.fix, result.as_object_mut()) {
        let change = json!({
            "artifactLocation": file,
            "replacements": [{
                "deletedRegion": region(fix.span),
                "insertedContent": { "text": fix.text },
            }],
        });
        let described = json!({ "text": describe(diagnostic.code) });
        let fixes = json!([{ "description": described, "artifactChanges": [change] }]);
        result.insert("fixes".to_owned(), fixes);
    }
    result
}

fn describe(code: Code) -> String {
    format!("mend {code}")
}

fn level(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        _ => "warning",
    }
}

/// A relative path with slashes, percent-encoded, or a `file:` URL (SARIF 3.4.3).
fn uri(diagnostic: &Diagnostic) -> String {
    let absolute = diagnostic.file.is_absolute();
    if let Some(url) = absolute
        .then(|| url::Url::from_file_path(&diagnostic.file).ok())
        .flatten()
    {
        return url.into();
    }
    let parts = diagnostic.file.components();
    let parts = parts.map(|part| {
        let text = part.as_os_str().to_string_lossy();
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    });
    parts.collect::<Vec<_>>().join("/")
}

fn region(span: Span) -> Value {
    json!({
        "startLine": span.line.max(1),
        "startColumn": span.column.max(1),
        "endLine": span.end_line.max(span.line).max(1),
        "endColumn": span.end_column.max(1),
    })
}
