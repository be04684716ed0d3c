//! `opwire serve`: what it listens on, files that change under it, its end.

use crate::service::{PATIENCE, Running};
use crate::{command, root, shop};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

/// A server that runs, and where.
pub(crate) struct Server {
    running: Running,
    address: String,
}

impl Server {
    fn start(folders: &[&Path], arguments: &[&str]) -> Self {
        Self::run(command(), folders, &[&["--no-auth"], arguments].concat())
    }

    /// One that knows callers by what the arguments or the environment say.
    pub(crate) fn run(mut command: Command, folders: &[&Path], arguments: &[&str]) -> Self {
        for folder in folders {
            command.arg("--operations").arg(folder);
        }
        // What it tells is read as lines for people.
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "off"]);
        let mut running = Running::start(command.args(arguments));
        let mut told = BufReader::new(running.child.stdout.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .unwrap()
            .to_owned();
        Self { running, address }
    }

    pub(crate) fn process(&self) -> u32 {
        self.running.child.id()
    }

    /// Where it answers.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Status and body.
    fn ask(&self, line: &str, body: &str) -> (u16, String) {
        self.ask_with(line, "", body)
    }

    /// The same, with more headers, each with its line end.
    pub(crate) fn ask_with(&self, line: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let text = format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Waits until it says on standard error what begins so, and gives all that it said.
    fn says(&self, begin: &str) -> String {
        let mut said = String::new();
        loop {
            let line = self.running.errors.recv_timeout(PATIENCE).unwrap();
            said.push_str(&line);
            said.push('\n');
            if line.starts_with(begin) {
                return said;
            }
        }
    }
}

pub(crate) const EXAMPLE: &str =
    "input: { token: your_token_here, order_id: 7 }\nreplies: [{ body: { id: 7, state: open } }]\n";

#[test]
fn the_mock_answers_behind_it() {
    let dir = shop();
    fs::create_dir_all(dir.path().join("shop/examples")).unwrap();
    fs::write(dir.path().join("shop/examples/get_order.yaml"), EXAMPLE).unwrap();
    let salesloft = root().join("operations/salesloft");
    let server = Server::start(&[dir.path(), &salesloft], &["--mock"]);
    assert_eq!(server.ask("GET /readyz", "").0, 200);
    let (status, body) = server.ask(
        "POST /v1/operations/shop.get_order/invoke",
        "{\"order_id\": 8}",
    );
    assert_eq!(
        (status, body.as_str()),
        (200, "{\"id\":7,\"state\":\"open\"}")
    );
    let (status, body) = server.ask(
        "POST /v1/operations/salesloft.get_person/invoke",
        "{\"person_id\": 8}",
    );
    assert_eq!(status, 200, "{body}");
    let path = "GET /v1/operations/create_account/options?field=/fields/owner_id&style=tray";
    let (_, body) = server.ask(path, "");
    assert!(
        body.starts_with("{\"result\":[{\"text\":\"John Smith\",\"value\":12345}"),
        "{body}"
    );
    server.running.stop();
    let (code, _, errors) = end(server);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
}

fn end(server: Server) -> (Option<i32>, String, String) {
    let mut running = server.running;
    let code = running.child.wait().unwrap().code();
    let errors: Vec<String> = running.errors.iter().collect();
    (code, String::new(), errors.join("\n"))
}

#[test]
fn files_that_change_are_taken_and_bad_ones_told_and_left() {
    let dir = shop();
    let examples = dir.path().join("shop/examples");
    fs::create_dir_all(&examples).unwrap();
    fs::write(examples.join("get_order.yaml"), EXAMPLE).unwrap();
    let server = Server::start(&[dir.path()], &["--watch", "--mock"]);
    let invoke = || {
        server.ask(
            "POST /v1/operations/shop.get_order/invoke",
            "{\"order_id\": 7}",
        )
    };
    assert_eq!(invoke(), (200, "{\"id\":7,\"state\":\"open\"}".to_owned()));

    let file = dir.path().join("shop/main/get_order.yaml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("request:", "requests:")).unwrap();
    let said = server.says("the operations stay as they were");
    assert!(
        said.contains("unknown-key") && said.contains("get_order.yaml"),
        "{said}"
    );
    assert_eq!(invoke().0, 200, "the old version answers");

    fs::write(&file, good.replace("title: ", "title: New ")).unwrap();
    server.says("loaded anew: ");
    let (_, told) = server.ask("GET /v1/operations/shop.get_order", "");
    assert!(told.contains("\"title\":\"New "), "{told}");

    // The mock behind it changes, too.
    fs::write(
        examples.join("get_order.yaml"),
        EXAMPLE.replace("open", "shipped"),
    )
    .unwrap();
    server.says("loaded anew: ");
    assert_eq!(
        invoke(),
        (200, "{\"id\":7,\"state\":\"shipped\"}".to_owned())
    );

    // Calls of a connector that the mock doesn't stand for would go to the real service.
    let other = dir.path().join("store");
    fs::create_dir_all(&other).unwrap();
    let connector = fs::read_to_string(dir.path().join("shop/connector.yaml")).unwrap();
    fs::write(
        other.join("connector.yaml"),
        connector.replace("name: shop", "name: store"),
    )
    .unwrap();
    let said = server.says("the operations stay as they were");
    assert!(said.contains("other connectors"), "{said}");
    assert_eq!(invoke().0, 200);
    server.running.stop();
    assert_eq!(end(server).0, Some(0));
}

#[test]
fn it_listens_on_loopback_alone_without_keys_and_has_one_of_each_connector() {
    let (dir, other) = (shop(), shop());
    let run = |folders: &[&Path], arguments: &[&str]| {
        let mut command = command();
        for folder in folders {
            command.arg("--operations").arg(folder);
        }
        let output = command.args(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, told) = run(
        &[dir.path()],
        &["serve", "--no-auth", "--listen", "0.0.0.0:0"],
    );
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("on loopback alone"), "{told}");
    let (code, told) = run(&[dir.path()], &["serve"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("there are no API keys"), "{told}");
    let (code, told) = run(&[dir.path(), other.path()], &["serve", "--no-auth"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("`shop` is the name of another connector"),
        "{told}"
    );
    let (code, told) = run(&[dir.path(), other.path()], &["list"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("only to `serve`"), "{told}");
}
