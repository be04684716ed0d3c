//! A process of its own that makes calls, looked at from outside: its memory, its environment, its descriptors.

use crate::faults::packed;
use crate::made::Made;
use opwire_tests::faults::{FaultServer, Step};
use opwire_tests::tls::Leaf;
use std::net::TcpListener;
use std::process::Command;

const CONNECTOR: &str = "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com\ncredentials: { type: object, required: [key], properties: { key: { type: string } } }\nauth: { bearer: { token: '{{credentials.key}}' } }\n";
const GET: &str = "title: O\nkind: main\ndescription: O\ninput: { type: object }\nrequest: { method: GET, path: /x }\n";
/// Resident memory may rise by so much while a bomb is met.
const BOMB_KIB: u64 = 32 * 1024;
/// The largest reply, and what may be held while one is received.
const REPLY_KIB: u64 = 10 * 1024;
const HELD_KIB: u64 = REPLY_KIB * 5 / 2;

fn reply(lines: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n{lines}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// How one call ended: kind or `ok`, outcome, requests, and by how many KiB memory rose.
type End = (String, String, usize, u64);

/// Has a process do this, one after the other. `shell` is what stands before the command, in a shell of its own.
async fn call(url: &str, steps: &[&str], shell: &str, variables: &[(&str, String)]) -> Vec<End> {
    let made = Made::new(CONNECTOR, &[("o", GET)]);
    let line = format!("{shell} exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &line, env!("CARGO_BIN_EXE_call")]);
    command.arg(made.path()).arg(url).args(steps);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{errors}");
    let ends = told.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let [kind, outcome, requests, rose] = words[..] else {
            panic!("{line}")
        };
        let (kind, outcome) = (kind.to_owned(), outcome.to_owned());
        (
            kind,
            outcome,
            requests.parse().unwrap(),
            rose.parse().unwrap(),
        )
    });
    ends.collect()
}

/// A service whose first answer is a small one, so that what a first call needs is there.
async fn after_a_first(answer: Vec<u8>) -> FaultServer {
    let small = reply("", b"{}");
    let script = move |number| {
        let answer = if number == 0 { &small } else { &answer };
        vec![Step::Request, Step::Write(answer.clone())]
    };
    FaultServer::start(script).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_of_a_gigabyte_takes_little_memory() {
    // Members of gzip and frames of zstd follow each other: 1 GiB of spaces, without ever being packed as one.
    let piece = packed(&vec![b' '; 1 << 20]);
    let repeated = |coding: &str| {
        let (_, packed) = piece.iter().find(|(name, _)| *name == coding).unwrap();
        packed.repeat(1024)
    };
    let whole = packed(&vec![b' '; 64 << 20]);
    let one = |coding: &str| {
        whole
            .iter()
            .find(|(name, _)| *name == coding)
            .unwrap()
            .1
            .clone()
    };
    // 10 to 1: no bomb, but too large.
    let dull: Vec<u8> = (0..300_u32 << 20)
        .step_by(1 << 10)
        .flat_map(|n| {
            [
                n.wrapping_mul(2_654_435_761).to_be_bytes().repeat(4),
                vec![b' '; 1008],
            ]
            .concat()
        })
        .take(64 << 20)
        .collect();
    let dull = packed(&dull).remove(0).1;
    for (name, coding, bomb) in [
        ("1 GiB", "gzip", repeated("gzip")),
        ("1 GiB", "zstd", repeated("zstd")),
        ("64 MiB", "br", one("br")),
        ("64 MiB", "deflate", one("deflate")),
        ("64 MiB less tightly", "gzip", dull),
    ] {
        let lines = format!("Content-Encoding: {coding}\r\n");
        let server = after_a_first(reply(&lines, &bomb)).await;
        let ends = call(&server.url(), &["t.o", "t.o"], "", &[]).await;
        let (kind, outcome, requests, rose) = ends[1].clone();
        println!(
            "{name} in {coding} ({} KiB): memory rose by {rose} KiB",
            bomb.len() / 1024
        );
        assert_eq!(
            (kind.as_str(), outcome.as_str(), requests),
            ("response_too_large", "answered", 1),
            "{coding}"
        );
        assert!(rose < BOMB_KIB, "{name} in {coding}: {rose} KiB");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_reply_is_held_two_and_a_half_times_at_most() {
    let size = usize::try_from(REPLY_KIB * 1024).unwrap() - 2;
    let body = [b"\"".as_slice(), &vec![b'x'; size], b"\""].concat();
    let announced = reply("", &body);
    let mut chunked = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(16 * 1024) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    for (name, answer) in [("announced", announced), ("in chunks", chunked)] {
        let server = after_a_first(answer).await;
        let ends = call(&server.url(), &["t.o", "t.o"], "", &[]).await;
        println!(
            "a reply of {REPLY_KIB} KiB, {name}: memory rose by {} KiB",
            ends[1].3
        );
        assert_eq!(ends[1].0, "ok", "{name}");
        assert!(ends[1].3 <= HELD_KIB, "{name}: {} KiB", ends[1].3);
    }
}

/// Variables that other clients take a proxy, keys or certificates from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_leads_no_request_elsewhere() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let proxy = format!("http://user:pass@{}", trap.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (keys, home) = (dir.path().join("keys"), dir.path().join("home"));
    std::fs::create_dir(&home).unwrap();
    std::fs::write(
        home.join(".netrc"),
        "machine 127.0.0.1 login u password netrc-secret\n",
    )
    .unwrap();
    let mut variables: Vec<(&str, String)> = vec![
        ("SSLKEYLOGFILE", keys.to_string_lossy().into_owned()),
        ("HOME", home.to_string_lossy().into_owned()),
        ("NETRC", home.join(".netrc").to_string_lossy().into_owned()),
        ("NO_PROXY", String::new()),
    ];
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        variables.push((name, proxy.clone()));
    }
    let answer = reply("", b"{}");
    let server = FaultServer::start(move |_| vec![Step::Request, Step::Write(answer.clone())]);
    let server = server.await.unwrap();
    let ends = call(&server.url(), &["t.o"; 3], "", &variables).await;
    assert!(ends.iter().all(|end| end.0 == "ok"), "{ends:?}");
    for (head, _) in server.seen().bodies() {
        assert!(head.starts_with("GET /x HTTP/1.1"), "{head}");
        let signed = head.contains("authorization: Bearer s3cr3t-key");
        assert!(
            signed && !head.contains("netrc") && !head.to_lowercase().contains("proxy"),
            "{head}"
        );
    }
    // TLS too: it fails by the certificate, when the session has keys, and nothing is written or goes elsewhere.
    let tls = Leaf::of("127.0.0.1").self_signed().unwrap();
    let server = FaultServer::over(Some(tls), |_| vec![]).await.unwrap();
    let secure = server.url().replace("http:", "https:");
    let ends = call(&secure, &["t.o"], "", &variables).await;
    assert_eq!(ends[0].0, "tls_failed");
    assert!(!keys.exists(), "keys of a session were written");
    assert!(
        trap.accept().is_err(),
        "something came to the proxy of the environment"
    );
}

/// A process that can open nothing more tells so, lives, and goes on when it can again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_descriptors_calls_fail_and_the_process_lives() {
    let answer = reply("", b"{}");
    let server = FaultServer::start(move |_| vec![Step::Request, Step::Write(answer.clone())]);
    let server = server.await.unwrap();
    let steps = ["t.o", "exhaust", "t.o", "t.o", "restore", "t.o"];
    let ends = call(&server.url(), &steps, "ulimit -n 100;", &[]).await;
    let told: Vec<_> = ends
        .iter()
        .map(|end| (end.0.as_str(), end.1.as_str(), end.2))
        .collect();
    let failed = ("connect_failed", "not_sent", 3);
    let fine = ("ok", "answered", 1);
    assert_eq!(told, [fine, failed, failed, fine]);
    assert_eq!(server.seen().requests(), 2);
}
