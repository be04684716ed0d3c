//! What can be written after `opwire`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use opwire::manifest::Kind;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Invokes operations of web services that are described in YAML.
#[derive(Debug, Parser)]
#[command(name = "opwire", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// The folder of connectors. Default: $`OPWIRE_OPERATIONS`, else `operations` here or in a folder above.
    /// `serve` takes several.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) operations: Vec<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the operations.
    List(ListArgs),
    /// Show an operation: its input, output, request, drop-downs and example.
    Show(ShowArgs),
    /// Show the exact request of an input; nothing is sent.
    Render(RenderArgs),
    /// Invoke an operation and print its output.
    Invoke(InvokeArgs),
    /// Print the choices of a field, through the operation that fills its drop-down.
    Options(OptionsArgs),
    /// Offer the operations to agents as tools, over standard input and output (Model Context Protocol).
    Mcp(McpArgs),
    /// Serve the operations over HTTP.
    Serve(ServeArgs),
    /// Serve the examples over HTTP in place of the services.
    Mock(MockArgs),
    /// Write a connector or an operation to begin with.
    New(NewArgs),
    /// Call the service and write what it answered as an example, clean of secrets and personal data.
    Record(RecordArgs),
    /// Check manifests and tell every fault with its place.
    Check(CheckArgs),
    /// Tell what a code of `check` means, with a bad and a good example.
    Explain(ExplainArgs),
    /// Run every example and compare with the accepted snapshots.
    Test(TestArgs),
    /// Make a connector of another description of a service.
    Import(ImportArgs),
    /// Describe the operations in another form.
    Export(ExportArgs),
    /// Compare two versions of connectors, and grade each change for those who call them.
    Diff(DiffArgs),
    /// Write the operations' documentation as Markdown.
    Docs(DocsArgs),
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

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// Only this connector's operations. May stand several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Vec<String>,
    /// Only these.
    #[arg(long)]
    pub(crate) kind: Option<KindArg>,
    /// Only operations that do this to the service's data. May stand several times.
    #[arg(long)]
    pub(crate) effect: Vec<EffectArg>,
    /// Only operations whose name fits: `*` is any text, `?` any character. May stand several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) tool: Vec<String>,
    /// Three tools to search, describe and invoke operations, in place of one for each.
    #[arg(long)]
    pub(crate) catalogue: bool,
    /// The most bytes of a result; a longer one comes in parts.
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(2_048..))]
    pub(crate) result_bytes: u32,
    /// Before what a person is asked, where the client can ask.
    #[arg(long, default_value = "deletes")]
    pub(crate) confirm: ConfirmArg,
    /// Answer from the examples, over real HTTP on loopback.
    #[arg(long)]
    pub(crate) mock: bool,
    /// Tell each attempt on standard error.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EffectArg {
    /// Nothing changes.
    Read,
    /// Something new is made.
    Create,
    /// Something is changed.
    Update,
    /// Something is removed.
    Delete,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ConfirmArg {
    /// Nothing.
    Never,
    /// What removes something.
    Deletes,
    /// What changes anything.
    Writes,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Load the operations anew after each change of their files.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Answer from the examples, over real HTTP on loopback.
    #[arg(long)]
    pub(crate) mock: bool,
    /// Let everyone in who calls from this machine. Only where --listen is on loopback.
    #[arg(long)]
    pub(crate) no_auth: bool,
    /// Keep the choices of fields so many seconds; 0 keeps none.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) options_ttl: u64,
    /// Let web pages of this origin (`https://app.example.com:443`) call /mcp, besides those of this machine. May stand
    /// several times.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) mcp_origin: Vec<String>,
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
