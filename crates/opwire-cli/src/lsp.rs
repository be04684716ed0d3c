//! `opwire lsp`

use crate::exit::DONE;
use std::process::ExitCode;

/// What the protocol asks for when the client left without `shutdown`.
const LEFT: u8 = 1;

pub(crate) async fn run() -> ExitCode {
    let ended_well = opwire_lsp::serve(tokio::io::stdin(), tokio::io::stdout()).await;
    ExitCode::from(if ended_well { DONE } else { LEFT })
}
