//! `opwire check` and `explain`: mends, forms of findings, watching, and docs/checks.md.

use crate::{command, root, shop};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn check(dir: &Path, args: &[&str]) -> Output {
    let mut command = command();
    command.current_dir(dir).arg("check").arg("shop").args(args);
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The shop with two faults, one of which can be mended, and no examples.
fn faulty() -> tempfile::TempDir {
    let dir = shop();
    let file = dir.path().join("shop/main/get_order.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("input.order_id}}", "input.oder_id}}");
    std::fs::write(&file, text.replace("method: GET", "method: FETCH")).unwrap();
    dir
}

#[test]
fn docs_checks_md_is_fresh() {
    let output = command().args(["explain", "--markdown"]).output().unwrap();
    let file = root().join("docs/checks.md");
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(
        committed == out(&output),
        "run: cargo run -q -- explain --markdown > docs/checks.md"
    );
}

#[test]
fn explain_covers_every_code() {
    for rule in opwire::rules() {
        let output = command()
            .args(["explain", rule.code.as_str()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", rule.code);
        let text = out(&output);
        assert!(
            text.starts_with(rule.code.as_str()) && text.contains("Right ("),
            "{text}"
        );
    }
    let output = command()
        .args(["explain", "no-such-code"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn fix_mends_what_is_certain_and_tells_the_rest() {
    let dir = faulty();
    let output = check(dir.path(), &["--fix"]);
    assert_eq!(output.status.code(), Some(1));
    let text = err(&output);
    assert!(text.starts_with("mended 1 fault\n"), "{text}");
    assert!(
        text.contains("wrong-value") && !text.contains("unknown-path"),
        "{text}"
    );
    let file = dir.path().join("shop/main/get_order.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("/orders/{{input.order_id}}"), "{text}");
    let files = std::fs::read_dir(dir.path().join("shop/main")).unwrap();
    assert_eq!(files.count(), 1, "nothing is left beside the file");
}

#[test]
fn warnings_fail_only_when_they_are_denied() {
    let dir = shop();
    assert_eq!(check(dir.path(), &[]).status.code(), Some(0));
    let denied = check(dir.path(), &["--deny", "warnings"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(err(&denied).contains("missing-example"));
}

#[test]
fn sarif_has_the_rule_the_place_and_the_mend() {
    let dir = faulty();
    let output = check(dir.path(), &["--format", "sarif"]);
    let document: Value = serde_json::from_str(&out(&output)).unwrap();
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    let found = results
        .iter()
        .find(|r| r["ruleId"] == "unknown-path")
        .unwrap();
    let index = usize::try_from(found["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "unknown-path");
    let place = &found["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "shop/main/get_order.yaml");
    let region = &place["region"];
    assert_eq!(
        (
            &region["startLine"],
            &region["startColumn"],
            &region["endColumn"]
        ),
        (&12.into(), &20.into(), &33.into())
    );
    let replaced = &found["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replaced["insertedContent"]["text"], "input.order_id");
}

#[test]
fn github_commands_are_one_line_each() {
    let dir = faulty();
    let output = check(dir.path(), &["--format", "github"]);
    let text = out(&output);
    let line = text
        .lines()
        .find(|line| line.contains("unknown-path"))
        .unwrap();
    assert_eq!(
        line,
        "::error file=shop/main/get_order.yaml,line=12,endLine=12,col=20,endColumn=33,title=unknown-path::\
         `input.oder_id` can't exist: there is no `oder_id` in the schema%0Ahelp: did you mean `input.order_id`?"
    );
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
}

#[test]
fn watch_checks_again_after_a_change_and_ends_when_told() {
    let dir = faulty();
    let mut child = command()
        .current_dir(dir.path())
        .args(["check", "shop", "--watch"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |end: &str| {
        let mut told = Vec::new();
        for line in &mut lines {
            let line = line.unwrap();
            told.push(line.clone());
            if line.contains(end) {
                break;
            }
        }
        told.join("\n")
    };
    let first = until("waiting for changes");
    assert!(first.contains("unknown-path"), "{first}");
    let fixed = shop();
    let right = fixed.path().join("shop/main/get_order.yaml");
    let text = std::fs::read_to_string(right).unwrap();
    std::fs::write(dir.path().join("shop/main/get_order.yaml"), text).unwrap();
    let second = until("waiting for changes");
    assert!(!second.contains("unknown-path"), "{second}");
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
