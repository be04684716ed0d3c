//! SECURITY.md names tests that are there.

use crate::root;
use std::path::PathBuf;

/// The file of a test's module: one of these tests, or of the crate `opwire`.
fn file_of(module: &str) -> PathBuf {
    let (folder, module) = match module.strip_prefix("opwire::") {
        Some(module) => ("crates/opwire/src", module),
        None => ("tests/it", module),
    };
    let path = root().join(folder).join(module.replace("::", "/"));
    let file = path.with_extension("rs");
    if file.is_file() {
        file
    } else {
        path.join("mod.rs")
    }
}

#[test]
fn every_promise_is_held_by_a_test() {
    let document = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (_, promises) = document.split_once("\n## What is promised\n").unwrap();
    let rows = promises
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2);
    let mut named = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, _, held_by] = cells[..] else {
            panic!("{row}");
        };
        for name in held_by.split('`').skip(1).step_by(2) {
            named += 1;
            let Some((module, test)) = name.rsplit_once("::") else {
                assert!(root().join(name).is_file(), "there is no {name}");
                continue;
            };
            let file = file_of(module);
            let source = std::fs::read_to_string(&file)
                .unwrap_or_else(|error| panic!("{name}: {}: {error}", file.display()));
            let there = source.contains(&format!("fn {test}("));
            assert!(there, "there is no test {name}");
        }
        assert!(held_by.contains('`'), "nothing holds: {row}");
    }
    assert!(named >= 30, "{named}");
}
