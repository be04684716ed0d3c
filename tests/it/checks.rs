//! `opwire check`: every rule's own examples, and what is documented of them.

use crate::root;
use opwire::{Case, Catalog, Code, Diagnostics, Rule, SHOP, rules};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// Writes the connector that rules' examples stand in, with one file in place of its namesake.
pub(crate) fn shop(case: Option<&Case>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let connector = dir.path().join("shop");
    for base in SHOP {
        write(&connector, base);
    }
    if let Some(case) = case {
        write(&connector, case);
    }
    dir
}

fn write(connector: &Path, case: &Case) {
    let file = connector.join(case.file);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, case.bytes()).unwrap();
}

/// The findings of a case; that the made-up operations have no examples is left out.
fn found(case: &Case, rule: &Rule) -> Diagnostics {
    let dir = shop(Some(case));
    let all = Catalog::check(dir.path());
    let kept = all.into_iter().filter(|diagnostic| {
        diagnostic.code != Code::MissingExample || rule.code == Code::MissingExample
    });
    let kept: Diagnostics = kept
        .filter(|diagnostic| {
            rule.code != Code::MissingExample || diagnostic.file.ends_with(case.file)
        })
        .collect();
    kept
}

#[test]
fn every_code_has_a_rule_and_every_rule_holds() {
    let ruled: BTreeSet<Code> = rules().iter().map(|rule| rule.code).collect();
    assert_eq!(ruled, Code::ALL.iter().copied().collect());
    let mut wrong = Vec::new();
    for rule in rules() {
        // What this build can't run, it can't show.
        if rule.code == Code::Unsupported {
            continue;
        }
        let bad = found(&rule.bad, rule);
        let codes: Vec<Code> = bad.iter().map(|diagnostic| diagnostic.code).collect();
        if codes != [rule.code] {
            wrong.push(format!("bad example of {}:\n{bad}", rule.code));
        }
        if rule.code == Code::MissingExample {
            continue;
        }
        let good = found(&rule.good, rule);
        if !good.is_empty() {
            wrong.push(format!("good example of {}:\n{good}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_connector_of_the_examples_is_sound() {
    let dir = shop(None);
    let found = Catalog::check(dir.path());
    assert!(
        found.iter().all(|d| d.code == Code::MissingExample),
        "{found}"
    );
    assert!(root().join("docs/checks.md").is_file());
}
