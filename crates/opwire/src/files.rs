//! The files of connectors: as they lie on the disk, or as an open editor has them.

use crate::cores::on_all_cores;
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use crate::manifest::locate::position;
use crate::manifest::{Source, parse_yaml};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Texts that stand in for files: what editors have open and have not saved.
///
/// Paths are compared as they are written. A text may stand for a file that is not there yet. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Overlay(Arc<BTreeMap<PathBuf, Arc<str>>>);

impl Overlay {
    /// Puts a text in place of a file.
    pub fn set(&mut self, file: impl Into<PathBuf>, text: impl Into<Arc<str>>) {
        Arc::make_mut(&mut self.0).insert(file.into(), text.into());
    }

    /// Takes the text away: the file is as the disk has it again. Was there one?
    pub fn remove(&mut self, file: &Path) -> bool {
        self.0.contains_key(file) && Arc::make_mut(&mut self.0).remove(file).is_some()
    }

    /// The text in place of a file.
    #[must_use]
    pub fn get(&self, file: &Path) -> Option<&Arc<str>> {
        self.0.get(file)
    }

    /// Has nothing been set or removed since one of the two was cloned from the other?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn is_file(&self, file: &Path) -> bool {
        self.0.contains_key(file) || file.is_file()
    }

    /// The connectors of a folder: those folders in it that have a `connector.yaml`.
    pub(crate) fn connector_folders(&self, dir: &Path) -> Vec<PathBuf> {
        let mut folders = self.entries(dir);
        folders.retain(|path| self.is_file(&path.join("connector.yaml")));
        folders
    }

    /// The YAML files that lie in a folder, by name.
    pub(crate) fn yaml_files(&self, dir: &Path) -> Vec<PathBuf> {
        let mut files = self.entries(dir);
        files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
        files
    }

    /// What lies in a folder.
    fn entries(&self, dir: &Path) -> Vec<PathBuf> {
        let read = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = read.map(|entry| entry.path()).collect();
        let unsaved = self.0.keys().filter(|file| file.parent() == Some(dir));
        paths.extend(unsaved.cloned());
        paths.sort();
        paths.dedup();
        paths
    }

    /// A file's text.
    pub(crate) fn text(&self, file: &Path) -> Result<Arc<str>, Box<Diagnostic>> {
        if let Some(text) = self.0.get(file) {
            return Ok(Arc::clone(text));
        }
        match std::fs::read(file).map(String::from_utf8) {
            Ok(Ok(text)) => Ok(text.into()),
            Ok(Err(error)) => {
                let read = error.as_bytes().get(..error.utf8_error().valid_up_to());
                let read = String::from_utf8_lossy(read.unwrap_or_default());
                let column = read.chars().rev().take_while(|c| *c != '\n').count() + 1;
                let span = position(&read, read.matches('\n').count() + 1, column);
                let fault = unreadable(file, "the file is not UTF-8 text from here on");
                Err(Box::new(Diagnostic { span, ..fault }))
            }
            Err(error) => {
                let message = format!("the file can't be read: {}", error.kind());
                Err(Box::new(unreadable(file, &message)))
            }
        }
    }

    /// A file's text and value.
    pub(crate) fn read(&self, file: &Path, found: &mut Vec<Diagnostic>) -> Option<(Source, Value)> {
        let text = match self.text(file) {
            Ok(text) => text,
            Err(fault) => {
                found.push(*fault);
                return None;
            }
        };
        match parse_yaml(&text) {
            Ok(value) => {
                let file = file.to_owned();
                Some((Source { file, text }, value))
            }
            Err(diagnostic) => {
                found.push(Source::own(file, diagnostic));
                None
            }
        }
    }

    /// The schemas that a connector's operations share, by their path in its folder.
    pub(crate) fn shared_schemas(
        &self,
        dir: &Path,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<(String, Source, Value)> {
        let files = self.yaml_files(&dir.join("schemas"));
        let done = on_all_cores(&files, |file| {
            let mut found = Vec::new();
            (self.read(file, &mut found), found)
        });
        let mut schemas = Vec::new();
        for (file, (read, faults)) in files.iter().zip(done) {
            found.extend(faults);
            if let (Some((source, value)), Some(name)) = (read, file.file_name()) {
                let name = format!("schemas/{}", name.to_string_lossy());
                schemas.push((name, source, value));
            }
        }
        schemas
    }
}

/// A file or folder that can't be read.
pub(crate) fn unreadable(file: &Path, message: &str) -> Diagnostic {
    Diagnostic {
        code: Code::FileUnreadable,
        severity: Severity::Error,
        file: file.to_owned(),
        span: Span::default(),
        message: message.to_owned(),
        help: None,
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_in_for_files() {
        let dir = tempfile::tempdir().unwrap();
        let saved = dir.path().join("b.yaml");
        std::fs::write(&saved, "saved: 1").unwrap();
        let mut files = Overlay::default();
        let text = |files: &Overlay| files.text(&saved).unwrap().to_string();
        assert_eq!(text(&files), "saved: 1");
        files.set(&saved, "unsaved: 1");
        files.set(dir.path().join("a.yaml"), "new: 1");
        files.set(dir.path().join("deeper/c.yaml"), "other: 1");
        assert_eq!(text(&files), "unsaved: 1");
        let names: Vec<_> = files.yaml_files(dir.path());
        assert_eq!(names, [dir.path().join("a.yaml"), saved.clone()]);
        let clone = files.clone();
        assert!(clone.is_same(&files));
        assert!(files.remove(&saved) && !files.remove(&saved));
        assert!(!clone.is_same(&files));
        assert_eq!(text(&files), "saved: 1");
    }
}
