//! What keeps one call from being too much: rates, places, budgets, breakers.

use super::fake::{Fake, reply};
use super::{CONNECTOR, engine, operation};
use crate::made::Made;
use opwire::{
    Clock as _, Concurrency, Engine, ErrorKind, Limits, Outcome, Transport, TransportError,
    TransportFuture,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const GET: &str = "request: { method: GET, path: /x, query: { page: '{{input.page}}' } }";

fn made(limits: &str) -> Made {
    Made::new(
        &format!("{CONNECTOR}limits: {limits}\n"),
        &[("o", &operation(GET))],
    )
}

fn input(tenant: &str) -> Value {
    json!({"key": tenant})
}

const RATE: &str = "{ rate: { cost: 10, per: 10s, remaining_header: left, cost_header: cost, costs: [{ query: page, above: 100, cost: 5 }] } }";

#[tokio::test]
async fn the_rate_is_kept_by_waiting() {
    let made = made(RATE);
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    let (builder, clock) = engine(&made, &fake);
    let engine = builder.build().unwrap();
    for _ in 0..10 {
        engine.invoke("t.o", input("a")).await.unwrap();
    }
    assert_eq!(clock.now(), Duration::ZERO, "so many are allowed at once");
    engine.invoke("t.o", input("a")).await.unwrap();
    assert_eq!(clock.waits(), [Duration::from_secs(1)]);
    engine.invoke("t.o", input("b")).await.unwrap();
    assert_eq!(
        clock.waits().len(),
        1,
        "another connection has a rate of its own"
    );
    engine
        .invoke("t.o", json!({"key": "a", "page": 101}))
        .await
        .unwrap();
    assert_eq!(
        clock.waits()[1],
        Duration::from_secs(5),
        "deep pages cost more"
    );
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_rate_limited_with_the_time() {
    let made = made("{ deadline: 3s, rate: { cost: 1, per: 10s } }");
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    let engine = engine(&made, &fake).0.build().unwrap();
    engine.invoke("t.o", input("a")).await.unwrap();
    let error = engine.invoke("t.o", input("a")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::RateLimited, Outcome::NotSent)
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
    assert_eq!((fake.requests().len(), error.attempts().len()), (1, 0));
}

#[tokio::test]
async fn the_services_headers_correct_the_rate() {
    for (header, value, wait) in [
        ("left", "0", 1),
        ("left", "1", 0),
        ("cost", "10", 1),
        ("cost", "11", 2),
    ] {
        let made = made(RATE);
        let fake = Fake::new(move |number, _| {
            let told = [(header, value)];
            Ok(reply(200, &told[usize::from(number > 0)..], "{}"))
        });
        let (builder, clock) = engine(&made, &fake);
        let engine = builder.build().unwrap();
        for _ in 0..2 {
            engine.invoke("t.o", input("a")).await.unwrap();
        }
        assert_eq!(
            clock.waits().iter().sum::<Duration>(),
            Duration::from_secs(wait),
            "{header}: {value}"
        );
    }
}

#[tokio::test]
async fn the_standards_header_corrects_the_rate_too() {
    for (told, wait) in [("\"m\";r=0;t=9", 1), ("\"m\";r=1;t=9, \"d\";r=900", 0)] {
        let made = made("{ rate: { cost: 10, per: 10s } }");
        let fake = Fake::new(move |_, _| Ok(reply(200, &[("ratelimit", told)], "{}")));
        let (builder, clock) = engine(&made, &fake);
        let engine = builder.build().unwrap();
        for _ in 0..2 {
            engine.invoke("t.o", input("a")).await.unwrap();
        }
        let waited: Duration = clock.waits().iter().sum();
        assert_eq!(waited, Duration::from_secs(wait), "{told}");
    }
}

#[tokio::test]
async fn an_operations_own_rate_is_counted_by_itself() {
    let connector = format!(
        "{CONNECTOR}limits: {{ rate: {{ cost: 10, per: 10s, remaining_header: left }} }}\n"
    );
    let search = operation(&format!(
        "limits: {{ rate: {{ cost: 2, per: 10s, remaining_header: left }} }}\n{GET}"
    ));
    let made = Made::new(
        &connector,
        &[
            ("o", &operation(GET)),
            ("search", &search),
            ("other_search", &search),
        ],
    );
    let fake = Fake::new(|_, _| Ok(reply(200, &[("left", "1")], "{}")));
    let (builder, clock) = engine(&made, &fake);
    let engine = builder.build().unwrap();
    for name in ["t.search", "t.other_search", "t.o", "t.o"] {
        engine.invoke(name, input("a")).await.unwrap();
    }
    assert_eq!(
        clock.now(),
        Duration::ZERO,
        "neither spends what the other may"
    );
    engine.invoke("t.search", input("a")).await.unwrap();
    assert_eq!(
        clock.waits(),
        [Duration::from_secs(5)],
        "the same rate is the same one"
    );
}

/// Counts how many requests are out at once, each of which takes a second.
#[derive(Clone, Default)]
struct Slow(Arc<[AtomicUsize; 2]>);

impl Transport for Slow {
    fn send<'a>(&'a self, _: http::Request<bytes::Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        Box::pin(async move {
            let [out, most] = &*self.0;
            most.fetch_max(out.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(1)).await;
            out.fetch_sub(1, Ordering::SeqCst);
            Ok(reply(200, &[], "{}"))
        })
    }
}

async fn storm(
    limits: Concurrency,
    tenants: usize,
    calls: usize,
) -> (usize, Vec<Result<opwire::Output, opwire::Error>>) {
    let made = made("{}");
    let slow = Slow::default();
    let builder = Engine::builder()
        .catalog(made.catalog())
        .transport(slow.clone());
    let engine = builder.concurrency(limits).build().unwrap();
    let calls = (0..calls).map(|index| {
        let engine = engine.clone();
        async move {
            engine
                .invoke("t.o", input(&format!("tenant {}", index % tenants)))
                .await
        }
    });
    let done = futures_util::future::join_all(calls).await;
    (slow.0[1].load(Ordering::SeqCst), done)
}

#[tokio::test(start_paused = true)]
async fn no_more_are_out_at_once_than_may_be() {
    let limits = Concurrency::default().wait(Duration::from_secs(50));
    let (most, done) = storm(limits, 1, 200).await;
    assert_eq!(
        (most, done.iter().filter(|done| done.is_ok()).count()),
        (32, 200)
    );
    let (most, done) = storm(limits, 20, 600).await;
    assert_eq!(
        (most, done.iter().filter(|done| done.is_ok()).count()),
        (256, 600)
    );
}

#[tokio::test(start_paused = true)]
async fn the_line_is_short_in_places_and_time() {
    let refused = |done: &[Result<opwire::Output, opwire::Error>]| {
        let refused = done.iter().filter_map(|done| done.as_ref().err());
        refused
            .map(|error| {
                assert_eq!(
                    (error.kind(), error.outcome()),
                    (ErrorKind::Overloaded, Outcome::NotSent)
                );
                assert!(error.attempts().is_empty());
            })
            .count()
    };
    let limits = Concurrency::default()
        .per_lane(10)
        .queue(20)
        .wait(Duration::from_secs(50));
    assert_eq!(
        refused(&storm(limits, 1, 100).await.1),
        70,
        "10 are out, 20 wait"
    );
    let limits = Concurrency::default()
        .per_lane(10)
        .wait(Duration::from_millis(2500));
    assert_eq!(
        refused(&storm(limits, 1, 100).await.1),
        70,
        "10 at once, and twice 10 come in time"
    );
}

#[tokio::test]
async fn a_service_that_fails_is_left_alone_then_tried_again() {
    let made = made("{ retry: { attempts: 1 } }");
    let healthy = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let works = Arc::clone(&healthy);
    let fake = Fake::new(move |_, _| {
        let status = if works.load(Ordering::SeqCst) {
            200
        } else {
            503
        };
        Ok(reply(status, &[], "{}"))
    });
    let (builder, clock) = engine(&made, &fake);
    let engine = builder.build().unwrap();
    for _ in 0..20 {
        engine.invoke("t.o", input("a")).await.unwrap_err();
    }
    let mut pause = Duration::from_secs(5);
    for _ in 0..6 {
        let sent = fake.requests().len();
        let error = engine.invoke("t.o", input("a")).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::CircuitOpen, Outcome::NotSent)
        );
        assert_eq!(
            (error.retry_after(), fake.requests().len()),
            (Some(pause), sent)
        );
        assert_eq!(
            engine.invoke("t.o", input("b")).await.unwrap_err().kind(),
            ErrorKind::UpstreamServerError,
            "another tenant"
        );
        clock.advance(pause);
        assert_eq!(
            engine.invoke("t.o", input("a")).await.unwrap_err().kind(),
            ErrorKind::UpstreamServerError,
            "one sees"
        );
        pause = (pause * 2).min(Duration::from_secs(60));
    }
    clock.advance(pause);
    healthy.store(true, Ordering::SeqCst);
    for _ in 0..20 {
        engine.invoke("t.o", input("a")).await.unwrap();
    }
}

#[tokio::test]
async fn refusals_are_no_failures_of_the_service() {
    let made = made("{ retry: { attempts: 1 } }");
    for status in [400, 401, 404, 422, 429] {
        let fake = Fake::new(move |_, _| Ok(reply(status, &[], "{}")));
        let engine = engine(&made, &fake).0.build().unwrap();
        for _ in 0..50 {
            let error = engine.invoke("t.o", input("a")).await.unwrap_err();
            assert_ne!(error.kind(), ErrorKind::CircuitOpen, "{status}");
        }
    }
}

#[tokio::test]
async fn an_outage_is_not_made_worse() {
    let made = made("{}");
    for (name, calls) in [("503", 10_000_usize), ("refused", 10_000)] {
        let fake = Fake::new(move |_, _| match name {
            "503" => Ok(reply(503, &[], "{}")),
            _ => Err(TransportError::new(ErrorKind::ConnectFailed, "made up")),
        });
        // No breaker: the budget alone must do.
        let (builder, _) = engine(&made, &fake);
        let engine = builder.circuit_breaker(Always).build().unwrap();
        for _ in 0..calls {
            engine.invoke("t.o", input("a")).await.unwrap_err();
        }
        let sent = fake.requests().len();
        let permille = sent * 1000 / calls;
        println!(
            "{name}: {sent} requests for {calls} calls, x {}.{:03}",
            permille / 1000,
            permille % 1000
        );
        assert!(permille <= 1200);
    }
}

/// Lets everything through.
struct Always;

impl opwire::CircuitBreaker for Always {
    fn admit(&self, _: &opwire::Lane, _: Duration) -> Result<(), Duration> {
        Ok(())
    }

    fn record(&self, _: &opwire::Lane, _: Option<bool>, _: Duration) {}
}
