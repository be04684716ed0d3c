//! The language server of Opwire, over the Language Server Protocol 3.17.
//!
//! What it says comes from [`opwire::author`]; here it is put into the protocol: which texts are open, positions in the
//! client's encoding, when to check and what to publish.
//!
//! ```no_run
//! # async fn example() {
//! let ended_well = opwire_lsp::serve(tokio::io::empty(), tokio::io::sink()).await;
//! # }
//! ```

mod convert;
mod position;
mod publish;
mod server;
mod state;
mod sturdy;

use server::Backend;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use sturdy::Sturdy;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp_server::{LspService, Server};

/// Serves one client until it says `exit` or closes its end.
///
/// True when it said `shutdown` before: a process ends with 0 then, else with 1, as the protocol asks. Requests are
/// answered one after another, in the order in which they came; a fault of the server fails its request alone.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) -> bool {
    let shut_down = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&shut_down);
    let (service, socket) = LspService::new(|client| Backend::new(client, flag));
    Server::new(input, output, socket)
        .concurrency_level(1)
        .serve(Sturdy(service))
        .await;
    shut_down.load(Ordering::SeqCst)
}
