//! Lists, and what lists and texts share.

use super::logic::same;
use super::{Arguments, Given, give, present, required, take, text_at};
use crate::template::eval::{kind_of, text_of};
use serde_json::Value;
use std::borrow::Cow;

pub(super) fn length(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(value) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    match &*value {
        Value::Array(list) => give(list.len()),
        Value::Object(map) => give(map.len()),
        Value::String(text) => give(text.chars().count()),
        other => Err(format!(
            "needs a list, object or text, not {}",
            kind_of(other)
        )),
    }
}

/// One item of a list.
fn item<'a>(arguments: &mut Arguments<'a>, at: impl Fn(usize) -> Option<usize>) -> Given<'a> {
    let Some(list) = present(take(arguments, 0)) else {
        return Ok(None);
    };
    match list {
        Cow::Borrowed(Value::Array(list)) => {
            Ok(at(list.len()).and_then(|i| list.get(i)).map(Cow::Borrowed))
        }
        Cow::Owned(Value::Array(mut list)) => Ok(at(list.len())
            .filter(|i| *i < list.len())
            .map(|i| Cow::Owned(list.swap_remove(i)))),
        other => Err(format!("needs a list, not {}", kind_of(&other))),
    }
}

pub(super) fn first(mut arguments: Arguments<'_>) -> Given<'_> {
    item(&mut arguments, |_| Some(0))
}

pub(super) fn last(mut arguments: Arguments<'_>) -> Given<'_> {
    item(&mut arguments, |length| length.checked_sub(1))
}

pub(super) fn join(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(list) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    let Value::Array(items) = &*list else {
        return Err(format!("needs a list, not {}", kind_of(&list)));
    };
    let separator = required(text_at(&mut arguments, 1)?, "the separator")?;
    let mut texts = Vec::with_capacity(items.len());
    for item in items.iter().filter(|item| !item.is_null()) {
        texts.push(text_of(item).ok_or_else(|| format!("can't join {}", kind_of(item)))?);
    }
    give(texts.join(&*separator))
}

pub(super) fn concat(arguments: Arguments<'_>) -> Given<'_> {
    let parts: Vec<_> = arguments.into_iter().filter_map(present).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    if parts.iter().all(|part| part.is_array()) {
        let lists = parts.into_iter().map(Cow::into_owned);
        return give(
            lists
                .flat_map(|list| {
                    if let Value::Array(list) = list {
                        list
                    } else {
                        Vec::new()
                    }
                })
                .collect::<Vec<_>>(),
        );
    }
    let mut text = String::new();
    for part in &parts {
        text.push_str(
            &text_of(part).ok_or_else(|| format!("can't put {} into one text", kind_of(part)))?,
        );
    }
    give(text)
}

pub(super) fn slice(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(value) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    let bound = |argument: Option<Cow<'_, Value>>| match present(argument) {
        None => Ok(None),
        Some(number) => {
            let number = number.as_u64().and_then(|n| usize::try_from(n).ok());
            number
                .map(Some)
                .ok_or("the bounds are whole numbers from 0".to_owned())
        }
    };
    let start = bound(take(&mut arguments, 1))?.unwrap_or(0);
    let end = bound(take(&mut arguments, 2))?.unwrap_or(usize::MAX);
    let count = end.saturating_sub(start);
    match &*value {
        Value::Array(list) => give(
            list.iter()
                .skip(start)
                .take(count)
                .cloned()
                .collect::<Vec<_>>(),
        ),
        Value::String(text) => give(text.chars().skip(start).take(count).collect::<String>()),
        other => Err(format!("needs a list or text, not {}", kind_of(other))),
    }
}

pub(super) fn contains(mut arguments: Arguments<'_>) -> Given<'_> {
    let (Some(whole), Some(part)) = (
        present(take(&mut arguments, 0)),
        present(take(&mut arguments, 1)),
    ) else {
        return give(false);
    };
    match &*whole {
        Value::Array(list) => give(list.iter().any(|item| same(item, &part))),
        Value::Object(map) => give(part.as_str().is_some_and(|key| map.contains_key(key))),
        Value::String(text) => give(text_of(&part).is_some_and(|part| text.contains(&*part))),
        other => Err(format!(
            "needs a list, object or text, not {}",
            kind_of(other)
        )),
    }
}
