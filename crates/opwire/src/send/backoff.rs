//! How long to wait before the next attempt.

use super::verdict::Verdict;
use std::time::Duration;

pub(crate) const TRANSIENT: Duration = Duration::from_millis(100);
pub(crate) const THROTTLED: Duration = Duration::from_secs(1);
pub(crate) const LONGEST: Duration = Duration::from_secs(20);
/// A service that asks for a longer wait is left to the caller.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Full jitter: anything between nothing and a bound that doubles with each attempt (AWS Architecture Blog,
/// "Exponential Backoff And Jitter"). What the service asks for is never undercut, and up to a tenth is added so that
/// its callers don't come back at one moment.
///
/// `attempt` counts from 1; `dice` gives numbers from 0 to 1.
pub(crate) fn pause(
    verdict: Verdict,
    attempt: u32,
    asked: Option<Duration>,
    mut dice: impl FnMut() -> f64,
) -> Duration {
    let base = if verdict == Verdict::Throttled {
        THROTTLED
    } else {
        TRANSIENT
    };
    let doubled = base.saturating_mul(1_u32 << attempt.saturating_sub(1).min(16));
    let own = doubled.min(LONGEST).mul_f64(dice());
    match asked {
        Some(asked) => {
            let asked = asked.max(own);
            asked.saturating_add(asked.mul_f64(dice() / 10.0))
        }
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_20_seconds() {
        let most = |verdict, attempt| pause(verdict, attempt, None, || 1.0).as_millis();
        let transient: Vec<u128> = (1..=10).map(|n| most(Verdict::Transient, n)).collect();
        assert_eq!(
            transient,
            [100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000]
        );
        let throttled: Vec<u128> = (1..=6).map(|n| most(Verdict::Throttled, n)).collect();
        assert_eq!(throttled, [1000, 2000, 4000, 8000, 16000, 20000]);
        assert_eq!(most(Verdict::Transient, u32::MAX), 20000);
    }

    #[test]
    fn what_is_asked_is_never_undercut() {
        let asked = Duration::from_secs(7);
        for thousandth in 0..=1000 {
            let wait = pause(Verdict::Transient, 3, Some(asked), || {
                f64::from(thousandth) / 1000.0
            });
            assert!(wait >= asked && wait <= asked.mul_f64(1.1), "{wait:?}");
        }
        assert_eq!(
            pause(Verdict::Throttled, 2, Some(Duration::ZERO), || 0.0),
            Duration::ZERO
        );
    }
}
