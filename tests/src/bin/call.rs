//! Calls operations one after the other and tells how each ended: for tests that look at a process from outside.
//!
//! `call FOLDER URL OPERATION…`. A line for each: the error's kind or `ok`, its outcome, how many requests there were,
//! and the KiB by which resident memory rose above what it was before the call. In place of an operation, `exhaust` opens
//! files until no more can be opened, and `restore` closes them.

use opwire::{Catalog, Engine};
use opwire_testkit::ManualClock;
use opwire_tests::memory;
use serde_json::json;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: call FOLDER URL OPERATION…".into());
    };
    let catalog = Catalog::open(folder).map_err(|found| found.to_string())?;
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url("t", &url)
        .clock(ManualClock::default())
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let mut held = Vec::new();
    for operation in arguments {
        if operation == "exhaust" {
            held.extend(std::iter::from_fn(|| File::open("/dev/null").ok()));
            continue;
        }
        if operation == "restore" {
            held.clear();
            continue;
        }
        let before = memory::resident();
        let given = runtime.block_on(engine.invoke(&operation, json!({"key": "s3cr3t-key"})));
        let (kind, outcome, requests) = match &given {
            Ok(output) => ("ok", "answered", output.attempts().len()),
            Err(error) => (
                error.kind().as_str(),
                error.outcome().as_str(),
                error.attempts().len(),
            ),
        };
        let rose = memory::peak().saturating_sub(before);
        writeln!(std::io::stdout(), "{kind} {outcome} {requests} {rose}")?;
    }
    Ok(())
}
