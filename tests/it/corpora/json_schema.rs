//! JSON-Schema-Test-Suite (MIT), draft 2020-12, from the source distribution of `PyPI`'s jsonschema: each group is an
//! operation that has the group's schema for its one field, each test an invocation of it.

use super::{CONNECTOR, Kept, Tally, engine, text};
use opwire::{Catalog, Error, Output};
use opwire_tests::corpus;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// What a manifest's schema can't have, as a part of what the loader says, and how many groups have it.
const REFUSED: [(&str, usize); 5] = [
    // `$id`, `$anchor`, `$dynamicRef`, `$dynamicAnchor`: a schema is one document, its references pointers.
    ("can't stand in a manifest's schema", 46),
    // Nothing is retrieved.
    ("leads to no file of the connector's folder", 17),
    // `#foo` of an anchor, under `properties/v` here.
    ("`#/properties/vfoo` leads to nothing", 1),
    // Recursion: an input alone could make the validator run for ever.
    ("leads back to itself", 2),
    // Formats that nothing checks here are refused, not passed over.
    ("Unknown format", 2),
];

/// Where Opwire means something else than the suite: a part of the test's name, and how many tests.
const DIFFERS: [(&str, usize); 3] = [
    // `format` is an assertion here, which JSON Schema leaves open; so the suite's optional tests of formats hold.
    ("is only an annotation by default", 17),
    // Defaults are filled in, then checked like any other value.
    ("still valid when the invalid default is used", 2),
    ("missing properties are not filled in with the default", 1),
];

struct Group {
    /// `file: description`
    name: String,
    schema: Value,
    tests: Vec<Value>,
}

fn groups(folder: &Path) -> Vec<Group> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    files.sort();
    let mut groups = Vec::new();
    for file in files {
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let read: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for group in read {
            let mut schema = moved(&group["schema"]);
            if let Some(map) = schema.as_object_mut() {
                map.shift_remove("$schema");
            }
            groups.push(Group {
                name: format!("{stem}: {}", text(&group, "description")),
                schema,
                tests: group["tests"].as_array().unwrap().clone(),
            });
        }
    }
    groups
}

/// The schema as it stands one level down, under a property: its references to itself lead there.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(to)) => {
                    let to = to
                        .strip_prefix('#')
                        .map_or(to.clone(), |to| format!("#/properties/v{to}"));
                    (key.clone(), Value::from(to))
                }
                ("enum" | "const" | "default" | "examples", _) => (key.clone(), value.clone()),
                _ => (key.clone(), moved(value)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(moved).collect(),
        other => other.clone(),
    }
}

/// A folder with an operation for each group.
fn folder(groups: &[Group]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("c/main");
    std::fs::create_dir_all(&main).unwrap();
    std::fs::write(dir.path().join("c/connector.yaml"), CONNECTOR).unwrap();
    for (at, group) in groups.iter().enumerate() {
        let manifest = json!({
            "title": "G", "kind": "main", "description": "G",
            "input": {"type": "object", "properties": {"v": group.schema}, "additionalProperties": false},
            "request": {"method": "POST", "path": "/g", "body": {"json": "{{input.v}}"}},
        });
        std::fs::write(main.join(format!("g{at}.yaml")), manifest.to_string()).unwrap();
    }
    dir
}

/// The groups that the loader refuses, as group → why, taken out of the folder.
fn refused(dir: &Path) -> BTreeMap<usize, String> {
    let mut refused = BTreeMap::new();
    for found in Catalog::check(dir) {
        if found.severity == opwire::Severity::Error {
            let stem = found.file.file_stem().unwrap().to_str().unwrap();
            let at: usize = stem[1..].parse().unwrap();
            assert!(found.span.line > 0, "{found}");
            drop(std::fs::remove_file(&found.file));
            refused.entry(at).or_insert(found.message);
        }
    }
    refused
}

/// Runs every test of every group that the loader takes.
#[derive(Default)]
struct Run {
    tally: Tally,
    groups: usize,
    refused: [usize; REFUSED.len()],
    differ: [usize; DIFFERS.len()],
    valid: usize,
    invalid: usize,
}

impl Run {
    async fn all(folder_of_groups: &Path) -> Self {
        let mut run = Self::default();
        let groups = groups(folder_of_groups);
        run.groups = groups.len();
        let dir = folder(&groups);
        let refused = refused(dir.path());
        for (at, why) in &refused {
            match REFUSED.iter().position(|(part, _)| why.contains(part)) {
                Some(reason) => run.refused[reason] += 1,
                None => run
                    .tally
                    .expect(false, || format!("refused {}: {why}", groups[*at].name)),
            }
        }
        let transport = Kept::new("null");
        let engine = engine(Catalog::open(dir.path()).unwrap(), transport.clone());
        for (at, group) in groups
            .iter()
            .enumerate()
            .filter(|(at, _)| !refused.contains_key(at))
        {
            for test in &group.tests {
                let name = format!("{}: {}", group.name, text(test, "description"));
                let answer = engine
                    .invoke(&format!("g{at}"), json!({"v": test["data"]}))
                    .await;
                run.check(
                    &name,
                    test["valid"] == true,
                    &answer,
                    transport.take().len(),
                );
            }
        }
        run
    }

    fn check(&mut self, name: &str, expected: bool, answer: &Result<Output, Error>, sent: usize) {
        match answer {
            Ok(_) => {
                self.valid += 1;
                self.tally
                    .expect(sent == 1, || format!("{name}: sent {sent}"));
            }
            Err(error) => {
                self.invalid += 1;
                let typed = error.kind().as_str() == "input_invalid" && sent == 0;
                let placed = error
                    .violations()
                    .iter()
                    .all(|found| found.pointer.starts_with("/v"));
                let placed = placed && !error.violations().is_empty();
                self.tally
                    .expect(typed && placed, || format!("{name}: {error}, sent {sent}"));
            }
        }
        if answer.is_ok() != expected {
            match DIFFERS.iter().position(|(part, _)| name.contains(part)) {
                Some(reason) => self.differ[reason] += 1,
                None => self.tally.expect(false, || format!("{name}: {answer:?}")),
            }
        }
    }
}

#[tokio::test]
async fn json_schema_test_suite() {
    let suite = corpus::pypi("jsonschema", "4.26.0")
        .unwrap()
        .join("json/tests/draft2020-12");
    let run = Run::all(&suite).await;
    run.tally.finish();
    assert_eq!(run.refused, REFUSED.map(|(_, count)| count));
    assert_eq!(run.differ, DIFFERS.map(|(_, count)| count));
    assert_eq!((run.groups, run.valid, run.invalid), (368, 634, 464));
}

/// The optional part of the suite: formats.
#[tokio::test]
async fn json_schema_test_suite_of_formats() {
    let suite = corpus::pypi("jsonschema", "4.26.0")
        .unwrap()
        .join("json/tests/draft2020-12/optional/format");
    let run = Run::all(&suite).await;
    run.tally.finish();
    assert_eq!(run.refused, [0, 0, 0, 0, 4]);
    assert_eq!(run.differ, [0; 3]);
    assert_eq!((run.groups, run.valid, run.invalid), (22, 241, 168));
}
