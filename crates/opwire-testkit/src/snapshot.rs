//! Snapshots of transcripts, in insta's file format.

use crate::example::Example;
use crate::transcript::Transcript;
use opwire::Connector;
use similar::TextDiff;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

/// How a transcript compares with what was accepted before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// Nothing changed.
    Same,
    /// Nothing was accepted yet.
    Missing,
    /// Something changed: a unified diff from the accepted text.
    Differs(String),
}

/// The snapshot's file: `examples/snapshots/<example>.snap`.
#[must_use]
pub fn path(example: &Example) -> PathBuf {
    let dir = example
        .file
        .parent()
        .map(|dir| dir.join("snapshots"))
        .unwrap_or_default();
    dir.join(format!("{}.snap", example.name()))
}

/// Compares a transcript with the accepted one.
///
/// # Errors
/// When the snapshot is there and can't be read.
pub fn compare(example: &Example, transcript: &Transcript) -> io::Result<Comparison> {
    let text = match std::fs::read_to_string(path(example)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Comparison::Missing),
        Err(error) => return Err(error),
    };
    let (before, after) = (
        contents(&text).trim_end().to_owned() + "\n",
        transcript.to_string() + "\n",
    );
    if before == after {
        return Ok(Comparison::Same);
    }
    let diff = TextDiff::from_lines(&before, &after);
    Ok(Comparison::Differs(
        diff.unified_diff()
            .context_radius(3)
            .header("accepted", "now")
            .to_string(),
    ))
}

/// Accepts a transcript: writes it beside the file and moves it in place.
///
/// # Errors
/// When the folder can't be written to.
pub fn accept(example: &Example, transcript: &Transcript) -> io::Result<()> {
    let file = path(example);
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let source = format!("examples/{}.yaml", example.name());
    let text = format!("---\nsource: {source}\nexpression: transcript\n---\n{transcript}\n");
    let beside = file.with_extension("snap.tmp");
    std::fs::write(&beside, text)?;
    std::fs::rename(beside, file)
}

/// Snapshots of a connector that no example has any more.
///
/// # Errors
/// When the folder is there and can't be read.
pub fn orphans(connector: &Connector, examples: &[Example]) -> io::Result<Vec<PathBuf>> {
    let known: BTreeSet<PathBuf> = examples.iter().map(path).collect();
    let read = match std::fs::read_dir(connector.dir().join("examples/snapshots")) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut orphans: Vec<PathBuf> = read
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "snap") && !known.contains(path))
        .collect();
    orphans.sort();
    Ok(orphans)
}

/// What stands below insta's header.
fn contents(text: &str) -> &str {
    let body = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"));
    body.map_or(text, |(_, body)| body)
}
