//! A fault by JSON Pointer, and the source text that gives it a line and column.

use super::locate::{Place, Places};
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use std::path::{Path, PathBuf};

/// A fault whose place is still a JSON Pointer into the file.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) pointer: String,
    severity: Severity,
    message: String,
    help: Option<String>,
    on_key: bool,
    needle: Option<String>,
}

impl Fault {
    pub(crate) fn new(code: Code, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (pointer, message) = (pointer.into(), message.into());
        Self {
            code,
            pointer,
            severity: Severity::Error,
            message,
            help: None,
            on_key: false,
            needle: None,
        }
    }

    /// What to do about it.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn help_if(&mut self, help: Option<String>) -> &mut Self {
        self.help = help.or(self.help.take());
        self
    }

    /// The key is at fault, not its value.
    pub(crate) fn on_key(&mut self) -> &mut Self {
        self.on_key = true;
        self
    }

    /// The part of the scalar that is at fault.
    pub(crate) fn needle(&mut self, needle: &str) -> &mut Self {
        self.needle = Some(needle.to_owned());
        self
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    pub(crate) fn warning(&mut self) -> &mut Self {
        self.severity = Severity::Warning;
        self
    }
}

/// A manifest's file and text.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// Gives faults their places.
    pub(crate) fn diagnose(&self, faults: Vec<Fault>) -> Vec<Diagnostic> {
        if faults.is_empty() {
            return Vec::new();
        }
        let places = Places::of(&self.text);
        faults
            .into_iter()
            .map(|fault| self.one(&places, fault))
            .collect()
    }

    fn one(&self, places: &Places, fault: Fault) -> Diagnostic {
        let Place { key, value } = places.nearest(&fault.pointer);
        let span = match (fault.on_key, key, &fault.needle) {
            (true, Some(key), _) => key,
            (_, _, Some(needle)) => self.within(value, needle).unwrap_or(value),
            _ => value,
        };
        let file = self.file.clone();
        Diagnostic {
            code: fault.code,
            severity: fault.severity,
            file,
            span,
            message: fault.message,
            help: fault.help,
        }
    }

    /// The place of a part of a scalar.
    fn within(&self, scalar: Span, needle: &str) -> Option<Span> {
        let text = self.text.get(scalar.start..scalar.end)?;
        let at = text.find(needle)?;
        let before = text.get(..at)?;
        let lines = before.matches('\n').count();
        let column = match before.rfind('\n') {
            Some(line) => before.get(line + 1..)?.chars().count() + 1,
            None => scalar.column + before.chars().count(),
        };
        let (line, start) = (scalar.line + lines, scalar.start + at);
        let width = needle.chars().count();
        Some(Span {
            line,
            column,
            end_line: line,
            end_column: column + width,
            start,
            end: start + needle.len(),
        })
    }

    /// Names the file in a diagnostic that doesn't know it yet.
    pub(crate) fn own(file: &Path, mut diagnostic: Diagnostic) -> Diagnostic {
        file.clone_into(&mut diagnostic.file);
        diagnostic
    }
}

/// The known name that is nearest to a wrong one, when one is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = wrong.chars().count();
    let limit = (length / 3).clamp(1, 4);
    // Comparing takes as much time and memory as both lengths multiplied, and a wrong name may be a mebibyte.
    let near = known
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .min()?;
    (near.0 <= limit).then_some(near.1)
}
