//! Many calls through faults: nothing is done twice.

use crate::made::Made;
use futures_util::StreamExt as _;
use opwire::{CircuitBreaker, Concurrency, Engine, Lane, Outcome};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;

const CALLS: usize = 10_000;

/// Lets everything through.
struct Always;

impl CircuitBreaker for Always {
    fn admit(&self, _: &Lane, _: Duration) -> Result<(), Duration> {
        Ok(())
    }

    fn record(&self, _: &Lane, _: Option<bool>, _: Duration) {}
}

fn write(text: &str) -> Step {
    Step::Write(text.into())
}

const WHOLE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// The faults, one after the other. Each may have been acted on.
fn fault(number: usize) -> Vec<Step> {
    let head = &WHOLE[..WHOLE.len() - 2];
    match number % 8 {
        0 => vec![Step::Request],
        1 => vec![Step::Request, Step::Reset],
        2 => vec![Step::Request, write("HTTP/1.1 20")],
        3 => vec![Step::Request, write(head)],
        4 => vec![Step::Request, write(head), Step::Reset],
        5 => vec![
            Step::Request,
            write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
        ],
        6 => vec![
            Step::Request,
            write("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
        ],
        _ => vec![Step::Request, write("no HTTP at all\r\n\r\n")],
    }
}

fn flooded(idempotency: &str, url: &str) -> Engine {
    let connector = super::CONNECTOR.replace("first_byte: 400ms, timeout: 600ms", "timeout: 30s");
    let text = format!(
        "title: O\nkind: main\ndescription: O\ninput: {{ type: object, additionalProperties: true }}\n{idempotency}request: {{ method: POST, path: /x, body: {{ json: {{ mark: '{{{{input.mark}}}}' }} }} }}\n"
    );
    let made = Made::new(&connector, &[("o", &text)]);
    let builder = Engine::builder().catalog(made.catalog()).base_url("t", url);
    let limits = Concurrency::default()
        .per_lane(240)
        .queue(100_000)
        .wait(Duration::from_secs(600));
    let builder = builder
        .clock(ManualClock::default())
        .concurrency(limits)
        .circuit_breaker(Always);
    builder.build().unwrap()
}

/// How the calls ended: succeeded, answered with an error, perhaps applied, not sent.
async fn flood(engine: &Engine, at_once: usize) -> [usize; 4] {
    let calls = (0..CALLS).map(|mark| engine.invoke("t.o", json!({"key": "k", "mark": mark})));
    let mut ends = [0; 4];
    let mut calls = futures_util::stream::iter(calls).buffer_unordered(at_once);
    while let Some(end) = calls.next().await {
        ends[match end.map_err(|error| error.outcome()) {
            Ok(_) => 0,
            Err(Outcome::Answered) => 1,
            Err(Outcome::MaybeApplied) => 2,
            Err(_) => 3,
        }] += 1;
    }
    ends
}

/// How often each mark arrived, and under how many keys.
fn arrived(server: &FaultServer) -> HashMap<String, (usize, Vec<String>)> {
    let mut found: HashMap<String, (usize, Vec<String>)> = HashMap::new();
    for (head, body) in server.seen().bodies() {
        let key = head
            .lines()
            .find_map(|line| line.strip_prefix("idempotency-key: "));
        let (count, keys) = found.entry(body).or_default();
        *count += 1;
        let key = key.unwrap_or_default().to_owned();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_posts_that_fail_are_made_once() {
    let server = FaultServer::start(fault).await.unwrap();
    let ends = flood(&flooded("", &server.url()), 240).await;
    let arrived = arrived(&server);
    let twice = arrived.values().filter(|(count, _)| *count > 1).count();
    println!(
        "{CALLS} POSTs, all faulted: {} arrived, {twice} twice; ended {ends:?}",
        arrived.len()
    );
    assert_eq!((twice, server.seen().requests()), (0, arrived.len()));
    // A busy machine may not get every connection through.
    assert!(arrived.len() >= CALLS * 99 / 100);
    assert_eq!(ends[0], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_posts_with_a_key_are_done_once_and_nearly_all_succeed() {
    // Without those that lose the body of a success: that is not asked for again.
    let faults = [0, 1, 2, 5, 6, 7];
    let script = move |number: usize| match number % 10 {
        0 => fault(faults[number / 10 % faults.len()]),
        _ => vec![Step::Request, write(WHOLE)],
    };
    let server = FaultServer::start(script).await.unwrap();
    // A few at once: of many, more than a fifth may be retrying by chance, and the rest of those are not made again.
    let keyed = "idempotency: { header: Idempotency-Key }\n";
    let ends = flood(&flooded(keyed, &server.url()), 12).await;
    let arrived = arrived(&server);
    let keys = arrived.values().filter(|(_, keys)| keys.len() != 1).count();
    println!(
        "{CALLS} POSTs with a key, a tenth faulted: {} succeeded, {} requests, {keys} with two keys",
        ends[0],
        server.seen().requests()
    );
    assert_eq!(
        (keys, arrived.len()),
        (0, CALLS),
        "a service that goes by the key does each once"
    );
    assert!(ends[0] >= CALLS * 99 / 100, "{ends:?}");
}
