//! What can be written after `opwire`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Invokes operations of web services that are described in YAML.
#[derive(Debug, Parser)]
#[command(name = "opwire", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// The folder of connectors. Default: $`OPWIRE_OPERATIONS`, else `operations` here or in a folder above.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) operations: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the operations.
    List(ListArgs),
    /// Show an operation: its input, request, drop-downs and example.
    Show(ShowArgs),
    /// Show the exact request of an input; nothing is sent.
    Render(RenderArgs),
    /// Invoke an operation and print its output.
    Invoke(InvokeArgs),
    /// Print the choices of a field, through the operation that fills its drop-down.
    Options(OptionsArgs),
    /// Serve the examples over HTTP in place of the services.
    Mock(MockArgs),
    /// Check manifests and tell every fault with its place.
    Check(CheckArgs),
    /// Run every example and compare with the accepted snapshots.
    Test(TestArgs),
    /// Serve an editor over standard input and output, by the Language Server Protocol.
    Lsp(LspArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
}

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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// Operations of their own.
    Main,
    /// Operations that fill a drop-down.
    Ddl,
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

#[derive(Debug, Args)]
pub(crate) struct MockArgs {
    /// Only this connector's service.
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Option<String>,
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8765)]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Connector folders or files; a file is checked with its connector, and only its own faults are told.
    pub(crate) paths: Vec<PathBuf>,
    /// The form of the findings.
    #[arg(short, long, default_value = "human")]
    pub(crate) output: FindingsForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingsForm {
    /// With the source and a mark under the place.
    Human,
    /// An array of objects.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Connector folders, example files, or names of operations. Default: all.
    pub(crate) paths: Vec<String>,
    /// Accept what the examples give now.
    #[arg(long)]
    pub(crate) accept: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LspArgs {
    /// The way that there is; editors name it by habit.
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}
