//! [`Kept`]: choices that were fetched, for a while.

use opwire::{Choice, Clock};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lists that are kept at most.
const MOST_LISTS: usize = 1_024;
/// Choices that are kept at most, in all lists together.
const MOST_CHOICES: usize = 250_000;

/// Choices by what was asked.
pub(crate) struct Kept {
    clock: Arc<dyn Clock>,
    time: Duration,
    lists: Mutex<Lists>,
}

#[derive(Default)]
struct Lists {
    by_key: HashMap<[u8; 32], List>,
    choices: usize,
}

struct List {
    choices: Arc<[Choice]>,
    until: Duration,
}

impl Kept {
    /// Keeps lists for this time; none when it is zero.
    pub(crate) fn new(clock: Arc<dyn Clock>, time: Duration) -> Self {
        Self {
            clock,
            time,
            lists: Mutex::default(),
        }
    }

    /// The list that is kept, if it is not too old.
    pub(crate) fn get(&self, key: &[u8; 32]) -> Option<Arc<[Choice]>> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let list = lists.by_key.get(key)?;
        (list.until > self.clock.now()).then(|| Arc::clone(&list.choices))
    }

    /// Keeps a list. Where there is no room, those that are too old go, then those that were fetched first.
    pub(crate) fn keep(&self, key: [u8; 32], choices: Arc<[Choice]>) {
        if self.time.is_zero() || choices.len() > MOST_CHOICES {
            return;
        }
        let now = self.clock.now();
        let until = now.saturating_add(self.time);
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.remove(&key);
        let full = |lists: &Lists| {
            let all = lists.choices + choices.len();
            lists.by_key.len() >= MOST_LISTS || all > MOST_CHOICES
        };
        if full(&lists) {
            lists.drop_until(now);
        }
        while full(&lists) {
            let oldest = lists.by_key.values().map(|list| list.until).min();
            lists.drop_until(oldest.unwrap_or_default());
        }
        lists.choices += choices.len();
        lists.by_key.insert(key, List { choices, until });
    }
}

impl Lists {
    fn remove(&mut self, key: &[u8; 32]) {
        if let Some(list) = self.by_key.remove(key) {
            self.choices -= list.choices.len();
        }
    }

    /// Drops what is kept no longer than until then.
    fn drop_until(&mut self, then: Duration) {
        self.by_key.retain(|_, list| list.until > then);
        self.choices = self.by_key.values().map(|list| list.choices.len()).sum();
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}
