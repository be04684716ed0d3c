//! Ending well: what becomes of a call when the command is told to stop.

use crate::service::{PATIENCE, Running, Service, answer};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
pagination:
  links: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { url: '{{next}}' } }
";
const POST: &str = "title: P\nkind: main\ndescription: P\ninput: { type: object }\nrequest: { method: POST, path: /x, body: { json: { a: 1 } } }\n";
const PAGED: &str = "title: P\nkind: main\ndescription: P\ninput: { type: object }\nrequest: { method: GET, path: /x }\npagination: links\n";

fn service() -> Service {
    Service::start(CONNECTOR, &[("post", POST), ("paged", PAGED)])
}

#[test]
fn a_call_that_is_out_is_finished() {
    let service = service();
    let command = service.invoke(&["t.post", "-o", "json"]);
    let request = service.request();
    command.stop();
    answer(request, "200 OK", "{\"done\":true}");
    let (code, output, errors) = command.end();
    assert_eq!(
        (code, output.trim()),
        (Some(0), "{\"done\":true}"),
        "{errors}"
    );
}

#[test]
fn a_call_that_is_given_up_tells_that_it_may_have_been_applied() {
    let service = service();
    let command = service.invoke(&["t.post", "-o", "json"]);
    let _request = service.request();
    command.stop();
    command.signal();
    let (code, output, errors) = command.end();
    assert_eq!((code, output.as_str()), (Some(5), ""), "{errors}");
    let told = |what: &str| errors.contains(what);
    assert!(
        told("\"kind\":\"cancelled\"") && told("\"outcome\":\"maybe_applied\""),
        "{errors}"
    );
    assert!(told("\"attempts\":1"), "{errors}");
    let command = service.invoke(&["t.post"]);
    let _request = service.request();
    command.stop();
    command.signal();
    let (code, _, errors) = command.end();
    assert_eq!(code, Some(5));
    assert!(errors.contains("[cancelled]"), "{errors}");
    assert!(errors.contains("the service may have acted"), "{errors}");
}

#[test]
fn a_wait_is_given_up_and_what_was_answered_before_it_is_told() {
    let service = service();
    let command = service.invoke(&["t.post", "-o", "json", "-v"]);
    answer(service.request(), "429 Slow\r\nRetry-After: 50", "{}");
    let attempt = command.errors.recv_timeout(PATIENCE).unwrap();
    assert!(attempt.contains("429"), "{attempt}");
    command.stop();
    command.signal();
    let (code, _, errors) = command.end();
    assert_eq!(code, Some(5), "{errors}");
    assert!(
        errors.contains("\"kind\":\"cancelled\",\"outcome\":\"answered\""),
        "{errors}"
    );
}

#[test]
fn a_walk_ends_after_the_page_that_is_out() {
    let service = service();
    let command = service.invoke(&["t.paged", "--all", "-o", "json"]);
    answer(
        service.request(),
        "200 OK",
        r#"{"items":[1,2],"next":"/x?page=2"}"#,
    );
    let request = service.request();
    command.stop();
    answer(request, "200 OK", r#"{"items":[3],"next":"/x?page=3"}"#);
    let (code, output, errors) = command.end();
    assert_eq!((code, output.as_str()), (Some(4), "1\n2\n3\n"), "{errors}");
    assert!(
        errors.contains("\"kind\":\"cancelled\",\"outcome\":\"not_sent\""),
        "{errors}"
    );
}

#[test]
fn the_mock_answers_what_it_has_begun_to_read() {
    let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../operations");
    let mut command = Command::new(env!("CARGO_BIN_EXE_opwire"));
    command.arg("--operations").arg(operations);
    let mut command =
        Running::start(command.args(["mock", "--connector", "salesloft", "--port", "0"]));
    let mut told = BufReader::new(command.child.stdout.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /v2/people HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // It reads the body: the request has begun to come.
    let mut begun = [0; 25];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    command.signal();
    // It takes nothing new any more.
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(b"{}").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 4"), "{reply}");
    assert_eq!(command.child.wait().unwrap().code(), Some(0));
}
