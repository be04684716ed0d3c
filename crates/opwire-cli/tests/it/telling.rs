//! What `opwire serve` tells of its work, and `opwire health` of it.

use crate::service::{PATIENCE, Running};
use crate::{command, root};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;

/// `opwire serve` over the examples.
struct Server {
    running: Running,
    address: SocketAddr,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let folder = root().join("operations");
        let command = command.arg("--operations").arg(folder);
        let command = command.args(["serve", "--mock", "--no-auth", "--listen", "127.0.0.1:0"]);
        let mut running = Running::start(command);
        let mut line = String::new();
        let mut stdout = BufReader::new(running.child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        running.child.stdout = Some(stdout.into_inner());
        let address = line.trim().strip_prefix("listening on http://").unwrap();
        let address = address.parse().unwrap();
        Self { running, address }
    }

    /// Invokes an operation; gives the whole answer.
    fn invoke(&self, operation: &str, input: &Value) -> String {
        let (body, host) = (input.to_string(), self.address);
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let head = format!(
            "POST /v1/operations/{operation}/invoke HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Request-Id: r-1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The next line on standard error, as JSON.
    fn line(&self) -> Value {
        let line = self.running.errors.recv_timeout(PATIENCE).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"))
    }

    fn stop(self) {
        self.running.signal();
        assert_eq!(self.running.end().0, Some(0));
    }
}

#[test]
fn every_line_of_the_log_is_json() {
    let server = Server::start(&mut command());
    let input = json!({"access_token": "canary-4711", "person_id": 4711});
    let answer = server.invoke("salesloft.get_person", &input);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let line = server.line();
    assert_eq!(line["operation"], "salesloft.get_person", "{line}");
    assert_eq!(line["request_id"], "r-1", "{line}");
    assert!(!line.to_string().contains("4711"), "{line}");
    server.running.signal();
    let line = server.line();
    let told = line["message"].as_str().unwrap();
    assert!(told.starts_with("stopping:"), "{line}");
    assert_eq!(server.running.end().0, Some(0));
}

#[test]
fn health_asks_the_server() {
    let server = Server::start(&mut command());
    let health = |address: SocketAddr| {
        let mut health = command();
        health.args(["health", "--listen", &address.to_string()]);
        health.output().unwrap()
    };
    assert_eq!(health(server.address).status.code(), Some(0));
    server.stop();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let output = health(closed);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("can't be asked"), "{told}");
}

/// What `OTEL_EXPORTER_OTLP_ENDPOINT` does in a build with the feature `otlp`, and in one without.
#[test]
fn spans_go_to_the_collector_that_the_environment_names() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", collector.local_addr().unwrap());
    let mut command = command();
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    let server = Server::start(&mut command);
    if !opwire_server::sends_spans() {
        let told = server.line()["message"].to_string();
        assert!(told.contains("is not used"), "{told}");
        return server.stop();
    }
    let input = json!({"access_token": "canary-4711", "person_id": 4711});
    server.invoke("salesloft.get_person", &input);
    server.running.signal();
    // What is left is sent before the command ends.
    let (mut stream, _) = collector.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("invoke salesloft.get_person") {
        let mut buffer = [0; 4096];
        let size = stream.read(&mut buffer).unwrap();
        assert!(size > 0, "the spans end early");
        text.extend_from_slice(&buffer[..size]);
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{text}");
    assert!(!text.contains("4711"), "{text}");
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    assert_eq!(server.running.end().0, Some(0));
}
