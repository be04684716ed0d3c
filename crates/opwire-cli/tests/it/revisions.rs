//! `opwire diff` with a revision of a git repository.

use std::path::Path;
use std::process::{Command, Output};

fn opwire(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opwire"));
    command.current_dir(dir).env("LC_ALL", "C");
    command
}

fn git(dir: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    // Whoever runs the tests may have signing or hooks of their own.
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "t")
            .env(format!("GIT_{who}_EMAIL"), "t@example.com");
    }
    let done = command.current_dir(dir).args(arguments).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn write(file: &Path, text: &str) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

fn operation(required: &str) -> String {
    format!(
        "title: Get\nkind: main\ndescription: Gets.\ninput:\n  type: object\n  required: [{required}]\n  properties: {{ id: {{ type: integer }} }}\nrequest: {{ method: GET, path: \"/{{{{default input.id 0}}}}\" }}\n"
    )
}

/// A repository with a connector below `api/operations`; since its first commit a field must be given.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let shop = dir.path().join("api/operations/shop");
    write(
        &shop.join("connector.yaml"),
        "opwire: 1\nname: shop\ntitle: Shop\ndescription: A shop.\nbase_url: https://shop.example.com\n",
    );
    write(&shop.join("main/get.yaml"), &operation(""));
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "--message", "first"]);
    git(dir.path(), &["tag", "v1"]);
    write(&shop.join("main/get.yaml"), &operation("id"));
    dir
}

fn told(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn a_revision_is_compared_with_what_is_there_now() {
    let repository = repository();
    let root = repository.path();
    let index = std::fs::read(root.join(".git/index")).unwrap();
    let breaks = "shop.get\n  breaking    input /id: `id` must be given now\n              refused now: {}\n\n1 breaking\n";
    for (dir, arguments) in [
        (root.to_owned(), &["--git", "v1", "api/operations"][..]),
        (root.to_owned(), &["--git", "HEAD", "api/operations/shop"]),
        (
            root.to_owned(),
            &["--git", "v1", "api/operations", "api/operations"],
        ),
        (root.to_owned(), &["v1:api/operations", "api/operations"]),
        (
            root.join("api"),
            &["v1:./operations/shop/", "operations/shop"],
        ),
        (root.join("api/operations"), &["v1:./", "."]),
    ] {
        let done = opwire(&dir).arg("diff").args(arguments).output().unwrap();
        assert_eq!(told(&done), (Some(1), breaks.to_owned()), "{arguments:?}");
    }
    let done = opwire(root)
        .args(["diff", "v1:api/operations", "HEAD:api/operations"])
        .output()
        .unwrap();
    assert_eq!(told(&done), (Some(0), "no changes\n".to_owned()));
    // The repository is as it was.
    assert_eq!(std::fs::read(root.join(".git/index")).unwrap(), index);
}

#[test]
fn what_is_no_revision_is_said() {
    let repository = repository();
    let root = repository.path();
    let outside = tempfile::tempdir().unwrap();
    for (dir, arguments, said) in [
        (
            root,
            &["--git", "v9", "api/operations"][..],
            "git knows no folder `v9:./`",
        ),
        (
            root,
            &["v1:operations", "api/operations"],
            "git knows no folder `v1:operations`",
        ),
        (
            root,
            &["v1:api/operations/shop/connector.yaml", "api"],
            "git knows no folder",
        ),
        (
            root,
            &["--git=--output=x", "api/operations"],
            "is not a revision",
        ),
        (
            root,
            &["--git", "v1", "nowhere"],
            "there is no folder nowhere",
        ),
        (
            outside.path(),
            &["v1:operations", "."],
            "not a git repository",
        ),
    ] {
        let done = opwire(dir)
            .arg("diff")
            .args(arguments)
            .env("GIT_CEILING_DIRECTORIES", "/")
            .output()
            .unwrap();
        let (code, text) = told(&done);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(said), "{text}");
    }
    let done = opwire(root)
        .args(["diff", "--git", "v1", "api/operations"])
        .env("PATH", "")
        .output()
        .unwrap();
    let (code, text) = told(&done);
    assert_eq!(code, Some(2));
    assert!(text.starts_with("error: git is not installed"), "{text}");
}
