//! Public corpora: what others found to break programs like this one.

mod idna;
mod json;
mod json_schema;
mod naughty;
mod uri_template;
mod url;
mod yaml;

use bytes::Bytes;
use http::{Request, Response};
use opwire::{Catalog, Engine, Limits, Transport, TransportFuture};
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex};

const CONNECTOR: &str = "
opwire: 1
name: c
title: C
description: C
base_url: https://c.example.com
request: { query_style: { arrays: repeat, objects: brackets } }
";

/// A module of JavaScript that is `export default` and JSON.
fn module(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    let (_, json) = text.split_once("export default ").unwrap();
    serde_json::from_str(json.trim_end().trim_end_matches(';'))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// A connector of these files.
fn load(files: &[(&str, &str)]) -> Catalog {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let file = dir.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    Catalog::open(dir.path()).unwrap_or_else(|found| panic!("{found}"))
}

/// Keeps what it is asked to send, and answers the same each time.
#[derive(Clone)]
pub(crate) struct Kept {
    sent: Arc<Mutex<Vec<Request<Bytes>>>>,
    reply: Arc<Mutex<Bytes>>,
}

impl Kept {
    pub(crate) fn new(reply: &'static str) -> Self {
        Self {
            sent: Arc::default(),
            reply: Arc::new(Mutex::new(Bytes::from(reply))),
        }
    }

    fn answer(&self, reply: &str) {
        *self.reply.lock().unwrap() = Bytes::copy_from_slice(reply.as_bytes());
    }

    /// What was sent since the last time.
    pub(crate) fn take(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

impl Transport for Kept {
    fn send<'a>(&'a self, request: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        self.sent.lock().unwrap().push(request);
        let reply = opwire_tests::json(200, self.reply.lock().unwrap().clone());
        Box::pin(async move { Ok::<Response<Bytes>, _>(reply) })
    }
}

fn engine(catalog: Catalog, transport: Kept) -> Engine {
    Engine::builder()
        .catalog(catalog)
        .transport(transport)
        .build()
        .unwrap()
}

/// What a corpus brought and didn't, told in one panic.
#[derive(Default)]
struct Tally {
    wrong: Vec<String>,
}

impl Tally {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    fn finish(self) {
        assert!(
            self.wrong.is_empty(),
            "{} wrong:\n{}",
            self.wrong.len(),
            self.wrong.join("\n")
        );
    }
}
