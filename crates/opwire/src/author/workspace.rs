//! [`Workspace`]: a connector's folder as its author sees it, unsaved texts and all.

use super::place::{InSchema, Part};
use crate::catalog::Catalog;
use crate::connector::Connector;
use crate::diagnostic::{Diagnostics, Span};
use crate::files::Overlay;
use crate::manifest::locate::{Place, Places};
use crate::manifest::{OperationManifest, lenient, parse_yaml};
use crate::operation::{Operation, Seen};
use crate::schema::Documents;
use crate::template::{Compiler, Names, Probe};
use crate::types::Type;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Of a schema that is shown no more lines are.
const MAX_LINES: usize = 24;

/// One connector's folder, with the texts of editors in place of files.
///
/// Texts may be as broken as they are in the middle of a word: what is asked of a file then is told by the last text of
/// it that could be read.
///
/// ```
/// use opwire::author::Workspace;
///
/// let dir = std::path::Path::new("operations/shop");
/// let mut workspace = Workspace::new(dir);
/// workspace.open(dir.join("connector.yaml"), "opwire: 1\nna");
/// let offered = workspace.complete(&dir.join("connector.yaml"), 12);
/// assert!(offered.iter().any(|completion| completion.label == "name"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    dir: PathBuf,
    texts: Overlay,
    /// The same, but of a text that can't be read the last one that could.
    good: Overlay,
    connector: OnceLock<Option<Arc<Connector>>>,
    /// The connector before it was changed: it stands in for one that can't be compiled.
    earlier: Option<Arc<Connector>>,
}

/// What a file of a connector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Connector,
    Operation,
    Schema,
    Example,
}

impl FileKind {
    /// By the file's path in the connector's folder.
    fn of(path: &Path) -> Option<Self> {
        if path == Path::new("connector.yaml") {
            return Some(Self::Connector);
        }
        let yaml = path.extension().is_some_and(|end| end == "yaml");
        match path.parent()?.to_str().filter(|_| yaml)? {
            "main" | "ddl" => Some(Self::Operation),
            "schemas" => Some(Self::Schema),
            "examples" => Some(Self::Example),
            _ => None,
        }
    }
}

/// A file of the workspace that is looked at.
#[derive(Debug)]
pub(super) struct Open<'w> {
    pub(super) workspace: &'w Workspace,
    pub(super) file: PathBuf,
    pub(super) kind: FileKind,
    /// Its path in the connector's folder, as references write it.
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

/// Another operation of the connector, as far as its file can be read.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) id: String,
    pub(super) file: PathBuf,
    pub(super) manifest: OperationManifest,
}

/// What checking a workspace found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The findings, in the order of files and lines.
    pub found: Diagnostics,
    /// Were operations looked at? Not while `connector.yaml` can't be read: nothing is known of other files then.
    pub whole: bool,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The file.
    pub file: PathBuf,
    /// Where in it.
    pub span: Span,
}

impl Workspace {
    /// The workspace of a connector's folder. Nothing is read yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            ..Self::default()
        }
    }

    /// The connector's folder that a file belongs to, by its path.
    ///
    /// It is the folder of a `connector.yaml`, or the one above `main`, `ddl`, `schemas` or `examples` that has one.
    #[must_use]
    pub fn folder_of(file: &Path) -> Option<&Path> {
        let parent = file.parent()?;
        if file.file_name()? == "connector.yaml" {
            return Some(parent);
        }
        let dir = parent.parent()?;
        FileKind::of(file.strip_prefix(dir).ok()?)?;
        dir.join("connector.yaml").is_file().then_some(dir)
    }

    /// The connector's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The texts that stand in for files.
    #[must_use]
    pub fn files(&self) -> &Overlay {
        &self.texts
    }

    /// A file's text: an editor's, else the disk's; nothing when it can't be read.
    #[must_use]
    pub fn text(&self, file: &Path) -> Option<Arc<str>> {
        self.texts.text(file).ok()
    }

    /// Puts an editor's text in place of a file.
    pub fn open(&mut self, file: impl Into<PathBuf>, text: impl Into<Arc<str>>) {
        let (file, text) = (file.into(), text.into());
        if parse_yaml(&text).is_ok() {
            self.good.set(file.clone(), Arc::clone(&text));
            self.forget(&file);
        }
        self.texts.set(file, text);
    }

    /// The file is as the disk has it again.
    pub fn close(&mut self, file: &Path) {
        if self.texts.remove(file) {
            self.good.remove(file);
            self.forget(file);
        }
    }

    /// Files have changed on the disk.
    pub fn refresh(&mut self) {
        self.forget(&self.dir.join("connector.yaml"));
    }

    /// All findings of the connector's files, as [`Catalog::check`] tells them.
    ///
    /// Of a clone it can be asked in another thread.
    #[must_use]
    pub fn check(&self) -> Checked {
        let (catalog, found) = Catalog::load(&self.dir, &self.texts, true);
        Checked {
            found: found.into_iter().collect(),
            whole: catalog.connectors().next().is_some(),
        }
    }

    /// What all operations share is read again when a file of it has changed.
    fn forget(&mut self, file: &Path) {
        let kind = file.strip_prefix(&self.dir).ok().and_then(FileKind::of);
        if matches!(kind, Some(FileKind::Connector | FileKind::Schema))
            && let Some(before) = self.connector.take()
        {
            self.earlier = before.or(self.earlier.take());
        }
    }

    /// The connector, as far as it can be read.
    pub(super) fn connector(&self) -> Option<&Arc<Connector>> {
        let load = || self.load().map(Arc::new).or_else(|| self.earlier.clone());
        self.connector.get_or_init(load).as_ref()
    }

    fn load(&self) -> Option<Connector> {
        let mut found = Vec::new();
        let file = self.dir.join("connector.yaml");
        let (_, value) = self.good.read(&file, &mut found)?;
        let typed = lenient::connector(&value)?;
        let mut documents = Documents::default();
        let own = ("connector.yaml".to_owned(), value.clone());
        let shared = self.good.shared_schemas(&self.dir, &mut found);
        let shared = shared.into_iter().map(|(name, _, value)| (name, value));
        documents.0.extend(shared.chain([own]));
        Connector::compile(typed, value, &self.dir, documents).0
    }

    /// A file, to be looked at.
    pub(super) fn look_at(&self, file: &Path) -> Option<Open<'_>> {
        let path = file.strip_prefix(&self.dir).ok()?;
        Some(Open {
            workspace: self,
            file: file.to_owned(),
            kind: FileKind::of(path)?,
            name: path.to_str()?.replace('\\', "/"),
            text: self.texts.text(file).ok()?,
        })
    }

    /// The DDLs of the connector.
    pub(super) fn ddls(&self) -> Vec<Other> {
        let files = self.good.yaml_files(&self.dir.join("ddl"));
        files
            .into_iter()
            .filter_map(|file| self.other(file))
            .collect()
    }

    /// The operation of this name.
    pub(super) fn operation(&self, id: &str) -> Option<Other> {
        let folders = ["ddl", "main"].into_iter();
        let mut files = folders.map(|folder| self.dir.join(folder).join(format!("{id}.yaml")));
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let file = files.find(|file| plain && self.good.is_file(file))?;
        self.other(file)
    }

    fn other(&self, file: PathBuf) -> Option<Other> {
        let (_, value) = self.good.read(&file, &mut Vec::new())?;
        Some(Other {
            id: file.file_stem()?.to_str()?.to_owned(),
            manifest: lenient::operation(&value)?,
            file,
        })
    }

    /// The text of the node at a JSON Pointer, its first lines.
    pub(super) fn excerpt(&self, name: &str, pointer: &str) -> Option<String> {
        let text = self.good.text(&self.dir.join(name)).ok()?;
        let Place { value, .. } = Places::of(&text).nearest(pointer);
        let (before, node) = (text.get(..value.start)?, text.get(value.start..value.end)?);
        let indent = before.chars().rev().take_while(|c| *c != '\n').count();
        let shown = |line: &'_ str| -> String {
            let spaces = line
                .bytes()
                .take(indent)
                .take_while(|byte| *byte == b' ')
                .count();
            line.get(spaces..).unwrap_or_default().to_owned()
        };
        let mut lines: Vec<String> = node.trim_end().lines().map(shown).collect();
        if lines.len() > MAX_LINES {
            lines.truncate(MAX_LINES);
            lines.push("…".to_owned());
        }
        Some(lines.join("\n"))
    }

    /// Where the node at a JSON Pointer stands: its key, where it has one.
    pub(super) fn place(&self, name: &str, pointer: &str) -> Option<Location> {
        let file = self.dir.join(name);
        let text = self.texts.text(&file).ok()?;
        let Place { key, value } = Places::of(&text).nearest(pointer);
        let span = key.unwrap_or(value);
        Some(Location { file, span })
    }
}

impl Open<'_> {
    /// The last text of the file that could be read.
    pub(super) fn good(&self) -> Option<Arc<str>> {
        self.workspace.good.get(&self.file).cloned()
    }

    /// Shows what is known at a place of the file, whose value is given; nothing where that can't be told.
    pub(super) fn look<R>(
        &self,
        value: &Value,
        pointer: &str,
        show: impl FnOnce(Seen<'_>) -> R,
    ) -> Option<R> {
        if self.kind == FileKind::Operation {
            let manifest = lenient::operation(value)?;
            let connector = self.workspace.connector()?;
            return Some(Operation::look(&manifest, connector, pointer, show));
        }
        let (names, root) = self.names(value, pointer)?;
        let probe = Probe::new(pointer);
        let probed = Names {
            probe: Some(probe.clone()),
            ..names
        };
        Compiler::new(probed, root).template(value.pointer(root)?);
        Some(show(Seen {
            environment: probe.seen(),
            input: &Value::Null,
            response: None,
        }))
    }

    /// The names that hold in the template around a place that belongs to no operation, and where that template begins.
    fn names<'p>(&self, value: &Value, pointer: &'p str) -> Option<(Names<'static>, &'p str)> {
        let parts: Vec<&str> = pointer.split('/').skip(1).collect();
        let input = Names::of_any_input();
        let reply = || Names {
            response: Some(Type::any()),
            ..Names::of_any_input()
        };
        if let Some(place) = InSchema::of(self.kind, pointer) {
            let key = match place.part {
                Part::When => "/when",
                Part::OptionsInput(_) => "/input",
                _ => return None,
            };
            return Some((input, pointer.get(..place.options.len() + key.len())?));
        }
        let (names, depth) = match (self.kind, parts.as_slice()) {
            (FileKind::Connector, ["auth", ..]) => {
                let credentials = value.pointer("/credentials/properties");
                let credentials = credentials.and_then(Value::as_object).into_iter().flatten();
                let names = Names {
                    credentials: Some(credentials.map(|(name, _)| name.clone()).collect()),
                    ..Names::default()
                };
                (names, parts.len())
            }
            (FileKind::Connector, ["request", "headers", _, ..]) => (input, 3),
            (
                FileKind::Connector,
                ["errors", _, "code" | "message" | "fields", ..]
                | ["pagination", _, "items" | "next", ..],
            ) => (reply(), 3),
            (FileKind::Connector, ["pagination", _, "request", _, ..]) => {
                let next = Some(Type::any());
                (Names { next, ..reply() }, 4)
            }
            _ => return None,
        };
        let length = parts.iter().take(depth).map(|part| part.len() + 1).sum();
        Some((names, pointer.get(..length)?))
    }
}
