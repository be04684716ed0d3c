//! Connectors that tests make up.

use opwire::{Catalog, Engine};
use opwire_testkit::{Replay, Reply};
use serde_json::Value;
use std::path::Path;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A connector in a folder of its own, with these operations.
pub(crate) struct Made {
    dir: tempfile::TempDir,
}

impl Made {
    /// Copies of these connectors' folders.
    pub(crate) fn copy(connectors: &[&Path]) -> Self {
        let made = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for from in connectors {
            copy(from, &made.dir.path().join(from.file_name().unwrap()));
        }
        made
    }

    /// `connector` is the text of `connector.yaml`; operations have a name and a text each.
    pub(crate) fn new(connector: &str, operations: &[(&str, &str)]) -> Self {
        let made = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        made.write("connector.yaml", connector);
        for (name, text) in operations {
            let kind = if text.contains("kind: ddl") {
                "ddl"
            } else {
                "main"
            };
            made.write(&format!("{kind}/{name}.yaml"), text);
        }
        made
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.dir.path().join("t").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn catalog(&self) -> Catalog {
        Catalog::open(self.dir.path()).unwrap_or_else(|found| panic!("{found}"))
    }

    pub(crate) fn engine(&self, replies: &[Value]) -> (Engine, Replay) {
        let replies: Vec<Reply> = replies
            .iter()
            .map(|reply| serde_json::from_value(reply.clone()).unwrap())
            .collect();
        let replay = Replay::new(&replies).unwrap();
        (
            Engine::builder()
                .catalog(self.catalog())
                .transport(replay.clone())
                .build()
                .unwrap(),
            replay,
        )
    }
}
