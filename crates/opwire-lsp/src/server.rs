//! The requests and notifications of the protocol.

use crate::convert;
use crate::position::Encoding;
use crate::publish::{self, Checker};
use crate::state::State;
use opwire::author::{CompletionKind, Workspace};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::UnboundedReceiver;
use tower_lsp_server::jsonrpc::Result;
#[allow(
    clippy::wildcard_imports,
    reason = "nearly all of what the protocol names"
)]
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer};

/// What opens a list of completions, beside letters.
const TRIGGERS: [&str; 9] = [".", "{", "(", " ", "$", "'", "\"", "#", "/"];

/// The server of one client.
#[derive(Debug)]
pub(crate) struct Backend {
    client: Client,
    state: Arc<Mutex<State>>,
    checker: Checker,
    /// What the checker is asked, until somebody answers it.
    asked: Mutex<Option<UnboundedReceiver<PathBuf>>>,
    /// The client can be asked to tell of files that change on the disk.
    watches: AtomicBool,
    shut_down: Arc<AtomicBool>,
}

impl Backend {
    pub(crate) fn new(client: Client, shut_down: Arc<AtomicBool>) -> Self {
        let (checker, asked) = Checker::new();
        Self {
            client,
            state: Arc::default(),
            checker,
            asked: Mutex::new(Some(asked)),
            watches: AtomicBool::new(false),
            shut_down,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a check of what has changed.
    fn changed(&self, dirs: impl IntoIterator<Item = PathBuf>) {
        dirs.into_iter().for_each(|dir| self.checker.changed(dir));
    }

    /// Answers from a document, by the byte at a position; nothing when it belongs to no connector.
    fn at<R>(
        &self,
        place: &TextDocumentPositionParams,
        answer: impl FnOnce(&State, &Workspace, &Path, &str, usize) -> Option<R>,
    ) -> Option<R> {
        let state = self.state();
        let (file, workspace, text) = state.document(&place.text_document.uri)?;
        let offset = state.encoding.offset(&text, place.position);
        answer(&state, workspace, &file, &text, offset)
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let encoding = Encoding::choose(&params);
        self.state().encoding = encoding;
        let workspace = params.capabilities.workspace.as_ref();
        let watches = workspace.and_then(|it| it.did_change_watched_files);
        let watches = watches.and_then(|it| it.dynamic_registration);
        self.watches.store(watches == Some(true), Ordering::SeqCst);
        let info = ServerInfo {
            name: "opwire".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        Ok(InitializeResult {
            capabilities: capabilities(encoding),
            server_info: Some(info),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let asked = self
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(asked) = asked {
            tokio::spawn(publish::run(
                asked,
                Arc::clone(&self.state),
                self.client.clone(),
            ));
        }
        if self.watches.load(Ordering::SeqCst) {
            let client = self.client.clone();
            // The client's answer comes in its own time: nothing waits for it.
            tokio::spawn(async move { client.register_capability(vec![watch()]).await });
        }
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let dir = self
            .state()
            .open(&document.uri, document.version, document.text);
        self.changed(dir);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let changes = &params.content_changes;
        let dir = self
            .state()
            .change(&document.uri, document.version, changes);
        self.changed(dir);
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        let dirs = self.state().touched([&params.text_document.uri]);
        self.changed(dirs);
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let dir = self.state().close(&params.text_document.uri);
        self.changed(dir);
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris = params.changes.iter().map(|change| &change.uri);
        let dirs = self.state().touched(uris);
        self.changed(dirs);
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let trigger = params.context.and_then(|context| context.trigger_character);
        let items = self.at(
            &params.text_document_position,
            |state, workspace, file, text, offset| {
                let mut found = workspace.complete(file, offset);
                // A space before a key is indentation: nothing should come in the way of the next.
                let key = |kind| matches!(kind, CompletionKind::Key | CompletionKind::Operator);
                if trigger.as_deref() == Some(" ") {
                    found.retain(|completion| !key(completion.kind));
                }
                let each = found.into_iter().enumerate();
                let each =
                    each.map(|(index, it)| convert::completion(it, index, text, state.encoding));
                Some(each.collect())
            },
        );
        Ok(items.map(CompletionResponse::Array))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = &params.text_document_position_params;
        Ok(self.at(place, |state, workspace, file, text, offset| {
            let hover = workspace.hover(file, offset)?;
            let range = state.encoding.range(text, hover.span.start, hover.span.end);
            Some(Hover {
                contents: HoverContents::Markup(convert::markdown(hover.markdown)),
                range: Some(range),
            })
        }))
    }

    async fn goto_definition(
        &self,
        params: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let place = &params.text_document_position_params;
        let location = self.at(place, |state, workspace, file, _, offset| {
            let location = workspace.definition(file, offset)?;
            let text = workspace.text(&location.file)?;
            let uri = state.uri_of(&location.file)?;
            Some(convert::location(uri, &text, location.span, state.encoding))
        });
        Ok(location.map(GotoDefinitionResponse::Scalar))
    }

    async fn document_symbol(
        &self,
        params: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        let state = self.state();
        let Some((file, workspace, text)) = state.document(&params.text_document.uri) else {
            return Ok(None);
        };
        let each = workspace.symbols(&file).into_iter();
        let symbols = each.map(|symbol| convert::symbol(symbol, &text, state.encoding));
        Ok(Some(DocumentSymbolResponse::Nested(symbols.collect())))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let wanted = params.context.only.is_none_or(|only| {
            let fits = |kind: &CodeActionKind| {
                CodeActionKind::QUICKFIX.as_str().starts_with(kind.as_str())
            };
            only.iter().any(fits)
        });
        let state = self.state();
        let Some((file, workspace, text)) = state.document(&params.text_document.uri) else {
            return Ok(None);
        };
        if !wanted {
            return Ok(Some(Vec::new()));
        }
        let known = state
            .findings(&file)
            .filter(|findings| findings.text == text);
        let found = match known {
            Some(findings) => findings.found.clone(),
            // The last check was of another text.
            None => workspace
                .check()
                .found
                .into_iter()
                .filter(|it| it.file == file)
                .collect(),
        };
        let actions = found.iter().filter_map(|finding| {
            let edit = convert::mend(finding, &text, state.encoding)?;
            let diagnostic = convert::diagnostic(finding, &text, state.encoding);
            let (here, asked) = (diagnostic.range, params.range);
            let apart = here.end < asked.start || asked.end < here.start;
            (!apart).then(|| action(&params.text_document.uri, edit, diagnostic))
        });
        Ok(Some(actions.collect()))
    }
}

fn action(uri: &Uri, edit: TextEdit, diagnostic: Diagnostic) -> CodeActionOrCommand {
    let title = convert::title(&edit);
    let changes = [(uri.clone(), vec![edit])].into_iter().collect();
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic]),
        edit: Some(WorkspaceEdit {
            changes: Some(changes),
            ..WorkspaceEdit::default()
        }),
        is_preferred: Some(true),
        ..CodeAction::default()
    })
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    let completion = CompletionOptions {
        trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
        ..CodeActionOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        completion_provider: Some(completion),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        ..ServerCapabilities::default()
    }
}

/// Asks the client to tell of YAML files that change on the disk.
fn watch() -> Registration {
    Registration {
        id: "yaml-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(serde_json::json!({ "watchers": [{ "globPattern": "**/*.yaml" }] })),
    }
}
