//! The engine against a client written by hand with reqwest and `serde_json::Value`, in the same run.
//!
//! `cargo bench -p opwire-tests`: W1 gets a person, W2 creates an account from 25 fields, W3 maps 100 users to choices,
//! W4 walks 100 pages of 100 records. The service is another process of this binary. Rounds are interleaved; medians
//! are printed. CPU is this process's alone.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark"
)]

mod by_hand;
mod load;
mod service;
mod steps;

use by_hand::ByHand;
use opwire::{Catalog, Concurrency, Engine, NoRateLimit};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const CONCURRENCY: usize = 64;
const ROUND_TIME: Duration = Duration::from_millis(1500);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Nanoseconds of CPU that this process's threads have had.
fn cpu() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

struct Measured {
    per_second: f64,
    cpu_micros: f64,
}

/// Runs an operation on many tasks for a while.
async fn measure<F>(concurrency: usize, bench: &Bench, run: fn(Bench) -> F) -> Measured
where
    F: Future<Output = ()> + Send + 'static,
{
    let (cpu_before, start) = (cpu(), Instant::now());
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move {
                let mut done = 0_u64;
                while start.elapsed() < ROUND_TIME {
                    run(bench.clone()).await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    let (elapsed, spent) = (start.elapsed().as_secs_f64(), cpu() - cpu_before);
    Measured {
        per_second: done as f64 / elapsed,
        cpu_micros: spent as f64 / 1000.0 / done as f64,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn row(name: &str, hand: &[Measured], engine: &[Measured]) {
    let rate = |rounds: &[Measured]| median(rounds.iter().map(|m| m.per_second).collect());
    let cpu = |rounds: &[Measured]| median(rounds.iter().map(|m| m.cpu_micros).collect());
    let ratio = median(
        hand.iter()
            .zip(engine)
            .map(|(hand, engine)| engine.per_second / hand.per_second)
            .collect(),
    );
    println!(
        "{name:<26} by hand {:9.0}/s {:8.1} us   engine {:9.0}/s {:8.1} us   engine/hand {ratio:.2} (CPU {:.2})",
        rate(hand),
        cpu(hand),
        rate(engine),
        cpu(engine),
        cpu(hand) / cpu(engine),
    );
}

/// Rounds of the client by hand and of the engine, in turn.
async fn workload<H, E>(
    name: &str,
    concurrency: usize,
    bench: &Bench,
    by_hand: fn(Bench) -> H,
    by_engine: fn(Bench) -> E,
) where
    H: Future<Output = ()> + Send + 'static,
    E: Future<Output = ()> + Send + 'static,
{
    let (mut hands, mut engines) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        hands.push(measure(concurrency, bench, by_hand).await);
        engines.push(measure(concurrency, bench, by_engine).await);
    }
    row(name, &hands, &engines);
}

/// What both clients run against.
#[derive(Clone)]
struct Bench {
    engine: Engine,
    hand: Arc<ByHand>,
    account: Arc<Value>,
}

impl Bench {
    fn new(base: &str) -> Self {
        let catalog = Catalog::open(root().join("operations")).unwrap();
        let engine = Engine::builder()
            .catalog(catalog)
            .base_url("salesloft", base)
            .rate_limiter(NoRateLimit)
            .concurrency(Concurrency::default().per_lane(1024).total(1024))
            .build()
            .unwrap();
        let account = root().join("tests/samples/salesloft/create_account.input.json");
        let account = std::fs::read_to_string(account).unwrap();
        Self {
            engine,
            hand: Arc::new(ByHand::new(base)),
            account: Arc::new(serde_json::from_str(&account).unwrap()),
        }
    }

    async fn person_by_hand(self) {
        assert_eq!(self.hand.person(12345).await["data"]["id"], 987_654);
    }

    async fn person(self) {
        let input = json!({"access_token": "t", "person_id": 12345});
        let output = self.engine.invoke("salesloft.get_person", input).await;
        assert!(output.unwrap().as_bytes().len() > 2500);
    }

    async fn account_by_hand(self) {
        let input = (*self.account).clone();
        assert_eq!(self.hand.create(input).await["data"]["id"], 987_654);
    }

    async fn account(self) {
        let input = (*self.account).clone();
        let output = self.engine.invoke("salesloft.create_account", input).await;
        assert!(output.unwrap().as_bytes().len() > 2500);
    }

    async fn choices_by_hand(self) {
        assert_eq!(self.hand.choices().await.as_array().unwrap().len(), 100);
    }

    async fn choices(self) {
        let input = json!({"access_token": "t"});
        let output = self.engine.invoke("salesloft.list_users_ddl", input).await;
        assert!(output.unwrap().as_bytes().len() > 3000);
    }

    async fn walk_by_hand(self) {
        assert_eq!(self.hand.walk().await, 10_000);
    }

    async fn walk(self) {
        let input = json!({"access_token": "t", "per_page": 100});
        let mut pages = self.engine.pages("salesloft.list_people", input);
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += usize::from(!page.unwrap().as_bytes().is_empty());
        }
        assert_eq!(count, 100);
    }
}

async fn workloads(base: &str) {
    use Bench as B;
    let b = &B::new(base);
    workload(
        "W1 get, pass through",
        CONCURRENCY,
        b,
        B::person_by_hand,
        B::person,
    )
    .await;
    workload(
        "W2 create, list to object",
        CONCURRENCY,
        b,
        B::account_by_hand,
        B::account,
    )
    .await;
    workload(
        "W3 100 users to choices",
        CONCURRENCY,
        b,
        B::choices_by_hand,
        B::choices,
    )
    .await;
    workload("W4 walk of 100 pages", 1, b, B::walk_by_hand, B::walk).await;
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if arguments.iter().any(|argument| argument == "--service") {
        return runtime.block_on(service::serve());
    }
    // `-- workloads`, `-- steps` or `-- load` runs one part.
    let parts = ["workloads", "steps", "load"];
    let named = arguments.iter().any(|a| parts.contains(&a.as_str()));
    let runs = |part: &str| !named || arguments.iter().any(|argument| argument == part);
    if runs("workloads") {
        let mut service = service::Child::start();
        runtime.block_on(workloads(&service.url));
        service.stop();
    }
    if runs("steps") {
        runtime.block_on(steps::run());
    }
    if runs("load") {
        load::run();
    }
}
