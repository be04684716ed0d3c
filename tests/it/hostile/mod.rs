//! Hostile manifests: each is refused at its place, at once, by a process that lives.

mod egress;
mod schema;
mod template;
mod yaml;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const CONNECTOR: &str = "
opwire: 1
name: c
title: C
description: C
base_url: https://c.example.com
credentials: { type: object, properties: { token: { type: string } } }
auth: { bearer: { token: '{{credentials.token}}' } }
";

/// A manifest and the code of a fault that it must be refused with.
struct Hostile {
    name: String,
    code: &'static str,
    connector: Vec<u8>,
    operation: Vec<u8>,
}

/// An operation's file.
fn operation(code: &'static str, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Hostile {
    Hostile {
        name: name.into(),
        code,
        connector: CONNECTOR.into(),
        operation: text.into(),
    }
}

/// An operation with one part in place of another.
fn changed(code: &'static str, name: impl Into<String>, part: &str, value: Value) -> Hostile {
    let mut manifest = json!({"title": "T", "kind": "main", "description": "T", "request": {"method": "GET", "path": "/x"}});
    let (parent, key) = part.rsplit_once('/').unwrap();
    if manifest.pointer(parent).is_none() {
        manifest[&parent[1..]] = json!({});
    }
    manifest.pointer_mut(parent).unwrap()[key] = value;
    operation(code, name, manifest.to_string())
}

/// Far above the 0.1 s that a release build keeps on a machine of its own: this build is for tests, and other work shares
/// the machine. What blows up does not end at all.
const MOST_MICROS: u64 = 5_000_000;
/// For the whole process.
const MOST_KIB: u64 = 64 * 1024;

/// Why a case does not hold, how long loading took, in microseconds, and the most resident memory, in KiB.
fn check(case: &Hostile) -> (Option<String>, u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("c/main");
    std::fs::create_dir_all(&main).unwrap();
    std::fs::write(dir.path().join("c/connector.yaml"), &case.connector).unwrap();
    std::fs::write(main.join("x.yaml"), &case.operation).unwrap();
    load(dir.path(), case)
}

fn load(dir: &Path, case: &Hostile) -> (Option<String>, u64, u64) {
    let output = Command::new(env!("CARGO_BIN_EXE_check"))
        .arg(dir)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let mut lines = told.lines();
    let first = lines.next().and_then(|line| line.split_once(' '));
    let (took, held) = first.unwrap_or(("0", "0"));
    let (took, held): (u64, u64) = (took.parse().unwrap(), held.parse().unwrap());
    let faults: Vec<&str> = lines.collect();
    let placed = faults.iter().all(|fault| {
        !fault
            .split(' ')
            .nth(1)
            .is_some_and(|place| place.ends_with(":0"))
    });
    let coded = faults
        .iter()
        .any(|fault| fault.split(' ').next() == Some(case.code));
    let wrong = match output.status.code() {
        None => Some("killed the process".to_owned()),
        Some(1) => Some("was accepted".to_owned()),
        Some(0) if !placed || !coded => Some(format!("{faults:.3?}")),
        Some(0) if took > MOST_MICROS => Some(format!("took {took} µs")),
        Some(0) if held > MOST_KIB => Some(format!("held {held} KiB")),
        Some(0) => None,
        Some(code) => Some(format!("exited with {code}")),
    };
    (wrong, took, held)
}

fn run(cases: &[Hostile], at_least: usize) {
    assert!(cases.len() >= at_least, "{}", cases.len());
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (wrong, took, held) = check(case);
            done.lock().unwrap().push((took, held, &case.name, wrong));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort();
    let (slowest, _, name, _) = done.last().unwrap();
    let held = done.iter().map(|(_, held, ..)| held).max().unwrap();
    println!(
        "{} refused; the slowest, {name}, in {slowest} µs; at most {held} KiB",
        done.len()
    );
    let wrong: Vec<String> = done
        .iter()
        .filter_map(|(_, _, name, wrong)| wrong.as_ref().map(|wrong| format!("{name}: {wrong}")))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn hostile_yaml() {
    run(&yaml::cases(), 40);
}

#[test]
fn hostile_templates() {
    run(&template::cases(), 60);
}

#[test]
fn hostile_schemas() {
    run(&schema::cases(), 30);
}

#[test]
fn hostile_auth_and_egress() {
    run(&egress::cases(), 20);
}
