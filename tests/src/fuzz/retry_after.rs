//! Any `Retry-After` and `Date`: what a second reading says, never sooner, and nothing else is waited for.

use super::{engine, wait};
use crate::fake::{Fake, reply};
use crate::made::Made;
use bytes::Bytes;
use http::{HeaderValue, Response};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use opwire::{Catalog, ErrorKind};
use opwire_testkit::ManualClock;
use serde_json::json;
use std::sync::LazyLock;
use std::time::Duration;

const CONNECTOR: &str =
    "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com\n";
const OPERATION: &str = "title: O\nkind: main\ndescription: O\nlimits: { deadline: 5m }\nrequest: { method: GET, path: /x }\n";
/// A longer wait is the caller's.
const LONGEST: u64 = 60;
const FORMS: [&str; 3] = [
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
];

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Made::new(CONNECTOR, &[("o", OPERATION)]).catalog());

/// Three lines: `Retry-After`, `Date`, and our own time in milliseconds since 1970.
pub(super) fn run(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let asked = lines.next().unwrap_or_default();
    let dated = lines.next().unwrap_or_default();
    let unix = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let unix: u64 = unix.and_then(|line| line.parse().ok()).unwrap_or_default();
    // Up to the year 2100.
    let unix = Duration::from_millis(unix.min(4_102_444_800_000));
    let mut busy: Response<Bytes> = reply(429, &[], "{}");
    for (name, value) in [("retry-after", asked), ("date", dated)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            busy.headers_mut().insert(name, value);
        }
    }
    let said = |name| {
        busy.headers()
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let expected = said("retry-after").map(|asked| second_reading(asked, said("date"), unix));
    let expected = expected.unwrap_or(Reading::Absent);
    let free = reply(200, &[], "{}");
    let fake = Fake::new(move |number, _| {
        Ok(if number == 0 {
            busy.clone()
        } else {
            free.clone()
        })
    });
    let clock = ManualClock::at(unix);
    let engine = engine(&CATALOG, &fake)
        .clock(clock.clone())
        .build()
        .unwrap();
    match wait(engine.invoke("t.o", json!({}))) {
        Ok(_) => {
            let [waited] = clock.waits()[..] else {
                panic!("waited {:?}", clock.waits());
            };
            let own = Duration::from_secs(1);
            let (least, most) = match expected {
                Reading::Absent => (Duration::ZERO, own),
                Reading::Seconds(asked) => (
                    Duration::from_secs(asked),
                    Duration::from_secs(asked).max(own).mul_f64(1.1),
                ),
                // A date that isn't one, such as the 31st of February: taken for some near day, or not at all.
                Reading::Dubious => (Duration::ZERO, Duration::from_secs(LONGEST).mul_f64(1.1)),
            };
            assert!(
                waited >= least && waited <= most,
                "{expected:?}: waited {waited:?}"
            );
        }
        Err(error) => {
            assert_eq!(
                (error.kind(), error.attempts().len()),
                (ErrorKind::RateLimited, 1)
            );
            assert!(clock.waits().is_empty());
            let told = error.retry_after().unwrap().as_secs();
            assert!(told > LONGEST);
            assert!(
                expected == Reading::Dubious || expected == Reading::Seconds(told),
                "{expected:?}: {told}"
            );
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Absent,
    Seconds(u64),
    Dubious,
}

fn second_reading(asked: &str, date: Option<&str>, unix: Duration) -> Reading {
    let asked = asked.trim();
    if let Ok(seconds) = asked.parse::<u64>()
        && !asked.starts_with('+')
    {
        return Reading::Seconds(seconds);
    }
    let until = match http_date(asked) {
        None if looks_like_a_date(asked) => return Reading::Dubious,
        None => return Reading::Absent,
        Some(until) => until,
    };
    let now = match date.map(str::trim) {
        Some(date) if http_date(date).is_none() && looks_like_a_date(date) => {
            return Reading::Dubious;
        }
        Some(date) => http_date(date).map(|now| u128::from(now) * 1000),
        None => None,
    };
    let wait = (u128::from(until) * 1000).saturating_sub(now.unwrap_or(unix.as_millis()));
    Reading::Seconds(u64::try_from(wait.div_ceil(1000)).unwrap())
}

/// The parser of dates lets separators and days pass that no date has.
fn looks_like_a_date(text: &str) -> bool {
    text.len() >= 20 && text.matches(':').count() >= 2 && text.is_ascii()
}

/// One of HTTP's three forms of dates, exactly (RFC 9110, section 5.6.7): seconds since 1970.
fn http_date(text: &str) -> Option<u64> {
    FORMS.iter().find_map(|form| {
        let date = strtime::parse(form, text).ok()?.to_datetime().ok()?;
        let exact = strtime::format(form, date).ok()? == text;
        let seconds = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        u64::try_from(seconds).ok().filter(|_| exact)
    })
}
