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
    /// Write a connector or an operation to begin with.
    New(NewArgs),
    /// Check manifests and tell every fault with its place.
    Check(CheckArgs),
    /// Tell what a code of `check` means, with a bad and a good example.
    Explain(ExplainArgs),
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
