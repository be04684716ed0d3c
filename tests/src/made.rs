//! Connectors that tests make up.

use opwire::{Catalog, Engine};
use opwire_testkit::{Replay, Reply};
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;

/// Takes its URL from its input.
pub const ANY: &str = "title: O\nkind: main\ndescription: O\ninput: { type: object, additionalProperties: true }\nrequest: { method: GET, url: '{{input.url}}' }\n";

/// Connectors `c0`, `c1`, … at base URLs, each with the operation `any`, in a folder.
fn folder<'a>(bases: impl Iterator<Item = (usize, &'a str)>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (number, base) in bases {
        let name = format!("c{number}");
        let main = dir.path().join(&name).join("main");
        std::fs::create_dir_all(&main).unwrap();
        let base = Value::from(base);
        let text = format!("opwire: 1\nname: {name}\ntitle: C\ndescription: C\nbase_url: {base}\n");
        std::fs::write(dir.path().join(&name).join("connector.yaml"), text).unwrap();
        std::fs::write(main.join("any.yaml"), ANY).unwrap();
    }
    dir
}

/// Such connectors, loaded.
#[must_use]
pub fn connectors<'a>(bases: impl Iterator<Item = (usize, &'a str)>) -> Catalog {
    let dir = folder(bases);
    Catalog::open(dir.path()).unwrap_or_else(|found| panic!("{found}"))
}

/// The numbers of base URLs with which a connector is refused when it is loaded.
#[must_use]
pub fn refused(bases: &[String]) -> HashSet<usize> {
    let dir = folder(bases.iter().map(String::as_str).enumerate());
    let Err(found) = Catalog::open(dir.path()) else {
        return HashSet::new();
    };
    let number = |file: &Path| {
        let name = file.strip_prefix(dir.path()).ok()?.iter().next()?;
        name.to_str()?.strip_prefix('c')?.parse().ok()
    };
    found
        .iter()
        .filter_map(|fault| number(&fault.file))
        .collect()
}

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
#[derive(Debug)]
pub struct Made {
    dir: tempfile::TempDir,
}

impl Made {
    /// Copies of these connectors' folders.
    #[must_use]
    pub fn copy(connectors: &[&Path]) -> Self {
        let made = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for from in connectors {
            copy(from, &made.dir.path().join(from.file_name().unwrap()));
        }
        made
    }

    /// `connector` is the text of `connector.yaml`; operations have a name and a text each.
    #[must_use]
    pub fn new(connector: &str, operations: &[(&str, &str)]) -> Self {
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

    /// The folder that holds the connector's own.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file of the connector.
    pub fn write(&self, file: &str, text: &str) {
        self.write_bytes(file, text.as_bytes());
    }

    /// Writes a file that may be no text.
    pub fn write_bytes(&self, file: &str, text: &[u8]) {
        let path = self.dir.path().join("t").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What is there, loaded. It must be sound.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        Catalog::open(self.dir.path()).unwrap_or_else(|found| panic!("{found}"))
    }

    /// An engine that gets these replies, as examples write them.
    #[must_use]
    pub fn engine(&self, replies: &[Value]) -> (Engine, Replay) {
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
