//! What connectors are written with.

use super::{InputArgs, KindArg, TargetArgs};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// The operation.
    #[arg(value_name = "OP")]
    pub(crate) operation: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// What tells the example from the operation's others: OP.VARIANT.yaml
    #[arg(long)]
    pub(crate) variant: Option<String>,
    /// Walk this many pages.
    #[arg(long, value_name = "N")]
    pub(crate) pages: Option<usize>,
    /// Keep what stands here in the example (a JSON Pointer such as /replies/0/body/data/title): you answer for it. May
    /// stand several times.
    #[arg(long, value_name = "POINTER")]
    pub(crate) keep: Vec<String>,
    /// Overwrite an example that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Accept what the example sends and gives as its snapshot, too.
    #[arg(long)]
    pub(crate) accept: bool,
    /// Print the example; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    pub(crate) what: NewWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewWhat {
    /// Write a connector.yaml. What no flag gives is asked for, on a terminal.
    Connector(NewConnectorArgs),
    /// Write an operation and its example. What no flag gives is asked for, on a terminal.
    Operation(NewOperationArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewConnectorArgs {
    /// Lower-case letters, digits and _: the first part of its operations' names.
    pub(crate) name: String,
    /// The name for people.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// What the service is, in a sentence.
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Where the service is: scheme, host, perhaps the start of the path.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// How requests are signed.
    #[arg(long)]
    pub(crate) auth: Option<NewAuth>,
    /// With --auth `api_key`: the header of the key.
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,
    /// With --auth oauth2: where tokens are got.
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum NewAuth {
    /// Authorization: Bearer TOKEN
    Bearer,
    /// Authorization: Basic …
    Basic,
    /// A header of the service's own.
    ApiKey,
    /// OAuth 2 with client credentials.
    Oauth2,
    /// Nothing.
    None,
}

impl NewAuth {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::ApiKey => "api_key",
            Self::Oauth2 => "oauth2",
            Self::None => "none",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct NewOperationArgs {
    /// CONNECTOR.NAME, or NAME where there is one connector.
    pub(crate) name: String,
    /// The name for people.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// What it does, in a sentence.
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// What it is for. Default: ddl where the name ends in _ddl.
    #[arg(long)]
    pub(crate) kind: Option<KindArg>,
    /// The HTTP method. Default: by the name's first word.
    #[arg(long)]
    pub(crate) method: Option<String>,
    /// The path, with {name} for what the input gives: `/orders/{order_id}`.
    #[arg(long)]
    pub(crate) path: Option<String>,
    /// Query parameters that the input gives: `status,limit`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) query: Vec<String>,
    /// For a DDL: where the records are in the reply.
    #[arg(long, value_name = "PATH")]
    pub(crate) items: Option<String>,
    /// For a DDL: a record's label.
    #[arg(long, value_name = "PATH")]
    pub(crate) label: Option<String>,
    /// For a DDL: a record's value.
    #[arg(long, value_name = "PATH")]
    pub(crate) value: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Connector folders or files; a file is checked with its connector, and only its own faults are told.
    pub(crate) paths: Vec<PathBuf>,
    /// The form of the findings.
    #[arg(short = 'o', long, visible_alias = "output", default_value = "human")]
    pub(crate) format: FindingsForm,
    /// Mend what is certain, in the files.
    #[arg(long)]
    pub(crate) fix: bool,
    /// Fail on these too.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) deny: Option<Deny>,
    /// Check again after each change, until ctrl-c.
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Findings that an operation can be loaded with.
    Warnings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingsForm {
    /// With the source and a mark under the place.
    Human,
    /// An array of objects.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A code, such as unknown-path. Without one, all are listed.
    pub(crate) code: Option<String>,
    /// Every rule, as docs/checks.md has them.
    #[arg(long, conflicts_with = "code")]
    pub(crate) markdown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Connector folders, example files, or names of operations. Default: all.
    pub(crate) paths: Vec<String>,
    /// Accept what the examples give now.
    #[arg(long)]
    pub(crate) accept: bool,
    /// The form of the results.
    #[arg(short = 'o', long, default_value = "human")]
    pub(crate) format: ResultsForm,
    /// Run again after each change, until ctrl-c.
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultsForm {
    /// What changed, as diffs, and how many.
    Human,
    /// JUnit XML.
    Junit,
}
