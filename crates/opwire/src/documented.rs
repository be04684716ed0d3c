//! The numbers of docs/reliability.md are those of the code.

use crate::connector::LARGEST_REPLY;
use crate::input::{MAX_CREDENTIAL, bounds};
use crate::manifest::{MAX_DEPTH, MAX_FILE};
use crate::request::{MAX_URL, headers, path};
use crate::response::depth;
use crate::schema::bundle;
use crate::send::{backoff, breaker, budget, gate::Concurrency, tokens};
use crate::template::{eval, operators, parse};
use crate::transport::{Limits, http, resolve, unpack};
use crate::walk::MAX_PAGES;
use std::time::Duration;

const DOCUMENT: &str = include_str!("../../../docs/reliability.md");

/// `1,024`, with a comma before each three digits.
fn count(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (first, rest) = digits.split_at(first);
    let threes = rest.as_bytes().chunks(3).map(String::from_utf8_lossy);
    let parts = std::iter::once(first.into()).chain(threes);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(",")
}

fn bytes(size: usize) -> String {
    match size {
        0..2048 => format!("{} bytes", count(size)),
        2048..0x10_0000 => format!("{} KiB", size / 1024),
        _ => format!("{} MiB", size >> 20),
    }
}

fn time(time: Duration) -> String {
    if time.subsec_millis() > 0 {
        format!("{} ms", time.as_millis())
    } else {
        format!("{} s", time.as_secs())
    }
}

/// The table below a heading of the document, without its head.
fn table(heading: &str) -> Vec<&'static str> {
    let (_, rest) = DOCUMENT.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|'));
    rows.skip(2).collect()
}

#[test]
fn bounds_are_as_documented() {
    let rows = [
        format!(
            "| input | {}, {} levels, {} values, a text {} | `input_invalid` |",
            bytes(bounds::SIZE),
            bounds::DEPTH,
            count(bounds::NODES),
            bytes(bounds::TEXT)
        ),
        format!(
            "| credential | {} | `input_invalid` |",
            bytes(MAX_CREDENTIAL)
        ),
        format!(
            "| path segment, URL, header value | {}, {}, {} | `input_invalid` |",
            bytes(path::MAX_HOLE),
            bytes(MAX_URL),
            bytes(headers::MAX_VALUE)
        ),
        format!(
            "| reply, on the wire and unpacked | {} (`limits.response_size`, at most {}) | `response_too_large` |",
            bytes(Limits::default().response_size),
            bytes(LARGEST_REPLY)
        ),
        format!(
            "| how tightly a reply is packed | {} to 1, from {} on; windows of zstd {} (RFC 9659) | `response_too_large`, `decode_failed` |",
            unpack::TIGHTEST,
            bytes(unpack::TIGHT_FROM),
            bytes(1 << unpack::ZSTD_WINDOW)
        ),
        format!(
            "| head of a reply | 100 headers, {} | `protocol_error` |",
            bytes(http::HEAD_SIZE)
        ),
        format!(
            "| a reply's JSON | {} levels | `decode_failed` |",
            depth::MOST
        ),
        format!(
            "| pages of one walk | {} | `mapping_failed` |",
            count(MAX_PAGES)
        ),
        format!(
            "| items that one output maps, its size | {}, {} | `mapping_failed` |",
            count(eval::MAX_ITEMS),
            bytes(eval::MAX_OUTPUT)
        ),
        format!("| addresses of a name | {} | `dns_failed` |", resolve::MOST),
        format!(
            "| reply to a token request | {} | `auth_failed` |",
            bytes(tokens::MOST_BYTES)
        ),
        format!(
            "| schema | {} nodes and {} levels with references written out | `schema-invalid` at load |",
            count(bundle::MAX_NODES),
            bundle::MAX_LEVELS
        ),
        format!(
            "| template | {}, calls {} deep, `$each` {} deep | `template-syntax`, `bad-operator` at load |",
            bytes(parse::MAX_SCALAR),
            parse::MAX_PARENTHESES,
            operators::MAX_EACH_DEPTH
        ),
        format!(
            "| manifest file | {}, {MAX_DEPTH} levels | `file-too-large`, `yaml-syntax` at load |",
            bytes(MAX_FILE)
        ),
    ];
    assert_eq!(table("Bounds"), rows);
}

#[test]
fn times_and_counts_are_as_documented() {
    let limits = Limits::default();
    let gate = Concurrency::default();
    let rows = [
        format!(
            "| attempts | {}, `limits.retry.attempts` 1 to 10 |",
            limits.attempts
        ),
        format!(
            "| pause | anything from 0 to {}, doubled at each attempt, at most {}; after 425 and 429 from {} |",
            time(backoff::TRANSIENT),
            time(backoff::LONGEST),
            time(backoff::THROTTLED)
        ),
        format!(
            "| `Retry-After` | seconds or a date (by the reply's own `Date`); never earlier, up to a tenth later; beyond {} or the deadline the call ends, with `retry_after`. A 429 without it goes by `rate.reset_header` |",
            time(backoff::LONGEST_ASKED)
        ),
        format!(
            "| first byte, attempt, whole operation | {}, {}, {} |",
            time(limits.first_byte),
            time(limits.timeout),
            time(limits.deadline)
        ),
        // Both take as long.
        format!(
            "| name, connection with its handshake | {} |",
            time(resolve::TIMEOUT.max(http::CONNECT_TIMEOUT))
        ),
        format!(
            "| a reply's pace | {} KiB a second on the wire, from {} on: `timeout` |",
            http::SLOWEST / 1024,
            time(http::SLOW_FROM)
        ),
        format!(
            "| token request | {}; after a failed one {} without another |",
            time(tokens::TIMEOUT),
            time(tokens::COOL)
        ),
        format!(
            "| right to renew a token, among processes | {}, given back at once |",
            time(tokens::LEASE)
        ),
        format!(
            "| retry budget, by tenant and host | {}; a retry costs {} (425, 429: {}), its success gives them back, any other success 1 |",
            budget::FULL,
            budget::cost(false),
            budget::cost(true)
        ),
        "| calls retrying at once | a fifth of those that run, at least 3 |".to_owned(),
        format!(
            "| breaker, by tenant and host | {} calls and half of them failed in {}: closed to calls for {}, then one to see; doubling up to {} |",
            breaker::FEWEST,
            time(breaker::WINDOW),
            time(breaker::FIRST_PAUSE),
            time(breaker::LONGEST_PAUSE)
        ),
        format!(
            "| requests at once | {} by tenant and host, {} altogether; {} wait, up to {} |",
            gate.per_lane,
            gate.total,
            count(gate.queue),
            time(gate.wait)
        ),
    ];
    assert_eq!(table("When"), rows);
}

#[test]
fn numbers_are_written_as_people_read_them() {
    let written = [7, 1024, 50_000, 100_000, 1_234_567].map(count);
    assert_eq!(written, ["7", "1,024", "50,000", "100,000", "1,234,567"]);
}
