//! Deadlines of real connections on paused time, waits in real time, clocks that jump.

use super::fake::{Fake, reply};
use super::{CONNECTOR, engine, operation};
use crate::made::Made;
use opwire::{Clock, Engine, ErrorKind, Outcome, SleepFuture};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

const OPERATIONS: [(&str, &str); 2] = [
    ("get", "request: { method: GET, path: /x }"),
    ("post", "request: { method: POST, path: /x }"),
];

fn made(limits: &str) -> Made {
    let texts = OPERATIONS.map(|(name, keys)| (name, operation(keys)));
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    Made::new(&format!("{CONNECTOR}limits: {limits}\n"), &texts)
}

/// Over the default transport, by the default clock, which follows tokio's.
fn real(made: &Made, url: &str) -> Engine {
    let builder = Engine::builder().catalog(made.catalog());
    builder.base_url("t", url).build().unwrap()
}

/// How a call of an operation ends, after how many attempts and milliseconds.
async fn end(engine: &Engine, operation: &str) -> (ErrorKind, Outcome, usize, u64) {
    let begun = Instant::now();
    let name = format!("t.{operation}");
    let error = engine.invoke(&name, json!({"key": "k"})).await.unwrap_err();
    let time = u64::try_from(begun.elapsed().as_millis()).unwrap();
    (error.kind(), error.outcome(), error.attempts().len(), time)
}

/// However long a service is silent, a call is over when its time is, and 100 ms later at most.
#[tokio::test(start_paused = true)]
async fn no_call_outlives_its_deadline() {
    let mut tried = 0;
    for (limits, operation, attempts, ends) in [
        // The defaults: 30 seconds for an attempt, 60 for all.
        ("{}", "get", 2, 60_000),
        ("{}", "post", 1, 30_000),
        ("{ timeout: 4s }", "post", 1, 4_000),
        ("{ first_byte: 2s }", "post", 1, 2_000),
        ("{ timeout: 4s, deadline: 3s }", "post", 1, 3_000),
        ("{ timeout: 4s, deadline: 10s }", "get", 3, 10_000),
        (
            "{ deadline: 300s, timeout: 300s, first_byte: 300s }",
            "post",
            1,
            300_000,
        ),
    ] {
        for steps in [
            vec![Step::Hang],
            vec![Step::Request, Step::Hang],
            vec![
                Step::Request,
                Step::Write("HTTP/1.1 200 OK\r\nX: ".into()),
                Step::Hang,
            ],
        ] {
            let server = FaultServer::start(move |_| steps.clone()).await.unwrap();
            let engine = real(&made(limits), &server.url());
            let (kind, outcome, made, time) = end(&engine, operation).await;
            let told = (kind, outcome, made);
            let expected = (ErrorKind::Timeout, Outcome::MaybeApplied, attempts);
            assert_eq!(told, expected, "{limits}, {operation}");
            let bounds = ends..=ends + 100;
            // Less, where what is left is less than the next wait.
            let short = attempts > 1 && time < ends;
            assert!(
                bounds.contains(&time) || short,
                "{limits}, {operation}: {time} ms"
            );
            tried += 1;
        }
    }
    println!("{tried} silent services: every call ended within 100 ms of its deadline");
}

/// A connection that nobody takes: the line of those that wait to be accepted is full.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_made_has_5_seconds() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    // On paused time a connection that is not made at once is not made.
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await
    {
        waiting.push(stream);
        assert!(waiting.len() < 1_000, "the line is never full");
    }
    for (operation, _) in OPERATIONS {
        let engine = real(&made("{}"), &format!("http://{address}"));
        let (kind, outcome, attempts, time) = end(&engine, operation).await;
        assert_eq!(
            (kind, outcome, attempts),
            (ErrorKind::Timeout, Outcome::NotSent, 3),
            "{operation}"
        );
        assert!(
            (15_000..15_500).contains(&time),
            "5 seconds each, {time} ms"
        );
    }
}

/// The service that issues tokens is silent.
#[tokio::test(start_paused = true)]
async fn a_token_request_has_10_seconds() {
    let connector = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, properties: { id: { type: string }, secret: { type: string } } }
auth: { oauth2: { grant: client_credentials, token_url: https://id.example.com/token, client_id: '{{credentials.id}}', client_secret: '{{credentials.secret}}' } }
";
    let made = Made::new(
        connector,
        &[("o", &operation("request: { method: POST, path: /x }"))],
    );
    let silent = FaultServer::start(|_| vec![Step::Request, Step::Hang])
        .await
        .unwrap();
    let builder = Engine::builder().catalog(made.catalog());
    let builder = builder.base_url("t", "http://127.0.0.1:1");
    let engine = builder.token_url("t", &silent.url()).build().unwrap();
    let begun = Instant::now();
    let input = json!({"id": "i", "secret": "s"});
    let error = engine.invoke("t.o", input).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts().len()),
        (ErrorKind::AuthFailed, Outcome::NotSent, 0)
    );
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(silent.seen().requests(), 1, "asked once");
}

/// Real time: 50 calls at once, each asked to wait for a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_back_early_in_real_time() {
    let (busy, fine) = (
        "HTTP/1.1 429 Slow\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    );
    let made = made("{}");
    let calls = (0..50).map(|_| async {
        let script = move |number| {
            let answer = if number == 0 { busy } else { fine };
            vec![Step::Request, Step::Write(answer.into())]
        };
        let server = FaultServer::start(script).await.unwrap();
        let engine = real(&made, &server.url());
        let output = engine.invoke("t.get", json!({"key": "k"})).await.unwrap();
        output.attempts()[1].waited
    });
    let begun = std::time::Instant::now();
    let waits = futures_util::future::join_all(calls).await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let early = waits
        .iter()
        .filter(|wait| **wait < Duration::from_secs(1))
        .count();
    println!(
        "50 waits in real time, {early} early, the longest {:?}",
        waits.iter().max().unwrap()
    );
    assert_eq!(early, 0);
}

/// A clock whose calendar is changed at each look, by a year forth and two back.
#[derive(Clone)]
struct Jumping(ManualClock, Arc<AtomicU64>);

impl Clock for Jumping {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn unix(&self) -> Duration {
        let year = Duration::from_secs(31_536_000);
        let looks = self.1.fetch_add(1, Ordering::Relaxed);
        let now = self.0.unix();
        if looks.is_multiple_of(2) {
            now + year
        } else {
            now.saturating_sub(year * 2)
        }
    }

    fn sleep(&self, time: Duration) -> SleepFuture {
        self.0.sleep(time)
    }

    fn expire(&self, time: Duration) -> SleepFuture {
        self.0.expire(time)
    }
}

#[tokio::test]
async fn a_calendar_that_jumps_moves_no_deadline_and_no_wait() {
    let made = made("{ retry: { attempts: 5 }, deadline: 20s, rate: { cost: 2, per: 2s } }");
    let date = "Tue, 14 Nov 2023 22:13:20 GMT";
    let until = "Tue, 14 Nov 2023 22:13:22 GMT";
    for headers in [
        vec![("retry-after", "2")],
        vec![("retry-after", until), ("date", date)],
        vec![],
    ] {
        let fake = Fake::new(move |number, _| {
            let status = if number < 4 { 503 } else { 200 };
            Ok(reply(status, &headers, "{}"))
        });
        let clock = ManualClock::default();
        let builder = engine(&made, &fake).0;
        let jumping = Jumping(clock.clone(), Arc::default());
        let engine = builder.clock(jumping).build().unwrap();
        engine.invoke("t.get", json!({"key": "k"})).await.unwrap();
        assert_eq!(fake.requests().len(), 5);
        assert!(clock.now() < Duration::from_secs(20), "{:?}", clock.now());
    }
}
