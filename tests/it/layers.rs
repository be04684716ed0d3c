//! Crates depend in one direction, and the steps of an invocation know only earlier ones.

use crate::root;
use std::path::Path;

/// The steps in their order. `request` and `transport` are folders too.
const STEPS: [&str; 8] = [
    "input",
    "request",
    "auth",
    "egress",
    "send",
    "transport",
    "response",
    "output",
];
/// What stands above the steps.
const ABOVE: [&str; 7] = [
    "author", "engine", "options", "walk", "catalog", "check", "compare",
];

fn sources(path: &Path, into: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), into);
        }
    } else if path.extension().is_some_and(|end| end == "rs") {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        into.push((path.display().to_string(), code));
    }
}

#[test]
fn each_step_imports_only_earlier_ones() {
    let src = root().join("crates/opwire/src");
    for (rank, step) in STEPS.iter().enumerate() {
        let mut files = Vec::new();
        for path in [src.join(format!("{step}.rs")), src.join(step)]
            .iter()
            .filter(|path| path.exists())
        {
            sources(path, &mut files);
        }
        assert!(!files.is_empty(), "{step}");
        for (file, code) in files {
            for later in STEPS[rank + 1..].iter().chain(&ABOVE) {
                // `transport` is a name that send.rs gets, not a module it decides about.
                let allowed = *step == "send" && *later == "transport";
                assert!(
                    allowed || !code.contains(&format!("crate::{later}::")),
                    "{file} knows the later step {later}"
                );
            }
        }
    }
}

#[test]
fn the_pure_steps_touch_no_clock_network_or_environment() {
    let src = root().join("crates/opwire/src");
    let mut files = Vec::new();
    for name in [
        "input.rs",
        "request.rs",
        "request",
        "response.rs",
        "output.rs",
        "page.rs",
        "template",
        "schema",
        "compare",
    ] {
        sources(&src.join(name), &mut files);
    }
    for (file, code) in files {
        for word in [
            "Instant::now",
            "SystemTime",
            "tokio::",
            "reqwest",
            "std::env",
            "std::fs",
            "new_v4",
            "rand::",
        ] {
            assert!(!code.contains(word), "{file} uses {word}");
        }
    }
}

#[test]
fn crates_depend_in_one_direction() {
    let allowed = [
        ("opwire", &[][..]),
        ("opwire-openapi", &["opwire"][..]),
        ("opwire-testkit", &["opwire"][..]),
        ("opwire-lsp", &["opwire"][..]),
        ("opwire-server", &["opwire", "opwire-openapi"][..]),
        (
            "opwire-cli",
            &[
                "opwire",
                "opwire-lsp",
                "opwire-openapi",
                "opwire-server",
                "opwire-testkit",
            ][..],
        ),
    ];
    for (name, allowed) in allowed {
        let text =
            std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let dependencies = text
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        for line in dependencies
            .lines()
            .filter(|line| line.starts_with("opwire"))
        {
            let dependency = line.split(['.', ' ', '=']).next().unwrap();
            assert!(
                allowed.contains(&dependency),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn nothing_of_a_connector_is_in_rust() {
    let catalog = crate::catalog();
    let connectors: Vec<&str> = catalog.connectors().map(|c| c.name()).collect();
    assert!(connectors.len() >= 3);
    for name in [
        "opwire",
        "opwire-openapi",
        "opwire-testkit",
        "opwire-lsp",
        "opwire-server",
        "opwire-cli",
    ] {
        let mut files = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut files);
        for (file, code) in files {
            // Findings can be told in GitHub's form, whatever connectors there are.
            let form = |name: &&str| *name == "github" && file.contains("/opwire-cli/");
            for line in code.lines().filter(|line| {
                let mut names = connectors.iter().filter(|name| !form(name));
                names.any(|name| line.to_lowercase().contains(name))
            }) {
                let comment = line.trim_start().starts_with("//");
                assert!(comment, "{file}: {line}");
            }
        }
    }
}

#[test]
fn secrets_are_read_in_one_place() {
    let mut files = Vec::new();
    sources(&root().join("crates/opwire/src"), &mut files);
    for (file, code) in files {
        let places = [
            "/src/auth.rs",
            "/src/auth/",
            "/src/redact.rs",
            "/src/schema/secrets.rs",
            "/src/secret.rs",
        ];
        let may = places.iter().any(|place| file.contains(place));
        assert!(may || !code.contains(".expose("), "{file} reads a secret");
    }
}
