//! The `opwire` command.

mod args;
mod check;
mod completions;
mod credentials;
mod diff;
mod docs;
mod environment;
mod exit;
mod explain;
mod export;
mod find;
mod import;
mod input;
mod invoke;
mod list;
mod lsp;
mod mcp;
mod mock;
mod new;
mod options;
mod record;
mod render;
mod report;
mod run;
mod serve;
mod show;
mod stop;
mod terminal;
mod test;
mod watch;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    terminal::tell_panics_by_place();
    let cli = Cli::parse();
    let folder = match find::only(&cli) {
        Ok(folder) => folder,
        Err(code) => return code,
    };
    let mut runtime = match &cli.command {
        Command::Serve(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::usage(&format!("the runtime can't be started: {error}")),
    };
    let code = runtime.block_on(async {
        match &cli.command {
            Command::List(args) => list::run(folder, args),
            Command::Show(args) => show::run(folder, args),
            Command::Render(args) => render::run(folder, args),
            Command::Invoke(args) => invoke::run(folder, args).await,
            Command::Options(args) => options::run(folder, args).await,
            Command::Mcp(args) => mcp::run(folder, args).await,
            Command::Serve(args) => serve::run(&cli.operations, args).await,
            Command::Mock(args) => mock::run(folder, args).await,
            Command::Record(args) => record::run(folder, args).await,
            Command::New(args) => new::run(folder, args),
            Command::Check(args) => check::run(folder, args).await,
            Command::Explain(args) => explain::run(args),
            Command::Test(args) => test::run(folder, args).await,
            Command::Import(args) => import::run(args),
            Command::Export(args) => export::run(folder, args),
            Command::Diff(args) => diff::run(args).await,
            Command::Docs(args) => docs::run(folder, args).await,
            Command::Lsp(_) => lsp::run().await,
            Command::Completions(args) => completions::run(args),
        }
    });
    // A read of standard input may be under way, and nothing more may come.
    runtime.shutdown_background();
    code
}
