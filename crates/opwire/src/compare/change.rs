//! [`Change`]: one change, and where it stands.

use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;

/// What a change means for callers, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Grade {
    /// No caller needs to do anything.
    Compatible,
    /// A caller may notice.
    Risky,
    /// A call that worked is refused or does something else, or what it gave is gone or of another kind.
    Breaking,
}

impl Grade {
    /// The name: `compatible`, `risky` or `breaking`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What of a connector or an operation changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Aspect {
    /// Whether it is there.
    Presence,
    /// `main` or `ddl`.
    Kind,
    /// What it does to the service's data.
    Effect,
    /// Whether repeating a call is safe.
    Idempotency,
    /// The HTTP method.
    Method,
    /// Where requests go.
    Url,
    /// The query.
    Query,
    /// The headers.
    Headers,
    /// The body.
    Body,
    /// What the input may be.
    Input,
    /// What is filled in where the input leaves a field out.
    Default,
    /// Which fields are secret.
    Secret,
    /// Drop-downs: which DDL fills a field, and where the choices stand in a DDL's output.
    Options,
    /// What the output may be.
    Output,
    /// Which replies are success, and how they are read.
    Response,
    /// How pages are walked.
    Pagination,
    /// How refusals become errors.
    Errors,
    /// What a connection must hold.
    Credentials,
    /// How requests are signed.
    Auth,
    /// Which origins can be reached.
    Egress,
    /// Timeouts, attempts, sizes and rates.
    Limits,
    /// Titles and descriptions.
    Text,
    /// Anything else in the file.
    Other,
}

impl Aspect {
    /// The name in snake case: `presence`, `input` …
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Kind => "kind",
            Self::Effect => "effect",
            Self::Idempotency => "idempotency",
            Self::Method => "method",
            Self::Url => "url",
            Self::Query => "query",
            Self::Headers => "headers",
            Self::Body => "body",
            Self::Input => "input",
            Self::Default => "default",
            Self::Secret => "secret",
            Self::Options => "options",
            Self::Output => "output",
            Self::Response => "response",
            Self::Pagination => "pagination",
            Self::Errors => "errors",
            Self::Credentials => "credentials",
            Self::Auth => "auth",
            Self::Egress => "egress",
            Self::Limits => "limits",
            Self::Text => "text",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One change between two versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// What it means for callers.
    pub grade: Grade,
    /// The connector's name.
    pub connector: String,
    /// The operation's name within the connector; nothing when the connector's own file changed.
    pub operation: Option<String>,
    /// What changed.
    pub aspect: Aspect,
    /// Where: a JSON Pointer into the input (`input`, `default`, `secret`, and `options` of a field), into the output
    /// (`output`), else into the manifest. `0` stands for a list's items, `*` for any key.
    pub pointer: String,
    /// What changed, in words.
    pub message: String,
    /// How it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// How it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// What it may be about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The example that shows it, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// A whole input that the old version takes and the new one refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Value>,
    /// The file of the new version, or of the old one where there is no new one.
    #[serde(skip)]
    pub file: PathBuf,
}

impl Change {
    /// `salesloft.create_account`, or `salesloft` where the connector itself changed.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.operation {
            Some(operation) => format!("{}.{operation}", self.connector),
            None => self.connector.clone(),
        }
    }

    /// One line: what changed, from what to what.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut text = self.message.clone();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => text.push_str(&format!(": {new} (was {old})")),
            (Some(old), None) => text.push_str(&format!(" (was {old})")),
            (None, Some(new)) => text.push_str(&format!(": {new}")),
            (None, None) => {}
        }
        text
    }

    fn is_about(&self, other: &Self) -> bool {
        let pointer = |change: &Self| match change.aspect {
            Aspect::Headers => change.pointer.to_ascii_lowercase(),
            _ => change.pointer.clone(),
        };
        // Of these several may stand in one place.
        let apart = matches!(self.aspect, Aspect::Errors | Aspect::Credentials);
        (!apart || self.message == other.message)
            && self.connector == other.connector
            && self.operation == other.operation
            && self.aspect == other.aspect
            && pointer(self) == pointer(other)
    }
}

/// Takes the changes of one connector or operation.
pub(super) struct Sink<'a> {
    changes: &'a mut Vec<Change>,
    connector: String,
    operation: Option<String>,
    file: PathBuf,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        changes: &'a mut Vec<Change>,
        connector: &str,
        operation: Option<&str>,
        file: PathBuf,
    ) -> Self {
        Self {
            changes,
            connector: connector.to_owned(),
            operation: operation.map(str::to_owned),
            file,
        }
    }

    /// Tells a change. Of one place and aspect the worst is kept.
    pub(super) fn tell(
        &mut self,
        grade: Grade,
        aspect: Aspect,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Told<'_> {
        let change = Change {
            grade,
            connector: self.connector.clone(),
            operation: self.operation.clone(),
            aspect,
            pointer: pointer.into(),
            message: message.into(),
            old: None,
            new: None,
            help: None,
            example: None,
            witness: None,
            file: self.file.clone(),
        };
        let known = self
            .changes
            .iter()
            .position(|known| known.is_about(&change));
        let at = known.unwrap_or(self.changes.len());
        let mut kept = false;
        match self.changes.get_mut(at) {
            Some(known) if known.grade >= grade => kept = true,
            Some(known) => {
                let (example, witness) = (known.example.take(), known.witness.take());
                *known = Change {
                    example,
                    witness,
                    ..change
                };
            }
            None => self.changes.push(change),
        }
        Told {
            kept,
            change: self.changes.get_mut(at),
        }
    }
}

/// A change that was told, to say more of.
pub(super) struct Told<'a> {
    change: Option<&'a mut Change>,
    /// One that was at least as bad stands there: it keeps its words.
    kept: bool,
}

impl Told<'_> {
    fn with(mut self, change: impl FnOnce(&mut Change)) -> Self {
        if let Some(told) = self.change.as_mut().filter(|_| !self.kept) {
            change(told);
        }
        self
    }

    /// How it was and how it is.
    pub(super) fn from(
        self,
        old: impl Into<Option<String>>,
        new: impl Into<Option<String>>,
    ) -> Self {
        let (old, new) = (old.into(), new.into());
        self.with(|change| (change.old, change.new) = (old, new))
    }

    pub(super) fn help(self, help: Option<String>) -> Self {
        self.with(|change| change.help = help)
    }

    /// The example that shows it; the first one is kept.
    pub(super) fn shown_by(self, example: &str) {
        if let Some(change) = self.change {
            change.example.get_or_insert_with(|| example.to_owned());
        }
    }

    pub(super) fn witness(self, witness: Option<Value>) {
        if let Some(change) = self.change
            && change.witness.is_none()
        {
            change.witness = witness;
        }
    }
}
