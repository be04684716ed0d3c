//! Objects: their keys, and lists of {key, value}.
#![expect(
    clippy::unnecessary_wraps,
    reason = "every helper has the one signature"
)]

use super::logic::same;
use super::{Arguments, Given, give, present, take};
use crate::template::eval::{kind_of, text_of};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An object and the names of keys.
type Named<'a> = (Cow<'a, Value>, Vec<String>);

/// The first argument as an object, and the others as names.
fn object_and_names(mut arguments: Arguments<'_>) -> Result<Option<Named<'_>>, String> {
    let Some(object) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    if !object.is_object() {
        return Err(format!("needs an object, not {}", kind_of(&object)));
    }
    let names = arguments
        .iter()
        .skip(1)
        .flatten()
        .filter_map(|name| text_of(name).map(Cow::into_owned))
        .collect();
    Ok(Some((object, names)))
}

fn into_map(value: Cow<'_, Value>) -> Map<String, Value> {
    match value.into_owned() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn filtered(arguments: Arguments<'_>, keep_named: bool) -> Given<'_> {
    let Some((object, names)) = object_and_names(arguments)? else {
        return Ok(None);
    };
    let Value::Object(map) = &*object else {
        return Ok(None);
    };
    let kept = map
        .iter()
        .filter(|(key, _)| names.contains(key) == keep_named);
    give(
        kept.map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}

pub(super) fn pick(arguments: Arguments<'_>) -> Given<'_> {
    filtered(arguments, true)
}

pub(super) fn omit(arguments: Arguments<'_>) -> Given<'_> {
    filtered(arguments, false)
}

pub(super) fn from_entries(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(entries) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    match &*entries {
        Value::Object(_) => Ok(Some(entries)),
        Value::Array(list) => {
            let mut map = Map::with_capacity(list.len());
            for entry in list {
                let key = entry
                    .get("key")
                    .and_then(text_of)
                    .ok_or("each item needs a `key` that is text")?;
                if let Some(value) = entry.get("value") {
                    map.insert(key.into_owned(), value.clone());
                }
            }
            give(map)
        }
        other => Err(format!(
            "needs a list of {{key, value}}, not {}",
            kind_of(other)
        )),
    }
}

pub(super) fn to_entries(arguments: Arguments<'_>) -> Given<'_> {
    let Some((object, _)) = object_and_names(arguments)? else {
        return Ok(None);
    };
    let entry = |(key, value): (String, Value)| serde_json::json!({ "key": key, "value": value });
    give(into_map(object).into_iter().map(entry).collect::<Vec<_>>())
}

pub(super) fn keys(arguments: Arguments<'_>) -> Given<'_> {
    let Some((object, _)) = object_and_names(arguments)? else {
        return Ok(None);
    };
    give(
        into_map(object)
            .into_iter()
            .map(|(key, _)| Value::String(key))
            .collect::<Vec<_>>(),
    )
}

pub(super) fn values(arguments: Arguments<'_>) -> Given<'_> {
    let Some((object, _)) = object_and_names(arguments)? else {
        return Ok(None);
    };
    give(
        into_map(object)
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>(),
    )
}

pub(super) fn only_key(arguments: Arguments<'_>) -> Given<'_> {
    let Some((object, _)) = object_and_names(arguments)? else {
        return Ok(None);
    };
    let mut keys = into_map(object).into_iter();
    match (keys.next(), keys.next()) {
        (Some((key, _)), None) => give(key),
        (None, _) => Err("the object has no key".to_owned()),
        _ => Err("the object has more than one key".to_owned()),
    }
}

pub(super) fn map_value(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(value) = take(&mut arguments, 0) else {
        return Ok(None);
    };
    let mut rest = arguments.into_iter().skip(1);
    while let Some(from) = rest.next() {
        let Some(to) = rest.next() else {
            return Ok(from);
        };
        if from.is_some_and(|from| same(&from, &value)) {
            return Ok(to);
        }
    }
    Ok(Some(value))
}
