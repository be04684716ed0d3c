//! What the fuzzers kept holds, and every target has all that belongs to it.

use crate::root;
use opwire_tests::fuzz::{TARGETS, run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    entries.map(|entry| stem(entry.unwrap().path())).collect()
}

#[test]
fn every_target_has_a_fuzzer_a_corpus_and_a_dictionary() {
    let fuzz = root().join("tests/fuzz");
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for folder in ["fuzz_targets", "corpus", "dictionaries"] {
        assert_eq!(names(&fuzz.join(folder)), targets, "{folder}");
    }
    let workspace = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for target in &targets {
        // What the fuzzer runs is what is run here.
        let file = format!("fuzz_targets/{target}.rs");
        let text = std::fs::read_to_string(fuzz.join(&file)).unwrap();
        assert_eq!(
            text,
            format!(
                "#![no_main]\n\nlibfuzzer_sys::fuzz_target!(|data: &[u8]| opwire_tests::fuzz::run(\"{target}\", data));\n"
            )
        );
        assert!(
            workspace.contains(&format!("path = \"{file}\"")),
            "{target}"
        );
    }
}

#[test]
fn what_the_fuzzers_kept_holds() {
    let mut told = Vec::new();
    for (target, run) in TARGETS {
        let folder = root().join("tests/fuzz/corpus").join(target);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() >= 20, "{target}");
        for file in &files {
            let data = std::fs::read(file).unwrap();
            let held = std::panic::catch_unwind(|| run(&data));
            assert!(held.is_ok(), "{}", file.display());
        }
        told.push(format!("{target} {}", files.len()));
    }
    println!("{}", told.join(", "));
}

/// A target that could not fail would prove nothing.
#[test]
#[should_panic(expected = "a target of this name")]
fn an_unknown_target_is_an_error() {
    run("nothing", b"");
}
