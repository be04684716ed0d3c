//! Doing a thing again whenever files change.

use crate::exit::{self, Ended};
use crate::stop::Signals;
use crate::terminal;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;

/// Editors write a file in several steps: what follows so soon is the same change.
const SETTLED: Duration = Duration::from_millis(80);

/// Changes below paths.
pub(crate) struct Changes {
    told: mpsc::UnboundedReceiver<()>,
    _watcher: RecommendedWatcher,
}

impl Changes {
    pub(crate) fn below(paths: &[PathBuf]) -> Result<Self, ExitCode> {
        Self::watch(paths).map_err(|error| exit::usage(&format!("files can't be watched: {error}")))
    }

    fn watch(paths: &[PathBuf]) -> notify::Result<Self> {
        let (tell, told) = mpsc::unbounded_channel();
        let changed = move |event: notify::Result<notify::Event>| {
            let change = event.is_ok_and(|event| {
                matches!(
                    event.kind,
                    EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
                )
            });
            if change {
                tell.send(()).ok();
            }
        };
        let mut watcher = notify::recommended_watcher(changed)?;
        for path in paths {
            watcher.watch(path, RecursiveMode::Recursive)?;
        }
        Ok(Self {
            told,
            _watcher: watcher,
        })
    }

    /// Waits for the next change, until it has settled. Says whether there can be more.
    pub(crate) async fn next(&mut self) -> bool {
        if self.told.recv().await.is_none() {
            return false;
        }
        while tokio::time::timeout(SETTLED, self.told.recv())
            .await
            .is_ok()
        {}
        true
    }
}

/// Does `work`, and again after each change below the paths, until ctrl-c or a polite kill. What it ends with is told
/// each time, not given.
pub(crate) async fn again(paths: &[PathBuf], work: impl AsyncFn() -> Ended) -> Ended {
    let mut changes = Changes::below(paths)?;
    let mut signals = Signals::listen()?;
    loop {
        // What is wrong was told, and the next change may mend it.
        let _told = work().await;
        terminal::note("waiting for changes; ctrl-c ends");
        tokio::select! {
            more = changes.next() => if !more { return Ok(exit::DONE) },
            () = signals.next() => return Ok(exit::DONE),
        }
    }
}
