//! Bodies that are too large, packed to burst, or not what they say.

use super::{End, Scenario, run};
use opwire::ErrorKind as K;
use opwire_tests::faults::{FaultServer, Step};
use std::io::Write as _;

fn reply(lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn json(name: &str, body: impl AsRef<[u8]>, end: End) -> Scenario {
    Scenario::reply(
        name,
        reply("Content-Type: application/json\r\n", body.as_ref()),
        end,
    )
}

/// A text in every packing.
pub(crate) fn packed(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(text).unwrap();
    let mut brotli = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut brotli, 1 << 16, 1, 20);
    encoder.write_all(text).unwrap();
    drop(encoder);
    let zstd = zstd::encode_all(text, 1).unwrap();
    vec![
        ("gzip", gzip.finish().unwrap()),
        ("deflate", zlib.finish().unwrap()),
        ("br", brotli),
        ("zstd", zstd),
    ]
}

/// 64 MiB of spaces, packed.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    packed(&vec![b' '; 64 << 20])
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let undecodable = End::Answered(K::DecodeFailed);
    let too_large = End::Answered(K::ResponseTooLarge);
    let mut found = vec![
        json("JSON that ends early", "{\"a\":", undecodable),
        json("JSON with something after it", "{} {}", undecodable),
        json("JSON with a key twice", "{\"a\": 1, \"a\": 2}", End::Fine),
        json("a number beyond a double", "{\"a\": 1e400}", End::Fine),
        json("JSON after a byte order mark", "\u{feff}{}", End::Fine),
        json(
            "JSON in UTF-16",
            [0xff, 0xfe, b'{', 0, b'}', 0],
            undecodable,
        ),
        json("JSON in Latin-1", [b'"', 0xe9, b'"'], undecodable),
        json("HTML that says it is JSON", "<html></html>", undecodable),
        json("nothing that says it is JSON", "", End::Fine),
        json("a string", "\"x\"", End::Fine),
        json("a number", "12345678901234567890123", End::Fine),
        Scenario::reply("204", "HTTP/1.1 204 No Content\r\n\r\n", End::Fine),
        Scenario::reply(
            "304",
            "HTTP/1.1 304 Not Modified\r\n\r\n",
            End::Answered(K::UpstreamClientError),
        ),
        Scenario::reply(
            "HTML",
            reply("Content-Type: text/html\r\n", b"<html></html>"),
            undecodable,
        ),
        Scenario::reply(
            "a body that is announced too large",
            "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n",
            too_large,
        ),
        json(
            "a body that is too large",
            vec![b' '; (1 << 20) + 1],
            too_large,
        ),
        Scenario::new(
            "a body without end",
            vec![
                Step::Request,
                Step::Write("HTTP/1.1 200 OK\r\n\r\n".into()),
                Step::Flood(vec![b' '; 8192]),
            ],
            too_large,
        ),
        Scenario::new(
            "chunks without end",
            vec![
                Step::Request,
                Step::Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".into()),
                Step::Flood([b"1000\r\n".as_slice(), &[b' '; 4096], b"\r\n"].concat()),
            ],
            too_large,
        ),
    ];
    for (encoding, bomb) in bombs() {
        let lines = format!("Content-Type: application/json\r\nContent-Encoding: {encoding}\r\n");
        found.push(Scenario::reply(
            format!("64 MiB in {encoding}"),
            reply(&lines, &bomb),
            too_large,
        ));
        let cut = &bomb[..20];
        found.push(Scenario::reply(
            format!("{encoding} that ends early"),
            reply(&lines, cut),
            End::LostBody(K::DecodeFailed),
        ));
        found.push(Scenario::reply(
            format!("{encoding} that is none"),
            reply(&lines, b"this is not packed at all"),
            End::LostBody(K::DecodeFailed),
        ));
    }
    // What unpacks to nothing, without end: members of gzip, frames of zstd to be skipped.
    let member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let frame = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0].to_vec();
    for (encoding, empty) in [("gzip", member.finish().unwrap()), ("zstd", frame)] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n");
        found.push(Scenario::new(
            format!("nothing without end in {encoding}"),
            vec![
                Step::Request,
                Step::Write(head.into()),
                Step::Flood(empty.repeat(400)),
            ],
            too_large,
        ));
    }
    for encoding in [
        "gzip", "br", "zstd", "deflate", "x-gzip", "GZIP", "identity",
    ] {
        let lines = format!("Content-Type: application/json\r\nContent-Encoding: {encoding}\r\n");
        found.push(Scenario::reply(
            format!("nothing in {encoding}"),
            reply(&lines, b""),
            End::Fine,
        ));
    }
    for status in [301, 302, 303, 307, 308] {
        let text = format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:1/x?token=s3cr3t\r\nContent-Length: 0\r\n\r\n"
        );
        found.push(Scenario::reply(
            format!("{status}"),
            text,
            End::Answered(K::UpstreamClientError),
        ));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_too_much() {
    run("bodies", scenarios()).await;
}

/// A reply is packed no more tightly than 100 to 1, once it is larger than 1 MiB.
#[tokio::test]
async fn what_is_packed_too_tightly_is_a_bomb() {
    let made = super::connector(&super::CONNECTOR.replace(
        "first_byte: 400ms, timeout: 600ms, deadline: 60s, response_size: 1MiB",
        "response_size: 64MiB",
    ));
    let spaces = |size| [b"1".as_slice(), &vec![b' '; size]].concat();
    let words = (0..400_000).map(|n: u32| format!("{},", n.wrapping_mul(2_654_435_761)));
    let list = format!("[{}0]", words.collect::<String>());
    for (text, bomb) in [
        (spaces(1_000_000), false),
        (spaces(1_100_000), true),
        (spaces(40 << 20), true),
        (list.into_bytes(), false),
    ] {
        for (encoding, packed) in packed(&text) {
            let lines =
                format!("Content-Type: application/json\r\nContent-Encoding: {encoding}\r\n");
            let ratio = text.len() / packed.len();
            let whole = reply(&lines, &packed);
            let server =
                FaultServer::start(move |_| vec![Step::Request, Step::Write(whole.clone())]);
            let server = server.await.unwrap();
            let given = super::invoke(&super::engine(&made, &server.url()), "get").await;
            match given {
                Ok(output) => {
                    assert!(!bomb, "{encoding}, {ratio} to 1");
                    assert_eq!(output.as_bytes(), text.trim_ascii_end(), "{encoding}");
                }
                Err(error) => {
                    assert!(bomb && ratio > 100, "{encoding}, {ratio} to 1: {error}");
                    assert_eq!(error.kind(), K::ResponseTooLarge);
                    assert!(error.message().contains("100 to 1"), "{error}");
                }
            }
        }
    }
}
