//! Checking in the background, and telling the client what was found.

use crate::convert::diagnostics;
use crate::state::State;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};
use tower_lsp_server::Client;

/// A check begins when nothing has changed for so long.
const QUIET: Duration = Duration::from_millis(150);
/// While somebody goes on typing, a check begins after so long.
const LONGEST: Duration = Duration::from_secs(1);

/// Asks for checks of connectors' folders.
#[derive(Clone, Debug)]
pub(crate) struct Checker(UnboundedSender<PathBuf>);

impl Checker {
    /// A checker, and what it is asked: [`run`] answers it.
    pub(crate) fn new() -> (Self, UnboundedReceiver<PathBuf>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Something has changed in a connector's folder.
    pub(crate) fn changed(&self, dir: impl Into<PathBuf>) {
        // Nobody listens any more once the client has left.
        drop(self.0.send(dir.into()));
    }
}

/// Checks what has changed, and publishes what was found, until nobody asks any more.
pub(crate) async fn run(
    mut asked: UnboundedReceiver<PathBuf>,
    state: Arc<Mutex<State>>,
    client: Client,
) {
    while let Some(first) = asked.recv().await {
        let mut dirs = BTreeSet::from([first]);
        let end = Instant::now() + LONGEST;
        while let Ok(Some(next)) = timeout_at(end.min(Instant::now() + QUIET), asked.recv()).await {
            dirs.insert(next);
        }
        for dir in dirs {
            check(&dir, &state, &client).await;
        }
    }
}

async fn check(dir: &Path, state: &Mutex<State>, client: &Client) {
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(workspace) = lock().workspace(dir) else {
        return;
    };
    let task = tokio::task::spawn_blocking(move || (workspace.check(), workspace));
    // A check that panics finds nothing; the next change is checked again.
    let Ok((checked, workspace)) = task.await else {
        return;
    };
    let (news, encoding) = {
        let mut state = lock();
        // What has changed since is asked for already.
        if !state.is_current(&workspace) {
            return;
        }
        (state.learn(&workspace, checked), state.encoding)
    };
    for news in news {
        let found = diagnostics(&news.findings, encoding);
        client
            .publish_diagnostics(news.uri, found, news.version)
            .await;
    }
}
