//! What the server keeps: open documents, the workspaces of their connectors, and what was last found in each.

use crate::position::Encoding;
use opwire::Diagnostic;
use opwire::author::{Checked, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_lsp_server::ls_types::{TextDocumentContentChangeEvent, Uri};

/// All that the server keeps.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) encoding: Encoding,
    /// By the connector's folder.
    workspaces: BTreeMap<PathBuf, Workspace>,
    documents: BTreeMap<PathBuf, Document>,
    findings: BTreeMap<PathBuf, Findings>,
}

/// A document that the client has open.
#[derive(Clone, Debug)]
struct Document {
    /// As the client writes it.
    uri: Uri,
    version: i32,
}

/// What was found in a file, and in which text of it.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    pub(crate) found: Vec<Diagnostic>,
    pub(crate) text: Arc<str>,
    version: Option<i32>,
}

/// What is to be published of a file.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) uri: Uri,
    pub(crate) version: Option<i32>,
    pub(crate) findings: Findings,
}

impl State {
    /// Takes in a document; its connector's folder, when it belongs to one.
    pub(crate) fn open(&mut self, uri: &Uri, version: i32, text: String) -> Option<PathBuf> {
        let file = path_of(uri)?;
        let dir = Workspace::folder_of(&file)?.to_owned();
        let workspace = self.workspaces.entry(dir.clone());
        let workspace = workspace.or_insert_with(|| Workspace::new(&dir));
        workspace.open(&file, text);
        let uri = uri.clone();
        self.documents.insert(file, Document { uri, version });
        Some(dir)
    }

    /// Changes an open document.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
    ) -> Option<PathBuf> {
        let file = path_of(uri)?;
        self.documents.get_mut(&file)?.version = version;
        let encoding = self.encoding;
        let workspace = self.workspace_mut(&file)?;
        let mut text = workspace.files().get(&file)?.to_string();
        for change in changes {
            text = encoding.changed(&text, change);
        }
        workspace.open(file, text);
        Some(workspace.dir().to_owned())
    }

    /// The document is as the disk has it again.
    pub(crate) fn close(&mut self, uri: &Uri) -> Option<PathBuf> {
        let file = path_of(uri)?;
        self.documents.remove(&file)?;
        let workspace = self.workspace_mut(&file)?;
        workspace.close(&file);
        Some(workspace.dir().to_owned())
    }

    /// Files have changed on the disk; the folders of the connectors that they belong to.
    pub(crate) fn touched<'u>(
        &mut self,
        uris: impl IntoIterator<Item = &'u Uri>,
    ) -> BTreeSet<PathBuf> {
        let mut dirs = BTreeSet::new();
        for file in uris.into_iter().filter_map(path_of) {
            if let Some(workspace) = self.workspace_mut(&file) {
                workspace.refresh();
                dirs.insert(workspace.dir().to_owned());
            }
        }
        dirs
    }

    /// A document and the workspace that it belongs to.
    pub(crate) fn document(&self, uri: &Uri) -> Option<(PathBuf, &Workspace, Arc<str>)> {
        let file = path_of(uri).filter(|file| self.documents.contains_key(file))?;
        let (_, workspace) = self
            .workspaces
            .iter()
            .find(|(dir, _)| file.starts_with(dir))?;
        let text = Arc::clone(workspace.files().get(&file)?);
        Some((file, workspace, text))
    }

    /// The URI of a file: as the client wrote it, where it is open.
    pub(crate) fn uri_of(&self, file: &Path) -> Option<Uri> {
        match self.documents.get(file) {
            Some(document) => Some(document.uri.clone()),
            None => Uri::from_file_path(file),
        }
    }

    /// What is to be checked, to be looked at in another thread.
    pub(crate) fn workspace(&self, dir: &Path) -> Option<Workspace> {
        self.workspaces.get(dir).cloned()
    }

    /// Is a connector's folder as it was when it was given out?
    pub(crate) fn is_current(&self, checked: &Workspace) -> bool {
        let now = self.workspaces.get(checked.dir());
        now.is_some_and(|now| now.files().is_same(checked.files()))
    }

    /// Takes in what was found, and tells what is new in it.
    pub(crate) fn learn(
        &mut self,
        checked: &Workspace,
        Checked { found, whole, .. }: Checked,
    ) -> Vec<News> {
        let dir = checked.dir();
        let mut by_file: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        for diagnostic in found {
            by_file
                .entry(diagnostic.file.clone())
                .or_default()
                .push(diagnostic);
        }
        // Files without findings are told as such once, and those that are open each time that they have changed.
        let open = self.documents.keys().filter(|file| file.starts_with(dir));
        let known = self.findings.keys().filter(|file| file.starts_with(dir));
        let quiet: Vec<PathBuf> = open.chain(known.filter(|_| whole)).cloned().collect();
        for file in quiet {
            if whole
                || self
                    .findings
                    .get(&file)
                    .is_none_or(|it| it.found.is_empty())
            {
                by_file.entry(file).or_default();
            }
        }
        let mut news = Vec::new();
        for (file, found) in by_file {
            let version = self.documents.get(&file).map(|document| document.version);
            let before = self.findings.get(&file);
            if before.is_some_and(|before| before.found == found && before.version == version) {
                continue;
            }
            let text = match checked.files().get(&file) {
                Some(text) => Arc::clone(text),
                None => std::fs::read_to_string(&file).unwrap_or_default().into(),
            };
            let findings = Findings {
                found,
                text,
                version,
            };
            let Some(uri) = self.uri_of(&file) else {
                continue;
            };
            self.findings.insert(file, findings.clone());
            news.push(News {
                uri,
                version,
                findings,
            });
        }
        news
    }

    /// What was found in a file.
    pub(crate) fn findings(&self, file: &Path) -> Option<&Findings> {
        self.findings.get(file)
    }

    fn workspace_mut(&mut self, file: &Path) -> Option<&mut Workspace> {
        let mut all = self.workspaces.iter_mut();
        let found = all.find(|(dir, _)| file.starts_with(dir));
        found.map(|(_, workspace)| workspace)
    }
}

/// The file that a URI names; nothing for other schemes than `file`.
fn path_of(uri: &Uri) -> Option<PathBuf> {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    let path = uri.to_file_path().filter(|_| is_file)?;
    Some(path.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTOR: &str =
        "opwire: 1\nname: shop\ntitle: Shop\ndescription: Made up.\nbase_url: https://a.example\n";

    /// A state with two open files of a connector: `connector.yaml`, and an operation with a fault.
    fn opened() -> (tempfile::TempDir, State, [Uri; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("shop");
        std::fs::create_dir_all(dir.join("main")).unwrap();
        std::fs::write(dir.join("connector.yaml"), CONNECTOR).unwrap();
        let uris = ["connector.yaml", "main/get.yaml"];
        let uris = uris.map(|name| Uri::from_file_path(dir.join(name)).unwrap());
        let mut state = State::default();
        state.open(&uris[0], 1, CONNECTOR.to_owned()).unwrap();
        state.open(&uris[1], 1, "knd: main\n".to_owned()).unwrap();
        (folder, state, uris)
    }

    /// What a check tells of files: their names' ends, versions and how much was found.
    fn told(state: &mut State) -> Vec<(bool, Option<i32>, bool)> {
        let dir = state.workspaces.keys().next().unwrap().clone();
        let workspace = state.workspace(&dir).unwrap();
        assert!(state.is_current(&workspace));
        let news = state.learn(&workspace, workspace.check()).into_iter();
        let each = news.map(|it| {
            let connector = it.uri.as_str().ends_with("connector.yaml");
            (connector, it.version, it.findings.found.is_empty())
        });
        each.collect()
    }

    #[test]
    fn only_what_is_new_is_told() {
        let (_folder, mut state, [_, operation]) = opened();
        let first = told(&mut state);
        assert!(first.contains(&(false, Some(1), false)), "{first:?}");
        assert_eq!(told(&mut state), []);
        // A new version is told even where the findings are the same.
        state.change(&operation, 2, &[]).unwrap();
        assert_eq!(told(&mut state), [(false, Some(2), false)]);
    }

    #[test]
    fn findings_stand_while_the_connector_cannot_be_read() {
        let (_folder, mut state, [connector, operation]) = opened();
        told(&mut state);
        state.open(&connector, 2, "opwire: {".to_owned()).unwrap();
        state.change(&operation, 2, &[]).unwrap();
        assert_eq!(told(&mut state), [(true, Some(2), false)]);
        state.open(&connector, 3, CONNECTOR.to_owned()).unwrap();
        let again = told(&mut state);
        assert!(again.contains(&(false, Some(2), false)), "{again:?}");
    }

    #[test]
    fn a_check_of_what_has_changed_is_not_current() {
        let (_folder, mut state, [connector, operation]) = opened();
        let dir = state.workspaces.keys().next().unwrap().clone();
        let before = state.workspace(&dir).unwrap();
        state.change(&operation, 2, &[]).unwrap();
        assert!(!state.is_current(&before));
        let before = state.workspace(&dir).unwrap();
        state.close(&connector).unwrap();
        assert!(!state.is_current(&before));
    }

    #[test]
    fn only_files_are_opened() {
        let mut state = State::default();
        for uri in ["untitled:connector.yaml", "file:///nowhere/main/x.yaml"] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(state.open(&uri, 1, String::new()), None);
            assert!(state.document(&uri).is_none());
        }
    }
}
