//! Ending well: what becomes of a call when the command is told to stop.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

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

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service that answers when the test says so.
struct Service {
    listener: TcpListener,
    dir: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = dir.path().join("t").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("connector.yaml", CONNECTOR);
        write("main/post.yaml", POST);
        write("main/paged.yaml", PAGED);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { listener, dir }
    }

    /// The command, that calls an operation of the service.
    fn invoke(&self, arguments: &[&str]) -> Running {
        let url = format!("http://{}", self.listener.local_addr().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_opwire"));
        command.arg("--operations").arg(self.dir.path());
        command.args(["invoke"]).args(arguments);
        Running::start(command.args(["--base-url", &url]))
    }

    /// The next request, whole.
    fn request(&self) -> TcpStream {
        let (mut stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut text = Vec::new();
        while !ends(&text) {
            let mut buffer = [0; 1024];
            let size = stream.read(&mut buffer).unwrap();
            assert!(size > 0, "a request that ends early");
            text.extend_from_slice(&buffer[..size]);
        }
        stream
    }
}

/// Is this a whole request? Bodies here are one object.
fn ends(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body);
    body.is_some_and(|body| text.starts_with("GET ") || body.ends_with('}'))
}

fn answer(mut stream: TcpStream, status: &str, body: &str) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
}

/// A command that runs.
struct Running {
    child: Child,
    errors: Receiver<String>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .spawn()
            .unwrap();
        let (lines, errors) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                drop(lines.send(line));
            }
        });
        Self { child, errors }
    }

    /// Tells it to stop, and waits until it says that it does.
    fn stop(&self) {
        self.signal();
        let line = self.errors.recv_timeout(PATIENCE).unwrap();
        assert!(line.starts_with("stopping:"), "{line}");
    }

    fn signal(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(status.success());
    }

    /// Its exit code, and what it wrote on standard output and standard error.
    fn end(mut self) -> (Option<i32>, String, String) {
        let mut output = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut output).unwrap();
        let code = self.child.wait().unwrap().code();
        let errors: Vec<String> = self.errors.iter().collect();
        (code, output, errors.join("\n"))
    }
}

#[test]
fn a_call_that_is_out_is_finished() {
    let service = Service::start();
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
    let service = Service::start();
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
    let service = Service::start();
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
    let service = Service::start();
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
    let mut command = Running::start(command.args(["mock", "--port", "0"]));
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
