//! Finds secrets in texts that came from outside, in every form that they may have there.

use crate::manifest::locate::escape;
use crate::secret::Secret;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands for a secret.
const REDACTED: &str = "[redacted]";
/// A shorter secret is found as it is, not by its encodings: too much else would look like them.
const SHORT: usize = 8;
/// A shorter one than this is not looked for: its place alone protects it.
const TOO_SHORT: usize = 4;

/// All but what JavaScript's `encodeURIComponent` leaves (ECMA-262, section 19.2.6).
const COMPONENT: AsciiSet = crate::request::SEGMENT
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// All but what JavaScript's `encodeURI` leaves.
const WHOLE_URI: AsciiSet = COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');
/// All but what Python's `urllib.parse.quote` leaves.
const QUOTE: AsciiSet = crate::request::SEGMENT.remove(b'/');
/// What is left as it is differs from encoder to encoder.
const PERCENT: [&AsciiSet; 5] = [
    &crate::request::SEGMENT,
    NON_ALPHANUMERIC,
    &COMPONENT,
    &WHOLE_URI,
    &QUOTE,
];

/// Replaces secrets in texts, in the forms in which services echo them: as it is, percent-encoded, as a form, in JSON,
/// in base64 at any offset, in hexadecimal, as keys of JSON Pointers; and each line of one with several.
pub(crate) struct Redactor(Option<AhoCorasick>);

impl Redactor {
    /// Of these secrets.
    pub(crate) fn of<'a>(secrets: impl Iterator<Item = &'a Secret>) -> Self {
        Self::new(secrets.map(Secret::expose))
    }

    fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            forms_of(secret, &mut forms);
            for line in secret.lines().map(str::trim).filter(|line| *line != secret) {
                forms_of(line, &mut forms);
            }
        }
        forms.retain(|form| form.len() >= TOO_SHORT);
        forms.sort_unstable();
        forms.dedup();
        if forms.is_empty() {
            return Self(None);
        }
        Self(
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                // It searches once: a table of all transitions would take longer to make than it saves.
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(forms)
                .ok(),
        )
    }

    /// Replaces what is found. Secrets that overlap are replaced together, so that nothing of either is left.
    pub(crate) fn text(&self, text: &str) -> String {
        let Some(searcher) = &self.0 else {
            return text.to_owned();
        };
        let mut found: Vec<(usize, usize)> = searcher
            .find_overlapping_iter(text)
            .map(|found| (found.start(), found.end()))
            .collect();
        if found.is_empty() {
            return text.to_owned();
        }
        found.sort_unstable();
        let (mut clean, mut at) = (String::with_capacity(text.len()), 0);
        let mut found = found.into_iter().peekable();
        while let Some((start, mut end)) = found.next() {
            while let Some((_, further)) = found.next_if(|(next, _)| *next < end) {
                end = end.max(further);
            }
            clean.push_str(text.get(at..start).unwrap_or_default());
            clean.push_str(REDACTED);
            at = end;
        }
        clean.push_str(text.get(at..).unwrap_or_default());
        clean
    }

    /// Replaces what is found in a value's texts and keys.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(list) => {
                Value::Array(list.into_iter().map(|value| self.value(value)).collect())
            }
            Value::Object(map) => {
                let members = map.into_iter();
                Value::Object(
                    members
                        .map(|(key, value)| (self.text(&key), self.value(value)))
                        .collect(),
                )
            }
            Value::Number(number) => {
                let text = number.to_string();
                let clean = self.text(&text);
                if clean == text {
                    Value::Number(number)
                } else {
                    Value::String(clean)
                }
            }
            other => other,
        }
    }
}

fn forms_of(secret: &str, forms: &mut Vec<String>) {
    forms.push(secret.to_owned());
    // As a key of a JSON Pointer.
    forms.push(escape(secret).into_owned());
    if secret.len() < SHORT {
        return;
    }
    for set in PERCENT {
        let encoded = utf8_percent_encode(secret, set).to_string();
        forms.push(lower_escapes(&encoded));
        // In a form.
        forms.push(encoded.replace("%20", "+"));
        forms.push(encoded);
    }
    forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    json_forms(secret, forms);
    let hex = hex(secret.as_bytes());
    forms.push(hex.to_ascii_uppercase());
    forms.push(hex);
    for skip in 0..3 {
        base64_within(secret, skip, forms);
    }
}

/// A text in JSON: characters that one encoder writes as they are, another writes by their number.
fn json_forms(secret: &str, forms: &mut Vec<String>) {
    let quoted = Value::String(secret.to_owned()).to_string();
    let within = quoted.len().saturating_sub(1);
    let quoted = quoted.get(1..within).unwrap_or_default();
    let mut written = vec![
        quoted.to_owned(),
        // Python's json.dumps and PHP's json_encode; Go's encoding/json; Java's Gson; .NET's System.Text.Json.
        by_number(quoted, |c| !c.is_ascii(), false),
        by_number(quoted, |c| "<>&".contains(c), false),
        by_number(quoted, |c| "<>&='".contains(c), false),
        by_number(
            &quoted.replace("\\\"", "\""),
            |c| !c.is_ascii() || "\"'<>&+`".contains(c),
            true,
        ),
    ];
    let slashes: Vec<String> = written
        .iter()
        .map(|text| text.replace('/', "\\/"))
        .collect();
    forms.append(&mut written);
    forms.extend(slashes);
}

/// `é` → `\u00e9`
fn by_number(text: &str, which: impl Fn(char) -> bool, upper: bool) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if !which(c) {
            written.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            written.push_str(&if upper {
                format!("\\u{unit:04X}")
            } else {
                format!("\\u{unit:04x}")
            });
        }
    }
    written
}

/// The characters of base64 that a text gives, whatever stands before and after it, when it begins at this offset of
/// three.
fn base64_within(secret: &str, skip: usize, forms: &mut Vec<String>) {
    let mut bytes = vec![0; skip];
    bytes.extend_from_slice(secret.as_bytes());
    // A character that also holds bits of a neighbour is not the secret's own.
    let first = (skip * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    for encoded in [
        STANDARD_NO_PAD.encode(&bytes),
        URL_SAFE_NO_PAD.encode(&bytes),
    ] {
        forms.extend(encoded.get(first..last).map(str::to_owned));
    }
}

/// `%2F` → `%2f`
fn lower_escapes(text: &str) -> String {
    let mut left = 0;
    text.chars()
        .map(|c| {
            left = if c == '%' { 2 } else { i32::max(left - 1, -1) };
            if left >= 0 && c != '%' {
                c.to_ascii_lowercase()
            } else {
                c
            }
        })
        .collect()
}

/// Two hexadecimal digits in lower case for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_found() {
        let secret = "s3cr/t+Tök en\"\\=~-";
        let redactor = Redactor::new([secret].into_iter());
        let json = Value::String(secret.to_owned()).to_string();
        let basic = STANDARD.encode(format!("user:{secret}"));
        let hex: String = secret
            .bytes()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        for form in [
            secret,
            &json,
            &basic,
            &hex,
            &form,
            &percent,
            &lower_escapes(&percent),
            &URL_SAFE_NO_PAD.encode(secret),
        ] {
            let clean = redactor.text(&format!("before {form} after"));
            assert!(clean.contains(REDACTED), "{form}");
            assert!(
                !clean.contains("s3cr")
                    && clean.starts_with("before ")
                    && clean.ends_with(" after"),
                "{clean}"
            );
        }
    }

    #[test]
    fn keys_of_json_pointers_are_found() {
        let redactor = Redactor::new(["a/b~c-secret", "x/y~"].into_iter());
        assert_eq!(redactor.text("/x/a~1b~0c-secret/y"), "/x/[redacted]/y");
        assert_eq!(redactor.text("/x~1y~0/z"), "/[redacted]/z");
    }

    #[test]
    fn what_other_languages_write_is_found() {
        let redactor = Redactor::new(["a/b+c=d<e>&f'é"].into_iter());
        for form in [
            // JavaScript: encodeURIComponent, encodeURI. Python: quote, json.dumps. PHP: json_encode.
            "a%2Fb%2Bc%3Dd%3Ce%3E%26f'%C3%A9",
            "a/b+c=d%3Ce%3E&f'%C3%A9",
            "a/b%2Bc%3Dd%3Ce%3E%26f%27%C3%A9",
            r"a/b+c=d<e>&f'\u00e9",
            r"a\/b+c=d<e>&f'\u00e9",
            // Go: encoding/json. Java: Gson. .NET: System.Text.Json.
            r"a/b+c=d\u003ce\u003e\u0026f'é",
            r"a/b+c\u003dd\u003ce\u003e\u0026f\u0027é",
            r"a/b\u002Bc=d\u003Ce\u003E\u0026f\u0027\u00E9",
        ] {
            assert_eq!(
                redactor.text(&format!("x{form}y")),
                "x[redacted]y",
                "{form}"
            );
        }
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let redactor = Redactor::new(["abcdefgh12", "gh12345678", "cdefgh"].into_iter());
        assert_eq!(redactor.text("x abcdefgh12345678 y"), "x [redacted] y");
    }

    #[test]
    fn lines_of_a_key_are_found_alone() {
        let redactor =
            Redactor::new(["-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----"].into_iter());
        assert_eq!(redactor.text("at MIIEvQIBADANBg"), "at [redacted]");
    }

    proptest! {
        #[test]
        fn nothing_of_a_secret_is_left(secret in "[ -~]{8,40}", before in "[ -~]{0,7}", after in "[ -~]{0,7}") {
            let redactor = Redactor::new([secret.as_str()].into_iter());
            let whole = format!("{before}{secret}{after}");
            prop_assert!(!redactor.text(&whole).contains(&secret));
            for encoded in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                prop_assert!(redactor.text(&encoded).contains(REDACTED));
            }
        }
    }
}
