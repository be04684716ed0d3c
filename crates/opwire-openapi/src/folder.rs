//! Importing into a folder: what is new is written, what was changed by hand stays.
//!
//! Of every file the text that was imported last is kept in `.imported/` of the connector's folder. A file that is
//! imported again is merged from three texts: that one, the file as it is, and what the document gives now.

use crate::import::Imported;
use crate::merge::{Conflict, Prefer, merge};
use opwire::{Catalog, Diagnostic, Severity};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of what was imported last.
const BASE: &str = ".imported";
/// The folders of a connector that hold files of its own.
const FOLDERS: [&str; 4] = ["main", "ddl", "schemas", "examples"];

/// What happens to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It is new.
    Create,
    /// It is changed, hand edits kept.
    Update,
    /// It stays as it is.
    Keep,
    /// It was deleted by hand, and stays so.
    Deleted,
    /// The document has it no more; it stays.
    Gone,
}

/// A file of the connector and what happens to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// Its path in the connector's folder.
    pub path: String,
    /// What happens.
    pub action: Action,
    /// Its text now; empty when it isn't there.
    pub before: String,
    /// Its text afterwards.
    pub after: String,
    /// What is kept of it in `.imported/`.
    base: Option<String>,
}

/// What an import will do to a folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    folder: PathBuf,
    /// Every file, by path.
    pub changes: Vec<Change>,
}

/// Why nothing can be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// Both the document and somebody's hand changed the same lines, by file.
    Conflicts(Vec<(PathBuf, Vec<Conflict>)>),
    /// Files that are there, were not imported, and are different.
    Occupied(Vec<PathBuf>),
    /// The merged connector has faults. Their files are paths in the connector's folder.
    Faults(Vec<Diagnostic>),
    /// A file can't be read or written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflicts(files) => {
                for (index, (file, conflict)) in files
                    .iter()
                    .flat_map(|(file, all)| all.iter().map(move |one| (file, one)))
                    .enumerate()
                {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    let (file, line) = (file.display(), conflict.line);
                    writeln!(f, "{file}:{line}: changed by hand and in the document")?;
                    write!(
                        f,
                        "{}{}",
                        side("by hand", &conflict.mine),
                        side("document", &conflict.theirs).trim_end()
                    )?;
                }
                Ok(())
            }
            Self::Occupied(files) => {
                let files: Vec<String> = files
                    .iter()
                    .map(|file| file.display().to_string())
                    .collect();
                write!(f, "not imported and in the way: {}", files.join(", "))
            }
            Self::Faults(found) => {
                let told: Vec<String> = found.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the merged connector would have faults:\n{}",
                    told.join("\n")
                )
            }
            Self::Io(file, error) => write!(f, "{}: {error}", file.display()),
        }
    }
}

impl std::error::Error for Refusal {}

fn side(name: &str, text: &str) -> String {
    if text.is_empty() {
        return format!("  {name}: (taken away)\n");
    }
    let lines: Vec<String> = text
        .lines()
        .map(|line| format!("  {name}: {line}\n"))
        .collect();
    lines.concat()
}

/// The operations that were imported into a folder before.
#[must_use]
pub fn imported_before(folder: &Path) -> BTreeSet<String> {
    let names = files(&folder.join(BASE)).into_iter();
    names
        .filter_map(|path| {
            Some(
                path.strip_prefix("main/")?
                    .strip_suffix(".yaml")?
                    .to_owned(),
            )
        })
        .collect()
}

impl Plan {
    /// What importing into a folder will do. Nothing is written.
    ///
    /// # Errors
    /// Conflicts, files in the way, and faults of the outcome.
    pub fn new(imported: &Imported, folder: &Path, prefer: Prefer) -> Result<Self, Refusal> {
        let mut paths: BTreeSet<String> = imported.files.keys().cloned().collect();
        paths.extend(files(&folder.join(BASE)));
        let mut changes = Vec::new();
        let (mut conflicts, mut occupied) = (Vec::new(), Vec::new());
        for path in paths {
            let theirs = imported.files.get(&path);
            let base = read(&folder.join(BASE).join(&path))?;
            let mine = read(&folder.join(&path))?;
            match change(&path, base, mine, theirs, prefer) {
                Ok(Some(change)) => changes.push(change),
                Ok(None) => {}
                Err(found) if found.is_empty() => occupied.push(folder.join(path)),
                Err(found) => conflicts.push((folder.join(path), found)),
            }
        }
        if !conflicts.is_empty() {
            return Err(Refusal::Conflicts(conflicts));
        }
        if !occupied.is_empty() {
            return Err(Refusal::Occupied(occupied));
        }
        let plan = Self {
            folder: folder.to_owned(),
            changes,
        };
        plan.check(&imported.name)?;
        Ok(plan)
    }

    /// Files that will be written.
    pub fn written(&self) -> impl Iterator<Item = &Change> {
        let written = |change: &&Change| matches!(change.action, Action::Create | Action::Update);
        self.changes.iter().filter(written)
    }

    /// Checks the connector as it will be.
    fn check(&self, name: &str) -> Result<(), Refusal> {
        let dir = tempfile::tempdir().map_err(|error| Refusal::Io(std::env::temp_dir(), error))?;
        let copy = dir.path().join(name);
        // What is in the folder and not imported belongs to the connector too.
        for path in files(&self.folder) {
            let text = read(&self.folder.join(&path))?.unwrap_or_default();
            write(&copy.join(path), &text)?;
        }
        for change in self.written() {
            write(&copy.join(&change.path), &change.after)?;
        }
        let errors = Catalog::check(&copy)
            .into_iter()
            .filter(|found| found.severity == Severity::Error);
        let errors: Vec<Diagnostic> = errors
            .map(|mut found| {
                let own = found
                    .file
                    .strip_prefix(&copy)
                    .map(|path| self.folder.join(path));
                found.file = own.unwrap_or(found.file);
                found
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Faults(errors))
        }
    }

    /// Writes the files, each whole or not at all, and what was imported now beside them.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write(&self) -> Result<(), Refusal> {
        for change in self.written() {
            write(&self.folder.join(&change.path), &change.after)?;
        }
        for change in &self.changes {
            let file = self.folder.join(BASE).join(&change.path);
            match &change.base {
                Some(text) => write(&file, text)?,
                None => match fs::remove_file(&file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(Refusal::Io(file, error));
                    }
                    _ => {}
                },
            }
        }
        Ok(())
    }
}

/// What happens to one file; nothing when nobody has it any more. An error without conflicts: a file is in the way.
fn change(
    path: &str,
    base: Option<String>,
    mine: Option<String>,
    theirs: Option<&String>,
    prefer: Prefer,
) -> Result<Option<Change>, Vec<Conflict>> {
    let before = mine.clone().unwrap_or_default();
    let keep = |action: Action, base: Option<String>| Change {
        path: path.to_owned(),
        action,
        before: before.clone(),
        after: before.clone(),
        base,
    };
    let to = |action: Action, after: String, theirs: &str| Change {
        path: path.to_owned(),
        action,
        before: before.clone(),
        after,
        base: Some(theirs.to_owned()),
    };
    Ok(Some(match (base, mine, theirs) {
        (None, None, Some(theirs)) => to(Action::Create, theirs.clone(), theirs),
        (None, Some(mine), Some(theirs)) if mine == *theirs => keep(Action::Keep, Some(mine)),
        (None, Some(_), Some(_)) => return Err(Vec::new()),
        // A file that is deleted once stays deleted, and the document's part of it is known.
        (Some(_), None, Some(theirs)) => keep(Action::Deleted, Some(theirs.clone())),
        (Some(base), Some(_), None) => keep(Action::Gone, Some(base)),
        (Some(_), None, None) => keep(Action::Deleted, None),
        (Some(base), Some(mine), Some(theirs)) => {
            let after = merge(&base, &mine, theirs, prefer)?;
            if after == mine {
                keep(Action::Keep, Some(theirs.clone()))
            } else {
                to(Action::Update, after, theirs)
            }
        }
        (None, _, None) => return Ok(None),
    }))
}

/// The connector's own files below a folder, as paths with `/`.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    if folder.join("connector.yaml").is_file() {
        found.push("connector.yaml".to_owned());
    }
    for name in FOLDERS {
        let Ok(entries) = fs::read_dir(folder.join(name)) else {
            continue;
        };
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if Path::new(&file)
                .extension()
                .is_some_and(|end| end == "yaml")
            {
                found.push(format!("{name}/{file}"));
            }
        }
    }
    found.sort();
    found
}

/// A file's text; nothing when it isn't there.
fn read(file: &Path) -> Result<Option<String>, Refusal> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::Io(file.to_owned(), error)),
    }
}

/// Writes a file beside its place and moves it there: nobody sees half of it.
fn write(file: &Path, text: &str) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal::Io(file.to_owned(), error);
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.{}", std::process::id()));
    fs::write(&fresh, text).map_err(failed)?;
    fs::rename(&fresh, file).map_err(failed)
}
