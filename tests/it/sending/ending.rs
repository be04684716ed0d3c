//! What becomes of calls when the program ends, or when nobody waits for them.

use super::fake::{Fake, reply};
use super::{CONNECTOR, operation};
use crate::made::Made;
use opwire::{
    Call, Concurrency, Credentials, CredentialsFuture, Engine, EngineBuilder, Error, ErrorKind,
    Limits, Outcome, Output, Transport, TransportError, TransportFuture,
};
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

const GET: &str = "request: { method: GET, path: /x }";

/// Never answers.
#[derive(Clone, Default)]
struct Silent(Arc<AtomicUsize>);

struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Silent {
    fn send<'a>(&'a self, _: http::Request<bytes::Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let open = Open(Arc::clone(&self.0));
        Box::pin(async move {
            let _open = open;
            std::future::pending().await
        })
    }
}

/// Never has a credential.
struct Slow;

impl Credentials for Slow {
    fn get<'a>(&'a self, _: &'a str, _: &'a str) -> CredentialsFuture<'a> {
        Box::pin(std::future::pending())
    }
}

fn made(limits: &str, keys: &str) -> Made {
    let connector = format!("{CONNECTOR}limits: {limits}\n");
    Made::new(&connector, &[("o", &operation(keys))])
}

fn over(made: &Made, transport: impl Transport + 'static) -> EngineBuilder {
    Engine::builder()
        .catalog(made.catalog())
        .transport(transport)
}

fn begin(call: Call) -> JoinHandle<Result<Output, Error>> {
    tokio::spawn(call.into_future())
}

fn call(engine: &Engine) -> Call {
    engine.call("t.o", json!({"key": "k"}))
}

/// Lets everything come as far as it can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_frees_all_it_held() {
    let silent = Silent::default();
    let engine = over(&made("{}", GET), silent.clone()).build().unwrap();
    // More than may be out at once, one after the other.
    for _ in 0..500 {
        let call = engine.invoke("t.o", json!({"key": "k"}));
        let late = tokio::time::timeout(Duration::from_secs(1), call).await;
        assert!(late.is_err());
    }
    assert_eq!(
        silent.0.load(Ordering::SeqCst),
        0,
        "no request is left open"
    );
    assert!(engine.drain(Duration::ZERO).await, "no call is left");
}

#[tokio::test]
async fn the_connection_of_a_call_that_is_given_up_is_closed() {
    let server = FaultServer::start(|_| vec![Step::Request, Step::Hang]);
    let server = server.await.unwrap();
    let engine = Engine::builder().catalog(made("{}", GET).catalog());
    let engine = engine.base_url("t", &server.url()).build().unwrap();
    let calls: Vec<_> = (0..20).map(|_| begin(call(&engine))).collect();
    server.seen().reaches(|seen| seen.requests() == 20).await;
    assert_eq!(server.seen().open(), 20);
    calls.iter().for_each(JoinHandle::abort);
    // It does not end when one stays open.
    server.seen().reaches(|seen| seen.open() == 0).await;
    assert!(engine.drain(Duration::ZERO).await);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_drained_takes_no_more_and_ends_what_it_has() {
    let engine = over(&made("{}", GET), Silent::default()).build().unwrap();
    let task = begin(call(&engine));
    settle().await;
    assert!(!engine.drain(Duration::from_secs(5)).await, "one runs");
    let error = call(&engine).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Overloaded, Outcome::NotSent)
    );
    task.abort();
    assert!(engine.drain(Duration::from_secs(5)).await, "none runs");
}

/// Cancels an engine while a call is stuck, and gives what the call tells: outcome and attempts.
async fn cancelled(engine: Engine) -> (Outcome, usize) {
    let stuck = begin(call(&engine));
    settle().await;
    assert!(!stuck.is_finished(), "it is stuck");
    engine.cancel();
    let error = stuck.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(error.operation(), Some("t.o"));
    assert!(engine.drain(Duration::ZERO).await, "nothing is left");
    let more = call(&engine).await.unwrap_err();
    assert_eq!(more.kind(), ErrorKind::Overloaded);
    (error.outcome(), error.attempts().len())
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_tells_what_is_known_of_it() {
    use Outcome::{Answered, MaybeApplied, NotSent};
    let plain = made("{ deadline: 5m }", GET);
    let engine = over(&plain, Silent::default()).build().unwrap();
    assert_eq!(cancelled(engine).await, (MaybeApplied, 1), "out");

    for (status, outcome) in [(503, MaybeApplied), (429, Answered)] {
        let fake = Fake::new(move |_, _| Ok(reply(status, &[("retry-after", "60")], "{}")));
        let engine = over(&plain, fake).build().unwrap();
        assert_eq!(
            cancelled(engine).await,
            (outcome, 1),
            "waits after {status}"
        );
    }
    let refused = || TransportError::new(ErrorKind::ConnectFailed, "made up");
    let slow = made("{ retry: { attempts: 10 }, deadline: 5m }", GET);
    let fake = Fake::new(move |_, _| Err(refused()));
    let engine = over(&slow, fake).build().unwrap();
    let (outcome, attempts) = cancelled(engine).await;
    assert!(outcome == NotSent && attempts >= 1, "waits after a refusal");

    let engine = over(&plain, Silent::default()).concurrency(Concurrency::default().total(0));
    assert_eq!(
        cancelled(engine.build().unwrap()).await,
        (NotSent, 0),
        "waits for its turn"
    );

    let rated = made("{ deadline: 5m, rate: { cost: 1, per: 1m } }", GET);
    let engine = over(&rated, Fake::new(|_, _| Ok(reply(200, &[], "{}"))));
    let engine = engine.build().unwrap();
    call(&engine).await.unwrap();
    assert_eq!(cancelled(engine).await, (NotSent, 0), "waits for the rate");

    let engine = over(&plain, Silent::default()).credentials(Slow);
    let engine = engine.build().unwrap();
    let stuck = begin(engine.call("t.o", json!({})));
    settle().await;
    engine.cancel();
    let error = stuck.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts().len()),
        (ErrorKind::Cancelled, NotSent, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_walk_is_cancelled_between_its_pages() {
    let connector = format!(
        "{CONNECTOR}pagination:\n  links: {{ items: '{{{{response.body.items}}}}', next: '{{{{response.body.next}}}}', request: {{ url: '{{{{next}}}}' }} }}\n"
    );
    let paged = operation(&format!("{GET}\npagination: links"));
    let made = Made::new(&connector, &[("o", &paged)]);
    let fake = Fake::new(|number, _| {
        let body = json!({"items": [number], "next": format!("/x?page={number}")});
        Ok(reply(200, &[], &body.to_string()))
    });
    let engine = over(&made, fake.clone()).build().unwrap();
    let mut items = call(&engine).items();
    assert_eq!(items.next().await.unwrap().unwrap().to_value(), 0);
    assert_eq!(items.next().await.unwrap().unwrap().to_value(), 1);
    assert!(engine.drain(Duration::ZERO).await);
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Cancelled, Outcome::NotSent)
    );
    assert!(items.next().await.is_none());
    assert_eq!(fake.requests().len(), 2);
}
