//! [`RateLimiter`]: what a service allows in a span of time is not exceeded.

mod told;

use crate::lane::Lane;
use http::{HeaderMap, HeaderName, Uri};
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Connections that are kept in mind; full buckets go first.
const MOST: usize = 65_536;

/// What a limiter's methods give.
pub type RateFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a service allows: so much cost in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rate {
    /// The cost that may be spent in `per`.
    pub cost: u32,
    /// The span of time.
    pub per: Duration,
}

/// Keeps to the rates that services allow.
///
/// The default lives in the process. Several processes that use one connection share a limiter that asks a common
/// store, where it goes by tenant, host and rate: operations with a rate of their own don't spend what the others may.
/// It goes by the store's clock: `now` is this engine's own. A limiter that can't reach its store decides by itself.
pub trait RateLimiter: Send + Sync {
    /// Takes `cost` out of what is allowed, and gives the time to wait before it may be spent.
    ///
    /// A refusal, when that is longer than `most`, gives the time too, and takes nothing.
    fn take<'a>(
        &'a self,
        lane: &'a Lane,
        rate: Rate,
        cost: u32,
        most: Duration,
        now: Duration,
    ) -> RateFuture<'a, Result<Duration, Duration>>;

    /// The service told how much is left, now that the call is made.
    fn told<'a>(
        &'a self,
        lane: &'a Lane,
        rate: Rate,
        left: u32,
        now: Duration,
    ) -> RateFuture<'a, ()>;
}

/// Token buckets of one process.
#[derive(Default)]
pub(crate) struct LocalRates {
    buckets: Mutex<HashMap<(Lane, Rate), Bucket>>,
}

impl fmt::Debug for LocalRates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalRates")
    }
}

impl LocalRates {
    fn with<T>(
        &self,
        lane: &Lane,
        rate: Rate,
        now: Duration,
        use_it: impl FnOnce(&mut Bucket) -> T,
    ) -> T {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (lane.clone(), rate);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            buckets.retain(|(_, rate), bucket| bucket.at + rate.per > now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            left: f64::from(rate.cost),
            at: now,
        });
        bucket.fill(rate, now);
        use_it(bucket)
    }
}

impl RateLimiter for LocalRates {
    fn take<'a>(
        &'a self,
        lane: &'a Lane,
        rate: Rate,
        cost: u32,
        most: Duration,
        now: Duration,
    ) -> RateFuture<'a, Result<Duration, Duration>> {
        Box::pin(ready(
            self.with(lane, rate, now, |bucket| bucket.take(rate, cost, most)),
        ))
    }

    fn told<'a>(
        &'a self,
        lane: &'a Lane,
        rate: Rate,
        left: u32,
        now: Duration,
    ) -> RateFuture<'a, ()> {
        self.with(lane, rate, now, |bucket| {
            bucket.left = bucket.left.min(f64::from(left))
        });
        Box::pin(ready(()))
    }
}

/// Allows everything at once, for services whose limits somebody else keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRateLimit;

impl RateLimiter for NoRateLimit {
    fn take<'a>(
        &'a self,
        _: &'a Lane,
        _: Rate,
        _: u32,
        _: Duration,
        _: Duration,
    ) -> RateFuture<'a, Result<Duration, Duration>> {
        Box::pin(ready(Ok(Duration::ZERO)))
    }

    fn told<'a>(&'a self, _: &'a Lane, _: Rate, _: u32, _: Duration) -> RateFuture<'a, ()> {
        Box::pin(ready(()))
    }
}

/// Below nothing: what those who wait have taken already.
#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Duration,
}

impl Bucket {
    fn fill(&mut self, rate: Rate, now: Duration) {
        let gained = now.saturating_sub(self.at).as_secs_f64() / rate.per.as_secs_f64()
            * f64::from(rate.cost);
        self.left = (self.left + gained).min(f64::from(rate.cost));
        self.at = self.at.max(now);
    }

    fn take(&mut self, rate: Rate, cost: u32, most: Duration) -> Result<Duration, Duration> {
        let after = self.left - f64::from(cost.min(rate.cost));
        let wait = rate.per.mul_f64((-after).max(0.0) / f64::from(rate.cost));
        if wait > most {
            return Err(wait);
        }
        self.left = after;
        Ok(wait)
    }
}

/// A connector's `limits.rate`, compiled.
#[derive(Clone, Debug)]
pub(crate) struct RatePlan {
    pub(crate) rate: Rate,
    pub(crate) remaining: Option<HeaderName>,
    pub(crate) reset: Option<HeaderName>,
    pub(crate) cost: Option<HeaderName>,
    /// Query parameter, above which value, cost.
    pub(crate) costs: Vec<(String, u64, u32)>,
}

impl RatePlan {
    /// What a request costs: 1, or the highest of the costs that fit.
    pub(crate) fn cost_of(&self, uri: &Uri) -> u32 {
        let Some(query) = uri.query().filter(|_| !self.costs.is_empty()) else {
            return 1;
        };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let costs = pairs.flat_map(|(name, value)| {
            let value: Option<u64> = value.parse().ok();
            let fits = self.costs.iter().filter(move |(query, above, _)| {
                query == name && value.is_some_and(|value| value > *above)
            });
            fits.map(|(_, _, cost)| *cost)
        });
        costs.max().unwrap_or(1).max(1)
    }

    /// What is left, as a reply tells it.
    pub(crate) fn left(&self, headers: &HeaderMap) -> Option<u32> {
        told::left(
            headers,
            self.remaining.as_ref().unwrap_or(&told::RATE_LIMIT),
        )
    }

    /// When more is allowed, as a reply tells it.
    pub(crate) fn reset(&self, headers: &HeaderMap, unix: Duration) -> Option<Duration> {
        told::reset(
            headers,
            self.reset.as_ref().unwrap_or(&told::RATE_LIMIT),
            unix,
        )
    }

    /// What a reply tells of limits, by header.
    pub(crate) fn told(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let own = [&self.remaining, &self.reset, &self.cost];
        let mut names = vec![told::RATE_LIMIT];
        for name in own.into_iter().flatten() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let told = names.iter().filter_map(|name| {
            let text = headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), text.to_owned()))
        });
        told.collect()
    }

    /// What the reply says that the call cost.
    pub(crate) fn charged(&self, headers: &HeaderMap) -> Option<u32> {
        told::number(headers, self.cost.as_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        cost: 600,
        per: Duration::from_secs(60),
    };

    #[test]
    fn waits_in_line() {
        let mut bucket = Bucket {
            left: 600.0,
            at: Duration::ZERO,
        };
        let most = Duration::from_secs(60);
        assert_eq!(bucket.take(RATE, 590, most), Ok(Duration::ZERO));
        assert_eq!(bucket.take(RATE, 30, most), Ok(Duration::from_secs(2)));
        assert_eq!(bucket.take(RATE, 10, most), Ok(Duration::from_secs(3)));
        assert_eq!(
            bucket.take(RATE, 10, Duration::from_secs(3)),
            Err(Duration::from_secs(4))
        );
        bucket.fill(RATE, Duration::from_secs(3));
        assert_eq!(bucket.take(RATE, 10, most), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn never_more_than_is_allowed() {
        let mut bucket = Bucket {
            left: 600.0,
            at: Duration::ZERO,
        };
        bucket.fill(RATE, Duration::from_secs(3600));
        assert_eq!(
            bucket.take(RATE, 10_000, Duration::ZERO),
            Ok(Duration::ZERO),
            "what is more than all costs all"
        );
        assert!(bucket.take(RATE, 1, Duration::ZERO).is_err());
    }

    #[test]
    fn deep_pages_cost_more() {
        let costs = [(100, 3), (150, 8), (250, 10), (500, 30)];
        let plan = RatePlan {
            rate: RATE,
            remaining: None,
            reset: None,
            cost: None,
            costs: costs
                .map(|(above, cost)| ("page".to_owned(), above, cost))
                .to_vec(),
        };
        let cost =
            |query: &str| plan.cost_of(&format!("https://a.example/x{query}").parse().unwrap());
        for (query, expected) in [
            ("", 1),
            ("?page=1", 1),
            ("?page=100", 1),
            ("?per_page=999", 1),
            ("?a=b&page=101", 3),
            ("?page=151", 8),
            ("?page=251", 10),
            ("?page=500", 10),
            ("?page=501", 30),
            ("?page=x", 1),
        ] {
            assert_eq!(cost(query), expected, "{query}");
        }
    }

    proptest::proptest! {
        /// However requests come: in no span of time is more spent than is allowed in it, and what was saved up.
        #[test]
        fn what_is_spent_is_allowed(takes in proptest::collection::vec((0_u64..20_000, 1_u32..40, 0_u64..120), 1..200)) {
            let mut bucket = Bucket { left: 600.0, at: Duration::ZERO };
            let mut now = Duration::ZERO;
            let mut spent: Vec<(Duration, f64)> = Vec::new();
            for (wait, cost, most) in takes {
                now += Duration::from_millis(wait);
                bucket.fill(RATE, now);
                let before = bucket.left;
                match bucket.take(RATE, cost, Duration::from_secs(most)) {
                    Ok(wait) => spent.push((now + wait, f64::from(cost))),
                    Err(_) => proptest::prop_assert!((bucket.left - before).abs() < 1e-9, "a refusal takes nothing"),
                }
            }
            for (begin, (from, _)) in spent.iter().enumerate() {
                let mut sum = 0.0;
                for (until, cost) in spent.iter().skip(begin) {
                    sum += cost;
                    let allowed = 600.0 + 10.0 * until.saturating_sub(*from).as_secs_f64();
                    proptest::prop_assert!(sum <= allowed + 1e-6, "{sum} from {from:?} to {until:?}");
                }
            }
        }
    }

    #[test]
    fn threads_take_each_token_once() {
        let rates = LocalRates::default();
        let lane = Lane::new(&crate::lane::Tenant::named(&"a".into()), &"h".into());
        let one = || {
            let given = (0..200).filter(|_| {
                let taken = rates.with(&lane, RATE, Duration::ZERO, |bucket| {
                    bucket.take(RATE, 1, Duration::ZERO)
                });
                taken.is_ok()
            });
            given.count()
        };
        let given: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(given, 600, "of 1,600 at once");
    }
}
