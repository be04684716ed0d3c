//! Keeping only what is wanted of a result.

use serde_json::{Map, Value};

/// A path is at most so long.
const LONGEST: usize = 512;

/// A way into a result: a JSON Pointer (RFC 6901), or names with dots between.
///
/// What it says of a list holds for each of its items, unless it names one by its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    steps: Vec<String>,
}

impl Path {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let steps: Vec<String> = match text.strip_prefix('/') {
            Some(pointer) => pointer
                .split('/')
                .map(|token| token.replace("~1", "/").replace("~0", "~"))
                .collect(),
            None => text.split('.').map(str::to_owned).collect(),
        };
        let sound = text.len() <= LONGEST && steps.iter().all(|step| !step.is_empty());
        sound.then(|| Self {
            text: text.to_owned(),
            steps,
        })
    }
}

/// The part of a value that the paths lead to, and the paths that lead nowhere.
pub(crate) fn keep(value: &Value, paths: &[Path]) -> (Value, Vec<String>) {
    let mut tree = Wanted::default();
    let mut missing = Vec::new();
    for path in paths {
        if leads(value, &path.steps) {
            tree.add(&path.steps);
        } else {
            missing.push(path.text.clone());
        }
    }
    (tree.of(value), missing)
}

/// Does a path lead to anything?
fn leads(value: &Value, steps: &[String]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    match value {
        Value::Object(map) => map.get(step).is_some_and(|value| leads(value, rest)),
        Value::Array(items) => match step.parse::<usize>() {
            Ok(index) => items.get(index).is_some_and(|item| leads(item, rest)),
            // An empty list has nothing that the path could miss.
            Err(_) => items.is_empty() || items.iter().any(|item| leads(item, steps)),
        },
        _ => false,
    }
}

/// What is wanted, as a tree; a leaf wants all.
#[derive(Debug, Default)]
struct Wanted(Vec<(String, Wanted)>, bool);

impl Wanted {
    fn add(&mut self, steps: &[String]) {
        let Some((step, rest)) = steps.split_first() else {
            self.1 = true;
            return;
        };
        if let Some((_, below)) = self.0.iter_mut().find(|(name, _)| name == step) {
            below.add(rest);
            return;
        }
        let mut below = Self::default();
        below.add(rest);
        self.0.push((step.clone(), below));
    }

    fn of(&self, value: &Value) -> Value {
        if self.1 {
            return value.clone();
        }
        match value {
            Value::Object(map) => {
                let mut kept = Map::new();
                for (name, value) in map {
                    if let Some((_, below)) = self.0.iter().find(|(wanted, _)| wanted == name) {
                        kept.insert(name.clone(), below.of(value));
                    }
                }
                Value::Object(kept)
            }
            Value::Array(items) => Value::Array(self.items(items)),
            // A path that goes on below it is met by an item beside it.
            other => other.clone(),
        }
    }

    fn items(&self, items: &[Value]) -> Vec<Value> {
        let named = |index: usize| {
            let mut found = self.0.iter();
            found.find(|(step, _)| step.parse::<usize>() == Ok(index))
        };
        let by_name = self
            .0
            .iter()
            .any(|(step, _)| step.parse::<usize>().is_err());
        let mut kept = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match named(index) {
                Some((_, below)) => kept.push(below.of(item)),
                None if by_name => kept.push(self.of(item)),
                None => {}
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(value: &Value, paths: &[&str]) -> (Value, Vec<String>) {
        let paths: Vec<Path> = paths
            .iter()
            .map(|path| Path::parse(path).unwrap())
            .collect();
        keep(value, &paths)
    }

    #[test]
    fn paths_go_through_lists() {
        let value = json!({
            "data": [{ "id": 1, "name": "a", "owner": { "id": 7, "x": 0 } }, { "id": 2, "name": "b" }],
            "metadata": { "paging": { "next_page": 2, "per_page": 25 } },
        });
        for (paths, expected) in [
            (
                &["data.id"][..],
                json!({ "data": [{ "id": 1 }, { "id": 2 }] }),
            ),
            (
                &["/data/id", "data.owner.id"],
                json!({ "data": [{ "id": 1, "owner": { "id": 7 } }, { "id": 2 }] }),
            ),
            (&["data.1"], json!({ "data": [{ "id": 2, "name": "b" }] })),
            (&["/data/0/name"], json!({ "data": [{ "name": "a" }] })),
            (
                &["metadata.paging.next_page"],
                json!({ "metadata": { "paging": { "next_page": 2 } } }),
            ),
            (
                &["metadata", "metadata.paging.per_page"],
                json!({ "metadata": { "paging": { "next_page": 2, "per_page": 25 } } }),
            ),
        ] {
            assert_eq!(kept(&value, paths), (expected, Vec::new()), "{paths:?}");
        }
    }

    #[test]
    fn paths_that_lead_nowhere_are_told() {
        let value = json!({ "data": [{ "id": 1 }], "none": [] });
        let (value, missing) = kept(&value, &["data.idd", "data.id", "data.id.x", "none.id"]);
        assert_eq!(value, json!({ "data": [{ "id": 1 }], "none": [] }));
        assert_eq!(missing, ["data.idd", "data.id.x"]);
    }

    #[test]
    fn pointers_escape() {
        let value = json!({ "a/b": { "c~d": 1 }, "e.f": 2 });
        assert_eq!(kept(&value, &["/a~1b/c~0d", "/e.f"]).0, value);
        for wrong in ["", "a..b", "/", "//a"] {
            assert!(Path::parse(wrong).is_none(), "{wrong}");
        }
    }
}
