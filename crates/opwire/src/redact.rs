//! Finds secrets in texts that came from outside, in every form that they may have there.

use crate::manifest::locate::escape;
use crate::secret::Secret;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands for a secret.
const REDACTED: &str = "[redacted]";
/// A shorter secret is found as it is, not by its encodings: too much else would look like them.
const SHORT: usize = 8;
/// A shorter one than this is not looked for: its place alone protects it.
const TOO_SHORT: usize = 4;

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
    let encoded = utf8_percent_encode(secret, &crate::request::SEGMENT).to_string();
    forms.push(encoded.clone());
    forms.push(lower_escapes(&encoded));
    let all = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    forms.push(lower_escapes(&all));
    forms.push(all);
    forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    let quoted = Value::String(secret.to_owned()).to_string();
    let quoted = quoted.trim_matches('"').to_owned();
    forms.push(quoted.replace('/', "\\/"));
    forms.push(quoted);
    let hex = hex(secret.as_bytes());
    forms.push(hex.to_ascii_uppercase());
    forms.push(hex);
    for skip in 0..3 {
        base64_within(secret, skip, forms);
    }
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
        let secret = "s3cr/t+Tök en\"\\=";
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
