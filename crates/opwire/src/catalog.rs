//! Step 0. Name → compiled operation.

use crate::check;
use crate::connector::Connector;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, Span};
use crate::error::{Error, ErrorKind};
use crate::manifest::{Fault, Source, nearest, parse_yaml, read_connector, read_operation};
use crate::operation::Operation;
use crate::schema::Documents;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The operations of a folder of connectors, compiled. Cheap to clone.
#[derive(Clone, Default)]
pub struct Catalog(Arc<Loaded>);

#[derive(Default)]
struct Loaded {
    operations: BTreeMap<String, Arc<Operation>>,
    /// Short name → full names.
    short: BTreeMap<String, Vec<String>>,
    connectors: Vec<Arc<Connector>>,
}

impl Catalog {
    /// Loads a folder of connectors (each a folder with `connector.yaml`), or one connector's own folder.
    ///
    /// # Errors
    /// Every fault of every file, when any of them is an error.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, Diagnostics> {
        let (catalog, found) = Self::load(dir.as_ref());
        let found = Diagnostics(found);
        if found.has_errors() {
            Err(found)
        } else {
            Ok(catalog)
        }
    }

    /// All findings of a folder, warnings too, in the order of files and lines.
    #[must_use]
    pub fn check(dir: impl AsRef<Path>) -> Diagnostics {
        Diagnostics(Self::load(dir.as_ref()).1)
    }

    /// Loads what can be loaded, and tells all that is wrong.
    pub(crate) fn load(dir: &Path) -> (Self, Vec<Diagnostic>) {
        let mut loader = Loader::default();
        let folders = if dir.join("connector.yaml").is_file() {
            vec![dir.to_owned()]
        } else {
            connector_folders(dir)
        };
        if folders.is_empty() {
            loader.found.push(unreadable(
                dir,
                "there is no connector here: a folder with a connector.yaml",
            ));
        }
        for folder in folders {
            loader.connector(&folder);
        }
        loader.finish()
    }

    /// The operation of this name: the full one, or the short one where only one connector has it.
    ///
    /// # Errors
    /// `unknown_operation`, with the nearest name as help.
    pub fn get(&self, name: &str) -> Result<Arc<Operation>, Error> {
        if let Some(found) = self.0.operations.get(name) {
            return Ok(Arc::clone(found));
        }
        match self.0.short.get(name).map(Vec::as_slice) {
            Some([full]) => {
                if let Some(found) = self.0.operations.get(full) {
                    return Ok(Arc::clone(found));
                }
            }
            Some(several) => {
                let message = format!("`{}` is the name of several operations", shown(name));
                return Err(Error::new(ErrorKind::UnknownOperation, message)
                    .with_help(format!("write one of {}", several.join(", "))));
            }
            None => {}
        }
        let error = Error::new(
            ErrorKind::UnknownOperation,
            format!("there is no operation `{}`", shown(name)),
        );
        let names = self
            .0
            .operations
            .keys()
            .chain(self.0.short.keys())
            .map(String::as_str);
        Err(match nearest(name, names) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    /// The operations, by name.
    pub fn operations(&self) -> impl Iterator<Item = &Arc<Operation>> {
        self.0.operations.values()
    }

    /// The connectors, by name.
    pub fn connectors(&self) -> impl Iterator<Item = &Arc<Connector>> {
        self.0.connectors.iter()
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("operations", &self.0.operations.len())
            .finish_non_exhaustive()
    }
}

fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

fn connector_folders(dir: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = entries(dir)
        .into_iter()
        .filter(|path| path.join("connector.yaml").is_file())
        .collect();
    folders.sort();
    folders
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(read) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = read.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn yaml_files(dir: &Path) -> Vec<PathBuf> {
    entries(dir)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect()
}

fn unreadable(file: &Path, message: &str) -> Diagnostic {
    Diagnostic {
        code: Code::FileUnreadable,
        severity: Severity::Error,
        file: file.to_owned(),
        span: Span::default(),
        message: message.to_owned(),
        help: None,
    }
}

/// Loads connectors, collecting what is wrong.
#[derive(Default)]
struct Loader {
    loaded: Loaded,
    found: Vec<Diagnostic>,
}

impl Loader {
    /// A file's text and value.
    fn read(&mut self, file: &Path) -> Option<(Source, Value)> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                self.found.push(unreadable(
                    file,
                    &format!("the file can't be read: {}", error.kind()),
                ));
                return None;
            }
        };
        match parse_yaml(&text) {
            Ok(value) => Some((
                Source {
                    file: file.to_owned(),
                    text,
                },
                value,
            )),
            Err(diagnostic) => {
                self.found.push(Source::own(file, diagnostic));
                None
            }
        }
    }

    fn connector(&mut self, dir: &Path) {
        let Some((source, value)) = self.read(&dir.join("connector.yaml")) else {
            return;
        };
        let typed = match read_connector(&value) {
            Ok(typed) => typed,
            Err(faults) => return self.found.extend(source.diagnose(faults)),
        };
        let mut documents = Documents::default();
        documents
            .0
            .insert("connector.yaml".to_owned(), value.clone());
        for file in yaml_files(&dir.join("schemas")) {
            if let (Some((_, value)), Some(name)) =
                (self.read(&file), file.file_name().and_then(|n| n.to_str()))
            {
                documents.0.insert(format!("schemas/{name}"), value);
            }
        }
        let (connector, mut faults) = Connector::compile(typed, value, dir, documents);
        faults.extend(check::connector(connector.as_ref(), dir));
        self.found.extend(source.diagnose(faults));
        let Some(connector) = connector.map(Arc::new) else {
            return;
        };
        let mut sources = BTreeMap::new();
        for kind in ["main", "ddl"] {
            for file in yaml_files(&dir.join(kind)) {
                if let Some((name, source)) = self.operation(&connector, &file, kind) {
                    sources.insert(name, source);
                }
            }
        }
        for (name, source) in sources {
            let Some(operation) = self.loaded.operations.get(&name) else {
                continue;
            };
            let faults = check::linked(operation, &self.loaded.operations);
            self.found.extend(source.diagnose(faults));
        }
        self.loaded.connectors.push(connector);
    }

    /// Compiles one operation; its full name and source, when that went well.
    fn operation(
        &mut self,
        connector: &Arc<Connector>,
        file: &Path,
        folder: &str,
    ) -> Option<(String, Source)> {
        let (source, value) = self.read(file)?;
        let id = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let typed = match read_operation(&value) {
            Ok(typed) => typed,
            Err(faults) => {
                self.found.extend(source.diagnose(faults));
                return None;
            }
        };
        let mut faults = check::named(id, typed.kind, folder);
        let (operation, found) = Operation::compile(typed, value, file, id, connector);
        faults.extend(found);
        let sound = faults.iter().all(|fault: &Fault| !fault.is_error());
        self.found.extend(source.diagnose(faults));
        let operation = operation.filter(|_| sound)?;
        let name = operation.name().to_owned();
        self.loaded
            .short
            .entry(id.to_owned())
            .or_default()
            .push(name.clone());
        self.loaded
            .operations
            .insert(name.clone(), Arc::new(operation));
        Some((name, source))
    }

    fn finish(mut self) -> (Catalog, Vec<Diagnostic>) {
        self.found
            .sort_by(|a, b| (&a.file, a.span, a.code).cmp(&(&b.file, b.span, b.code)));
        self.found.dedup();
        (Catalog(Arc::new(self.loaded)), self.found)
    }
}
