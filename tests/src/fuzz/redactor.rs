//! Any secret, in any form that a service may echo it in, amid any text: nothing of it is told, and nothing else is lost.

use super::{engine, wait};
use crate::fake::{Fake, reply};
use crate::made::Made;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use http::HeaderValue;
use opwire::{Catalog, Error};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::sync::LazyLock;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
errors: [{ when: { status: 400 }, message: '{{response.text}}', fields: '{{response.body.errors}}' }]
";
const OPERATION: &str = "
title: O
kind: main
description: O
input: { properties: { one: { type: string, x-secret: true }, other: { type: string, x-secret: true } } }
request: { method: GET, path: /x }
";
/// A text is cut here, so that none is longer.
const SHOWN: usize = 2000;
/// What stands for a secret.
const REDACTED: &str = "[redacted]";

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Made::new(CONNECTOR, &[("o", OPERATION)]).catalog());

/// Parts between bytes 0xff: two secrets, texts around and between them, and a byte for each form.
pub(super) fn run(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == 0xff);
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let [one, other, before, between, after] = std::array::from_fn(|_| text());
    let choice = text().into_bytes();
    let choice = |at: usize| choice.get(at).copied().map_or(0, usize::from);
    if [&one, &other, &before, &between, &after]
        .iter()
        .any(|part| part.len() > 120)
    {
        return;
    }
    let echoed = [
        before.as_str(),
        &echo(&one, choice(0), &before),
        &between,
        &echo(&other, choice(1), &before),
        &after,
    ];
    let echoed = echoed.concat();
    if echoed.len() > SHOWN || echoed.trim().is_empty() {
        return;
    }
    let error = refusal(&one, &other, &echoed, choice(2) % 2 == 1);
    let ours = "the service answered 400: ";
    let mut told = vec![
        error
            .message()
            .strip_prefix(ours)
            .unwrap_or_default()
            .to_owned(),
    ];
    leaves(error.body().unwrap_or(&Value::Null), &mut told);
    for violation in error.violations() {
        told.extend([violation.pointer.clone(), violation.message.clone()]);
    }
    let mut there = false;
    for secret in [&one, &other] {
        for form in all_forms(secret) {
            there |= echoed.contains(&form);
            // What stands for a secret may look like a part of another, and is none.
            if !REDACTED.contains(&form) && !form.contains(['[', ']']) {
                let leak = told.iter().find(|told| told.contains(&form));
                assert!(leak.is_none(), "{secret:?} as {form:?} in {leak:?}");
            }
        }
    }
    // A text that holds none is told as it is.
    if !there && let Some(body) = error.body().and_then(Value::as_str) {
        assert_eq!(body, echoed, "{one:?}, {other:?}");
    }
}

/// What a service's refusal makes of a text, as JSON or as text.
fn refusal(one: &str, other: &str, echoed: &str, json: bool) -> Error {
    let body = if json {
        json!({"error": echoed, "errors": {echoed: [echoed]}}).to_string()
    } else {
        echoed.to_owned()
    };
    let mut reply = reply(400, &[], &body);
    if !json {
        let text = HeaderValue::from_static("text/plain");
        reply.headers_mut().insert("content-type", text);
    }
    let fake = Fake::new(move |_, _| Ok(reply.clone()));
    let engine = engine(&CATALOG, &fake).build().unwrap();
    wait(engine.invoke("t.o", json!({"one": one, "other": other}))).unwrap_err()
}

/// Every text and key of a value.
fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| leaves(value, into)),
        Value::Object(map) => {
            for (key, value) in map {
                into.push(key.clone());
                leaves(value, into);
            }
        }
        _ => {}
    }
}

/// The secret as a service may say it: in one of its forms, or in base64 together with other text.
fn echo(secret: &str, form: usize, around: &str) -> String {
    let forms = forms(secret);
    if form % 4 == 3 {
        let whole = format!("{around}{secret}{around}");
        return if form % 8 == 3 {
            STANDARD.encode(whole)
        } else {
            URL_SAFE.encode(whole)
        };
    }
    forms[form / 4 % forms.len()].clone()
}

/// The forms in which a secret and each of its lines must not be told. A short one has only its own, a very short none.
fn all_forms(secret: &str) -> Vec<String> {
    let lines = secret.lines().map(str::trim).filter(|line| *line != secret);
    let mut all = Vec::new();
    for secret in std::iter::once(secret).chain(lines) {
        match secret.len() {
            0..4 => {}
            4..8 => all.push(secret.to_owned()),
            _ => {
                all.extend(forms(secret));
                all.extend(within_base64(secret));
            }
        }
    }
    all
}

/// The secret as the usual encoders write it, each by its own specification.
fn forms(secret: &str) -> Vec<String> {
    const UNRESERVED: AsciiSet = NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    // ECMA-262, encodeURIComponent and encodeURI.
    const COMPONENT: AsciiSet = UNRESERVED
        .remove(b'!')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
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
    // Python's urllib.parse.quote.
    const QUOTE: AsciiSet = UNRESERVED.remove(b'/');
    let mut forms = vec![secret.to_owned()];
    for set in [
        &UNRESERVED,
        &COMPONENT,
        &WHOLE_URI,
        &QUOTE,
        NON_ALPHANUMERIC,
    ] {
        let upper = utf8_percent_encode(secret, set).to_string();
        let bytes = secret.chars().map(|c| {
            let whole = utf8_percent_encode(c.encode_utf8(&mut [0; 4]), set).to_string();
            if whole.starts_with('%') {
                whole.to_lowercase()
            } else {
                whole
            }
        });
        forms.push(bytes.collect());
        // Of a form: Go's url.QueryEscape and Python's quote_plus.
        forms.push(upper.replace("%20", "+"));
        forms.push(upper);
    }
    forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    let json = Value::from(secret).to_string();
    let json = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
        .unwrap();
    // json.dumps of Python, json_encode of PHP, encoding/json of Go, Gson of Java, System.Text.Json of .NET.
    let ascii = escaped(json, |c| !c.is_ascii(), lower);
    let dotnet = escaped(
        &json.replace("\\\"", "\""),
        |c| !c.is_ascii() || "\"'<>&+`".contains(c),
        |unit| format!("\\u{unit:04X}"),
    );
    forms.extend([
        json.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        escaped(json, |c| "<>&".contains(c), lower),
        escaped(json, |c| "<>&='".contains(c), lower),
        dotnet,
        ascii,
    ]);
    forms.push(json.to_owned());
    let hex: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.extend([hex.concat(), hex.concat().to_uppercase()]);
    forms
}

/// JSON's escapes by number, for some characters.
fn escaped(text: &str, which: impl Fn(char) -> bool, number: fn(u16) -> String) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if which(c) {
            escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| number(*unit)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn lower(unit: u16) -> String {
    format!("\\u{unit:04x}")
}

/// What base64 makes of the secret alone, at each offset in a text: the characters that hold no bit of another.
fn within_base64(secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for skip in 0..3 {
        let (first, last) = ((skip * 8_usize).div_ceil(6), (skip + secret.len()) * 8 / 6);
        let whole = format!("{}{secret}", "x".repeat(skip));
        found.push(STANDARD.encode(&whole)[first..last].to_owned());
        found.push(URL_SAFE.encode(&whole)[first..last].to_owned());
    }
    found
}
