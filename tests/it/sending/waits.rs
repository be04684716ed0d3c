//! When the next attempt is made.

use super::fake::{Fake, reply};
use super::{CONNECTOR, engine, operation};
use crate::made::Made;
use opwire::{Clock as _, ErrorKind, Outcome};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GET: &str = "request: { method: GET, path: /x }";

#[tokio::test]
async fn never_before_the_service_asked_for() {
    let made = Made::new(CONNECTOR, &[("o", &operation(GET))]);
    let (mut trials, mut longest) = (0, Duration::ZERO);
    for round in 0..500_u64 {
        // Seconds, and a date by the reply's own clock that is off from ours.
        let asked = Duration::from_secs(round % 26);
        let date =
            httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(1_600_000_000));
        let until = httpdate::fmt_http_date(
            std::time::UNIX_EPOCH + Duration::from_secs(1_600_000_000) + asked,
        );
        for headers in [
            vec![("retry-after", asked.as_secs().to_string())],
            vec![("retry-after", until), ("date", date)],
        ] {
            for status in [503, 429] {
                let headers = headers.clone();
                let clock: Arc<Mutex<Option<opwire_testkit::ManualClock>>> = Arc::default();
                let (times, seen) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&clock));
                let kept = Arc::clone(&times);
                let fake = Fake::new(move |number, _| {
                    let now = seen.lock().unwrap().as_ref().unwrap().now();
                    kept.lock().unwrap().push(now);
                    let headers: Vec<_> = headers
                        .iter()
                        .map(|(name, value)| (*name, value.as_str()))
                        .collect();
                    Ok(if number == 0 {
                        reply(status, &headers, "{}")
                    } else {
                        reply(200, &[], "{}")
                    })
                });
                let (builder, own) = engine(&made, &fake);
                *clock.lock().unwrap() = Some(own);
                builder
                    .build()
                    .unwrap()
                    .invoke("t.o", json!({"key": "k"}))
                    .await
                    .unwrap();
                let times = times.lock().unwrap().clone();
                assert_eq!(times.len(), 2);
                let waited = times[1].saturating_sub(times[0]);
                assert!(waited >= asked, "asked for {asked:?}, waited {waited:?}");
                let most = asked.max(Duration::from_secs(1)).mul_f64(1.1);
                assert!(waited <= most, "asked for {asked:?}, waited {waited:?}");
                trials += 1;
                longest = longest.max(waited);
            }
        }
    }
    println!("{trials} replies with Retry-After, 0 early repeats, longest wait {longest:?}");
    assert_eq!(trials, 2000);
}

#[tokio::test]
async fn what_is_no_retry_after_asks_for_nothing() {
    let made = Made::new(CONNECTOR, &[("o", &operation(GET))]);
    for garbage in [
        "",
        "-1",
        "+1",
        "1.5",
        "²",
        "soon",
        "99999999999999999999999",
        "0x10",
        "1 2",
        "1,2",
    ] {
        let fake = Fake::new(move |number, _| {
            Ok(if number == 0 {
                reply(503, &[("retry-after", garbage)], "{}")
            } else {
                reply(200, &[], "{}")
            })
        });
        let (builder, clock) = engine(&made, &fake);
        builder
            .build()
            .unwrap()
            .invoke("t.o", json!({"key": "k"}))
            .await
            .unwrap();
        assert!(
            clock.waits()[0] <= Duration::from_millis(100),
            "{garbage:?}"
        );
    }
}

#[tokio::test]
async fn a_wait_too_long_is_left_to_the_caller() {
    let made = Made::new(
        CONNECTOR,
        &[(
            "o",
            &operation(&format!("limits: {{ deadline: 5m }}\n{GET}")),
        )],
    );
    for (asked, attempts) in [("60", 3), ("61", 1), ("86400", 1)] {
        let fake = Fake::new(move |_, _| Ok(reply(429, &[("retry-after", asked)], "{}")));
        let (builder, _) = engine(&made, &fake);
        let error = builder
            .build()
            .unwrap()
            .invoke("t.o", json!({"key": "k"}))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts().len()),
            (ErrorKind::RateLimited, attempts),
            "{asked}"
        );
        assert_eq!(
            error.retry_after(),
            Some(Duration::from_secs(asked.parse().unwrap()))
        );
    }
}

#[tokio::test]
async fn waits_are_spread_and_their_bound_doubles() {
    let made = Made::new(
        CONNECTOR,
        &[(
            "o",
            &operation(&format!("limits: {{ retry: {{ attempts: 5 }} }}\n{GET}")),
        )],
    );
    for (status, base) in [(500, 100), (429, 1000)] {
        let mut longest = [Duration::ZERO; 4];
        for _ in 0..300 {
            let fake = Fake::new(move |_, _| Ok(reply(status, &[], "{}")));
            let (builder, clock) = engine(&made, &fake);
            builder
                .build()
                .unwrap()
                .invoke("t.o", json!({"key": "k"}))
                .await
                .unwrap_err();
            for (longest, wait) in longest.iter_mut().zip(clock.waits()) {
                *longest = (*longest).max(wait);
            }
        }
        for (index, longest) in longest.into_iter().enumerate() {
            let bound = Duration::from_millis(base << index);
            assert!(
                longest <= bound && longest > bound.mul_f64(0.8),
                "{status}, {index}: {longest:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_has_spent_all_waits_until_more_is_allowed() {
    let limits =
        "limits: { deadline: 5m, rate: { cost: 600, per: 1m, reset_header: X-RateLimit-Reset } }";
    let made = Made::new(CONNECTOR, &[("o", &operation(&format!("{limits}\n{GET}")))]);
    for (headers, asked) in [
        (vec![("x-ratelimit-reset", "20")], 20),
        (vec![("x-ratelimit-reset", "1700000031")], 31),
        (vec![("x-ratelimit-reset", "20"), ("retry-after", "7")], 7),
        (vec![("x-ratelimit-reset", "soon")], 0),
    ] {
        let fake = Fake::new(move |number, _| {
            Ok(if number == 0 {
                reply(429, &headers, "{}")
            } else {
                reply(200, &[], "{}")
            })
        });
        let (builder, clock) = engine(&made, &fake);
        let builder = builder.rate_limiter(opwire::NoRateLimit);
        let engine = builder.build().unwrap();
        engine.invoke("t.o", json!({"key": "k"})).await.unwrap();
        let (waited, asked) = (clock.waits()[0], Duration::from_secs(asked));
        let most = asked.max(Duration::from_secs(1)).mul_f64(1.1);
        assert!(waited >= asked && waited <= most, "{asked:?}: {waited:?}");
    }
    let fake = Fake::new(|_, _| Ok(reply(429, &[("x-ratelimit-reset", "90")], "{}")));
    let engine = engine(&made, &fake).0.build().unwrap();
    let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(fake.requests().len(), 1);
}

const ASKED: &[(&str, &str)] = &[("retry-after", "1")];

#[tokio::test]
async fn a_manifest_says_what_statuses_mean() {
    let post = "request: { method: POST, path: /x }";
    for (retry, request, status, headers, attempts, outcome) in [
        ("not_applied: [503]", post, 503, ASKED, 3, Outcome::Answered),
        (
            "not_applied: [503]",
            post,
            503,
            &[],
            1,
            Outcome::MaybeApplied,
        ),
        (
            "not_applied: [503]",
            post,
            500,
            ASKED,
            1,
            Outcome::MaybeApplied,
        ),
        ("attempts: 2", post, 503, ASKED, 1, Outcome::MaybeApplied),
        ("never: [429]", GET, 429, ASKED, 1, Outcome::Answered),
        ("never: [500]", GET, 500, &[], 1, Outcome::MaybeApplied),
        ("never: [500]", GET, 502, &[], 3, Outcome::MaybeApplied),
    ] {
        let keys = format!("limits: {{ retry: {{ {retry} }} }}\n{request}");
        let made = Made::new(CONNECTOR, &[("o", &operation(&keys))]);
        let fake = Fake::new(move |_, _| Ok(reply(status, headers, "{}")));
        let engine = engine(&made, &fake).0.build().unwrap();
        let error = engine.invoke("t.o", json!({"key": "k"})).await.unwrap_err();
        assert_eq!(
            (fake.requests().len(), error.outcome()),
            (attempts, outcome),
            "{retry}: {status}"
        );
    }
}
