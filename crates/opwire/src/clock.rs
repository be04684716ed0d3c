//! [`Clock`]: the time, as the engine sees it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// What a clock's `sleep` gives.
pub type SleepFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and waits. Every deadline, wait, limit and token's age of the engine goes by it.
///
/// The default is the system's. Tests put a clock of their own here and wait for nothing.
pub trait Clock: Send + Sync {
    /// The time since a fixed moment; it never goes back, whatever happens to the calendar.
    fn now(&self) -> Duration;

    /// The time since 1970-01-01 00:00 UTC, for dates that services send.
    fn unix(&self) -> Duration;

    /// Waits.
    fn sleep(&self, time: Duration) -> SleepFuture;

    /// Ends when a span of time is over that something may take at most. As [`sleep`](Self::sleep), unless a clock of
    /// tests lets waits pass at once, but gives work the time it needs.
    fn expire(&self, time: Duration) -> SleepFuture {
        self.sleep(time)
    }
}

/// The system's clock, by way of tokio's, so that a runtime with paused time pauses it.
#[derive(Clone, Copy)]
pub(crate) struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl fmt::Debug for SystemClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemClock")
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn unix(&self) -> Duration {
        SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
    }

    fn sleep(&self, time: Duration) -> SleepFuture {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Waits for a future, but no longer than this.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    time: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        done = future => Some(done),
        () = clock.expire(time) => None,
    }
}
