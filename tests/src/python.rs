//! Python programs that tests run, from `PyPI`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of a package of `PyPI` at this version, with all that it needs: what `PYTHONPATH` is set to. It is installed
/// when it is first asked for.
#[must_use]
pub fn packages(name: &str, version: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let corpora = root.unwrap_or(Path::new(".")).join("target/corpora");
    let folder = corpora.join(format!("{name}-{version}"));
    if folder.is_dir() {
        return folder;
    }
    let fresh = corpora.join(format!(".{name}-{}", std::process::id()));
    let output = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--target"])
        .arg(&fresh)
        .arg(format!("{name}=={version}"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{told}; on Debian: apt-get install python3-pip"
    );
    // Another process may have been first: its folder is as good.
    if std::fs::rename(&fresh, &folder).is_err() {
        drop(std::fs::remove_dir_all(&fresh));
    }
    folder
}

/// Is this OpenAPI, by an independent validator's word? What it says when it is not.
#[must_use]
pub fn wrong_in_openapi(document: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("document.json");
    std::fs::write(&file, document).unwrap();
    let output = Command::new("python3")
        .env("PYTHONPATH", packages("openapi-spec-validator", "0.9.0"))
        .args(["-m", "openapi_spec_validator"])
        .arg(&file)
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).chars().take(4_000).collect();
    (!output.status.success()).then_some(told)
}
