//! What is told of a route: its parameters, its body, its answers.

use serde_json::{Value, json};

/// What a body or an answer holds.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Nothing,
    /// Whatever it is.
    Any,
    Text,
    Object,
    /// One of the components' schemas, by name.
    Schema(&'static str),
}

impl Part {
    /// Its schema; nothing when there is nothing.
    pub(super) fn schema(self) -> Option<Value> {
        Some(match self {
            Self::Nothing => return None,
            Self::Any => json!({}),
            Self::Text => json!({ "type": "string" }),
            Self::Object => json!({ "type": "object" }),
            Self::Schema(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
        })
    }
}

/// A path and a method, as the document has them.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// Names of parameters among the components.
    pub(super) parameters: &'static [&'static str],
    /// What its JSON body is; [`Part::Nothing`] where it takes none. No body is an empty one.
    pub(super) body: Part,
    pub(super) answers: &'static [Answer],
    /// The statuses of the problems that it answers with.
    pub(super) problems: &'static [&'static [u16]],
    /// Is it asked without an API key?
    pub(super) open: bool,
}

/// An answer that is no problem.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// Media type → what is in it.
    pub(super) content: &'static [(&'static str, Part)],
    /// Headers of its own: names among the components.
    pub(super) headers: &'static [&'static str],
}

/// What can go wrong with any request.
pub(super) const ANY: &[u16] = &[500];
/// With one that must be admitted: who asks, how many at once, how long.
pub(super) const ADMITTED: &[u16] = &[400, 401, 403, 429, 503, 504];
/// With one whose query is read.
pub(super) const QUERY: &[u16] = &[400];
/// With one that names an operation.
pub(super) const NAMED: &[u16] = &[400, 403, 404];
/// With one that has a body.
pub(super) const BODY: &[u16] = &[400, 408, 413, 415, 422];
/// With one that calls a service: the engine's own statuses.
pub(super) const CALL: &[u16] = &[401, 403, 404, 422, 429, 499, 500, 502, 503, 504];

#[cfg(test)]
mod tests {
    use super::*;
    use opwire::ErrorKind;
    use std::collections::BTreeSet;

    #[test]
    fn calls_fail_as_the_table_of_kinds_says() {
        let kinds = ErrorKind::ALL.map(ErrorKind::http_status);
        let kinds: Vec<u16> = BTreeSet::from(kinds).into_iter().collect();
        assert_eq!(CALL, kinds);
    }
}
