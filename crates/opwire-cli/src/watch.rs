//! Doing a thing again whenever files change.

use crate::exit::{self, Ended};
use crate::terminal;
use notify::{EventKind, RecursiveMode, Watcher as _};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

/// Editors write a file in several steps: what follows so soon is the same change.
const SETTLED: Duration = Duration::from_millis(80);

/// Does `work`, and again after each change below the paths, until ctrl-c or a polite kill. What it ends with is told
/// each time, not given.
pub(crate) async fn again(paths: &[PathBuf], work: impl AsyncFn() -> Ended) -> Ended {
    let (tell, mut told) = mpsc::unbounded_channel();
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
    let failed = |error: &notify::Error| exit::usage(&format!("files can't be watched: {error}"));
    let mut watcher = notify::recommended_watcher(changed).map_err(|error| failed(&error))?;
    for path in paths {
        watcher
            .watch(path, RecursiveMode::Recursive)
            .map_err(|error| failed(&error))?;
    }
    let stopped = crate::mock::stopped();
    tokio::pin!(stopped);
    loop {
        // What is wrong was told, and the next change may mend it.
        let _told = work().await;
        terminal::note("waiting for changes; ctrl-c ends");
        tokio::select! {
            change = told.recv() => if change.is_none() { return Ok(exit::DONE) },
            () = &mut stopped => return Ok(exit::DONE),
        }
        while tokio::time::timeout(SETTLED, told.recv()).await.is_ok() {}
    }
}
