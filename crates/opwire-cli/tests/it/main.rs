//! Every command as a user types it, and the README's console blocks; how a command ends, and what it never writes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "tests may"
)]

mod agents;
mod authoring;
mod checks;
mod deploy;
mod import;
#[cfg(unix)]
mod keys;
mod load;
mod lsp;
mod new;
mod record;
mod results;
mod revisions;
mod schemathesis;
mod secrets;
#[cfg(unix)]
mod serve;
mod service;
#[cfg(unix)]
mod stop;
#[cfg(unix)]
mod telling;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The command, with no credential in its environment.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opwire"));
    command
        .env("OPWIRE_CREDENTIALS_FILE", "")
        .env("OPWIRE_SALESLOFT_ACCESS_TOKEN", "")
        .env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

/// A folder with a small connector, `shop`, that has no examples.
fn shop() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for case in opwire::SHOP {
        let file = dir.path().join("shop").join(case.file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, case.bytes()).unwrap();
    }
    dir
}

/// The cases run where `operations` lies, with no credential in the environment.
#[test]
fn commands() {
    let root = root();
    let cases = trycmd::TestCases::new();
    cases
        .env(
            "OPWIRE_OPERATIONS",
            root.join("operations").to_string_lossy(),
        )
        .env("OPWIRE_CREDENTIALS_FILE", "")
        .env("OPWIRE_SALESLOFT_ACCESS_TOKEN", "")
        .env("XDG_CONFIG_HOME", "/nonexistent");
    cases.case("tests/cmd/*.trycmd");
    // `cargo run -q --` is the command itself.
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap_or_default();
    let text = readme.replace("$ cargo run -q -- ", "$ opwire ");
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.md");
    if std::fs::write(&dir, text).is_ok() {
        cases.case(dir);
    }
}
