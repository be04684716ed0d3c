//! [`Diagnostic`]: a fault of a manifest, with its place.

use crate::manifest::nearest;
use serde::Serialize;
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

/// Defines [`Code`] from one list: what it tells, and its stable name.
macro_rules! codes {
    ($(#[doc = $summary:literal] $variant:ident = $name:literal,)*) => {
        /// The rule that found the fault: a stable name in kebab case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every rule, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable name (`unknown-key`).
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it tells, in a sentence of Markdown.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => $summary,)*
                }
                .trim_start()
            }
        }
    };
}

codes! {
    /// A file or folder that can't be read.
    FileUnreadable = "file-unreadable",
    /// A file that is larger or deeper than a manifest may be.
    FileTooLarge = "file-too-large",
    /// Text that is not YAML, or a part of YAML that manifests don't have.
    YamlSyntax = "yaml-syntax",
    /// A key that stands twice in one mapping.
    DuplicateKey = "duplicate-key",
    /// A key that the language doesn't have.
    UnknownKey = "unknown-key",
    /// A key that must be there and is not.
    MissingKey = "missing-key",
    /// A value of another type or form than the key takes.
    WrongValue = "wrong-value",
    /// A name that a connector or an operation can't have.
    BadName = "bad-name",
    /// An expression in `{{ }}` that can't be read.
    TemplateSyntax = "template-syntax",
    /// A helper that doesn't exist.
    UnknownHelper = "unknown-helper",
    /// A helper with too few or too many arguments.
    HelperArguments = "helper-arguments",
    /// A path that the input or the reply can't have.
    UnknownPath = "unknown-path",
    /// A value that can't be of the type that its place takes.
    WrongType = "wrong-type",
    /// A hole in text that is, or may be, missing, null, a list or an object.
    HoleInText = "hole-in-text",
    /// A hole in a path that is, or may be, missing, null, a list or an object.
    HoleInPath = "hole-in-path",
    /// A list or an object in the query or a form, and nothing says how it is laid out.
    QueryStyle = "query-style",
    /// A condition that is always met or never, or a case that never comes.
    ConstantCondition = "constant-condition",
    /// A `default` after a value that is always there.
    UselessDefault = "useless-default",
    /// `$omit_empty` where nothing can be empty.
    UselessOmitEmpty = "useless-omit-empty",
    /// A property of the input that nothing reads.
    UnusedInput = "unused-input",
    /// A mapping with `$` keys that is no operator.
    BadOperator = "bad-operator",
    /// Credentials that are read outside `auth`.
    SecretOutsideAuth = "secret-outside-auth",
    /// A secret that is written out in a file.
    SecretInManifest = "secret-in-manifest",
    /// A credential that `auth` doesn't read.
    UnusedCredential = "unused-credential",
    /// A header that a manifest can't set.
    ForbiddenHeader = "forbidden-header",
    /// A JSON Schema that is itself not valid.
    SchemaInvalid = "schema-invalid",
    /// A `$ref` that leads nowhere, out of the folder, or to itself.
    RefUnresolved = "ref-unresolved",
    /// A keyword of a schema that does nothing.
    IdleKeyword = "idle-keyword",
    /// A regular expression that can take a backtracking matcher for ever.
    SlowPattern = "slow-pattern",
    /// A shared schema or paginator that no operation uses.
    UnusedDefinition = "unused-definition",
    /// `x-options` that names no DDL of the connector.
    OptionsLink = "options-link",
    /// `options` pointers that miss a DDL's output, or lead to what is no list, label or value.
    OptionsPointers = "options-pointers",
    /// A DDL whose values the field can't take.
    OptionsType = "options-type",
    /// `x-options` that gives its DDL what it doesn't take, or leaves out what it needs.
    OptionsInput = "options-input",
    /// `pagination` that names no paginator of the connector, or one that doesn't fit.
    UnknownPaginator = "unknown-paginator",
    /// A part of the language that this build can't run.
    Unsupported = "unsupported",
    /// A file whose first line doesn't tell editors its schema.
    SchemaComment = "schema-comment",
    /// An operation without an example.
    MissingExample = "missing-example",
    /// An example file that can't be read or run.
    ExampleInvalid = "example-invalid",
    /// An example whose input the operation refuses.
    ExampleInput = "example-input",
    /// An example whose reply `response.schema` doesn't allow.
    ExampleReply = "example-reply",
    /// An example of an operation that doesn't exist.
    StaleExample = "stale-example",
}

impl Code {
    /// The code whose name is nearest to this one, when one is near.
    #[must_use]
    pub fn nearest(name: &str) -> Option<Self> {
        let near = nearest(name, Self::ALL.iter().map(|code| code.as_str()))?;
        Self::ALL.iter().copied().find(|code| code.as_str() == near)
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

impl Span {
    /// Before the first character.
    pub(crate) const START: Self = Self {
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        start: 0,
        end: 0,
    };
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

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(found: I) -> Self {
        Self(found.into_iter().collect())
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
