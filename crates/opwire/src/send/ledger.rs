//! [`Ledger`]: what one invocation has sent, and until when it may go on.

use crate::error::{Attempt, Outcome};
use std::time::Duration;

/// What was sent in one invocation, and until when it may go on.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) attempts: Vec<Attempt>,
    /// By the engine's clock.
    deadline: Duration,
    /// When another call makes sense, for an invocation that would not wait so long.
    pub(crate) retry_after: Option<Duration>,
    /// An earlier attempt had done already what was asked for.
    pub(crate) replayed: bool,
}

impl Ledger {
    pub(crate) fn new(deadline: Duration) -> Self {
        Self {
            attempts: Vec::new(),
            deadline,
            retry_after: None,
            replayed: false,
        }
    }

    /// May the service have acted, by what was sent so far?
    pub(crate) fn outcome(&self) -> Outcome {
        let outcomes = || self.attempts.iter().map(|attempt| attempt.outcome);
        let last = outcomes().next_back().unwrap_or(Outcome::NotSent);
        outcomes()
            .find(|outcome| *outcome == Outcome::MaybeApplied)
            .unwrap_or(last)
    }

    /// The time that is left.
    pub(crate) fn left(&self, now: Duration) -> Duration {
        self.deadline.saturating_sub(now)
    }
}
