//! Lets secrets out of one sink after the other, in a copy of the sources, and tells whether the tests notice.
//!
//! `cargo run -p opwire-tests --bin mutations`. Takes a while: each change is built and tested. Exits with 1 when one is not
//! noticed.
#![allow(clippy::print_stdout, reason = "telling is what it is for")]

use opwire_tests::mutations::{MUTATIONS, Mutation};
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// What a build needs.
const PARTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "clippy.toml",
    "crates",
    "operations",
    "schemas",
    "tests",
    "docs",
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = root.join("target/mutations");
    std::fs::create_dir_all(&copy)?;
    for part in PARTS {
        let status = Command::new("cp")
            .arg("-a")
            .arg(root.join(part))
            .arg(&copy)
            .status()?;
        if !status.success() {
            return Err(format!("{part} can't be copied").into());
        }
    }
    if noticed(&copy)? != Some(false) {
        return Err("the tests fail as it is".into());
    }
    let mut left = 0;
    for mutation in MUTATIONS {
        let end = match tried(&copy, mutation)? {
            Some(true) => "noticed",
            Some(false) => "NOT NOTICED",
            None => "DOES NOT BUILD",
        };
        left += usize::from(end != "noticed");
        println!("{end:14} {}", mutation.opens);
    }
    println!("{} mutations, {left} not noticed", MUTATIONS.len());
    Ok(ExitCode::from(u8::from(left > 0)))
}

/// Whether the tests notice a change; nothing when it doesn't build.
fn tried(copy: &Path, mutation: &Mutation) -> Result<Option<bool>, Box<dyn Error>> {
    let file = copy.join(mutation.file);
    let source = std::fs::read_to_string(&file)?;
    let changed = source.replacen(mutation.from, mutation.to, 1);
    if changed == source {
        return Err(format!("{}: there is no {}", mutation.file, mutation.from).into());
    }
    std::fs::write(&file, changed)?;
    let noticed = noticed(copy);
    std::fs::write(&file, source)?;
    noticed
}

/// Whether the tests of canaries fail; nothing when they don't build.
fn noticed(copy: &Path) -> Result<Option<bool>, Box<dyn Error>> {
    let cargo = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .args(["test", "--locked", "-p", "opwire-tests", "--test", "it"])
            .args(arguments)
            .current_dir(copy)
            .env("CARGO_TARGET_DIR", copy.join("target"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    if !cargo(&["--no-run"])?.success() {
        return Ok(None);
    }
    let tests = ["--", "canaries::", "--skip", "mutation"];
    Ok(Some(!cargo(&tests)?.success()))
}
