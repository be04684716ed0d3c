//! The schemas for editors are those of the types, and every file of the repository fits them.

use crate::root;
use opwire::manifest::{connector_schema, example_schema, operation_schema, parse_yaml};
use opwire_tests::corpus;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn generated() -> [(&'static str, Value); 3] {
    [
        ("connector", connector_schema()),
        ("operation", operation_schema()),
        ("example", example_schema()),
    ]
}

/// Run with `OPWIRE_WRITE_SCHEMAS=1` to write them anew.
#[test]
fn the_schemas_are_fresh() {
    for (name, schema) in generated() {
        let file = root().join(format!("schemas/{name}.schema.json"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("OPWIRE_WRITE_SCHEMAS").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == text,
            "{} is not fresh: OPWIRE_WRITE_SCHEMAS=1 cargo test -p opwire-tests schemas",
            file.display()
        );
    }
}

#[test]
fn every_file_fits_its_schema() {
    let validators =
        generated().map(|(name, schema)| (name, jsonschema::validator_for(&schema).unwrap()));
    let mut count = 0;
    for connectors in [root().join("operations"), root().join("tests/connectors")] {
        for entry in std::fs::read_dir(connectors).unwrap() {
            let dir = entry.unwrap().path();
            for (folder, kind) in [
                ("", "connector"),
                ("main", "operation"),
                ("ddl", "operation"),
                ("examples", "example"),
            ] {
                for file in yaml(&dir.join(folder)) {
                    let value = parse_yaml(&std::fs::read_to_string(&file).unwrap()).unwrap();
                    let (_, validator) = validators.iter().find(|(name, _)| *name == kind).unwrap();
                    let first = validator.iter_errors(&value).next();
                    assert!(first.is_none(), "{}: {}", file.display(), first.unwrap());
                    let text = std::fs::read_to_string(&file).unwrap();
                    let line = text.lines().next().unwrap();
                    assert!(
                        line.contains(&format!("schemas/{kind}.schema.json")),
                        "{}: {line}",
                        file.display()
                    );
                    count += 1;
                }
            }
        }
    }
    assert!(count > 200, "{count}");
}

/// The same by another validator and another reader of YAML, both written in Python.
#[test]
fn every_file_fits_its_schema_by_an_independent_validator() {
    let validator = corpus::python("jsonschema", "4.26.0").unwrap();
    let reader = corpus::python("ruamel.yaml", "0.18.16").unwrap();
    let output = Command::new("python3")
        .arg(root().join("tests/validate.py"))
        .args([root().join("schemas"), root().join("operations")])
        .arg(root().join("tests/connectors"))
        .env(
            "PYTHONPATH",
            std::env::join_paths([validator, reader]).unwrap(),
        )
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{failed}");
    let count: usize = told.trim().parse().unwrap();
    assert!(count > 300, "{count}");
}

fn yaml(dir: &Path) -> Vec<std::path::PathBuf> {
    let Ok(read) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    read.map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect()
}
