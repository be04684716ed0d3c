//! Two versions of connectors compared: each class of change has its grade and its place.

mod cases;
mod connector;

use crate::made::Made;
use crate::root;
use cases::CASES;
use connector::{CONNECTOR, EXAMPLES, OPERATIONS};
use opwire::{Aspect, Catalog, Comparison, Engine, ErrorKind, Grade};
use serde_json::Value;
use std::collections::BTreeSet;

/// Edits of one version, and the changes that they are: `grade aspect place`, and who shows it.
struct Case {
    what: &'static str,
    /// (file, what stands there, what stands there now). Nothing stands for the whole file; an empty one is removed.
    edits: &'static [(&'static str, &'static str, &'static str)],
    changes: &'static [&'static str],
}

fn made() -> Made {
    let made = Made::new(CONNECTOR, OPERATIONS);
    for (name, text) in EXAMPLES {
        made.write(&format!("examples/{name}.yaml"), text);
    }
    made
}

fn edited(case: &Case) -> Made {
    let made = made();
    for (file, from, to) in case.edits {
        let path = made.path().join("t").join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(from), "{}: {file} has no {from}", case.what);
        let text = if from.is_empty() {
            (*to).to_owned()
        } else {
            text.replacen(from, to, 1)
        };
        if text.is_empty() {
            std::fs::remove_file(path).unwrap();
        } else {
            made.write(file, &text);
        }
    }
    made
}

async fn compare(old: &Catalog, new: &Catalog) -> Comparison {
    opwire_testkit::compare(old, new).await.unwrap()
}

fn told(comparison: &Comparison) -> Vec<String> {
    let each = comparison.changes().iter().map(|change| {
        let operation = change.operation.as_deref().unwrap_or("-");
        let mut line = format!(
            "{} {operation} {} {}",
            change.grade, change.aspect, change.pointer
        );
        if let Some(witness) = &change.witness {
            line.push_str(&format!(" <- {witness}"));
        }
        if let Some(example) = &change.example {
            line.push_str(&format!(" by {example}"));
        }
        line
    });
    each.collect()
}

#[tokio::test]
async fn each_class_of_change_has_its_grade_and_place() {
    let base = made();
    let old = base.catalog();
    let before = engine(&old);
    let (mut wrong, mut shown) = (Vec::new(), 0);
    for case in CASES {
        let new = edited(case).catalog();
        let comparison = compare(&old, &new).await;
        let told = told(&comparison);
        if told != case.changes {
            wrong.push(format!("{}:\n{}", case.what, told.join("\n")));
        }
        shown += check_witnesses(&comparison, &before, &engine(&new));
    }
    assert!(shown >= 16, "{shown}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The gate: every class of change that breaks callers is seeded, and found.
#[test]
fn every_aspect_and_grade_is_seeded() {
    let lines = || CASES.iter().flat_map(|case| case.changes);
    let aspects: BTreeSet<&str> = lines().filter_map(|line| line.split(' ').nth(2)).collect();
    for aspect in [
        Aspect::Presence,
        Aspect::Kind,
        Aspect::Effect,
        Aspect::Idempotency,
        Aspect::Method,
        Aspect::Url,
        Aspect::Query,
        Aspect::Headers,
        Aspect::Body,
        Aspect::Input,
        Aspect::Default,
        Aspect::Secret,
        Aspect::Options,
        Aspect::Output,
        Aspect::Response,
        Aspect::Pagination,
        Aspect::Errors,
        Aspect::Credentials,
        Aspect::Auth,
        Aspect::Egress,
        Aspect::Limits,
        Aspect::Text,
    ] {
        assert!(aspects.contains(aspect.as_str()), "{aspect}");
    }
    for grade in [Grade::Compatible, Grade::Risky, Grade::Breaking] {
        assert!(
            lines().any(|line| line.starts_with(grade.as_str())),
            "{grade}"
        );
    }
}

#[tokio::test]
async fn a_connector_is_its_own_equal() {
    let operations = root().join("operations");
    let copied = Made::copy(&[
        &operations.join("salesloft"),
        &operations.join("github"),
        &operations.join("stripe"),
    ]);
    for (old, new) in [
        (Catalog::open(operations).unwrap(), copied.catalog()),
        (made().catalog(), made().catalog()),
    ] {
        let comparison = compare(&old, &new).await;
        assert_eq!(told(&comparison), [""; 0]);
        assert_eq!(comparison.worst(), None);
    }
}

/// What a witness claims is so: the old version takes it, the new one doesn't.
fn check_witnesses(comparison: &Comparison, old: &Engine, new: &Engine) -> usize {
    let witnesses = comparison.changes().iter().filter(|change| {
        let Some(witness) = &change.witness else {
            return false;
        };
        old.render(&change.name(), witness.clone()).unwrap();
        let refused = new.render(&change.name(), witness.clone()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InputInvalid, "{witness}");
        true
    });
    witnesses.count()
}

fn engine(catalog: &Catalog) -> Engine {
    Engine::builder().catalog(catalog.clone()).build().unwrap()
}

#[test]
fn connectors_come_and_go() {
    let (one, other) = (
        made(),
        Made::copy(&[&root().join("tests/connectors/notes")]),
    );
    let comparison = Comparison::of(&one.catalog(), &other.catalog());
    assert_eq!(
        told(&comparison),
        ["compatible - presence ", "breaking - presence "]
    );
    let names: Vec<String> = comparison
        .changes()
        .iter()
        .map(opwire::Change::name)
        .collect();
    assert_eq!(names, ["notes", "t"]);
    assert_eq!(comparison.worst(), Some(Grade::Breaking));
}

#[tokio::test]
async fn a_renamed_operation_is_guessed() {
    let base = made();
    let case = CASES
        .iter()
        .find(|case| case.what == "an operation is renamed")
        .unwrap();
    let comparison = compare(&base.catalog(), &edited(case).catalog()).await;
    let help = comparison.changes()[0].help.as_deref().unwrap();
    assert_eq!(
        help,
        "`list_all` is new and makes the same request: was it renamed?"
    );
}

#[tokio::test]
async fn a_comparison_serialises_as_its_changes() {
    let base = made();
    let case = CASES
        .iter()
        .find(|case| case.what == "a field of the input is gone")
        .unwrap();
    let comparison = compare(&base.catalog(), &edited(case).catalog()).await;
    let json = serde_json::to_value(&comparison).unwrap();
    let first = &json[0];
    assert_eq!(first["grade"], "breaking");
    assert_eq!(first["connector"], "t");
    assert_eq!(first["operation"], "make");
    assert_eq!(first["aspect"], "input");
    assert_eq!(first["pointer"], "/color");
    assert_eq!(first["message"], "there is no `color` any more");
    assert_eq!(
        first["witness"],
        serde_json::json!({"name": "a", "color": "red"})
    );
    assert_eq!(
        json.as_array().map(Vec::len),
        Some(comparison.changes().len())
    );
    assert!(first.get("help").is_none_or(Value::is_null));
}
