//! How an engine stands at a moment.

use super::made;
use crate::sending::fake::{Fake, reply};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::Request;
use opwire::{Concurrency, Engine, Limits, NoRateLimit, Transport, TransportFuture};
use opwire_testkit::ManualClock;
use serde_json::json;
use std::future::pending;

/// Answers nothing, ever.
struct Silent;

impl Transport for Silent {
    fn send<'a>(&'a self, _: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        Box::pin(pending())
    }
}

#[tokio::test]
async fn what_is_out_is_counted_while_it_is() {
    let engine = Engine::builder()
        .catalog(made().catalog())
        .transport(Silent)
        .concurrency(Concurrency::default().per_lane(2))
        .build()
        .unwrap();
    let idle = engine.stats();
    assert_eq!((idle.calls, idle.requests, idle.hosts.len()), (0, 0, 0));
    let call = |tenant: &str| {
        engine
            .call("t.get", json!({"id": "1"}))
            .tenant(tenant)
            .into_future()
    };
    let mut calls = vec![call("a"), call("a"), call("a"), call("b")];
    for call in &mut calls {
        assert!(call.now_or_never().is_none());
    }
    let stats = engine.stats();
    assert_eq!((stats.calls, stats.requests, stats.waiting), (4, 3, 1));
    let host = &stats.hosts[0];
    assert_eq!(host.host, "t.example.com");
    assert_eq!((host.tenants, host.calls, host.requests), (2, 4, 3));
    assert_eq!((host.retrying, host.budget, host.open), (0, 500, 0));
    drop(calls);
    let stats = engine.stats();
    assert_eq!((stats.calls, stats.requests, stats.waiting), (0, 0, 0));
    assert_eq!((stats.hosts[0].calls, stats.hosts[0].requests), (0, 0));
}

#[tokio::test]
async fn a_host_that_fails_shows() {
    let fake = Fake::new(|_, _| Ok(reply(500, &[], "{}")));
    let clock = ManualClock::default();
    let engine = Engine::builder()
        .catalog(made().catalog())
        .transport(fake.clone())
        .clock(clock.clone())
        .rate_limiter(NoRateLimit)
        .build()
        .unwrap();
    for _ in 0..20 {
        engine.invoke("t.post", json!({})).await.unwrap_err();
    }
    let host = engine.stats().hosts.remove(0);
    assert_eq!((host.open, host.budget), (1, 500));
    clock.advance(std::time::Duration::from_secs(6));
    assert_eq!(engine.stats().hosts[0].open, 0, "one may try");
}
