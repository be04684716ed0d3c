//! `Retry-After` (RFC 9110, section 10.2.3).

use http::{HeaderMap, header};
use std::time::{Duration, SystemTime};

/// How long a reply asks to wait: whole seconds, or a date in one of HTTP's three forms.
///
/// A date is measured from the reply's own `Date`, so that two clocks that disagree don't matter; without one, from
/// `unix`, the time since 1970. A date in the past is no wait. Anything else is taken for absent: a sign, a fraction, a
/// digit of another script, a number that doesn't fit.
pub(crate) fn retry_after(headers: &HeaderMap, unix: Duration) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let until = http_date(text)?;
    let now = headers
        .get(header::DATE)
        .and_then(|date| http_date(date.to_str().ok()?))
        .unwrap_or(unix);
    // A date has whole seconds, and ours has fractions: never early, so up to the next one.
    let wait = until.saturating_sub(now);
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(Duration::from_secs(whole))
}

fn http_date(text: &str) -> Option<Duration> {
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(
        date.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn wait(after: &str, date: Option<&str>, unix: u64) -> Option<u64> {
        let mut headers = HeaderMap::new();
        if let Some(date) = date {
            headers.insert(header::DATE, HeaderValue::from_str(date).unwrap());
        }
        headers.insert(header::RETRY_AFTER, HeaderValue::from_str(after).ok()?);
        retry_after(&headers, Duration::from_secs(unix)).map(|wait| wait.as_secs())
    }

    #[test]
    fn both_forms() {
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(wait("120", date, 0), Some(120));
        assert_eq!(wait("0", None, 0), Some(0));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:30 GMT", date, 0), Some(30));
        assert_eq!(wait("Wednesday, 21-Oct-15 07:28:30 GMT", date, 0), Some(30));
        assert_eq!(wait("Wed Oct 21 07:28:30 2015", date, 0), Some(30));
        assert_eq!(wait("Wed, 21 Oct 2015 07:27:30 GMT", date, 0), Some(0));
        assert_eq!(
            wait(
                "Thu, 21 Jan 2038 07:28:00 GMT",
                Some("Thu, 21 Jan 2038 07:27:00 GMT"),
                0
            ),
            Some(60)
        );
        assert_eq!(
            wait("Wed, 21 Oct 2015 07:28:00 GMT", None, 1_445_412_470),
            Some(10)
        );
    }

    #[test]
    fn a_date_is_rounded_up() {
        let mut headers = HeaderMap::new();
        let date = HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT");
        headers.insert(header::RETRY_AFTER, date);
        let now = Duration::from_millis(1_445_412_470_001);
        assert_eq!(retry_after(&headers, now), Some(Duration::from_secs(10)));
    }

    #[test]
    fn garbage_is_absent() {
        for garbage in [
            "",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "0x10",
            "²",
            "soon",
            "99999999999999999999999",
            "Wed, 32 Oct 2015 07:28:00 GMT",
            "12 s",
            "1,2",
        ] {
            assert_eq!(wait(garbage, None, 0), None, "{garbage}");
        }
    }
}
