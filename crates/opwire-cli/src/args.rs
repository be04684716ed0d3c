//! What can be written after `opwire`.

mod calls;
mod documents;
mod serving;
mod writing;

pub(crate) use calls::*;
pub(crate) use documents::*;
pub(crate) use serving::*;
pub(crate) use writing::*;

use clap::{Args, Parser, Subcommand};
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
    /// Ask a server whether it can answer; ends with 0 when it can, else with 1.
    Health(HealthArgs),
    /// Make, list and take back the API keys of `serve`.
    Keys(KeysArgs),
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
