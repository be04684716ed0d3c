//! Loads a folder as a catalog and tells what came of it: for tests that must outlive what they load.
//!
//! The first line is the microseconds it took and the most resident memory in KiB, each other a fault as
//! `code file:line`. Exits with 0 when the folder was refused, 1 when it was accepted.

use opwire::{Catalog, Severity};
use opwire_tests::memory;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

/// What a thread of an asynchronous runtime has.
const STACK: usize = 2 * 1024 * 1024;

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        return ExitCode::from(2);
    };
    let load = move || {
        let begun = Instant::now();
        let found = Catalog::open(dir).err().unwrap_or_default();
        let mut told = format!("{} {}\n", begun.elapsed().as_micros(), memory::peak());
        let faults = found.iter().filter(|d| d.severity == Severity::Error);
        for fault in faults {
            let file = fault.file.file_name().unwrap_or_default().display();
            let message: String = fault.message.chars().take(200).collect();
            let (code, line) = (fault.code, fault.span.line);
            writeln!(told, "{code} {file}:{line} {message}").ok();
        }
        (found.has_errors(), told)
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(load);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok((refused, told))) => {
            drop(std::io::stdout().write_all(told.as_bytes()));
            ExitCode::from(u8::from(!refused))
        }
        _ => ExitCode::from(2),
    }
}
