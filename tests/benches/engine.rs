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
use opwire::{Catalog, Engine};
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
async fn measure<F, Fut>(concurrency: usize, run: F) -> Measured
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: std::future::Future<Output = ()> + Send,
{
    let run = Arc::new(run);
    let (cpu_before, start) = (cpu(), Instant::now());
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| {
            let run = Arc::clone(&run);
            tokio::spawn(async move {
                let mut done = 0_u64;
                while start.elapsed() < ROUND_TIME {
                    run().await;
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
        "{name}  by hand {:9.0}/s {:8.1} us   engine {:9.0}/s {:8.1} us   engine/hand {ratio:.2} (CPU {:.2})",
        rate(hand),
        cpu(hand),
        rate(engine),
        cpu(engine),
        cpu(hand) / cpu(engine),
    );
}

macro_rules! workload {
    ($name:literal, $concurrency:expr, $hand:expr, $engine:expr) => {{
        let (mut hands, mut engines) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            hands.push(measure($concurrency, $hand).await);
            engines.push(measure($concurrency, $engine).await);
        }
        row($name, &hands, &engines);
    }};
}

async fn workloads(base: &str) {
    let catalog = Catalog::open(root().join("operations")).unwrap();
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url("salesloft", base)
        .build()
        .unwrap();
    let hand = Arc::new(ByHand::new(base));
    let account: Value = serde_json::from_str(
        &std::fs::read_to_string(root().join("tests/samples/salesloft/create_account.input.json"))
            .unwrap(),
    )
    .unwrap();
    let account = Arc::new(account);

    let (h, e) = (Arc::clone(&hand), engine.clone());
    workload!(
        "W1 get, pass through    ",
        CONCURRENCY,
        {
            let h = Arc::clone(&h);
            move || {
                let h = Arc::clone(&h);
                async move { assert_eq!(h.person(12345).await["data"]["id"], 987_654) }
            }
        },
        {
            let e = e.clone();
            move || {
                let e = e.clone();
                async move {
                    let input = json!({"access_token": "t", "person_id": 12345});
                    let output = e.invoke("salesloft.get_person", input).await.unwrap();
                    assert!(output.as_bytes().len() > 2500);
                }
            }
        }
    );
    workload!(
        "W2 create, list to object",
        CONCURRENCY,
        {
            let (h, account) = (Arc::clone(&h), Arc::clone(&account));
            move || {
                let (h, account) = (Arc::clone(&h), Arc::clone(&account));
                async move { assert_eq!(h.create((*account).clone()).await["data"]["id"], 987_654) }
            }
        },
        {
            let (e, account) = (e.clone(), Arc::clone(&account));
            move || {
                let (e, account) = (e.clone(), Arc::clone(&account));
                async move {
                    let output = e
                        .invoke("salesloft.create_account", (*account).clone())
                        .await
                        .unwrap();
                    assert!(output.as_bytes().len() > 2500);
                }
            }
        }
    );
    workload!(
        "W3 100 users to choices ",
        CONCURRENCY,
        {
            let h = Arc::clone(&h);
            move || {
                let h = Arc::clone(&h);
                async move { assert_eq!(h.choices().await.as_array().unwrap().len(), 100) }
            }
        },
        {
            let e = e.clone();
            move || {
                let e = e.clone();
                async move {
                    let output = e
                        .invoke("salesloft.list_users_ddl", json!({"access_token": "t"}))
                        .await
                        .unwrap();
                    assert!(output.as_bytes().len() > 3000);
                }
            }
        }
    );
    workload!(
        "W4 walk of 100 pages    ",
        1,
        {
            let h = Arc::clone(&h);
            move || {
                let h = Arc::clone(&h);
                async move { assert_eq!(h.walk().await, 10_000) }
            }
        },
        {
            let e = e.clone();
            move || {
                let e = e.clone();
                async move {
                    let input = json!({"access_token": "t", "per_page": 100});
                    let mut pages = e.pages("salesloft.list_people", input);
                    let mut count = 0;
                    while let Some(page) = pages.next().await {
                        count += usize::from(!page.unwrap().as_bytes().is_empty());
                    }
                    assert_eq!(count, 100);
                }
            }
        }
    );
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
    let mut service = service::Child::start();
    runtime.block_on(workloads(&service.url));
    service.stop();
    runtime.block_on(steps::run());
    load::run();
}
