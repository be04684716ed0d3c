//! The connector is checked before anyone gets it.

use super::ImportError;
use crate::read::node::Source;
use opwire::{Catalog, Code, Diagnostic, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What earlier tries have shown.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Operations that can't be had.
    pub(super) left_out: BTreeSet<String>,
    /// Operations whose examples in the document don't fit their schemas.
    pub(super) made: BTreeSet<String>,
}

/// Checks the files. When they don't pass, `known` has grown, and the next try is another one.
pub(super) fn passes(
    source: &Source<'_>,
    name: &str,
    files: &BTreeMap<String, String>,
    operations: &[(String, String)],
    known: &mut Known,
) -> Result<bool, ImportError> {
    let found = check(name, files)?;
    let mut grown = false;
    for diagnostic in &found {
        let Some((folder, stem)) = place(diagnostic) else {
            continue;
        };
        let at = operations
            .iter()
            .find(|(name, _)| *name == stem)
            .map(|(_, at)| at.as_str());
        let error = diagnostic.severity == Severity::Error;
        let Some(at) = at else { continue };
        let refused = matches!(diagnostic.code, Code::ExampleInput | Code::ExampleReply);
        if folder == "examples" && (refused || error) && known.made.insert(stem.clone()) {
            let message = "an example of the document doesn't fit its schema: another is made";
            source.warn(at, message);
            grown = true;
        } else if folder == "main" && error {
            let message = format!("the operation is left out: {}", diagnostic.message);
            source.warn(at, message);
            grown |= known.left_out.insert(stem);
        }
    }
    let unmended = found
        .iter()
        .find(|diagnostic| diagnostic.severity == Severity::Error);
    match (grown, unmended) {
        (false, Some(fault)) => Err(ImportError::new(format!(
            "no connector can be made of the document: {fault}"
        ))),
        (grown, _) => Ok(!grown),
    }
}

fn check(name: &str, files: &BTreeMap<String, String>) -> Result<Vec<Diagnostic>, ImportError> {
    let failed =
        |error: std::io::Error| ImportError::new(format!("the files can't be checked: {error}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    let folder = dir.path().join(name);
    for (path, text) in files {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap_or(&folder)).map_err(failed)?;
        std::fs::write(file, text).map_err(failed)?;
    }
    Ok(Catalog::check(&folder).into_iter().collect())
}

/// The folder and stem of a file.
fn place(diagnostic: &Diagnostic) -> Option<(String, String)> {
    let text =
        |path: Option<&std::ffi::OsStr>| path.map(|path| path.to_string_lossy().into_owned());
    let file: &Path = &diagnostic.file;
    Some((text(file.parent()?.file_name())?, text(file.file_stem())?))
}
