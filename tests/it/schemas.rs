//! The schemas for editors are those of the types, and every file of the repository fits them.

use crate::root;
use opwire::manifest::{connector_schema, example_schema, operation_schema, parse_yaml};
use serde_json::Value;
use std::path::Path;

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

fn yaml(dir: &Path) -> Vec<std::path::PathBuf> {
    let Ok(read) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    read.map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect()
}
