//! Text, and other types as text.

use super::{Arguments, Given, give, present, required, take, text_at};
use crate::template::eval::{kind_of, text_of};
use jiff::civil::DateTime;
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use serde_json::Value;
use std::borrow::Cow;

/// A helper of one text.
fn map_text(mut arguments: Arguments<'_>, change: impl Fn(&str) -> String) -> Given<'_> {
    match text_at(&mut arguments, 0)? {
        None => Ok(None),
        Some(text) => give(change(&text)),
    }
}

pub(super) fn lower(arguments: Arguments<'_>) -> Given<'_> {
    map_text(arguments, str::to_lowercase)
}

pub(super) fn upper(arguments: Arguments<'_>) -> Given<'_> {
    map_text(arguments, str::to_uppercase)
}

pub(super) fn trim(arguments: Arguments<'_>) -> Given<'_> {
    map_text(arguments, |text| text.trim().to_owned())
}

pub(super) fn split(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(text) = text_at(&mut arguments, 0)? else {
        return Ok(None);
    };
    let separator = required(
        text_at(&mut arguments, 1)?.filter(|s| !s.is_empty()),
        "the separator",
    )?;
    give(
        text.split(&*separator)
            .map(|part| Value::String(part.to_owned()))
            .collect::<Vec<_>>(),
    )
}

pub(super) fn replace(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(text) = text_at(&mut arguments, 0)? else {
        return Ok(None);
    };
    let from = required(
        text_at(&mut arguments, 1)?.filter(|s| !s.is_empty()),
        "what to replace",
    )?;
    let to = text_at(&mut arguments, 2)?.unwrap_or_default();
    give(text.replace(&*from, &to))
}

pub(super) fn starts_with(mut arguments: Arguments<'_>) -> Given<'_> {
    let (text, start) = (text_at(&mut arguments, 0)?, text_at(&mut arguments, 1)?);
    give(
        text.zip(start)
            .is_some_and(|(text, start)| text.starts_with(&*start)),
    )
}

pub(super) fn number(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(value) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    match &*value {
        Value::Number(_) => Ok(Some(value)),
        Value::String(text) => match crate::input::parse_json(text.trim()) {
            Ok(Value::Number(number)) => give(Value::Number(number)),
            _ => Err("the text does not spell a number".to_owned()),
        },
        other => Err(format!("needs a number or text, not {}", kind_of(other))),
    }
}

pub(super) fn string(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(value) = present(take(&mut arguments, 0)) else {
        return Ok(None);
    };
    match text_of(&value) {
        Some(text) => give(text.into_owned()),
        None => Err(format!(
            "{} is not text; `json` gives its JSON",
            kind_of(&value)
        )),
    }
}

pub(super) fn json(mut arguments: Arguments<'_>) -> Given<'_> {
    match take(&mut arguments, 0) {
        None => Ok(None),
        Some(value) => give(value.to_string()),
    }
}

pub(super) fn parse_json(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(text) = text_at(&mut arguments, 0)? else {
        return Ok(None);
    };
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Some(Cow::Owned(value))),
        Err(error) => Err(format!(
            "the text is not JSON (line {}, column {})",
            error.line(),
            error.column()
        )),
    }
}

pub(super) fn date(mut arguments: Arguments<'_>) -> Given<'_> {
    let Some(text) = text_at(&mut arguments, 0)? else {
        return Ok(None);
    };
    let format = required(text_at(&mut arguments, 1)?, "the format")?;
    let time = if let Ok(instant) = text.parse::<Timestamp>() {
        strtime::BrokenDownTime::from(&instant.to_zoned(TimeZone::UTC))
    } else if let Ok(local) = text.parse::<DateTime>() {
        strtime::BrokenDownTime::from(local)
    } else {
        return Err("the text is not an ISO 8601 time or date".to_owned());
    };
    time.to_string(format.as_bytes())
        .map_err(|_| "the format is not a strftime one".to_owned())
        .and_then(give)
}

/// RFC 8288, section 3: `<target>; rel="next last"; …, <target>; …`.
pub(super) fn link(mut arguments: Arguments<'_>) -> Given<'_> {
    let (header, relation) = (text_at(&mut arguments, 0)?, text_at(&mut arguments, 1)?);
    let (Some(header), Some(relation)) = (header, relation) else {
        return Ok(None);
    };
    let mut rest = &*header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else {
            break;
        };
        let (parameters, next) = until_comma(after);
        let found = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value
                    .split(' ')
                    .any(|rel| rel.eq_ignore_ascii_case(&relation))
        });
        if found {
            return give(target);
        }
        rest = next;
    }
    Ok(None)
}

/// The text before the first comma outside quotes, and the text after it.
fn until_comma(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                return (
                    text.get(..at).unwrap_or_default(),
                    text.get(at + 1..).unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
    (text, "")
}
