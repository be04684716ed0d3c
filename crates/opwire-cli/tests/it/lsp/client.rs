//! A client of the Language Server Protocol, as far as the sessions need one.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A server that says nothing for so long is stuck.
const STUCK: Duration = Duration::from_secs(60);

/// A client and its server.
pub(super) struct Client {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    requests: i64,
    /// What was published last, by file.
    published: BTreeMap<PathBuf, (i64, Vec<Value>)>,
    /// Open documents: version and text.
    documents: BTreeMap<PathBuf, (i64, String)>,
    /// Requests that the server made.
    pub(super) asked: Vec<Value>,
    /// A folder of its own, with a copy of the connector `shop`.
    folder: tempfile::TempDir,
}

impl Client {
    /// Starts a server, and says hello in the encodings that the client knows.
    pub(super) fn start(encodings: &[&str]) -> (Self, Value) {
        let mut client = Self::silent();
        let capabilities = json!({
            "general": { "positionEncodings": encodings },
            "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
        });
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        let hello = client.request("initialize", params);
        client.notify("initialized", &json!({}));
        (client, hello)
    }

    /// Starts a server.
    pub(super) fn silent() -> Self {
        let folder = copy_of_shop();
        let mut server = Command::new(env!("CARGO_BIN_EXE_opwire"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (server.stdin.take(), server.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            server,
            input,
            messages,
            requests: 0,
            published: BTreeMap::new(),
            documents: BTreeMap::new(),
            asked: Vec::new(),
            folder,
        }
    }

    /// A file of the connector's folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("shop").join(name)
    }

    pub(super) fn uri(&self, name: &str) -> String {
        format!("file://{}", self.file(name).display())
    }

    pub(super) fn send(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    pub(super) fn notify(&mut self, method: &str, params: &Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.send(&message.to_string());
    }

    /// The result of a request; the error where there is one.
    pub(super) fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message.to_string());
        loop {
            let answer = self.next();
            if answer["id"] == id && answer.get("method").is_none() {
                let error = answer.get("error").cloned();
                return error.unwrap_or_else(|| answer["result"].clone());
            }
        }
    }

    /// The next message, taken note of.
    pub(super) fn next(&mut self) -> Value {
        let message = self
            .messages
            .recv_timeout(STUCK)
            .unwrap_or_else(|_| panic!("the server says nothing"));
        if message.get("method").is_some() && message.get("id").is_some() {
            let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": null });
            self.send(&answer.to_string());
            self.asked.push(message.clone());
        }
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let file = params["uri"]
                .as_str()
                .unwrap()
                .strip_prefix("file://")
                .unwrap();
            let version = params["version"].as_i64().unwrap_or(-1);
            let found = params["diagnostics"].as_array().unwrap().clone();
            self.published.insert(file.into(), (version, found));
        }
        message
    }

    /// Waits for the findings of a file's present version.
    pub(super) fn findings(&mut self, name: &str) -> Vec<Value> {
        let file = self.file(name);
        let version = self.documents[&file].0;
        loop {
            if let Some((of, found)) = self.published.get(&file)
                && *of == version
            {
                return found.clone();
            }
            self.next();
        }
    }

    /// Waits until a file's findings have these codes.
    pub(super) fn await_codes(&mut self, name: &str, codes: &[&str]) {
        let file = self.file(name);
        loop {
            if let Some((_, found)) = self.published.get(&file) {
                let now: Vec<&str> = found
                    .iter()
                    .map(|it| it["code"].as_str().unwrap())
                    .collect();
                if now == codes {
                    return;
                }
            }
            self.next();
        }
    }

    pub(super) fn open(&mut self, name: &str) {
        let file = self.file(name);
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let document =
            json!({ "uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text });
        self.documents.insert(file, (1, text));
        self.notify("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.documents.remove(&self.file(name));
        let document = json!({ "textDocument": { "uri": self.uri(name) } });
        self.notify("textDocument/didClose", &document);
    }

    /// Writes something in place of a part of a document that stands in it once.
    pub(super) fn edit(&mut self, name: &str, part: &str, written: &str) {
        let (version, text) = self.documents[&self.file(name)].clone();
        assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
        let start = text.find(part).unwrap();
        let range =
            json!({ "start": place(&text, start), "end": place(&text, start + part.len()) });
        let text = text.replacen(part, written, 1);
        self.documents.insert(self.file(name), (version + 1, text));
        let params = json!({
            "textDocument": { "uri": self.uri(name), "version": version + 1 },
            "contentChanges": [{ "range": range, "text": written }],
        });
        self.notify("textDocument/didChange", &params);
    }

    /// A document and a place in it: that of `|` in a part that stands in it once.
    pub(super) fn at(&self, name: &str, part: &str) -> Value {
        let text = &self.documents[&self.file(name)].1;
        let plain = part.replacen('|', "", 1);
        assert_eq!(text.matches(&plain).count(), 1, "{plain} in {text}");
        let offset = text.find(&plain).unwrap() + part.find('|').unwrap();
        json!({ "textDocument": { "uri": self.uri(name) }, "position": place(text, offset) })
    }

    /// The labels that are offered at a place.
    pub(super) fn complete(&mut self, name: &str, part: &str) -> Vec<String> {
        let items = self.request("textDocument/completion", self.at(name, part));
        let mut items = items.as_array().unwrap().clone();
        items.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
        items
            .iter()
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The part of a document that a range holds.
    pub(super) fn text_of(&self, name: &str, range: &Value) -> String {
        let text = &self.documents[&self.file(name)].1;
        slice(text, range).to_owned()
    }

    /// Makes the edits of a code action.
    pub(super) fn apply(&mut self, name: &str, edit: &Value) {
        let edits = edit["changes"][&self.uri(name)].as_array().unwrap().clone();
        for edit in edits {
            let (version, text) = self.documents[&self.file(name)].clone();
            let (start, end) = (
                offset(&text, &edit["range"]["start"]),
                offset(&text, &edit["range"]["end"]),
            );
            let new = edit["newText"].as_str().unwrap();
            let text = format!("{}{new}{}", &text[..start], &text[end..]);
            self.documents.insert(self.file(name), (version + 1, text));
            let params = json!({
                "textDocument": { "uri": self.uri(name), "version": version + 1 },
                "contentChanges": [{ "range": edit["range"], "text": new }],
            });
            self.notify("textDocument/didChange", &params);
        }
    }

    /// Closes the server's input and waits for its end.
    pub(super) fn leave(mut self) -> Option<i32> {
        drop(self.input.take());
        self.server.wait().unwrap().code()
    }

    /// Waits for the server's end, its input still open.
    pub(super) fn ended(mut self) -> Option<i32> {
        self.server.wait().unwrap().code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// A message with its head (`Content-Length`).
fn read(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The line and the column, in UTF-16 code units.
fn place(text: &str, offset: usize) -> Value {
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": line, "character": text[start..offset].encode_utf16().count() })
}

fn offset(text: &str, place: &Value) -> usize {
    let mut lines = text.split_inclusive('\n');
    let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
    let start: usize = lines.by_ref().take(line).map(str::len).sum();
    let mut units = place["character"].as_u64().unwrap();
    let rest = text[start..].chars();
    let before = rest.take_while(|c| {
        let more = units > 0;
        units = units.saturating_sub(c.len_utf16() as u64);
        more
    });
    start + before.map(char::len_utf8).sum::<usize>()
}

fn slice<'t>(text: &'t str, range: &Value) -> &'t str {
    &text[offset(text, &range["start"])..offset(text, &range["end"])]
}

/// A folder with a copy of the connector `shop`.
pub(super) fn copy_of_shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsp/shop");
    copy(&shop, &folder.path().join("shop"));
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
