//! How many requests are out at once: by lane and altogether, with a short line of those that wait.

use super::budget::{Budget, FULL};
use crate::clock::{Clock, within};
use crate::error::{Error, ErrorKind};
use crate::lane::Lane;
use crate::stats::{HostStats, Stats};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Lanes that are kept in mind; unused ones go first.
const MOST: usize = 65_536;

/// How many requests may be out at once.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Concurrency {
    /// Of one tenant at one host. Default 32.
    pub per_lane: usize,
    /// Altogether. Default 256.
    pub total: usize,
    /// How many may wait for their turn. Default 1,024.
    pub queue: usize,
    /// How long one may wait. Default 5 seconds.
    pub wait: Duration,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            per_lane: 32,
            total: 256,
            queue: 1024,
            wait: Duration::from_secs(5),
        }
    }
}

impl Concurrency {
    /// Of one tenant at one host.
    #[must_use]
    pub fn per_lane(mut self, most: usize) -> Self {
        self.per_lane = most;
        self
    }

    /// Altogether.
    #[must_use]
    pub fn total(mut self, most: usize) -> Self {
        self.total = most;
        self
    }

    /// How many may wait for their turn.
    #[must_use]
    pub fn queue(mut self, most: usize) -> Self {
        self.queue = most;
        self
    }

    /// How long one may wait.
    #[must_use]
    pub fn wait(mut self, most: Duration) -> Self {
        self.wait = most;
        self
    }
}

/// The doors that requests go through.
pub(crate) struct Gate {
    limits: Concurrency,
    total: Semaphore,
    waiting: AtomicUsize,
    lanes: Mutex<HashMap<Lane, Arc<Door>>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// One lane's door.
#[derive(Debug)]
pub(crate) struct Door {
    free: Semaphore,
    calls: AtomicUsize,
    retrying: AtomicUsize,
    budget: Mutex<Budget>,
}

/// A place among those that are out. It is given back on drop.
pub(crate) struct Place<'a>(
    #[expect(dead_code, reason = "held for what its drop does")] SemaphorePermit<'a>,
    #[expect(dead_code, reason = "held for what its drop does")] SemaphorePermit<'a>,
);

/// Counts one while it lives.
pub(crate) struct Count<'a>(&'a AtomicUsize);

impl<'a> Count<'a> {
    fn new(of: &'a AtomicUsize) -> Self {
        of.fetch_add(1, Ordering::Relaxed);
        Self(of)
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    pub(crate) fn new(limits: Concurrency) -> Self {
        Self {
            limits,
            total: Semaphore::new(limits.total.min(Semaphore::MAX_PERMITS)),
            waiting: AtomicUsize::new(0),
            lanes: Mutex::default(),
        }
    }

    /// A lane's door.
    pub(crate) fn door(&self, lane: &Lane) -> Arc<Door> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = lanes.get(lane) {
            return Arc::clone(door);
        }
        if lanes.len() >= MOST {
            lanes.retain(|_, door| Arc::strong_count(door) > 1);
        }
        let door = Arc::new(Door {
            free: Semaphore::new(self.limits.per_lane.min(Semaphore::MAX_PERMITS)),
            calls: AtomicUsize::new(0),
            retrying: AtomicUsize::new(0),
            budget: Mutex::default(),
        });
        lanes.insert(lane.clone(), Arc::clone(&door));
        door
    }

    /// How many are out and wait, by host; `open` says which lanes are held back.
    pub(crate) fn stats(&self, open: impl Fn(&Lane) -> bool) -> Stats {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lanes: Vec<(Lane, Arc<Door>)> = lanes
            .iter()
            .map(|(lane, door)| (lane.clone(), Arc::clone(door)))
            .collect();
        let mut hosts: BTreeMap<&str, HostStats> = BTreeMap::new();
        for (lane, door) in &lanes {
            let host = hosts
                .entry(lane.host())
                .or_insert_with(|| HostStats::new(lane.host(), FULL));
            host.tenants += 1;
            host.calls += door.calls.load(Ordering::Relaxed);
            host.requests += out(self.limits.per_lane, &door.free);
            host.retrying += door.retrying.load(Ordering::Relaxed);
            host.budget = host.budget.min(door.budget().left());
            host.open += usize::from(open(lane));
        }
        Stats {
            calls: 0,
            requests: out(self.limits.total, &self.total),
            waiting: self.waiting.load(Ordering::Relaxed),
            hosts: hosts.into_values().collect(),
        }
    }

    /// Waits for a place, but not for long.
    pub(crate) async fn enter<'a>(
        &'a self,
        door: &'a Door,
        clock: &dyn Clock,
        most: Duration,
    ) -> Result<Place<'a>, Error> {
        if let (Ok(lane), Ok(total)) = (door.free.try_acquire(), self.total.try_acquire()) {
            return Ok(Place(lane, total));
        }
        let waiting = Count::new(&self.waiting);
        if self.waiting.load(Ordering::Relaxed) > self.limits.queue {
            return Err(overloaded("too many requests wait for their turn"));
        }
        let places = async { (door.free.acquire().await, self.total.acquire().await) };
        let places = within(clock, self.limits.wait.min(most), places).await;
        drop(waiting);
        match places {
            Some((Ok(lane), Ok(total))) => Ok(Place(lane, total)),
            _ => Err(overloaded(
                "too many requests are out: none came back in time",
            )),
        }
    }
}

impl Door {
    /// Counts a call while the guard lives.
    pub(crate) fn call(&self) -> Count<'_> {
        Count::new(&self.calls)
    }

    /// Takes a retry out of the budget: at most a fifth of the calls may be retrying, but 3 in any case.
    pub(crate) fn retry(&self, cost: u32) -> Option<Count<'_>> {
        let most = (self.calls.load(Ordering::Relaxed) / 5).max(3);
        let retrying = Count::new(&self.retrying);
        let few = self.retrying.load(Ordering::Relaxed) <= most;
        (few && self.budget().take(cost)).then_some(retrying)
    }

    pub(crate) fn succeeded(&self, cost: u32) {
        self.budget().give_back(cost);
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of the places are taken.
fn out(places: usize, free: &Semaphore) -> usize {
    places
        .min(Semaphore::MAX_PERMITS)
        .saturating_sub(free.available_permits())
}

fn overloaded(message: &str) -> Error {
    Error::new(ErrorKind::Overloaded, message)
        .with_help("call again later, or raise the engine's limits of concurrency")
}
