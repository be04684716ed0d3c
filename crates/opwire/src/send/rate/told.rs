//! What a reply's headers tell of the service's limits.
//!
//! A header holds a number (`X-RateLimit-Remaining: 12`), or is `RateLimit` itself
//! (draft-ietf-httpapi-ratelimit-headers-10: `"minute";r=12;t=30, "day";r=900`; earlier drafts: `remaining=12, reset=30`).

use http::{HeaderMap, HeaderName};
use std::str::FromStr;
use std::time::Duration;

pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Greater numbers are moments since 1970, not spans of seconds: 2001 and later.
const MOMENTS: u64 = 1_000_000_000;

/// What is left: of several limits the least.
pub(super) fn left(headers: &HeaderMap, name: &HeaderName) -> Option<u32> {
    number(headers, name).or_else(|| {
        let text = without_names(text(headers, name)?);
        limits(&text).filter_map(|(left, _)| left).min()
    })
}

/// How long until more is allowed: of several limits, that of which the least is left.
pub(super) fn reset(headers: &HeaderMap, name: &HeaderName, unix: Duration) -> Option<Duration> {
    if let Some(told) = number::<u64>(headers, name) {
        let told = Duration::from_secs(told);
        return Some(if told.as_secs() < MOMENTS {
            told
        } else {
            told.saturating_sub(unix)
        });
    }
    let text = without_names(text(headers, name)?);
    let tightest = limits(&text).min_by_key(|(left, _)| left.unwrap_or(u32::MAX));
    tightest?.1.map(Duration::from_secs)
}

/// A header that is a number.
pub(super) fn number<N: FromStr>(headers: &HeaderMap, name: &HeaderName) -> Option<N> {
    text(headers, name)?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

/// Names of limits stand in quotes, and may hold anything.
fn without_names(text: &str) -> String {
    text.split('"').step_by(2).collect()
}

/// What is left of each limit, and the seconds until it begins anew.
fn limits(text: &str) -> impl Iterator<Item = (Option<u32>, Option<u64>)> {
    // An earlier draft lists the parts of one limit with commas.
    let listed = text.contains("remaining=");
    let separator = if listed { '\n' } else { ',' };
    text.split(separator).map(|limit| {
        let parts = || {
            limit
                .split([';', ','])
                .filter_map(|part| part.split_once('='))
        };
        let part = |names: [&str; 2]| {
            let mut found = parts().filter(|(name, _)| names.contains(&name.trim()));
            found.next().map(|(_, value)| value.trim())
        };
        let left = part(["r", "remaining"]).and_then(|left| left.parse().ok());
        (
            left,
            part(["t", "reset"]).and_then(|time| time.parse().ok()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn both_forms_of_every_header() {
        let unix = Duration::from_secs(1_700_000_000);
        for (value, left_of, reset_of) in [
            ("12", Some(12), Some(12)),
            (" 0 ", Some(0), Some(0)),
            ("1700000030", Some(1_700_000_030), Some(30)),
            ("1600000000", Some(1_600_000_000), Some(0)),
            ("\"default\";r=50;t=30", Some(50), Some(30)),
            (
                "\"minute\";r=12;t=30, \"day\";r=3;t=900",
                Some(3),
                Some(900),
            ),
            ("\"a, b;r=1\";r=7;t=2;pk=:dGVzdA==:", Some(7), Some(2)),
            ("\"default\";r=50", Some(50), None),
            ("limit=100, remaining=5, reset=9", Some(5), Some(9)),
            ("", None, None),
            ("soon", None, None),
            ("-1", None, None),
            ("1.5", None, None),
            ("\"default\";r=-1;t=x", None, None),
            ("99999999999999999999999", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RATE_LIMIT, HeaderValue::from_str(value).unwrap());
            assert_eq!(left(&headers, &RATE_LIMIT), left_of, "{value}");
            let told = reset(&headers, &RATE_LIMIT, unix).map(|time| time.as_secs());
            assert_eq!(told, reset_of, "{value}");
        }
        assert_eq!(left(&HeaderMap::new(), &RATE_LIMIT), None);
    }
}
