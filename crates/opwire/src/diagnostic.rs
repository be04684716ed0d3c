//! [`Diagnostic`]: a fault of a manifest, with its place.

use serde::Serialize;
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

/// The rule that found the fault: a stable name in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// The file could not be read.
    FileUnreadable,
    /// The file is larger or deeper than a manifest may be.
    FileTooLarge,
    /// The text is not YAML, or uses a part of YAML that manifests don't have.
    YamlSyntax,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// A key that the language doesn't have.
    UnknownKey,
    /// A key that must be there is not.
    MissingKey,
    /// A value of another type or form than the key takes.
    WrongValue,
    /// A name that can't be a connector's or operation's.
    BadName,
    /// The expression in `{{ }}` can't be read.
    TemplateSyntax,
    /// A helper that doesn't exist.
    UnknownHelper,
    /// A helper with too few or too many arguments.
    HelperArguments,
    /// A path that the input or the reply can't have.
    UnknownPath,
    /// A value that can't be of the type that its place takes.
    WrongType,
    /// A hole in text that is, or may be, missing, null, a list or an object.
    HoleInText,
    /// A hole in a path that is, or may be, missing, null, a list or an object.
    HoleInPath,
    /// A list or an object in the query or a form, and nothing says how it is laid out.
    QueryStyle,
    /// A condition that is always met, or never.
    ConstantCondition,
    /// A `default` after a value that is always there.
    UselessDefault,
    /// `$omit_empty` where nothing can be empty.
    UselessOmitEmpty,
    /// A mapping with `$` keys that is no operator.
    BadOperator,
    /// Credentials read outside `auth`.
    SecretOutsideAuth,
    /// A header that a manifest can't set.
    ForbiddenHeader,
    /// A secret is written out in a file.
    SecretInManifest,
    /// A JSON Schema that is itself not valid.
    SchemaInvalid,
    /// A `$ref` that leads nowhere, out of the folder, or to itself.
    RefUnresolved,
    /// `x-options` names an operation that doesn't exist or is not a DDL.
    OptionsLink,
    /// A DDL's `options` pointers miss its output, or lead to what is no list, label or value.
    OptionsPointers,
    /// A DDL gives values that the field can't take.
    OptionsType,
    /// `x-options` gives its DDL an input that it doesn't have, or leaves out one that it needs.
    OptionsInput,
    /// `pagination` names a paginator that the connector doesn't have.
    UnknownPaginator,
    /// A part of the language that this version can't run.
    Unsupported,
    /// An operation without an example.
    MissingExample,
}

impl Code {
    /// The stable name (`unknown-key`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileUnreadable => "file-unreadable",
            Self::FileTooLarge => "file-too-large",
            Self::YamlSyntax => "yaml-syntax",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownKey => "unknown-key",
            Self::MissingKey => "missing-key",
            Self::WrongValue => "wrong-value",
            Self::BadName => "bad-name",
            Self::TemplateSyntax => "template-syntax",
            Self::UnknownHelper => "unknown-helper",
            Self::HelperArguments => "helper-arguments",
            Self::UnknownPath => "unknown-path",
            Self::WrongType => "wrong-type",
            Self::HoleInText => "hole-in-text",
            Self::HoleInPath => "hole-in-path",
            Self::QueryStyle => "query-style",
            Self::ConstantCondition => "constant-condition",
            Self::UselessDefault => "useless-default",
            Self::UselessOmitEmpty => "useless-omit-empty",
            Self::BadOperator => "bad-operator",
            Self::SecretOutsideAuth => "secret-outside-auth",
            Self::ForbiddenHeader => "forbidden-header",
            Self::SecretInManifest => "secret-in-manifest",
            Self::SchemaInvalid => "schema-invalid",
            Self::RefUnresolved => "ref-unresolved",
            Self::OptionsLink => "options-link",
            Self::OptionsPointers => "options-pointers",
            Self::OptionsType => "options-type",
            Self::OptionsInput => "options-input",
            Self::UnknownPaginator => "unknown-paginator",
            Self::Unsupported => "unsupported",
            Self::MissingExample => "missing-example",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// The catalog loads with it.
    Warning,
    /// The operation can't be loaded.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in a file: lines and columns from 1 (columns in characters), offsets in bytes from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Span {
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// The byte at which it starts.
    pub start: usize,
    /// The byte after its end.
    pub end: usize,
}

/// A mend that is certain: this text in place of what the span holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fix {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// A fault of a manifest, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The rule that found it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it was opened.
    pub file: PathBuf,
    /// Where in the file.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The mend, where one is certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            severity,
            file,
            span,
            message,
            help,
            ..
        } = self;
        write!(
            f,
            "{}:{}:{}: {severity}[{code}]: {message}",
            file.display(),
            span.line,
            span.column
        )?;
        match help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// All faults that were found, in the order of files and lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub(crate) Vec<Diagnostic>);

impl Diagnostics {
    /// Is any of them an error?
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }
}

impl Deref for Diagnostics {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
