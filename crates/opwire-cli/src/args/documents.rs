//! Other descriptions of operations, and what changed.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) form: ImportForm,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportForm {
    /// Of a Swagger 2.0, OpenAPI 3.0 or 3.1 document, JSON or YAML.
    Openapi(ImportOpenapiArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportOpenapiArgs {
    /// The document; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) document: PathBuf,
    /// The connector's folder; its name is the connector's. What was changed there by hand stays.
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Only these operations, beside those that are there: a name, an ID or `METHOD /path`; * is any text. May stand several times.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Vec<String>,
    /// Where the service is, in place of what the document says.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// What is taken where the document and a hand changed the same lines. Default: neither; nothing is written.
    #[arg(long, value_name = "SIDE")]
    pub(crate) prefer: Option<PreferArg>,
    /// Show what would be written, as a diff, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PreferArg {
    /// What was changed by hand.
    Mine,
    /// What the document has now.
    Document,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    pub(crate) form: ExportForm,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportForm {
    /// As OpenAPI 3.1, in which every operation is a POST of its input.
    Openapi(ExportOpenapiArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportOpenapiArgs {
    /// Only this connector's. Default: all.
    #[arg(value_name = "CONNECTOR")]
    pub(crate) connector: Option<String>,
    /// The form of the document.
    #[arg(short, long, default_value = "json")]
    pub(crate) output: DocumentForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentForm {
    /// Indented JSON.
    Json,
    /// YAML.
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The old version: a folder of connectors or a connector's, or REV:PATH of a git repository.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The new version, likewise. With --git: the same folder as it is now, when left out.
    #[arg(value_name = "NEW", required_unless_present = "git")]
    pub(crate) new: Option<PathBuf>,
    /// Take the old version from this revision of the git repository that OLD is in.
    #[arg(long, value_name = "REV")]
    pub(crate) git: Option<String>,
    /// The form of the changes.
    #[arg(short = 'o', long, alias = "output", default_value = "human")]
    pub(crate) format: ComparisonForm,
    /// End with exit code 1 from this grade on.
    #[arg(long, default_value = "breaking")]
    pub(crate) fail_on: FailOn,
    /// Tell changes of titles and descriptions too.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComparisonForm {
    /// By operation, the worst first.
    Human,
    /// An array of objects.
    Json,
    /// Tables, for a review's comment.
    Markdown,
    /// Annotations of GitHub's workflows.
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// When a call that worked is refused or does something else, or what it gave is gone.
    Breaking,
    /// When a caller may notice, too.
    Risky,
    /// Never.
    None,
}

#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// Only this connector's.
    #[arg(value_name = "CONNECTOR")]
    pub(crate) connector: Option<String>,
    /// The folder to write `<connector>.md` to. Without it one connector's page is printed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing; end with exit code 1 when a page is not as it would be written.
    #[arg(long, requires = "out")]
    pub(crate) check: bool,
}
