//! Secrets that are looked for wherever something is told: none may be found, in any form.
//!
//! A control goes the same way with texts that are no secrets. It must find them, or the test could not fail.

mod echo;
mod mutations;
mod others;
mod sinks;

use crate::catalog;
use crate::fields::valid_input;
use crate::made::Made;
use crate::sending::fake::Fake;
use echo::services;
use opwire::Engine;
use serde_json::json;
use sinks::{Hits, invoke};

/// With what is written otherwise in URLs, JSON and base64.
const CANARY: &str = "cAn/Ry+\"4711\"=é-Zx";

async fn every_operation(canary: &str, as_secret: bool) -> Hits {
    let mut hits = Hits::default();
    for operation in catalog()
        .operations()
        .filter(|operation| operation.method().is_some())
    {
        for (service, answer) in services() {
            let text = canary.to_owned();
            let fake = Fake::new(move |_, _| answer(&text));
            let mut input = valid_input(operation);
            if as_secret {
                for name in operation.connector().usual_credentials() {
                    input[name] = canary.into();
                }
            }
            let told = invoke(
                Engine::builder().catalog(catalog()),
                &fake,
                operation.name(),
                input,
            )
            .await;
            hits.look(&format!("{}, {service}", operation.name()), canary, &told);
        }
    }
    hits
}

/// The token is a secret that no header can hold as it is: a plain one stands for it.
const TOKEN: &str = "cAn/Ry+4711==Zx.-_~77";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_tells_its_token() {
    let hits = every_operation(TOKEN, true).await;
    println!(
        "{} texts and forms looked at, {} hits",
        hits.cells,
        hits.found.len()
    );
    assert!(
        hits.found.is_empty(),
        "{} hits: {:#?}",
        hits.found.len(),
        &hits.found[..hits.found.len().min(20)]
    );
    // Without the secret's name for it, the same text is found in every place that tells what a service says.
    let control = every_operation(TOKEN, false).await;
    let sinks: Vec<&str> = control.sinks.iter().copied().collect();
    println!("control: {} hits, in {sinks:?}", control.found.len());
    for sink in [
        "Display",
        "Debug",
        "pretty Debug",
        "problem+json",
        "message",
        "body",
        "violations",
    ] {
        assert!(control.sinks.contains(sink), "{sink} could not fail");
    }
}

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, properties: { user: { type: string }, secret: { type: string } } }
errors: [{ when: { status: 400-599 }, code: '{{response.body.error}}', message: '{{response.body.error}}', fields: '{{response.body.errors}}' }]
";

#[tokio::test]
async fn no_way_of_signing_tells_its_secret() {
    let ways = [
        ("bearer", "{ bearer: { token: '{{credentials.secret}}' } }"),
        (
            "basic",
            "{ basic: { username: '{{credentials.user}}', password: '{{credentials.secret}}' } }",
        ),
        (
            "header",
            "{ api_key: { in: header, name: X-Key, value: '{{credentials.secret}}' } }",
        ),
        (
            "query",
            "{ api_key: { in: query, name: key, value: '{{credentials.secret}}' } }",
        ),
        (
            "headers",
            "{ headers: { X-User: '{{credentials.user}}', X-Key: '{{credentials.secret}}' } }",
        ),
        (
            "refresh token",
            "{ oauth2: { grant: refresh_token, token_url: https://t.example.com/token, refresh_token: '{{credentials.secret}}' } }",
        ),
        (
            "client secret",
            "{ oauth2: { grant: client_credentials, token_url: https://t.example.com/token, client_id: '{{credentials.user}}', client_secret: '{{credentials.secret}}' } }",
        ),
        (
            "jwt",
            "{ jwt: { algorithm: HS256, key: '{{credentials.secret}}' } }",
        ),
        (
            "hmac",
            "{ hmac: { key: '{{credentials.secret}}', sign: [body], header: X-Signature } }",
        ),
        (
            "aws",
            "{ aws_sigv4: { region: r, service: s, access_key_id: '{{credentials.user}}', secret_access_key: '{{credentials.secret}}' } }",
        ),
    ];
    let text = "title: O\nkind: main\ndescription: O\ninput: { type: object }\nrequest: { method: POST, path: /x, body: { json: { a: 1 } } }\n";
    let mut hits = Hits::default();
    for (way, auth) in ways {
        let made = Made::new(&format!("{CONNECTOR}auth: {auth}\n"), &[("o", text)]);
        for (service, answer) in services() {
            let fake = Fake::new(move |_, _| answer(TOKEN));
            let input = json!({"user": "me", "secret": TOKEN});
            let told = invoke(
                Engine::builder().catalog(made.catalog()),
                &fake,
                "t.o",
                input,
            )
            .await;
            hits.look(&format!("{way}, {service}"), TOKEN, &told);
        }
    }
    println!(
        "{} texts and forms looked at, {} hits",
        hits.cells,
        hits.found.len()
    );
    assert!(hits.found.is_empty(), "{:#?}", hits.found);
}

#[tokio::test]
async fn no_secret_field_of_an_input_is_told() {
    let made = Made::new(
        CONNECTOR,
        &[(
            "o",
            "title: O\nkind: main\ndescription: O\ninput:\n  type: object\n  required: [pin]\n  properties:\n    pin: { type: string, maxLength: 64, x-secret: true }\n    id: { type: string, maxLength: 3 }\nrequest: { method: POST, path: '/x/{{input.pin}}', query: { q: '{{input.pin}}' }, body: { json: { pin: '{{input.pin}}' } } }\n",
        )],
    );
    let mut hits = Hits::default();
    let inputs = [
        json!({"pin": CANARY}),
        json!({"pin": CANARY, "id": "too long"}),
        json!({"pin": CANARY, CANARY: 1}),
        json!({"pin": {CANARY: CANARY}}),
        json!({"pin": format!("{CANARY}{}", "x".repeat(64))}),
    ];
    for (number, input) in inputs.iter().enumerate() {
        for (service, answer) in services() {
            let fake = Fake::new(move |_, _| answer(CANARY));
            let told = invoke(
                Engine::builder().catalog(made.catalog()),
                &fake,
                "t.o",
                input.clone(),
            )
            .await;
            hits.look(&format!("input {number}, {service}"), CANARY, &told);
        }
    }
    println!(
        "{} texts and forms looked at, {} hits",
        hits.cells,
        hits.found.len()
    );
    assert!(
        hits.found.is_empty(),
        "{:#?}",
        &hits.found[..hits.found.len().min(30)]
    );
}
