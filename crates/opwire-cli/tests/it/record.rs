//! `opwire record`: what the service answered becomes an example, clean, or nothing is written.

use crate::{command, shop};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Output;

const TOKEN: &str = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

/// A service that gives every request the same answer.
fn service(status: &'static str, kind: &'static str, body: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                head.push(byte[0]);
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nset-cookie: session=1\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    url
}

fn record(dir: &Path, url: &str, args: &[&str]) -> Output {
    let mut command = command();
    command
        .current_dir(dir)
        .env("OPWIRE_OPERATIONS", dir)
        .env("OPWIRE_SHOP_TOKEN", TOKEN)
        .args([
            "record",
            "get_order",
            "--set",
            "order_id=7",
            "--base-url",
            url,
        ])
        .args(args);
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn example(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join("shop/examples").join(name)).unwrap()
}

#[test]
fn a_call_becomes_an_example_that_says_nothing_of_anybody() {
    let dir = shop();
    let dir = dir.path();
    let body = format!(
        r#"{{"id": 7, "name": "Ada Lovelace", "email": "ada@lovelace.org", "state": "open", "debug": "Bearer {TOKEN}"}}"#
    );
    let url = service("200 OK", "application/json", body);
    let output = record(dir, &url, &["--accept"]);
    assert!(output.status.success(), "{}", told(&output));
    let text = example(dir, "get_order.yaml");
    for secret in [TOKEN, "Ada Lovelace", "ada@lovelace.org", "session"] {
        assert!(!text.contains(secret), "{text}");
    }
    for part in [
        "# yaml-language-server: $schema=../../../schemas/example.schema.json\n",
        "  token: your_token_here\n",
        "  order_id: 7\n",
        "name: Ada Example, ",
        "email: person1@example.com, ",
        "state: open, ",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mut check = command();
    check
        .args(["check", "--deny", "warnings"])
        .arg(dir.join("shop/examples"));
    assert_eq!(check.output().unwrap().status.code(), Some(0));
    let mut tested = command();
    tested.env("OPWIRE_OPERATIONS", dir).arg("test");
    assert!(told(&tested.output().unwrap()).contains("1 same"));
}

#[test]
fn an_example_that_is_there_is_not_overwritten_unasked() {
    let dir = shop();
    let dir = dir.path();
    let url = service(
        "404 Not Found",
        "application/json",
        r#"{"error": "none"}"#.to_owned(),
    );
    let first = record(dir, &url, &["--variant", "not_found"]);
    assert!(first.status.success(), "{}", told(&first));
    assert!(example(dir, "get_order.not_found.yaml").contains("status: 404"));
    let second = record(dir, &url, &["--variant", "not_found"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(
        record(dir, &url, &["--variant", "not_found", "--force"])
            .status
            .success()
    );
    assert_eq!(
        record(dir, &url, &["--variant", "../x"]).status.code(),
        Some(2)
    );
}

#[test]
fn what_can_not_be_proven_clean_is_not_written() {
    let dir = shop();
    let dir = dir.path();
    let url = service("200 OK", "text/plain", "Dear Ada".to_owned());
    let output = record(dir, &url, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("/replies/0: the body is no JSON"));
    assert!(!told(&output).contains("Dear Ada"));
    assert!(!dir.join("shop/examples").exists());
    let nobody = record(dir, "http://127.0.0.1:9", &[]);
    assert_eq!(nobody.status.code(), Some(4), "{}", told(&nobody));
}
