//! The commands in the image, the unit, the compose file and the documentation are the command's own.

use crate::{command, root};
use serde_json::Value;

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// The command takes these arguments: it gets as far as `--help`, which stands last.
fn assert_taken(place: &str, arguments: &[String]) {
    let output = command().args(arguments).arg("--help").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{place}: {arguments:?}: {told}");
}

fn words(of: &Value) -> Vec<String> {
    let word = |word: &Value| word.as_str().unwrap().to_owned();
    of.as_array().unwrap().iter().map(word).collect()
}

/// The JSON array behind a word of the Dockerfile.
fn array(line: &str) -> Vec<String> {
    let start = line.find('[').unwrap();
    words(&serde_json::from_str(&line[start..]).unwrap())
}

#[test]
fn the_image_starts_what_there_is() {
    let dockerfile = text("Dockerfile");
    let last = |word: &str| {
        let line = dockerfile.lines().rfind(|line| line.starts_with(word));
        array(line.unwrap_or_else(|| panic!("no {word}")))
    };
    assert_eq!(last("ENTRYPOINT"), ["/opwire"]);
    assert_taken("CMD", &last("CMD"));
    let health = last("HEALTHCHECK");
    assert_eq!(health[0], "/opwire");
    assert_taken("HEALTHCHECK", &health[1..]);
}

#[test]
fn the_unit_starts_what_there_is() {
    let unit = text("deploy/opwire.service");
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let mut line = line.unwrap().split_whitespace().map(str::to_owned);
    assert_eq!(line.next().unwrap(), "/usr/local/bin/opwire");
    assert_taken("ExecStart", &line.collect::<Vec<_>>());
}

#[test]
fn the_compose_file_starts_what_there_is() {
    let compose: Value = serde_yaml::from_str(&text("deploy/compose.yaml")).unwrap();
    assert_taken("command", &words(&compose["services"]["opwire"]["command"]));
}

/// Each line of a shell block that begins with `opwire`.
#[test]
fn the_documentation_calls_what_there_is() {
    let page = text("docs/serving.md");
    let blocks = page.split("```sh\n").skip(1);
    let lines: Vec<&str> = blocks
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .filter(|line| line.starts_with("opwire "))
        .collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        let line = line.split(" #").next().unwrap();
        let arguments: Vec<String> = line.split_whitespace().skip(1).map(str::to_owned).collect();
        assert_taken("docs/serving.md", &arguments);
    }
}
