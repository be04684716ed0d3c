//! What calls operations: a subcommand's arguments each.

use clap::{Args, ValueEnum};
use opwire::manifest::Kind;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only this connector's.
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Option<String>,
    /// Only these.
    #[arg(long)]
    pub(crate) kind: Option<KindArg>,
    /// The form of the list.
    #[arg(short, long, default_value = "table")]
    pub(crate) output: ListForm,
    /// What each operation costs a model as a tool (`mcp`), in tokens, about; and the catalogue in place of them.
    #[arg(long)]
    pub(crate) tokens: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// Operations of their own.
    Main,
    /// Operations that fill a drop-down.
    Ddl,
}

impl KindArg {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Main => Kind::Main,
            Self::Ddl => Kind::Ddl,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ListForm {
    /// Columns for people.
    Table,
    /// An array of objects.
    Json,
    /// A name a line.
    Names,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The operation; the connector can be left out where the name is clear.
    #[arg(value_name = "OP")]
    pub(crate) operation: String,
    /// The form.
    #[arg(short, long, default_value = "human")]
    pub(crate) output: ShowForm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ShowForm {
    /// For people.
    Human,
    /// One object.
    Json,
    /// The same as YAML.
    Yaml,
}

/// Where the input comes from.
#[derive(Debug, Default, Args)]
pub(crate) struct InputArgs {
    /// The input: JSON, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "example")]
    pub(crate) input: Option<String>,
    /// The input of the operation's example, or of a variant of it.
    #[arg(long, value_name = "VARIANT", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) example: Option<String>,
    /// Set one value of the input: `fields.name=Acme`, `ids=[1,2]`. May stand several times.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// The operation.
    #[arg(value_name = "OP")]
    pub(crate) operation: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The form of the request.
    #[arg(short, long, default_value = "http")]
    pub(crate) output: RenderForm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RenderForm {
    /// As HTTP/1.1 text.
    Http,
    /// As a curl command.
    Curl,
    /// {method, url, headers, body}
    Json,
}

/// Where requests go.
#[derive(Debug, Default, Args)]
pub(crate) struct TargetArgs {
    /// Send requests here instead of to the service. Names that origin as allowed, loopback included.
    #[arg(long, value_name = "URL", conflicts_with = "mock")]
    pub(crate) base_url: Option<String>,
    /// Get access tokens here instead of where the connector says.
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,
    /// Answer from the examples, over real HTTP on loopback.
    #[arg(long)]
    pub(crate) mock: bool,
    /// Tell each attempt on standard error.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InvokeArgs {
    /// The operation.
    #[arg(value_name = "OP")]
    pub(crate) operation: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Print the items of every page, a JSON line each.
    #[arg(long)]
    pub(crate) all: bool,
    /// With --all: end after this many pages.
    #[arg(long, value_name = "N", requires = "all")]
    pub(crate) max_pages: Option<usize>,
    /// Print only what stands here in the output: a JSON Pointer. Text is printed as it is.
    #[arg(long, value_name = "POINTER")]
    pub(crate) field: Option<String>,
    /// The form of the output, and of errors.
    #[arg(short, long)]
    pub(crate) output: Option<InvokeForm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InvokeForm {
    /// The output's own JSON text; errors as problem+json (RFC 9457).
    Json,
    /// Indented. The default on a terminal.
    Pretty,
}

#[derive(Debug, Args)]
pub(crate) struct OptionsArgs {
    /// The operation.
    #[arg(value_name = "OP")]
    pub(crate) operation: String,
    /// The field, as a JSON Pointer into the input: /`fields/owner_id`.
    #[arg(value_name = "FIELD_POINTER")]
    pub(crate) field: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The form of the list.
    #[arg(short, long, default_value = "json")]
    pub(crate) output: OptionsForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptionsForm {
    /// [{label, value}]
    Json,
    /// Columns for people.
    Table,
}
