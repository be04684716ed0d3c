//! [`CircuitBreaker`]: a service that fails is left alone for a while.

use crate::lane::Lane;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counted over this time.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
const SLICES: usize = 10;
/// Fewer calls than this in the window say nothing.
pub(crate) const FEWEST: u32 = 20;
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(5);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Connections that are kept in mind; the longest unused go.
const MOST: usize = 65_536;

/// Decides whether a service may be called at all, by how the last calls went.
///
/// Kept by lane: one tenant's failures at one host touch no other. The default lives in the process. A store that
/// several processes share answers from what it saw last, and does its own talking in the background: an attempt never
/// waits for it.
pub trait CircuitBreaker: Send + Sync {
    /// May an attempt be made? When not: for how long.
    ///
    /// # Errors
    /// The time until an attempt may be made.
    fn admit(&self, lane: &Lane, now: Duration) -> Result<(), Duration>;

    /// How an admitted attempt ended: the service works (`true`), it failed (`false`), or it can't be told (nothing),
    /// as when the attempt was given up.
    fn record(&self, lane: &Lane, works: Option<bool>, now: Duration);
}

/// The breaker of one process: 10 seconds, at least 20 calls, at least half failed → open for 5 seconds, then one call
/// to see; each time that fails, twice as long, up to 60 seconds.
#[derive(Default)]
pub(crate) struct LocalBreaker {
    circuits: Mutex<HashMap<Lane, Circuit>>,
}

impl fmt::Debug for LocalBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalBreaker")
    }
}

impl CircuitBreaker for LocalBreaker {
    fn admit(&self, lane: &Lane, now: Duration) -> Result<(), Duration> {
        let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        match circuits.get_mut(lane) {
            Some(circuit) => circuit.admit(now),
            None => Ok(()),
        }
    }

    fn record(&self, lane: &Lane, works: Option<bool>, now: Duration) {
        let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        if circuits.len() >= MOST && !circuits.contains_key(lane) {
            circuits.retain(|_, circuit| circuit.used + LONGEST_PAUSE > now);
            if circuits.len() >= MOST {
                return;
            }
        }
        circuits.entry(lane.clone()).or_default().record(works, now);
    }
}

#[derive(Debug, Default)]
struct Circuit {
    slices: [Slice; SLICES],
    state: State,
    used: Duration,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    second: u64,
    calls: u32,
    failed: u32,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Closed,
    Open {
        until: Duration,
        pause: Duration,
    },
    /// One call is out to see; another may go when it has not come back by then.
    Trying {
        until: Duration,
        pause: Duration,
    },
}

impl Circuit {
    fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        self.used = now;
        match self.state {
            State::Closed => Ok(()),
            State::Open { until, .. } | State::Trying { until, .. } if now < until => {
                Err(until.saturating_sub(now))
            }
            State::Open { pause, .. } | State::Trying { pause, .. } => {
                self.state = State::Trying {
                    until: now + LONGEST_PAUSE,
                    pause,
                };
                Ok(())
            }
        }
    }

    fn record(&mut self, works: Option<bool>, now: Duration) {
        self.used = now;
        match (self.state, works) {
            (State::Trying { .. }, Some(true)) => {
                *self = Self {
                    used: now,
                    ..Self::default()
                };
            }
            (State::Trying { pause, .. }, Some(false)) => {
                let pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                self.state = State::Open {
                    until: now + pause,
                    pause,
                };
            }
            // It can't be told: the next call sees.
            (State::Trying { pause, .. }, None) => self.state = State::Open { until: now, pause },
            (State::Closed, Some(works)) => self.count(works, now),
            (State::Closed, None) | (State::Open { .. }, _) => {}
        }
    }

    fn count(&mut self, works: bool, now: Duration) {
        let second = now.as_secs();
        let index = usize::try_from(second % (SLICES as u64)).unwrap_or(0);
        if let Some(slice) = self.slices.get_mut(index) {
            if slice.second != second {
                *slice = Slice {
                    second,
                    ..Slice::default()
                };
            }
            slice.calls += 1;
            slice.failed += u32::from(!works);
        }
        if works {
            return;
        }
        let recent = self
            .slices
            .iter()
            .filter(|slice| slice.second + WINDOW.as_secs() > second);
        let (calls, failed) = recent.fold((0, 0), |(calls, failed), slice| {
            (calls + slice.calls, failed + slice.failed)
        });
        if calls >= FEWEST && failed * 2 >= calls {
            self.state = State::Open {
                until: now + FIRST_PAUSE,
                pause: FIRST_PAUSE,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn opens_at_half_of_20_and_doubles() {
        let mut circuit = Circuit::default();
        for call in 0..19 {
            circuit.record(Some(call % 2 == 0), seconds(1));
        }
        assert_eq!(circuit.admit(seconds(1)), Ok(()));
        circuit.record(Some(false), seconds(1));
        assert_eq!(circuit.admit(seconds(1)), Err(seconds(5)));
        let mut now = seconds(6);
        for pause in [10, 20, 40, 60, 60] {
            assert_eq!(circuit.admit(now), Ok(()), "one to see");
            assert!(circuit.admit(now).is_err(), "only one");
            circuit.record(Some(false), now);
            assert_eq!(circuit.admit(now), Err(seconds(pause)));
            now += seconds(pause);
        }
        assert_eq!(circuit.admit(now), Ok(()));
        circuit.record(Some(true), now);
        assert_eq!((circuit.admit(now), circuit.admit(now)), (Ok(()), Ok(())));
    }

    #[test]
    fn old_failures_are_forgotten() {
        let mut circuit = Circuit::default();
        for second in 0..100 {
            circuit.record(Some(false), seconds(second));
            assert_eq!(circuit.admit(seconds(second)), Ok(()), "10 in any window");
        }
    }

    #[test]
    fn a_try_that_was_given_up_does_not_block() {
        let mut circuit = Circuit::default();
        (0..20).for_each(|_| circuit.record(Some(false), seconds(0)));
        assert_eq!(circuit.admit(seconds(5)), Ok(()));
        circuit.record(None, seconds(5));
        assert_eq!(circuit.admit(seconds(5)), Ok(()));
    }

    proptest! {
        /// However calls go: never closed to all for more than a minute at a time.
        #[test]
        fn it_always_opens_again(steps in proptest::collection::vec((0_u64..30, prop_oneof![Just(None), any::<bool>().prop_map(Some)]), 0..400)) {
            let mut circuit = Circuit::default();
            let mut now = Duration::ZERO;
            for (wait, works) in steps {
                now += seconds(wait);
                match circuit.admit(now) {
                    Ok(()) => circuit.record(works, now),
                    Err(left) => prop_assert!(left <= LONGEST_PAUSE),
                }
            }
            prop_assert_eq!(circuit.admit(now + LONGEST_PAUSE), Ok(()));
        }
    }
}
