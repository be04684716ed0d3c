//! Calls operations for a long time while much goes wrong, and tells rate, errors, memory and descriptors.
//!
//! `cargo run --release -p opwire-tests --bin soak -- --minutes 10`
#![allow(clippy::print_stdout, reason = "telling is what it is for")]

use opwire::{Catalog, CircuitBreaker, Concurrency, Engine, Lane, NoRateLimit};
use opwire_tests::faults::{FaultServer, Step};
use opwire_tests::memory::{descriptors, resident};
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Calls at once.
const WORKERS: u64 = 32;

/// Lets everything through: the faults shall go on.
struct Always;

impl CircuitBreaker for Always {
    fn admit(&self, _: &Lane, _: Duration) -> Result<(), Duration> {
        Ok(())
    }

    fn record(&self, _: &Lane, _: Option<bool>, _: Duration) {}
}

fn reply(status: &str, body: &str) -> Step {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    Step::Write(format!("{head}{body}").into())
}

/// One connection in ten goes wrong; the others answer a hundred requests each.
fn script(number: usize) -> Vec<Step> {
    let fine = || reply("200 OK", "{\"data\":{\"id\":7}}");
    match number % 70 {
        0 => vec![Step::Request],
        10 => vec![Step::Request, Step::Reset],
        20 => vec![Step::Request, reply("503 Busy", "{}")],
        30 => vec![
            Step::Request,
            Step::Write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{".into()),
        ],
        40 => vec![Step::Request, Step::Write("nonsense\r\n\r\n".into())],
        50 => vec![Step::Request, Step::Hang],
        60 => vec![Step::Request, reply("429 Slow", "{}")],
        _ => (0..100).flat_map(|_| [Step::Request, fine()]).collect(),
    }
}

fn minutes() -> Result<u64, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => Ok(1),
        [flag, minutes] if flag == "--minutes" => Ok(minutes.parse()?),
        _ => Err("usage: soak [--minutes N]".into()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let time = Duration::from_secs(minutes()? * 60);
    let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../operations");
    let catalog = Catalog::open(operations).map_err(|found| found.to_string())?;
    let server = FaultServer::start(script).await?;
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url("salesloft", &server.url())
        .rate_limiter(NoRateLimit)
        .circuit_breaker(Always)
        .concurrency(Concurrency::default())
        .build()?;
    let (begun, calls) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (engine, calls) = (engine.clone(), Arc::clone(&calls));
        workers.spawn(async move { work(&engine, worker, begun + time, &calls).await });
    }
    println!("minute  calls/s  resident KiB  descriptors");
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    let (mut before, mut memory) = (0, Vec::new());
    minute.tick().await;
    while begun.elapsed() + Duration::from_secs(1) < time {
        minute.tick().await;
        let now = calls.load(Ordering::Relaxed);
        memory.push(resident());
        let passed = begun.elapsed().as_secs() / 60;
        println!(
            "{passed:6}  {:7}  {:12}  {:11}",
            (now - before) / 60,
            resident(),
            descriptors()
        );
        before = now;
    }
    let mut ends: BTreeMap<&str, u64> = BTreeMap::new();
    while let Some(done) = workers.join_next().await {
        for (end, count) in done? {
            *ends.entry(end).or_default() += count;
        }
    }
    println!("{ends:?}");
    if let [first, .., last] = memory.get(memory.len() / 2..).unwrap_or_default() {
        println!("resident memory over the second half: {first} to {last} KiB");
    }
    println!("descriptors at the end: {}", descriptors());
    Ok(())
}

async fn work(
    engine: &Engine,
    worker: u64,
    until: Instant,
    calls: &AtomicU64,
) -> BTreeMap<&'static str, u64> {
    let mut ends = BTreeMap::new();
    let mut number = worker;
    while Instant::now() < until {
        number += 1;
        let credentials =
            json!({"access_token": format!("token-{}", number % 50), "person_id": number});
        let call = engine
            .call("salesloft.get_person", credentials)
            .tenant(&format!("tenant {}", number % 50));
        let end = match tokio::time::timeout(Duration::from_secs(2), call.into_future()).await {
            Ok(Ok(output)) if output.to_value().pointer("/data/id") == Some(&json!(7)) => "right",
            Ok(Ok(_)) => "WRONG",
            Ok(Err(error)) => error.kind().as_str(),
            Err(_) => "given up after 2 s",
        };
        *ends.entry(end).or_default() += 1;
        calls.fetch_add(1, Ordering::Relaxed);
    }
    ends
}
