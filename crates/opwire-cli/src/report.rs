//! Errors and findings, for people or as JSON.

use crate::{environment, terminal};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use opwire::{Diagnostic, Error, ErrorKind, Outcome, Severity};
use owo_colors::OwoColorize as _;
use std::collections::HashMap;
use std::path::PathBuf;

/// An error on standard error.
pub(crate) fn error(error: &Error, json: bool) {
    if json {
        return terminal::note(&serde_json::to_string(error).unwrap_or_default());
    }
    let name = error
        .operation()
        .map(|name| format!("{name}: "))
        .unwrap_or_default();
    terminal::note(&format!(
        "{} {name}{} [{}]",
        "error:".red().bold(),
        error.message(),
        error.kind()
    ));
    // A single violation of the input is the message itself.
    let told = error.kind() == ErrorKind::CredentialsMissing
        || (error.violations().len() == 1 && error.kind() == ErrorKind::InputInvalid);
    for violation in error.violations().iter().filter(|_| !told) {
        let at = if violation.pointer.is_empty() {
            "(input)"
        } else {
            &violation.pointer
        };
        terminal::note(&format!("  {}: {}", at.bold(), violation.message));
    }
    if let Some(wait) = error.retry_after() {
        terminal::note(&format!(
            "  the service asks to wait {} seconds",
            wait.as_secs()
        ));
    }
    let variables = missing_credentials(error);
    if !variables.is_empty() {
        let variables = variables.join(", ");
        terminal::note(&format!(
            "{} set {variables}, or give it in the input",
            "help:".cyan()
        ));
    } else if let Some(help) = error.help() {
        terminal::note(&format!("{} {help}", "help:".cyan()));
    }
    let outcome = match error.outcome() {
        Outcome::NotSent => "nothing was sent",
        Outcome::MaybeApplied => "the service may have acted: look before you repeat it",
        _ => return,
    };
    terminal::note(&format!("{} {outcome}", "note:".cyan()));
}

/// The variables that missing credentials can be given by.
fn missing_credentials(error: &Error) -> Vec<String> {
    let connector = error.operation().and_then(|name| name.split('.').next());
    let Some(connector) = connector.filter(|_| error.kind() == ErrorKind::CredentialsMissing)
    else {
        return Vec::new();
    };
    let names = error
        .violations()
        .iter()
        .map(|violation| violation.pointer.trim_start_matches('/'));
    names
        .map(|name| environment::credential_variable(connector, name))
        .collect()
}

/// Findings on standard error, each with its source.
pub(crate) fn diagnostics(found: &[Diagnostic]) {
    let mut sources: HashMap<PathBuf, String> = HashMap::new();
    let renderer =
        if anstream::AutoStream::choice(&std::io::stderr()) == anstream::ColorChoice::Never {
            Renderer::plain()
        } else {
            Renderer::styled()
        };
    for diagnostic in found {
        let source = sources
            .entry(diagnostic.file.clone())
            .or_insert_with(|| std::fs::read_to_string(&diagnostic.file).unwrap_or_default());
        terminal::note(&renderer.render(&[group(diagnostic, source)]));
        terminal::note("");
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, source: &'a str) -> Group<'a> {
    let level = if diagnostic.severity == Severity::Error {
        Level::ERROR
    } else {
        Level::WARNING
    };
    let file = diagnostic.file.to_string_lossy().into_owned();
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let start = diagnostic.span.start.min(source.len());
    let end = diagnostic.span.end.clamp(start, source.len());
    // A whole block is marked at its first line.
    let end = source
        .get(start..end)
        .and_then(|text| text.find('\n'))
        .map_or(end, |line| start + line);
    let snippet = Snippet::source(source)
        .path(file)
        .annotation(AnnotationKind::Primary.span(start..end));
    let group = title.element(snippet);
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}
