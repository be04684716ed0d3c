//! Step 0. Name → compiled operation.

use crate::check::{self, References};
use crate::connector::Connector;
use crate::cores::on_all_cores;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::error::{Error, ErrorKind};
use crate::files::{Overlay, unreadable};
use crate::manifest::{Fault, Source, nearest, read_connector, read_operation};
use crate::operation::Operation;
use crate::schema::Documents;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
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
        Self::open_all(&[dir])
    }

    /// Loads several folders together, each as [`open`](Self::open) does.
    ///
    /// # Errors
    /// As [`open`](Self::open); a connector that is in two of them is a fault too.
    pub fn open_all(dirs: &[impl AsRef<Path>]) -> Result<Self, Diagnostics> {
        let files = Overlay::default();
        let mut loader = Loader::new(&files, false);
        for dir in dirs {
            loader.folder(dir.as_ref());
        }
        let (catalog, found) = loader.finish();
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
        Diagnostics(Self::load(dir.as_ref(), &Overlay::default(), true).1)
    }

    /// Loads what can be loaded, and tells all that is wrong.
    pub(crate) fn load(dir: &Path, files: &Overlay, warns: bool) -> (Self, Vec<Diagnostic>) {
        let mut loader = Loader::new(files, warns);
        loader.folder(dir);
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

    /// Are both the same catalog, loaded once?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
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

/// Loads connectors, collecting what is wrong.
struct Loader<'f> {
    files: &'f Overlay,
    loaded: Loaded,
    found: Vec<Diagnostic>,
    /// Operations whose files are there and could not be loaded: what refers to them is not told on top of that.
    unsound: BTreeSet<String>,
    /// Warnings are wanted too.
    warns: bool,
}

/// What came of one operation's file.
#[derive(Default)]
struct Compiled {
    operation: Option<(Arc<Operation>, Source)>,
    found: Vec<Diagnostic>,
}

impl<'f> Loader<'f> {
    fn new(files: &'f Overlay, warns: bool) -> Self {
        Self {
            files,
            loaded: Loaded::default(),
            found: Vec::new(),
            unsound: BTreeSet::new(),
            warns,
        }
    }

    /// Loads what can be loaded, and tells all that is wrong.
    fn folder(&mut self, dir: &Path) {
        let folders = if self.files.is_file(&dir.join("connector.yaml")) {
            vec![dir.to_owned()]
        } else {
            self.files.connector_folders(dir)
        };
        if folders.is_empty() {
            self.found.push(unreadable(
                dir,
                "there is no connector here: a folder with a connector.yaml",
            ));
        }
        for folder in folders {
            self.connector(&folder);
        }
    }

    fn connector(&mut self, dir: &Path) {
        let file = dir.join("connector.yaml");
        let Some((source, value)) = self.files.read(&file, &mut self.found) else {
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
        let mut shared = Vec::new();
        for (name, source, value) in self.files.shared_schemas(dir, &mut self.found) {
            documents.0.insert(name.clone(), value);
            shared.push((name, source));
        }
        let (connector, mut faults) = Connector::compile(typed, value, dir, documents);
        faults.extend(check::connector(connector.as_ref(), dir));
        let Some(connector) = connector.map(Arc::new) else {
            return self.found.extend(source.diagnose(faults));
        };
        let name = connector.name();
        if let Some(other) = self.loaded.connectors.iter().find(|one| one.name() == name) {
            let other = other.dir().display();
            let message = format!("`{name}` is the name of another connector, in {other}");
            faults.push(Fault::new(Code::BadName, "/name", message));
            return self.found.extend(source.diagnose(faults));
        }
        self.operations(&connector, dir);
        if self.warns {
            self.examples(&connector, dir);
            faults.extend(check::connector_warnings(&connector.manifest, &source.text));
            shared.push(("connector.yaml".to_owned(), source));
            self.shared(&connector, &shared, faults);
        } else {
            self.found.extend(source.diagnose(faults));
        }
        connector.library.rest();
        self.loaded.connectors.push(connector);
    }

    fn examples(&mut self, connector: &Connector, dir: &Path) {
        let own = self.loaded.operations.values();
        let own = own.filter(|operation| operation.connector().name() == connector.name());
        let own: BTreeMap<&str, &Arc<Operation>> = own.map(|own| (own.id(), own)).collect();
        let mut schemas = BTreeMap::new();
        for file in self.files.yaml_files(&dir.join("examples")) {
            let Some((source, value)) = self.files.read(&file, &mut self.found) else {
                continue;
            };
            let stem = file.file_stem().and_then(|stem| stem.to_str());
            let stem = stem.unwrap_or_default();
            let id = stem.split('.').next().unwrap_or_default();
            if self.unsound.contains(&format!("{}.{id}", connector.name())) {
                continue;
            }
            let mut faults = check::example(stem, &value, &own, &mut schemas);
            faults.extend(check::example_comment(&source.text));
            self.found.extend(source.diagnose(faults));
        }
    }

    /// What is told of the files that a connector's operations share; `faults` are those of connector.yaml.
    fn shared(
        &mut self,
        connector: &Connector,
        shared: &[(String, Source)],
        mut faults: Vec<Fault>,
    ) {
        let documents = &connector.library.documents().0;
        let mut references = References::default();
        for (name, value) in documents {
            references.add(name, value);
        }
        for operation in self.loaded.operations.values() {
            if operation.connector().name() == connector.name() {
                references.add("", operation.manifest());
            }
        }
        for (name, source) in shared {
            let Some(value) = documents.get(name) else {
                continue;
            };
            let mut own = if name == "connector.yaml" {
                std::mem::take(&mut faults)
            } else {
                check::schema(value, "")
            };
            // What could not be loaded may refer to anything.
            if !self.found.iter().any(|d| d.severity == Severity::Error) {
                own.extend(check::unused_definitions(&references, name, value));
            }
            self.found.extend(source.diagnose(own));
        }
    }

    /// Compiles a connector's operations, on all cores, then checks what they say of each other.
    fn operations(&mut self, connector: &Arc<Connector>, dir: &Path) {
        let mut files = Vec::new();
        for kind in ["main", "ddl"] {
            let own = self.files.yaml_files(&dir.join(kind));
            files.extend(own.into_iter().map(|file| (file, kind)));
        }
        let texts = self.files;
        let compiled = on_all_cores(&files, |(file, kind)| compile(connector, texts, file, kind));
        let mut sources = Vec::new();
        for ((file, _), Compiled { operation, found }) in files.iter().zip(compiled) {
            self.found.extend(found);
            let Some((operation, source)) = operation else {
                let stem = file.file_stem().and_then(|stem| stem.to_str());
                let name = format!("{}.{}", connector.name(), stem.unwrap_or_default());
                self.unsound.insert(name);
                continue;
            };
            let name = operation.name().to_owned();
            let short = self.loaded.short.entry(operation.id().to_owned());
            short.or_default().push(name.clone());
            sources.push((Arc::clone(&operation), source));
            self.loaded.operations.insert(name, operation);
        }
        for (operation, source) in sources {
            let mut faults = check::linked(&operation, &self.loaded.operations, &self.unsound);
            if self.warns {
                faults.extend(check::operation_warnings(&operation, &source.text));
            }
            self.found.extend(source.diagnose(faults));
        }
    }

    fn finish(mut self) -> (Catalog, Vec<Diagnostic>) {
        self.found
            .sort_by(|a, b| (&a.file, a.span, a.code).cmp(&(&b.file, b.span, b.code)));
        self.found.dedup();
        (Catalog(Arc::new(self.loaded)), self.found)
    }
}

/// Compiles one operation.
fn compile(connector: &Arc<Connector>, files: &Overlay, file: &Path, folder: &str) -> Compiled {
    let mut compiled = Compiled::default();
    let Some((source, value)) = files.read(file, &mut compiled.found) else {
        return compiled;
    };
    let id = file.file_stem().and_then(|stem| stem.to_str());
    let id = id.unwrap_or_default();
    let typed = match read_operation(&value) {
        Ok(typed) => typed,
        Err(faults) => {
            compiled.found.extend(source.diagnose(faults));
            return compiled;
        }
    };
    let mut faults = check::named(id, typed.kind, folder);
    let (operation, found) = Operation::compile(typed, &value, file, id, connector);
    faults.extend(found);
    let sound = faults.iter().all(|fault: &Fault| !fault.is_error());
    compiled.found.extend(source.diagnose(faults));
    let operation = operation.filter(|_| sound);
    compiled.operation = operation.map(|operation| (Arc::new(operation), source));
    compiled
}
