//! Unicode's tests of internationalised names (`IdnaTestV2.txt` of the crate idna 1.1.0) through the egress check.

use super::Tally;
use crate::made::{ANY, Made};
use opwire::{Catalog, Engine, Error, ErrorKind};
use serde_json::json;
use std::collections::HashSet;

/// A name, and what it is in ASCII.
struct Line {
    number: usize,
    source: String,
    ascii: String,
    /// The codes of what is wrong with it.
    status: String,
}

fn lines() -> (Vec<Line>, usize) {
    let folder = opwire_tests::corpus::crate_dir("idna").unwrap();
    assert!(folder.ends_with("idna-1.1.0"), "{}", folder.display());
    let data = std::fs::read_to_string(folder.join("tests/IdnaTestV2.txt")).unwrap();
    let mut all = 0;
    let mut found = Vec::new();
    for (number, line) in data.lines().enumerate() {
        let line = line.split('#').next().unwrap();
        let columns: Vec<&str> = line.split(';').map(str::trim).collect();
        let [source, unicode, status, ascii, ascii_status, ..] = columns[..] else {
            continue;
        };
        all += 1;
        let unicode = if unicode.is_empty() { source } else { unicode };
        let ascii = if ascii.is_empty() { unicode } else { ascii };
        let status = if ascii_status.is_empty() {
            status
        } else {
            ascii_status
        };
        // Half a surrogate pair stands in no text.
        if let (Some(source), Some(ascii)) = (unescaped(source), unescaped(ascii)) {
            let status = status.trim_matches(['[', ']']).to_owned();
            found.push(Line {
                number: number + 1,
                source,
                ascii,
                status,
            });
        }
    }
    (found, all)
}

/// `\u0300`, `\x{10FFFF}`, and `""` for nothing.
fn unescaped(text: &str) -> Option<String> {
    if text == "\"\"" {
        return Some(String::new());
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escape = &rest[at + 2..];
        let (digits, after) = match escape.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => escape.split_at(4),
        };
        plain.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

/// A name below the connector's own, so that it is one of several labels.
fn host(name: &str) -> String {
    format!("{name}.example.com")
}

/// Origins in one manifest.
const LISTED: usize = 500;

/// A connector of `t.example.com` that may reach these origins too; else which of them are refused at load.
fn connector(origins: &[String]) -> Result<Catalog, HashSet<usize>> {
    let list: Vec<String> = origins
        .iter()
        .map(|origin| format!("  - {}\n", json!(origin)))
        .collect();
    let head =
        "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com\negress:\n";
    let made = Made::new(&format!("{head}{}", list.concat()), &[("any", ANY)]);
    let first = head.lines().count() + 1;
    match Catalog::open(made.path()) {
        Ok(catalog) => Ok(catalog),
        // A line each.
        Err(found) => Err(found.iter().map(|fault| fault.span.line - first).collect()),
    }
}

/// Where a connector that may reach the names of some lines leads a request, by a name of its input.
fn reached(engine: &Engine, name: &str) -> Result<String, Error> {
    let request = engine.render(
        "t.any",
        json!({ "url": format!("https://{}/x", host(name)) }),
    )?;
    Ok(request.uri().authority().unwrap().to_string())
}

/// Lists names as the connector's own, in `spelling`, and has every name of the same lines and of others lead there.
fn lead(
    lines: &[Line],
    others: &[Line],
    spelling: fn(&Line) -> &str,
    tally: &mut Tally,
) -> [usize; 3] {
    let mut origins: Vec<String> = lines
        .iter()
        .map(|line| format!("https://{}", host(spelling(line))))
        .collect();
    let listed = origins.len();
    let refused = connector(&origins).err().unwrap_or_default();
    let mut index = 0..;
    origins.retain(|_| !refused.contains(&index.next().unwrap()));
    let catalog = connector(&origins).unwrap_or_else(|_| panic!("what is left is refused too"));
    let engine = Engine::builder().catalog(catalog).build().unwrap();
    let (mut passed, mut denied) = (0, 0);
    for line in lines.iter().chain(others) {
        let place = || format!("line {}: {:?} [{}]", line.number, line.source, line.status);
        match reached(&engine, &line.source) {
            // Whatever Unicode says of the name: it is the name in ASCII that is asked for, and that was listed.
            Ok(at) => {
                let plain = at
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
                tally.expect(plain && at == host(&line.ascii), || {
                    format!("{} leads to {at}", place())
                });
                passed += 1;
            }
            Err(error) => {
                let kinds = [ErrorKind::InputInvalid, ErrorKind::EgressDenied];
                tally.expect(kinds.contains(&error.kind()), || {
                    format!("{}: {error}", place())
                });
                // A name that is right, at a connector that lists it in ASCII, must pass.
                let own = format!("https://{}", host(&line.ascii));
                let right = line.status.is_empty() && origins.contains(&own);
                tally.expect(!right, || format!("{}: {error}", place()));
                denied += 1;
            }
        }
    }
    [listed - origins.len(), passed, denied]
}

/// Two names are one when they are one in ASCII, and only then; and it is the name in ASCII that is called.
#[test]
fn a_name_is_its_ascii_form_and_no_other() {
    let (lines, all) = lines();
    assert!(all >= 6_000, "{all}");
    let mut tally = Tally::default();
    let chunks: Vec<&[Line]> = lines.chunks(LISTED).collect();
    for (what, spelling) in [
        ("in ASCII", (|line| &line.ascii) as fn(&Line) -> &str),
        ("as they are", |line| &line.source),
    ] {
        let mut sums = [0; 3];
        for (number, chunk) in chunks.iter().enumerate() {
            let others = chunks[(number + 1) % chunks.len()];
            let counts = lead(chunk, others, spelling, &mut tally);
            sums.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        let [refused, passed, denied] = sums;
        println!(
            "{all} names {what}: {refused} refused at load; requests: {passed} pass, {denied} are denied"
        );
        assert!(passed >= 500, "{passed}");
    }
    tally.finish();
}
