//! [`Running`]: how many invocations run, so that a program can wait for them before it ends.

use crate::clock::{Clock, within};
use crate::error::{Error, ErrorKind};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// In the counter: nothing more is taken.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// Counts invocations. A streamed one counts while a page is fetched.
#[derive(Debug, Default)]
pub(crate) struct Running {
    count: AtomicUsize,
    idle: Notify,
    stop: CancellationToken,
}

/// One that runs.
pub(crate) struct One(Arc<Running>);

impl Running {
    /// Counts one in, while its guard lives.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<One, Error> {
        let before = self.count.fetch_add(1, Ordering::AcqRel);
        let one = One(Arc::clone(self));
        if before & CLOSED != 0 {
            return Err(Error::new(
                ErrorKind::Overloaded,
                "the engine is shutting down and takes no more calls",
            ));
        }
        Ok(one)
    }

    /// Counts a part of one that runs already, which may outlive it.
    pub(crate) fn part(self: &Arc<Self>) -> One {
        self.count.fetch_add(1, Ordering::AcqRel);
        One(Arc::clone(self))
    }

    /// How many run.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed) & !CLOSED
    }

    /// Gives up all that runs, and takes no more.
    pub(crate) fn cancel(&self) {
        self.count.fetch_or(CLOSED, Ordering::AcqRel);
        self.stop.cancel();
    }

    /// Is all given up?
    pub(crate) fn cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// What the work gives, unless it is given up before that. It is pinned where it is made: moved, it would take its
    /// place twice.
    pub(crate) async fn unless_cancelled<T>(
        &self,
        work: Pin<&mut impl Future<Output = T>>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.stop.cancelled() => None,
        }
    }

    pub(crate) async fn drain(&self, clock: &dyn Clock, most: Duration) -> bool {
        self.count.fetch_or(CLOSED, Ordering::AcqRel);
        let over = async {
            loop {
                let notified = self.idle.notified();
                if self.count.load(Ordering::Acquire) == CLOSED {
                    return;
                }
                notified.await;
            }
        };
        within(clock, most, over).await.is_some()
    }
}

impl Drop for One {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == CLOSED + 1 {
            self.0.idle.notify_waiters();
        }
    }
}
