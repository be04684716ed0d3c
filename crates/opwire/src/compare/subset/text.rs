//! Texts that fit schemas: of lengths, patterns and formats.

use super::conj::Conj;
use super::sample::sizes;
use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};
use serde_json::Value;

/// Texts are made this long.
const MAX_LENGTH: u64 = 4096;

/// Texts that an alternative may have, and such as the hints may refuse.
pub(super) fn texts(conj: &Conj<'_>, hints: &[&Conj<'_>]) -> Vec<Value> {
    let said = |of: &Conj<'_>, key: &str| -> Vec<String> {
        let each = of.maps.iter().filter_map(|map| map.get(key)?.as_str());
        each.map(str::to_owned).collect()
    };
    let mut each: Vec<String> = Vec::new();
    for pattern in said(conj, "pattern") {
        each.extend(matching(&pattern));
    }
    for format in said(conj, "format") {
        each.extend(formatted(&format).iter().map(|text| (*text).to_owned()));
    }
    let plain = ["a", "1", "", "Ab-1_", "a b", "é", "0.5"].map(str::to_owned);
    each.extend(plain);
    for length in sizes(conj, hints, "minLength", "maxLength", MAX_LENGTH) {
        each.push("a".repeat(length));
        each.push("1".repeat(length));
    }
    for hint in hints {
        for pattern in said(hint, "pattern") {
            each.extend(matching(&pattern));
        }
        for format in said(hint, "format") {
            each.extend(formatted(&format).iter().map(|text| (*text).to_owned()));
        }
    }
    each.into_iter().map(Value::from).collect()
}

/// Texts that a pattern matches.
pub(super) fn matching(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        return Vec::new();
    };
    let variants = [
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 1),
        (3, 0),
        (0, 2),
        (0, 3),
        (9, 1),
    ];
    let mut each: Vec<String> = Vec::new();
    for (more, choice) in variants {
        let mut bytes = Vec::new();
        write(&hir, more, choice, &mut bytes);
        if let Ok(text) = String::from_utf8(bytes)
            && !each.contains(&text)
        {
            each.push(text);
        }
    }
    each
}

/// Writes a text that an expression matches: `more` repetitions than it needs, and of several the one of `choice`.
fn write(hir: &Hir, more: u32, choice: usize, into: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => into.extend_from_slice(&literal.0),
        HirKind::Class(class) => into.extend_from_slice(&member(class, choice)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = repetition.min.saturating_add(more).min(most);
            for _ in 0..times.min(1024) {
                write(&repetition.sub, more, choice, into);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, more, choice, into),
        HirKind::Concat(parts) => parts
            .iter()
            .for_each(|part| write(part, more, choice, into)),
        HirKind::Alternation(branches) => {
            if let Some(branch) = branches.get(choice % branches.len().max(1)) {
                write(branch, more, choice, into);
            }
        }
    }
}

/// A character of a class, a plain one where it has one.
fn member(class: &Class, choice: usize) -> Vec<u8> {
    const PLAIN: [char; 8] = ['a', '0', 'A', '1', '-', '_', 'z', ' '];
    match class {
        Class::Unicode(class) => {
            let has = |c: char| {
                class
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(&c))
            };
            let plain: Vec<char> = PLAIN.into_iter().filter(|c| has(*c)).collect();
            let first = class.iter().next().map(ClassUnicodeRange::start);
            let chosen = plain.get(choice % plain.len().max(1)).copied().or(first);
            chosen
                .map(|c| c.to_string().into_bytes())
                .unwrap_or_default()
        }
        Class::Bytes(class) => class
            .iter()
            .next()
            .map(|range| vec![range.start()])
            .unwrap_or_default(),
    }
}

/// Texts in a format that the validator knows.
fn formatted(format: &str) -> &'static [&'static str] {
    match format {
        "date-time" => &["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.678+09:00"],
        "date" => &["2024-01-02"],
        "time" => &["03:04:05Z"],
        "duration" => &["P1D"],
        "email" | "idn-email" => &["a@example.com"],
        "hostname" | "idn-hostname" => &["example.com"],
        "ipv4" => &["192.0.2.1"],
        "ipv6" => &["2001:db8::1"],
        "uri" | "iri" => &["https://example.com/a"],
        "uri-reference" | "iri-reference" => &["/a", "https://example.com/a"],
        "uri-template" => &["https://example.com/{a}"],
        "uuid" => &["00000000-0000-4000-8000-000000000000"],
        "json-pointer" => &["/a"],
        "relative-json-pointer" => &["0/a"],
        "regex" => &["^a$"],
        _ => &[],
    }
}
