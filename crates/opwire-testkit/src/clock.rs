//! [`ManualClock`]: a clock that nobody waits for.

use opwire::{Clock, SleepFuture};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A clock that stands still until something waits: it jumps ahead then, and the wait is over at once. Clones share
/// the time.
///
/// Spans that something may take at most never run out by themselves, so that it can be used with real connections.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Duration,
    origin: Duration,
    waits: Vec<Duration>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::at(Duration::from_secs(1_700_000_000))
    }
}

impl ManualClock {
    /// A clock that begins so long after 1970.
    #[must_use]
    pub fn at(unix: Duration) -> Self {
        Self(Arc::new(Mutex::new(State {
            now: Duration::ZERO,
            origin: unix,
            waits: Vec::new(),
        })))
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        self.state().now += time;
    }

    /// What was waited for so far.
    #[must_use]
    pub fn waits(&self) -> Vec<Duration> {
        self.state().waits.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.state().now
    }

    fn unix(&self) -> Duration {
        let state = self.state();
        state.origin + state.now
    }

    fn sleep(&self, time: Duration) -> SleepFuture {
        let clock = self.clone();
        Box::pin(async move {
            let until = clock.now() + time;
            clock.state().waits.push(time);
            // Whoever else waits may be earlier.
            tokio::task::yield_now().await;
            let mut state = clock.state();
            state.now = state.now.max(until);
        })
    }

    fn expire(&self, _: Duration) -> SleepFuture {
        Box::pin(std::future::pending())
    }
}
