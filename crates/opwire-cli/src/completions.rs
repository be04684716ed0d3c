//! `opwire completions`

use crate::args::{Cli, CompletionsArgs};
use crate::{exit, terminal};
use clap::CommandFactory as _;
use std::process::ExitCode;

pub(crate) fn run(args: &CompletionsArgs) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "opwire", &mut script);
    terminal::text(&String::from_utf8_lossy(&script));
    ExitCode::from(exit::DONE)
}
