//! Tenants beside each other, outages and what follows them, manifests that change under load.

use super::fake::{Fake, reply};
use super::{CONNECTOR, engine, operation};
use crate::made::Made;
use opwire::{
    Clock as _, Concurrency, Engine, Error, ErrorKind, Limits, Output, Transport, TransportError,
    TransportFuture,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const GET: &str = "request: { method: GET, path: /x }";

fn made(limits: &str) -> Made {
    let connector = format!("{CONNECTOR}limits: {limits}\n");
    Made::new(&connector, &[("o", &operation(GET))])
}

async fn call(engine: &Engine, tenant: &str) -> Result<Output, Error> {
    engine
        .call("t.o", json!({"key": tenant}))
        .tenant(tenant)
        .await
}

/// Answers one tenant's token in 50 ms, and does with another's what it likes.
struct Split(fn() -> Option<TransportError>);

impl Transport for Split {
    fn send<'a>(
        &'a self,
        request: http::Request<bytes::Bytes>,
        _: &'a Limits,
    ) -> TransportFuture<'a> {
        Box::pin(async move {
            if request.headers()["authorization"] == "Bearer quiet" {
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Ok(reply(200, &[], "{}"));
            }
            match (self.0)() {
                Some(error) => Err(error),
                None => std::future::pending().await,
            }
        })
    }
}

/// One tenant's calls all fail, or never end, or are far too many: another's take as long as ever, and none fails.
#[tokio::test(start_paused = true)]
async fn no_tenant_feels_another() {
    let made = made("{ rate: { cost: 1000000, per: 1s } }");
    let broken: fn() -> Option<TransportError> =
        || Some(TransportError::new(ErrorKind::ConnectFailed, "made up"));
    for (name, split) in [("fails", Split(broken)), ("hangs", Split(|| None))] {
        let builder = Engine::builder().catalog(made.catalog()).transport(split);
        let engine = builder.build().unwrap();
        // Ten times as many as may be out or wait.
        let other = engine.clone();
        let noise = tokio::spawn(async move {
            let calls = (0..10_000).map(|_| call(&other, "noisy"));
            futures_util::future::join_all(calls).await
        });
        tokio::task::yield_now().await;
        let mut slowest = Duration::ZERO;
        for _ in 0..200 {
            let begun = Instant::now();
            call(&engine, "quiet")
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            slowest = slowest.max(begun.elapsed());
        }
        println!(
            "one tenant {name}: the slowest of another's 200 calls took {slowest:?}, alone 50 ms"
        );
        assert!(slowest <= Duration::from_millis(55), "{name}: {slowest:?}");
        noise.abort();
    }
}

/// A tenant's secret is looked for in that tenant's texts alone.
#[tokio::test]
async fn no_tenants_secret_is_another_tenants_redaction() {
    let made = made("{}");
    let fake = Fake::new(|_, _| {
        Ok(reply(
            400,
            &[],
            "{\"error\": \"secret-of-one, secret-of-two\"}",
        ))
    });
    let engine = engine(&made, &fake).0.build().unwrap();
    for (own, other) in [
        ("secret-of-one", "secret-of-two"),
        ("secret-of-two", "secret-of-one"),
    ] {
        let error = call(&engine, own).await.unwrap_err();
        let body = error.body().unwrap().to_string();
        assert!(!body.contains(own) && body.contains(other), "{body}");
    }
}

/// After an outage, a service is called again within 10 seconds; after a long one, within a minute.
#[tokio::test]
async fn a_service_that_comes_back_is_called_again() {
    for (outage, most) in [(5, 10), (8, 10), (30, 60), (600, 60)] {
        let made = made("{}");
        let up = Arc::new(AtomicBool::new(true));
        let works = Arc::clone(&up);
        let fake = Fake::new(move |_, _| {
            Ok(reply(
                if works.load(Ordering::SeqCst) {
                    200
                } else {
                    503
                },
                &[],
                "{}",
            ))
        });
        let (builder, clock) = engine(&made, &fake);
        let engine = builder.build().unwrap();
        let (mut sent, mut calls) = (0, 0);
        // 10 calls a second, before, during and after.
        let mut last = Vec::new();
        for (time, up_now) in [(20, true), (outage, false), (most, true), (20, true)] {
            up.store(up_now, Ordering::SeqCst);
            let (begun, before) = (clock.now(), fake.requests().len());
            let (mut fine, mut made) = (0, 0);
            while clock.now() < begun + Duration::from_secs(time) {
                fine += usize::from(call(&engine, "one").await.is_ok());
                made += 1;
                clock.advance(Duration::from_millis(100));
            }
            if !up_now {
                sent = fake.requests().len() - before;
                calls = made;
            }
            last.push((fine, made));
        }
        // So long after the end of the outage, everything succeeds.
        let (fine, made) = last[3];
        println!(
            "an outage of {outage} s: {calls} calls, {sent} requests; {most} s later {fine} of {made} calls succeed"
        );
        assert!(fine * 100 >= made * 95, "{outage} s: {fine} of {made}");
        // 20 calls open the breaker, each with up to 3 attempts; then one is made at a time, to see.
        assert!(sent <= 80 + calls, "{outage} s: {sent} requests");
    }
}

/// Manifests change 10,000 times while calls run: each call is wholly of one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_changes_of_manifests_under_load() {
    const CHANGES: usize = 10_000;
    let version = |number: usize| {
        let keys = format!(
            "request: {{ method: GET, path: /v{number}, query: {{ v: {number} }} }}\nresponse: {{ output: {{ made: {number}, sent: '{{{{response.body.sent}}}}' }} }}"
        );
        Made::new(CONNECTOR, &[("o", &operation(&keys))]).catalog()
    };
    let versions = [version(0), version(1)];
    let fake = Fake::new(|_, request| {
        let (path, query) = (
            request.uri().path().to_owned(),
            request.uri().query().unwrap(),
        );
        assert_eq!(path[2..], query[2..]);
        let sent: u64 = query[2..].parse().unwrap();
        Ok(reply(200, &[], &json!({ "sent": sent }).to_string()))
    });
    let limits = Concurrency::default().per_lane(100);
    let builder = Engine::builder().catalog(versions[0].clone());
    let builder = builder.transport(fake).concurrency(limits);
    let engine = builder.rate_limiter(opwire::NoRateLimit).build().unwrap();
    let (over, calls) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (engine, over, calls) = (engine.clone(), Arc::clone(&over), Arc::clone(&calls));
            tokio::spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    let output = call(&engine, "one").await.unwrap().to_value();
                    assert_eq!(output["made"], output["sent"], "{output}");
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for change in 0..CHANGES {
        engine.reload(versions[change % 2].clone());
        if change % 16 == 0 {
            tokio::task::yield_now().await;
        }
    }
    // Some calls are made in any case.
    while calls.load(Ordering::SeqCst) < 100 {
        tokio::task::yield_now().await;
    }
    over.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }
    println!(
        "{CHANGES} changes of manifests, {} calls, none of two at once",
        calls.load(Ordering::SeqCst)
    );
}
