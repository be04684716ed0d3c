//! `opwire keys`, and `opwire serve` with a store.

use crate::serve::Server;
use crate::{command, shop};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

const EXAMPLE: &str =
    "input: { token: your_token_here, order_id: 7 }\nreplies: [{ body: { id: 7, state: open } }]\n";

/// The command with a store in this folder.
fn stored(dir: &Path) -> Command {
    let mut command = command();
    command
        .env(
            "OPWIRE_STORE",
            format!("sqlite:{}", dir.join("o.db").display()),
        )
        .env("OPWIRE_SEALING_KEY", "");
    command
}

fn keys(dir: &Path, arguments: &[&str]) -> Output {
    stored(dir).arg("keys").args(arguments).output().unwrap()
}

fn told(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_key_is_printed_once_listed_without_itself_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let made = keys(
        dir.path(),
        &[
            "new",
            "--tenant",
            "acme",
            "--connector",
            "shop",
            "--effect",
            "read",
        ],
    );
    let (key, note) = told(&made);
    let key = key.trim_end();
    assert!(
        made.status.success() && key.starts_with("opwire_") && !note.contains(key),
        "{note}"
    );
    keys(dir.path(), &["new", "--tenant", "other"]);
    let (listed, _) = told(&keys(dir.path(), &["list"]));
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 3, "{listed}");
    assert!(lines[0].starts_with("ID ") && !listed.contains(key));
    for (line, words) in [
        (lines[1], ["acme", "shop", "read"]),
        (lines[2], ["other", "all", "all"]),
    ] {
        let columns: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(columns[1..4], words, "{listed}");
    }
    let id = lines[1].split(' ').next().unwrap();
    assert!(keys(dir.path(), &["revoke", id]).status.success());
    let again = keys(dir.path(), &["revoke", id]);
    assert_eq!(again.status.code(), Some(2));
    assert!(told(&again).1.contains("there is no key of this ID"));
    let (listed, _) = told(&keys(dir.path(), &["list", "--tenant", "acme"]));
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

#[test]
fn what_is_wrong_with_the_store_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let none = command()
        .env("OPWIRE_STORE", "")
        .args(["keys", "list"])
        .output()
        .unwrap();
    assert_eq!(none.status.code(), Some(2));
    assert!(told(&none).1.contains("no store is named"));
    let wrong = keys(dir.path(), &["new", "--tenant", "a/b"]);
    assert!(
        told(&wrong).1.contains("a tenant's name has 1 to 128"),
        "{wrong:?}"
    );
    assert!(keys(dir.path(), &["list"]).status.success());
    let key = dir.path().join("o.db.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = keys(dir.path(), &["list"]);
    assert_eq!(open.status.code(), Some(2));
    assert!(
        told(&open)
            .1
            .contains("can be read by others: chmod 600 it"),
        "{open:?}"
    );
    let other = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
    let wrong = stored(dir.path())
        .env("OPWIRE_SEALING_KEY", other)
        .args(["keys", "list"])
        .output()
        .unwrap();
    let (_, said) = told(&wrong);
    assert!(
        said.contains("sealed with another key") && !said.contains(other),
        "{said}"
    );
}

#[test]
fn a_server_knows_callers_by_their_keys() {
    let (dir, shop) = (tempfile::tempdir().unwrap(), shop());
    fs::create_dir_all(shop.path().join("shop/examples")).unwrap();
    fs::write(shop.path().join("shop/examples/get_order.yaml"), EXAMPLE).unwrap();
    let (key, _) = told(&keys(dir.path(), &["new", "--tenant", "acme"]));
    let server = Server::run(stored(dir.path()), &[shop.path()], &["--mock"]);
    let header = format!("authorization: Bearer {}\r\n", key.trim_end());
    assert_eq!(server.ask_with("GET /v1/operations", "", "").0, 401);
    assert_eq!(server.ask_with("GET /v1/operations", &header, "").0, 200);
    let put = r#"{"connector": "shop", "credentials": {"token": "CANARY-token"}}"#;
    let (status, body) = server.ask_with("PUT /v1/connections/main", &header, put);
    assert!(status == 201 && !body.contains("CANARY"), "{body}");
    let invoke = "POST /v1/operations/shop.get_order/invoke";
    let named = format!("{header}x-opwire-connection: main\r\n");
    let (status, body) = server.ask_with(invoke, &named, r#"{"order_id": 8}"#);
    assert_eq!((status, body.as_str()), (200, r#"{"id":7,"state":"open"}"#));
    // Another process changes who is let in.
    let (listed, _) = told(&keys(dir.path(), &["list"]));
    let id = listed.lines().nth(1).unwrap().split(' ').next().unwrap();
    assert!(keys(dir.path(), &["revoke", id]).status.success());
    assert_eq!(server.ask_with("GET /v1/operations", &header, "").0, 401);
}
