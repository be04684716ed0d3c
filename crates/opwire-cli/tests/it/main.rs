//! Every command as a user types it, and the README's console blocks.

mod lsp;

use std::path::Path;

/// The cases run where `operations` lies, with no credential in the environment.
#[test]
fn commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
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
