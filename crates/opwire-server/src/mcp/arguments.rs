//! A call's arguments: the input, and what Opwire takes itself.

use super::fields::Path;
use serde_json::{Map, Value};

/// Which paths of the result are wanted.
pub(crate) const FIELDS: &str = "_fields";
/// What follows an earlier result.
pub(crate) const CONTINUE: &str = "_continue";
/// How many items of pages are wanted.
pub(crate) const ITEMS: &str = "_items";

/// At most so many paths may be wanted.
const MOST_FIELDS: usize = 100;

/// What a call asks for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The operation's input.
    pub(crate) input: Map<String, Value>,
    /// The paths that are wanted; all when empty.
    pub(crate) fields: Vec<Path>,
    /// The token of an earlier result.
    pub(crate) next: Option<String>,
    /// How many items are wanted.
    pub(crate) items: Option<usize>,
}

/// The names of Opwire's own arguments: one of these, or another in a catalogue's tool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) fields: &'static str,
    pub(crate) next: &'static str,
    pub(crate) items: &'static str,
}

/// The names beside an operation's own input.
pub(crate) const RESERVED: Names = Names {
    fields: FIELDS,
    next: CONTINUE,
    items: ITEMS,
};

impl Asked {
    /// Takes Opwire's own arguments out of those of a call; the rest is the input.
    ///
    /// # Errors
    /// What is wrong with one of them, for a model to read.
    pub(crate) fn take(mut arguments: Map<String, Value>, names: Names) -> Result<Self, String> {
        let fields = arguments.shift_remove(names.fields);
        let next = arguments.shift_remove(names.next);
        let items = arguments.shift_remove(names.items);
        Ok(Self {
            fields: paths(fields, names.fields)?,
            next: token(next, names.next)?,
            items: count(items, names.items)?,
            input: arguments,
        })
    }
}

fn paths(value: Option<Value>, name: &str) -> Result<Vec<Path>, String> {
    let wrong = || {
        format!(
            "`{name}` must be a list of 1 to {MOST_FIELDS} paths such as \"data.id\" or \"/data/id\""
        )
    };
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        // Models write one path without a list.
        Some(Value::String(one)) => vec![Value::String(one)],
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong()),
    };
    if list.len() > MOST_FIELDS {
        return Err(wrong());
    }
    let read = |path: Value| path.as_str().and_then(Path::parse).ok_or_else(wrong);
    list.into_iter().map(read).collect()
}

fn token(value: Option<Value>, name: &str) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(token)) => Ok(Some(token).filter(|token| !token.is_empty())),
        Some(_) => Err(format!(
            "`{name}` must be the text that an earlier result gave"
        )),
    }
}

fn count(value: Option<Value>, name: &str) -> Result<Option<usize>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .filter(|count| *count > 0)
            .map(Some)
            .ok_or_else(|| format!("`{name}` must be a number from 1 on")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn take(arguments: Value) -> Result<Asked, String> {
        let Value::Object(arguments) = arguments else {
            panic!("no object");
        };
        Asked::take(arguments, RESERVED)
    }

    #[test]
    fn own_arguments_are_taken_out_of_the_input() {
        let asked = take(json!({
            "id": 1, "_fields": ["data.id"], "_continue": "t", "_items": 5
        }))
        .unwrap();
        assert_eq!(Value::Object(asked.input), json!({ "id": 1 }));
        assert_eq!(asked.fields.len(), 1);
        assert_eq!((asked.next.as_deref(), asked.items), (Some("t"), Some(5)));
    }

    #[test]
    fn what_is_wrong_with_them_is_told() {
        for (arguments, part) in [
            (json!({ "_fields": 1 }), "`_fields` must be a list"),
            (json!({ "_fields": [""] }), "`_fields` must be a list"),
            (json!({ "_fields": vec!["a"; 101] }), "1 to 100"),
            (json!({ "_continue": 1 }), "`_continue` must be the text"),
            (json!({ "_items": 0 }), "`_items` must be a number"),
            (json!({ "_items": "5" }), "`_items` must be a number"),
        ] {
            let told = take(arguments.clone()).unwrap_err();
            assert!(told.contains(part), "{arguments}: {told}");
        }
    }
}
