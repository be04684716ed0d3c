//! `opwire new`: what it writes passes check and runs, by flags and by asking.

use crate::command;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn opwire(dir: &Path, args: &[&str]) -> Output {
    let mut command = command();
    command.current_dir(dir).args(args);
    command.output().unwrap()
}

fn done(dir: &Path, args: &[&str]) {
    let output = opwire(dir, args);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {told}");
}

#[test]
fn every_way_to_begin_passes_check_and_runs() {
    for auth in ["bearer", "basic", "api_key", "oauth2", "none"] {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let url = "https://api.shop.example";
        let token = "https://auth.shop.example/token";
        done(
            dir,
            &[
                "new",
                "connector",
                "shop",
                "--base-url",
                url,
                "--auth",
                auth,
                "--token-url",
                token,
            ],
        );
        for (name, path) in [
            ("get_order", "/orders/{order_id}"),
            ("shop.create_order", "/orders"),
            ("update_order", "/orders/{id}/lines/{line_id}.json"),
            ("delete_order", "/orders/{order_id}"),
            ("list_orders", "/orders"),
            ("list_customers_ddl", "/customers"),
        ] {
            done(
                dir,
                &["new", "operation", name, "--path", path, "--query", "a,b"],
            );
        }
        done(dir, &["check", "--deny", "warnings"]);
        done(dir, &["test", "--accept"]);
        done(dir, &["test"]);
    }
}

#[test]
fn nothing_is_overwritten_and_odd_names_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    done(
        dir,
        &[
            "new",
            "connector",
            "shop",
            "--base-url",
            "https://a.example",
        ],
    );
    for (args, why) in [
        (
            &["connector", "shop", "--base-url", "https://b.example"][..],
            "there already",
        ),
        (
            &["connector", "My-Shop", "--base-url", "https://b.example"],
            "can't be a name",
        ),
        (&["connector", "other"], "give --base-url"),
        (&["operation", "get_x"], "give --path"),
        (&["operation", "get-x", "--path", "/x"], "can't be a name"),
        (&["operation", "get_x", "--path", "/{x"], "every { needs"),
        (
            &["operation", "store.get_x", "--path", "/x"],
            "no connector `store`",
        ),
    ] {
        let output = opwire(dir, &[&["new"], args].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(told.contains(why), "{args:?}: {told}");
    }
    let text = std::fs::read_to_string(dir.join("operations/shop/connector.yaml")).unwrap();
    assert!(text.contains("https://a.example"));
}

/// `script` (of util-linux) gives the command a terminal.
#[test]
fn a_person_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let binary = command().get_program().to_owned();
    let line = format!("{} new connector shop", binary.display());
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"The Shop\n\nhttps://api.shop.example\nbasic\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("Title [Shop]: ") && told.contains("Auth ("),
        "{told}"
    );
    let file = dir.path().join("operations/shop/connector.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    for part in [
        "title: The Shop\n",
        "description: Operations of The Shop.\n",
        "  basic: {",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
