//! Expressions: a path, a literal or a helper's call.

use super::helpers::Helper;
use serde_json::Value;

/// What stands between `{{` and `}}`.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Literal(Value),
    Path(Path),
    Call(&'static Helper, Vec<Expr>),
}

/// A path, split at load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Vec<Step>,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Input,
    Status,
    Headers,
    Body,
    Text,
    Next,
    Items,
    Credentials,
    /// A name bound by `$as`: how many `$each` lie between it and here.
    Local(usize),
}

/// One step into an object or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) key: String,
    /// The key as a list's index, when it is a number.
    pub(crate) index: Option<usize>,
}

impl Step {
    pub(crate) fn new(key: &str) -> Self {
        let numeric = !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
        Self {
            key: key.to_owned(),
            index: if numeric { key.parse().ok() } else { None },
        }
    }

    /// The part of a value that the step leads to.
    pub(crate) fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match value {
            Value::Object(map) => map.get(&self.key),
            Value::Array(list) => list.get(self.index?),
            _ => None,
        }
    }
}

impl Path {
    /// The part of a value that the steps lead to.
    pub(crate) fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.steps
            .iter()
            .try_fold(value, |value, step| step.of(value))
    }
}
