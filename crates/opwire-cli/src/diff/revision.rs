//! A folder as it is in a revision, by the `git` client.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Lays a tree of a revision (`REV:PATH`, as git reads it where `at` is) out in a folder of its own, which goes when the
/// first that is given is dropped; the second is the tree's folder, under its own name.
///
/// Neither the repository's index nor its files are touched: the tree is read into an index beside it.
pub(super) fn lay_out(at: &Path, tree: &str) -> Result<(TempDir, PathBuf), String> {
    if tree.starts_with('-') {
        return Err(format!("`{tree}` is not a revision"));
    }
    if !at.is_dir() {
        return Err(format!("there is no folder {}", at.display()));
    }
    let dir =
        TempDir::new().map_err(|error| format!("no temporary folder can be made: {error}"))?;
    let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    let id = said(&git(at, &[&arguments[..], &[tree]].concat())?);
    let is_tree = !id.is_empty() && said(&git(at, &["cat-file", "-t", &id])?) == "tree";
    if !is_tree {
        let inside = git(at, &["rev-parse", "--git-dir"])?;
        if inside.status.success() {
            return Err(format!(
                "git knows no folder `{tree}`: write REV:PATH with the path from the repository's root, or --git REV PATH"
            ));
        }
        let why = String::from_utf8_lossy(&inside.stderr);
        let at = at.display();
        return Err(format!("git can't read {at}: {}", why.trim()));
    }
    // From the repository's root: else what is below the folder at hand is laid out alone.
    let root = match said(&git(at, &["rev-parse", "--show-toplevel"])?) {
        root if root.is_empty() => at.to_owned(),
        root => PathBuf::from(root),
    };
    let index = dir.path().join("index");
    // A connector's folder has its name.
    let into = dir.path().join(name(at, tree));
    let prefix = format!("--prefix={}/", into.display());
    for arguments in [
        &["read-tree", &id][..],
        &["checkout-index", "--all", "--quiet", &prefix],
    ] {
        let done = run(command(&root, arguments).env("GIT_INDEX_FILE", &index))?;
        if !done.status.success() {
            let why = String::from_utf8_lossy(&done.stderr);
            let what = arguments.first().unwrap_or(&"");
            return Err(format!("git {what}: {}", why.trim()));
        }
    }
    Ok((dir, into))
}

/// The name of the tree's folder.
fn name(at: &Path, tree: &str) -> String {
    let path = tree.split_once(':').map_or("", |(_, path)| path);
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let name = match last {
        "" | "." => std::path::absolute(at)
            .ok()
            .and_then(|at| Some(at.file_name()?.to_string_lossy().into_owned())),
        name => Some(name.to_owned()),
    };
    name.unwrap_or_else(|| "operations".to_owned())
}

fn command(at: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(at).args(arguments);
    command
}

fn git(at: &Path, arguments: &[&str]) -> Result<Output, String> {
    run(&mut command(at, arguments))
}

/// What a command wrote, where it succeeded.
fn said(output: &Output) -> String {
    if !output.status.success() {
        return String::new();
    }
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn run(command: &mut Command) -> Result<Output, String> {
    command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "git is not installed, and a revision is read by it: install it, or give two folders"
                .to_owned()
        }
        _ => format!("git can't be run: {error}"),
    })
}
