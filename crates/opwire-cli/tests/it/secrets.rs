//! What the command writes, wherever a credential comes from and whatever a service says of it: never the credential.

use crate::service::{Running, Service, answer};
use std::path::Path;
use std::process::Command;

const TOKEN: &str = "cAn/Ry+4711==Zx.-_~77";
/// As it is, its beginning, percent-encoded, in base64, in hexadecimal.
const FORMS: [&str; 5] = [
    TOKEN,
    "cAn/Ry+47",
    "cAn%2FRy%2B4711%3D%3DZx.-_~77",
    "Y0FuL1J5KzQ3MTE9PVp4Li1ffjc3",
    "63416e2f52792b343731313d3d5a782e2d5f7e3737",
];

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, required: [key], properties: { key: { type: string } } }
auth: { api_key: { in: query, name: key, value: '{{credentials.key}}' } }
errors: [{ when: { status: 400-599 }, message: '{{response.body.error}}', fields: '{{response.body.errors}}' }]
";
const GET: &str = "title: G\nkind: main\ndescription: G\ninput: { type: object, properties: { n: { type: integer } } }\nrequest: { method: GET, path: /x, query: { n: '{{input.n}}' } }\n";

/// A reply that says the credential in every form but its beginning alone.
fn echo() -> String {
    let forms = [FORMS[0], FORMS[2], FORMS[3], FORMS[4]].join(" ");
    format!("{{\"error\": \"{forms}\", \"errors\": {{\"{TOKEN}\": [\"{forms}\"]}}}}")
}

fn check(what: &str, (code, output, errors): &(Option<i32>, String, String)) {
    for form in FORMS {
        assert!(!output.contains(form), "{what}: {output}");
        assert!(!errors.contains(form), "{what}: {errors}");
    }
    assert_ne!(*code, None, "{what}: killed");
}

/// The ways in which the command gets a credential.
fn given(command: &mut Command, way: &str, file: &Path) {
    match way {
        "input" => command.args(["--input", &format!("{{\"key\": \"{TOKEN}\"}}")]),
        "set" => command.args(["--set", &format!("key={TOKEN}")]),
        "variable" => command.env("OPWIRE_T_KEY", TOKEN),
        _ => command.env("OPWIRE_CREDENTIALS_FILE", file),
    };
}

#[test]
fn no_command_writes_a_credential() {
    let service = Service::start(CONNECTOR, &[("get", GET)]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials.yaml");
    std::fs::write(&file, format!("t: {{ key: '{TOKEN}' }}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let url = service.url();
    let mut looked_at = 0;
    for way in ["input", "set", "variable", "file"] {
        for (status, form) in [
            ("400 No", "json"),
            ("400 No", "pretty"),
            ("501 No", "pretty"),
        ] {
            let mut command = service.command(&["invoke", "t.get", "-v", "-o", form]);
            given(&mut command, way, &file);
            let running = Running::start(command.args(["--base-url", &url]));
            answer(service.request(), status, &echo());
            let ended = running.end();
            assert_eq!(ended.0, Some(6), "{way}: {}", ended.2);
            check(&format!("invoke, {way}, {status}, {form}"), &ended);
            looked_at += 1;
        }
        for form in ["http", "curl", "json"] {
            let mut command = service.command(&["render", "t.get", "-o", form]);
            given(&mut command, way, &file);
            let ended = Running::start(&mut command).end();
            assert_eq!(ended.0, Some(0), "{way}: {}", ended.2);
            check(&format!("render, {way}, {form}"), &ended);
            looked_at += 1;
        }
        // Nobody listens; the input is wrong; there is no such operation; the field has no choices.
        let closed = ["--base-url", "http://127.0.0.1:1"];
        for (arguments, code) in [
            ([&["invoke", "t.get"], &closed[..]].concat(), 4),
            (
                [&["invoke", "t.get", "--set", "n=text"], &closed[..]].concat(),
                3,
            ),
            (vec!["invoke", "t.other"], 3),
            (vec!["options", "t.get", "/n"], 3),
        ] {
            let mut command = service.command(&arguments);
            given(&mut command, way, &file);
            let ended = Running::start(&mut command).end();
            assert_eq!(ended.0, Some(code), "{arguments:?}: {}", ended.2);
            check(&format!("{arguments:?}, {way}"), &ended);
            looked_at += 1;
        }
    }
    // An input that can't be read is not shown either.
    for input in [
        format!("{{\"key\": \"{TOKEN}\""),
        format!("{{\"key\": {TOKEN}}}"),
        TOKEN.to_owned(),
    ] {
        let mut command = service.command(&["invoke", "t.get", "--input", &input]);
        check(
            "an input that is no JSON",
            &Running::start(&mut command).end(),
        );
        looked_at += 1;
    }
    println!("{looked_at} runs of the command, 0 hits");
    // The same echo is found when it is no credential.
    let arguments = [
        "invoke",
        "t.get",
        "--set",
        "key=other-key",
        "--base-url",
        &url,
    ];
    let running = Running::start(&mut service.command(&arguments));
    answer(service.request(), "400 No", &echo());
    let (_, _, errors) = running.end();
    assert!(FORMS.iter().all(|form| errors.contains(form)), "{errors}");
}
