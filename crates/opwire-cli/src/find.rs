//! The folder of connectors.

use crate::args::{Cli, Command};
use crate::{environment, exit, report, terminal};
use opwire::{Catalog, Connector, Operation};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The one folder that --operations names; only `serve` takes several.
pub(crate) fn only(cli: &Cli) -> Result<Option<&Path>, ExitCode> {
    match (cli.operations.as_slice(), &cli.command) {
        ([_, _, ..], Command::Serve(_)) => Ok(None),
        ([_, _, ..], _) => Err(exit::usage(
            "--operations can be given several times only to `serve`",
        )),
        (named, _) => Ok(named.first().map(PathBuf::as_path)),
    }
}

/// The folder: --operations, else `OPWIRE_OPERATIONS`, else `operations` here or in a folder above.
pub(crate) fn folder(given: Option<&Path>) -> Result<PathBuf, ExitCode> {
    if let Some(dir) = given.map(Path::to_owned).or_else(environment::operations) {
        return if dir.is_dir() {
            Ok(dir)
        } else {
            Err(exit::usage(&format!(
                "there is no folder {}",
                dir.display()
            )))
        };
    }
    let here = std::env::current_dir().unwrap_or_default();
    let found = here
        .ancestors()
        .map(|dir| dir.join("operations"))
        .find(|dir| dir.is_dir());
    // A path that reads well when it is near.
    if let Some(dir) = found {
        return Ok(dir.strip_prefix(&here).map(Path::to_owned).unwrap_or(dir));
    }
    terminal::error(
        "there is no folder `operations` here or above",
        Some("name one with --operations DIR or OPWIRE_OPERATIONS"),
    );
    Err(ExitCode::from(exit::USAGE))
}

/// The folders: all that --operations names, else the one that is found.
pub(crate) fn folders(given: &[PathBuf]) -> Result<Vec<PathBuf>, ExitCode> {
    if given.is_empty() {
        return Ok(vec![folder(None)?]);
    }
    given.iter().map(|dir| folder(Some(dir))).collect()
}

/// The operations, loaded; their faults are told.
pub(crate) fn catalog(given: Option<&Path>) -> Result<Catalog, ExitCode> {
    all(&[folder(given)?])
}

/// The operations of several folders.
pub(crate) fn all(folders: &[PathBuf]) -> Result<Catalog, ExitCode> {
    Catalog::open_all(folders).map_err(|found| {
        report::diagnostics(&found);
        terminal::error("the operations can't be loaded", None);
        ExitCode::from(3)
    })
}

/// The connector of this name.
pub(crate) fn connector<'a>(
    catalog: &'a Catalog,
    name: &str,
) -> Result<&'a Arc<Connector>, ExitCode> {
    let mut all = catalog.connectors();
    all.find(|connector| connector.name() == name)
        .ok_or_else(|| {
            let known: Vec<&str> = catalog.connectors().map(|it| it.name()).collect();
            exit::usage(&format!(
                "there is no connector `{name}`; there is {}",
                known.join(", ")
            ))
        })
}

/// The operations, and the one of this name.
pub(crate) fn operation(
    given: Option<&Path>,
    name: &str,
) -> Result<(Catalog, Arc<Operation>), ExitCode> {
    let catalog = catalog(given)?;
    match catalog.get(name) {
        Ok(operation) => Ok((catalog, operation)),
        Err(error) => {
            report::error(&error, false);
            Err(ExitCode::from(error.exit_code()))
        }
    }
}
