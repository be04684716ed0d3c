//! [`Kept`]: choices that were fetched, for a while.

use opwire::Clock;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lists that are kept at most.
const MOST_LISTS: usize = 1_024;
/// Choices that are kept at most, in all lists together.
const MOST_CHOICES: usize = 250_000;

/// Choices by what was asked.
pub(crate) struct Kept<T> {
    clock: Arc<dyn Clock>,
    time: Duration,
    lists: Mutex<Lists<T>>,
}

struct Lists<T> {
    by_key: HashMap<[u8; 32], List<T>>,
    choices: usize,
}

struct List<T> {
    choices: Arc<[T]>,
    until: Duration,
}

impl<T> Kept<T> {
    /// Keeps lists for this time; none when it is zero.
    pub(crate) fn new(clock: Arc<dyn Clock>, time: Duration) -> Self {
        Self {
            clock,
            time,
            lists: Mutex::new(Lists {
                by_key: HashMap::new(),
                choices: 0,
            }),
        }
    }

    /// The list that is kept, if it is not too old.
    pub(crate) fn get(&self, key: &[u8; 32]) -> Option<Arc<[T]>> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let list = lists.by_key.get(key)?;
        (list.until > self.clock.now()).then(|| Arc::clone(&list.choices))
    }

    /// Keeps a list. Where there is no room, those that are too old go, then those that were fetched first.
    pub(crate) fn keep(&self, key: [u8; 32], choices: Arc<[T]>) {
        if self.time.is_zero() || choices.len() > MOST_CHOICES {
            return;
        }
        let now = self.clock.now();
        let until = now.saturating_add(self.time);
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.remove(&key);
        let full = |lists: &Lists<T>| {
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

impl<T> Lists<T> {
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

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opwire_testkit::ManualClock;

    fn key(number: usize) -> [u8; 32] {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        key
    }

    fn kept(clock: &ManualClock, seconds: u64) -> Kept<u8> {
        Kept::new(Arc::new(clock.clone()), Duration::from_secs(seconds))
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room() {
        let clock = ManualClock::default();
        let kept = kept(&clock, 60);
        for number in 0..MOST_LISTS {
            kept.keep(key(number), Arc::from([1]));
            clock.advance(Duration::from_millis(1));
        }
        kept.keep(key(5), Arc::from([2]));
        assert!(
            kept.get(&key(0)).is_some(),
            "one that is kept anew takes no room"
        );
        kept.keep(key(MOST_LISTS), Arc::from([3]));
        assert!(kept.get(&key(0)).is_none());
        assert_eq!(kept.get(&key(5)).as_deref(), Some(&[2][..]));
        assert_eq!(kept.get(&key(MOST_LISTS)).as_deref(), Some(&[3][..]));
    }

    #[test]
    fn choices_are_bounded_altogether() {
        let clock = ManualClock::default();
        let kept = kept(&clock, 60);
        kept.keep(key(1), vec![0; MOST_CHOICES - 1].into());
        clock.advance(Duration::from_secs(1));
        kept.keep(key(2), Arc::from([1]));
        assert!(kept.get(&key(1)).is_some() && kept.get(&key(2)).is_some());
        kept.keep(key(3), Arc::from([1]));
        assert!(kept.get(&key(1)).is_none() && kept.get(&key(2)).is_some());
        kept.keep(key(4), vec![0; MOST_CHOICES + 1].into());
        assert!(kept.get(&key(4)).is_none() && kept.get(&key(3)).is_some());
        clock.advance(Duration::from_secs(60));
        assert!(kept.get(&key(3)).is_none());
        kept.keep(key(5), vec![0; MOST_CHOICES].into());
        assert!(kept.get(&key(5)).is_some());
    }

    #[test]
    fn zero_time_keeps_nothing() {
        let kept = kept(&ManualClock::default(), 0);
        kept.keep(key(1), Arc::from([1]));
        assert!(kept.get(&key(1)).is_none());
    }
}
