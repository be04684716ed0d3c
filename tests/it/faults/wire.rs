//! Answers that are not HTTP, or not the HTTP that was asked for.

use super::{End, Scenario, run};
use opwire::ErrorKind as K;
use opwire_tests::faults::Step;

fn head(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{lines}\r\n")
}

/// A 200 with these lines in its head, and this body.
fn ok(name: &str, lines: &str, body: &str, end: End) -> Scenario {
    Scenario::reply(name, format!("{}{body}", head(lines)), end)
}

fn status(line: &str, end: End) -> Scenario {
    Scenario::reply(
        format!("status line {line:?}"),
        format!("{line}\r\nContent-Length: 2\r\n\r\n{{}}"),
        end,
    )
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let protocol = End::Lost(K::ProtocolError);
    let lost_body = End::LostBody(K::ConnectionLost);
    let mut found = Vec::new();
    for line in [
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP/1.1 abc OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 -20 OK",
        "HTTP/9.9 200 OK",
        "HTTQ/1.1 200 OK",
        "ICY 200 OK",
        "200 OK",
        "<html>",
        "\0\0\0\0",
        "SSH-2.0-OpenSSH_9.6",
        "HTTP/1.1 099 Odd",
        "HTTP/1.1 600 Odd",
        "HTTP/1.1 999 Odd",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade",
    ] {
        found.push(status(line, protocol));
    }
    for lines in [
        "Content-Length: abc\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Bad Header: x\r\nContent-Length: 2\r\n",
        ": x\r\nContent-Length: 2\r\n",
        "X\r\nContent-Length: 2\r\n",
        "X: a\0b\r\nContent-Length: 2\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 2\r\n",
    ] {
        found.push(ok(&format!("head {lines:?}"), lines, "{}", protocol));
    }
    let many: String = (0..101).map(|n| format!("X-{n}: y\r\n")).collect();
    found.push(ok("101 headers", &many, "{}", protocol));
    found.push(ok(
        "a header of 70 KiB",
        &format!("X: {}\r\nContent-Length: 2\r\n", "y".repeat(70 * 1024)),
        "{}",
        protocol,
    ));
    let large: String = (0..90)
        .map(|n| format!("X-{n}: {}\r\n", "y".repeat(800)))
        .collect();
    found.push(ok(
        "a head of 70 KiB",
        &format!("{large}Content-Length: 2\r\n"),
        "{}",
        protocol,
    ));
    found.push(ok(
        "a head of 2 MiB",
        &format!("X: {}\r\nContent-Length: 2\r\n", "y".repeat(2 << 20)),
        "{}",
        protocol,
    ));
    for (name, chunks) in [
        ("no number", "xyz\r\n{}\r\n0\r\n\r\n"),
        ("negative", "-2\r\n{}\r\n0\r\n\r\n"),
        ("beyond 64 bits", "fffffffffffffffff\r\n{}"),
        ("longer than its size", "1\r\n{}\r\n0\r\n\r\n"),
        ("without line end", "2 {}\r\n0\r\n\r\n"),
    ] {
        found.push(ok(
            &format!("a chunk, {name}"),
            "Transfer-Encoding: chunked\r\n",
            chunks,
            lost_body,
        ));
    }
    for (name, lines) in [
        ("unknown", "x-secret"),
        ("two", "gzip, gzip"),
        ("gzip and unknown", "gzip, x-secret"),
        ("compress", "compress"),
    ] {
        let lines = format!("Content-Encoding: {lines}\r\nContent-Length: 2\r\n");
        found.push(ok(
            &format!("encoding, {name}"),
            &lines,
            "{}",
            End::LostBody(K::DecodeFailed),
        ));
    }
    for (name, lines, body) in [
        (
            "an obsolete fold",
            "X: a\r\n b\r\nContent-Length: 2\r\n",
            "{}",
        ),
        (
            "identity",
            "Content-Encoding: identity\r\nContent-Length: 2\r\n",
            "{}",
        ),
        (
            "bytes after the body",
            "Content-Length: 2\r\n",
            "{}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\"x\"",
        ),
        ("no length", "", "{}"),
        (
            "length twice alike",
            "Content-Length: 2\r\nContent-Length: 2\r\n",
            "{}",
        ),
        (
            "a trailer",
            "Transfer-Encoding: chunked\r\n",
            "2\r\n{}\r\n0\r\nX: y\r\n\r\n",
        ),
        (
            "a chunk's extension",
            "Transfer-Encoding: chunked\r\n",
            "2;x=y\r\n{}\r\n0\r\n\r\n",
        ),
        (
            "bytes beyond ASCII in a header",
            "X: \u{e9}\r\nContent-Length: 2\r\n",
            "{}",
        ),
        (
            "chunked wins over a length",
            "Content-Length: 900\r\nTransfer-Encoding: chunked\r\n",
            "2\r\n{}\r\n0\r\n\r\n",
        ),
    ] {
        let end = if name == "an obsolete fold" {
            protocol
        } else {
            End::Fine
        };
        found.push(ok(name, lines, body, end));
    }
    found.push(Scenario::reply(
        "HTTP/1.0",
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}",
        End::Fine,
    ));
    found.push(Scenario::reply(
        "a few 1xx",
        format!(
            "{}{}{{}}",
            "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n".repeat(3),
            head("Content-Length: 2\r\n")
        ),
        End::Fine,
    ));
    found.push(Scenario::new(
        "1xx without end",
        vec![
            Step::Request,
            Step::Flood("HTTP/1.1 100 Continue\r\n\r\n".repeat(100).into()),
        ],
        End::Lost(K::Timeout),
    ));
    found.push(Scenario::new(
        "noise without end",
        vec![Step::Request, Step::Flood(vec![b'x'; 4096])],
        protocol,
    ));
    found.push(Scenario::new(
        "a head without end",
        vec![
            Step::Request,
            Step::Write("HTTP/1.1 200 OK\r\nX: ".into()),
            Step::Flood(vec![b'y'; 4096]),
        ],
        protocol,
    ));
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_not_http() {
    run("wire", scenarios()).await;
}
