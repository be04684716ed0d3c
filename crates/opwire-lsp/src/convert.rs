//! What `opwire::author` says, as the protocol writes it.

use crate::position::Encoding;
use crate::state::Findings;
use opwire::author::{Completion, CompletionKind, Symbol};
use opwire::{Diagnostic, Severity, Span};
use tower_lsp_server::ls_types::{
    self as lsp, CompletionItem, CompletionItemKind, CompletionTextEdit, DocumentSymbol,
    Documentation, MarkupContent, MarkupKind, Range, SymbolKind, TextEdit, Uri,
};

/// Where the rules are told, one a heading.
const RULES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/checks.md");

/// Findings of a file.
pub(crate) fn diagnostics(findings: &Findings, encoding: Encoding) -> Vec<lsp::Diagnostic> {
    let each = findings.found.iter();
    each.map(|found| diagnostic(found, &findings.text, encoding))
        .collect()
}

/// A finding in a text.
pub(crate) fn diagnostic(found: &Diagnostic, text: &str, encoding: Encoding) -> lsp::Diagnostic {
    let mut message = found.message.clone();
    if let Some(help) = &found.help {
        message = format!("{message}\nhelp: {help}");
    }
    let severity = match found.severity {
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        _ => lsp::DiagnosticSeverity::ERROR,
    };
    let href = format!("{RULES}#{}", found.code).parse().ok();
    lsp::Diagnostic {
        range: first_line(text, found.span, encoding),
        severity: Some(severity),
        code: Some(lsp::NumberOrString::String(found.code.to_string())),
        code_description: href.map(|href| lsp::CodeDescription { href }),
        source: Some("opwire".to_owned()),
        message,
        ..lsp::Diagnostic::default()
    }
}

/// The range of a span. A whole block is marked at its first line.
fn first_line(text: &str, span: Span, encoding: Encoding) -> Range {
    let whole = text.get(span.start..span.end).unwrap_or_default();
    let line = whole.split(['\n', '\r']).next().unwrap_or_default();
    encoding.range(text, span.start, span.start + line.len())
}

/// The edit that mends a finding; nothing where none is certain.
pub(crate) fn mend(found: &Diagnostic, text: &str, encoding: Encoding) -> Option<TextEdit> {
    let fix = found.fix.as_ref()?;
    let range = encoding.range(text, fix.span.start, fix.span.end);
    Some(TextEdit::new(range, fix.text.clone()))
}

/// What mending does, for people.
pub(crate) fn title(edit: &TextEdit) -> String {
    let text = edit.new_text.trim_end();
    match (edit.range.start == edit.range.end, text.is_empty()) {
        (true, _) => format!("Put in `{text}`"),
        (false, true) => "Take it out".to_owned(),
        (false, false) => format!("Replace with `{text}`"),
    }
}

/// Something that can be written; `index` is its rank.
pub(crate) fn completion(
    completion: Completion,
    index: usize,
    text: &str,
    encoding: Encoding,
) -> CompletionItem {
    let range = encoding.range(text, completion.span.start, completion.span.end);
    let kind = match completion.kind {
        CompletionKind::Root => CompletionItemKind::VARIABLE,
        CompletionKind::Helper => CompletionItemKind::FUNCTION,
        CompletionKind::Operator => CompletionItemKind::KEYWORD,
        CompletionKind::Key => CompletionItemKind::PROPERTY,
        CompletionKind::Value => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Operation => CompletionItemKind::METHOD,
        CompletionKind::Schema => CompletionItemKind::STRUCT,
        CompletionKind::Paginator => CompletionItemKind::MODULE,
        _ => CompletionItemKind::FIELD,
    };
    CompletionItem {
        filter_text: Some(completion.label.clone()),
        label: completion.label,
        kind: Some(kind),
        detail: completion.detail,
        documentation: completion
            .documentation
            .map(|text| Documentation::MarkupContent(markdown(text))),
        sort_text: Some(format!("{index:04}")),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(
            range,
            completion.text,
        ))),
        ..CompletionItem::default()
    }
}

/// A text as Markdown.
pub(crate) fn markdown(value: String) -> MarkupContent {
    let kind = MarkupKind::Markdown;
    MarkupContent { kind, value }
}

/// A place in a file.
pub(crate) fn location(uri: Uri, text: &str, span: Span, encoding: Encoding) -> lsp::Location {
    lsp::Location::new(uri, encoding.range(text, span.start, span.end))
}

/// A key of a file's outline.
#[expect(
    deprecated,
    reason = "the protocol's type has a field that it has given up"
)]
pub(crate) fn symbol(symbol: Symbol, text: &str, encoding: Encoding) -> DocumentSymbol {
    let each = symbol.children.into_iter();
    let children: Vec<DocumentSymbol> = each
        .map(|child| self::symbol(child, text, encoding))
        .collect();
    let kind = if children.is_empty() {
        SymbolKind::KEY
    } else {
        SymbolKind::OBJECT
    };
    let end = symbol.span.end.max(symbol.key.end);
    DocumentSymbol {
        name: symbol.name,
        detail: None,
        kind,
        tags: None,
        deprecated: None,
        range: encoding.range(text, symbol.span.start, end),
        selection_range: encoding.range(text, symbol.key.start, symbol.key.end),
        children: Some(children).filter(|children| !children.is_empty()),
    }
}
