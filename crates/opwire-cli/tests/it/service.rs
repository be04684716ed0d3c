//! A service on loopback that answers when a test says so, and the command that calls it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// More than a busy machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A service that answers when the test says so.
pub(crate) struct Service {
    listener: TcpListener,
    dir: tempfile::TempDir,
}

impl Service {
    /// One of the connector `t`, with these operations.
    pub(crate) fn start(connector: &str, operations: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = dir.path().join("t").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("connector.yaml", connector);
        for (name, text) in operations {
            write(&format!("main/{name}.yaml"), text);
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { listener, dir }
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// The command, that knows the service's operations.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opwire"));
        command.arg("--operations").arg(self.dir.path());
        command.args(arguments);
        command
    }

    /// The command, that calls an operation of the service.
    pub(crate) fn invoke(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(&["invoke"]);
        Running::start(command.args(arguments).args(["--base-url", &self.url()]))
    }

    /// The next request, whole.
    pub(crate) fn request(&self) -> TcpStream {
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

/// Answers, and closes.
pub(crate) fn answer(mut stream: TcpStream, status: &str, body: &str) {
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
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) errors: Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
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
    pub(crate) fn stop(&self) {
        self.signal();
        let line = self.errors.recv_timeout(PATIENCE).unwrap();
        assert!(line.starts_with("stopping:"), "{line}");
    }

    pub(crate) fn signal(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(status.success());
    }

    /// Its exit code, and what it wrote on standard output and standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let mut output = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut output).unwrap();
        let code = self.child.wait().unwrap().code();
        let errors: Vec<String> = self.errors.iter().collect();
        (code, output, errors.join("\n"))
    }
}

/// Nothing that a test started outlives it.
impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
