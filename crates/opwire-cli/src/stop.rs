//! Ending well when the command is told to stop: by ctrl-c, or by SIGTERM where there is one.

use crate::{exit, terminal};
use opwire::Engine;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

/// How long a request that is out may take then.
const MOST: Duration = Duration::from_secs(10);

/// What tells the command to stop. It listens from the beginning on.
pub(crate) struct Signals {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    pub(crate) fn listen() -> Result<Self, ExitCode> {
        Self::all().map_err(|error| exit::usage(&format!("signals can't be had: {error}")))
    }

    #[cfg(unix)]
    fn all() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            ],
        })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn all() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        drop(tokio::signal::ctrl_c().await);
    }
}

/// Does work with an engine. When the command is told to stop, what is out has 10 seconds, and nothing more is begun;
/// when it is told once more, or the time is over, the work ends as `cancelled`.
pub(crate) async fn ending_well<T>(
    engine: &Engine,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> T {
    let Ok(mut signals) = Signals::all() else {
        return work.await;
    };
    tokio::select! {
        biased;
        () = signals.next() => {}
        done = &mut work => return done,
    }
    terminal::note("stopping: what is out has 10 seconds; once more gives it up at once");
    let stop = async {
        tokio::select! {
            () = signals.next() => {}
            _ = engine.drain(MOST) => {}
        }
        engine.cancel();
        pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        done = work => done,
        never = stop => match never {},
    }
}
