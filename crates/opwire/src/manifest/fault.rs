//! A fault by JSON Pointer, and the source text that gives it a line and column.

use super::locate::{Place, Places};
use super::near::Meant;
use crate::diagnostic::{Code, Diagnostic, Fix, Severity, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A fault whose place is still a JSON Pointer into the file.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) pointer: String,
    severity: Severity,
    message: String,
    help: Option<String>,
    on_key: bool,
    at_start: bool,
    needle: Option<String>,
    /// What the place should say, when that is certain.
    fix: Option<String>,
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
            at_start: false,
            needle: None,
            fix: None,
        }
    }

    /// What is wrong, when it is known later than where.
    pub(crate) fn say(&mut self, message: impl Into<String>) -> &mut Self {
        self.message = message.into();
        self
    }

    /// It is at the file's start that something is to be put in.
    pub(crate) fn at_start(&mut self) -> &mut Self {
        self.at_start = true;
        self
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

    /// Another name was probably meant.
    pub(crate) fn meant(&mut self, meant: Option<Meant>) -> &mut Self {
        if let Some(Meant { name, certain }) = meant {
            self.help = Some(format!("did you mean `{name}`?"));
            self.fix = certain.then_some(name);
        }
        self
    }

    /// What the place should say, which is certain.
    pub(crate) fn fix(&mut self, text: impl Into<String>) -> &mut Self {
        self.fix = Some(text.into());
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
    pub(crate) text: Arc<str>,
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
            _ if fault.at_start => Span::START,
            (true, Some(key), _) => key,
            (_, _, Some(needle)) => self.within(value, needle).unwrap_or(value),
            _ => value,
        };
        let file = self.file.clone();
        let fix = fault.fix.map(|text| Fix { span, text });
        Diagnostic {
            code: fault.code,
            severity: fault.severity,
            file,
            span,
            message: fault.message,
            help: fault.help,
            fix,
        }
    }

    /// The place of a part of a scalar.
    fn within(&self, scalar: Span, needle: &str) -> Option<Span> {
        let text = self.text.get(scalar.start..scalar.end)?;
        let at = whole(text, needle)?;
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

/// Where a part of a text stands, and not as the beginning or end of a longer name.
fn whole(text: &str, part: &str) -> Option<usize> {
    let name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let alone = |at: &usize| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + part.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(name) && !after.is_some_and(name)
    };
    let mut places = text.match_indices(part).map(|(at, _)| at);
    places.find(alone).or_else(|| text.find(part))
}
