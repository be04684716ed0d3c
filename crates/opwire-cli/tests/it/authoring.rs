//! docs/authoring.md, as a newcomer follows it: files are written, commands run and their output compared.

use crate::{command, root};
use std::path::Path;
use std::process::Command;

enum Step {
    Write {
        file: String,
        text: String,
    },
    Run {
        line: String,
        code: i32,
        output: String,
    },
}

/// The fenced blocks: `yaml PATH` is a file, `console` commands with what they print.
fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for block in text.split("\n```").skip(1).step_by(2) {
        let (info, body) = block.split_once('\n').unwrap_or((block, ""));
        match info.split_once(' ') {
            Some(("yaml", file)) => steps.push(Step::Write {
                file: file.to_owned(),
                text: format!("{body}\n"),
            }),
            _ if info == "console" => {
                let mut lines = body.lines();
                let line = lines.next().unwrap().strip_prefix("$ ").unwrap().to_owned();
                let mut rest: Vec<&str> = lines.collect();
                let code = rest.first().and_then(|line| line.strip_prefix("? "));
                let code = code.map(|code| code.parse().unwrap());
                if code.is_some() {
                    rest.remove(0);
                }
                let (code, output) = (code.unwrap_or(0), rest.join("\n"));
                steps.push(Step::Run { line, code, output });
            }
            _ => panic!("a block that no test runs: {info}"),
        }
    }
    steps
}

fn run(dir: &Path, line: &str) -> (i32, String) {
    let binary = command().get_program().to_owned();
    let folder = Path::new(&binary).parent().unwrap().to_owned();
    let mut shell = Command::new("sh");
    for (name, value) in command().get_envs() {
        shell.env(name, value.unwrap());
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::split_paths(&paths).collect::<Vec<_>>();
    let paths = std::iter::once(folder).chain(paths);
    let output = shell
        .env("PATH", std::env::join_paths(paths).unwrap())
        .current_dir(dir)
        .args(["-c", &format!("exec 2>&1; {line}")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text.trim_end().to_owned())
}

#[test]
fn a_newcomer_can_follow_it() {
    let text = std::fs::read_to_string(root().join("docs/authoring.md")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut commands = 0;
    for step in steps(&text) {
        match step {
            Step::Write { file, text } => {
                let file = dir.path().join(file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, text).unwrap();
            }
            Step::Run { line, code, output } => {
                let (ended, told) = run(dir.path(), &line);
                assert_eq!(told, output.trim_end(), "$ {line}");
                assert_eq!(ended, code, "$ {line}");
                commands += 1;
            }
        }
    }
    assert!(commands >= 11, "{commands}");
}
