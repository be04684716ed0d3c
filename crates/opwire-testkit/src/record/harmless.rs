//! Which texts can say nothing of a person and open nothing: those that need no replacing.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use url::Url;

/// A word of an API (`active`, `person/upsert`) is no longer than this.
const WORD: usize = 40;

/// Can this text be kept as it is? `own` is the service's host.
pub(super) fn harmless(text: &str, own: &str) -> bool {
    text.is_empty()
        || is_time(text)
        || is_number(text)
        || is_word(text)
        || is_media_type(text)
        || is_own_url(text, own)
}

/// An ISO 8601 time or date.
fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
        || text.parse::<DateTime>().is_ok()
        || text.parse::<Date>().is_ok()
        || (text.contains(':') && text.parse::<Time>().is_ok())
}

/// A number short enough to be an ID or an amount, and no number of a telephone, a card or a person.
fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    // A zero in front is a telephone's or a postal code's.
    let plain = whole == "0" || !whole.starts_with('0');
    digits(whole) && digits(fraction) && plain && whole.len() + fraction.len() <= 9
}

/// A word of an API: lower-case letters with separators, or upper-case ones; no digits, for tokens have them.
fn is_word(text: &str) -> bool {
    let separators = ['_', '-', '/', '.', ':'];
    let of =
        |letter: fn(&char) -> bool| text.chars().all(|c| letter(&c) || separators.contains(&c));
    text.len() <= WORD
        && (of(char::is_ascii_lowercase) || of(char::is_ascii_uppercase))
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && !text.contains("..")
        // Without a separator, a long one may be a key.
        && text.split(separators).all(|part| part.len() <= 20)
        // A host name or a path with dots may be somebody's.
        && text.matches('.').count() == 0
}

/// `application/json; charset=utf-8`
fn is_media_type(text: &str) -> bool {
    let (kind, parameter) = text.split_once(';').unwrap_or((text, ""));
    let known = ["application/", "text/", "image/", "audio/", "video/"];
    known.iter().any(|start| kind.starts_with(start))
        && kind.len() <= WORD
        && kind
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '/' | '+' | '-' | '.'))
        && matches!(
            parameter.trim().to_ascii_lowercase().as_str(),
            "" | "charset=utf-8"
        )
}

/// A URL of the service itself, whose parts are words and numbers.
fn is_own_url(text: &str, own: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let host = url.host_str() == Some(own);
    let part = |part: &str| part.is_empty() || is_number(part) || is_word(part) || is_version(part);
    let stem = |segment: &str| part(segment.strip_suffix(".json").unwrap_or(segment));
    plain
        && host
        && url
            .path_segments()
            .is_none_or(|mut segments| segments.all(stem))
        && url.query_pairs().all(|(name, value)| {
            let name = name.replace(['[', ']'], "_");
            part(name.trim_matches('_')) && part(&value)
        })
}

/// `v2`
fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix('v').unwrap_or_default();
    (1..=2).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_nothing_is_kept_and_all_else_is_not() {
        for text in [
            "",
            "active",
            "person/upsert",
            "vice_president",
            "DESC",
            "NULLS",
            "12345",
            "19.95",
            "2023-05-15T10:30:00Z",
            "2023-05-15",
            "10:30",
            "application/json; charset=utf-8",
            "https://api.shop.example/v2/people/7.json?page=2&per_page=100",
        ] {
            assert!(harmless(text, "api.shop.example"), "{text}");
        }
        for text in [
            "Ada Lovelace",
            "ada@shop.example",
            "+1 555 010 9999",
            "5550109999",
            "0123456",
            "4111111111111111",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "eyJhbGciOiJIUzI1NiJ9.e30.abc",
            "abcdefghijklmnopqrstuvwxyz",
            "DEADBEEFDEADBEEFDEADBEEF",
            "https://other.example/v2/people/7",
            "https://api.shop.example/reset?token=4eC39HqLyjWDarjtT1zdp7dc",
            "https://u:p@api.shop.example/v2",
            "Call me tomorrow",
            "10.0.0.1",
            "192.168.1.1",
        ] {
            assert!(!harmless(text, "api.shop.example"), "{text}");
        }
    }
}
