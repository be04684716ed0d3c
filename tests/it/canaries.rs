//! Secrets that are looked for wherever something is told: none may be found, in any form.
//!
//! A control goes the same way with texts that are no secrets. It must find them, or the test could not fail.

use crate::catalog;
use crate::fields::valid_input;
use crate::made::Made;
use crate::sending::fake::{Answer, Fake, reply};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Response;
use opwire::{Attempt, Engine, Error, ErrorKind, NoRateLimit, TransportError};
use opwire_testkit::ManualClock;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tracing::instrument::WithSubscriber as _;

/// With what is written otherwise in URLs, JSON and base64.
const CANARY: &str = "cAn/Ry+\"4711\"=é-Zx";

/// The forms in which a secret may stand in a text.
fn forms(secret: &str) -> BTreeMap<&'static str, String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    // Of other text before it, the first and the last characters of the base64 are not the secret's alone.
    let within = |skip: usize| {
        let text = STANDARD.encode(format!("{}{secret}", &"xyz"[..skip]));
        let from = (skip * 8).div_ceil(6);
        text[from..text.len() - 4].to_owned()
    };
    BTreeMap::from([
        ("as it is", secret.to_owned()),
        (
            "percent-encoded",
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        ),
        (
            "form-encoded",
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ),
        (
            "in JSON",
            serde_json::to_string(secret)
                .unwrap()
                .trim_matches('"')
                .to_owned(),
        ),
        ("base64", within(0)),
        ("base64, shifted by 1", within(1)),
        ("base64, shifted by 2", within(2)),
        (
            "base64 for URLs",
            URL_SAFE_NO_PAD.encode(secret)[..20].to_owned(),
        ),
        ("hexadecimal", hex),
    ])
}

/// A reply that echoes a text in every form, in its body and in its headers.
fn echo(status: u16, text: &str, kind: &str) -> Response<Bytes> {
    let whole = forms(text)
        .into_iter()
        .filter(|(name, _)| !name.starts_with("base64"));
    let mut echoes: Vec<String> = whole.map(|(_, form)| form).collect();
    for before in ["", "x", "xy"] {
        echoes.push(STANDARD.encode(format!("{before}{text}")));
        echoes.push(URL_SAFE_NO_PAD.encode(format!("{before}{text} and more")));
    }
    let pair = STANDARD.encode(format!("user:{text}"));
    let body = json!({
        "error": format!("{text} is bad"), "message": echoes, "errors": {text: [text], "x": echoes}, "pair": pair,
        "deep": [{"echo": format!("{text}{text}")}],
    });
    let body = match kind {
        "text" => format!("{text} {echoes:?}"),
        "cut" => format!("{}{body}", "x".repeat(150)),
        _ => body.to_string(),
    };
    let header = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut response = reply(status, &[("x-echo", &header)], &body);
    if kind != "json" {
        response
            .headers_mut()
            .insert("content-type", "text/plain".parse().unwrap());
    }
    response
}

/// What a service says to a text that it got.
type Service = Arc<dyn Fn(&str) -> Answer + Send + Sync>;

/// What a service may do to a request.
fn services() -> Vec<(String, Service)> {
    let mut found: Vec<(String, Service)> = Vec::new();
    for status in [
        200, 302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 501, 503,
    ] {
        for kind in ["json", "text", "cut"] {
            found.push((
                format!("{status} as {kind}"),
                Arc::new(move |text| Ok(echo(status, text, kind))),
            ));
        }
    }
    for kind in [
        ErrorKind::EgressDenied,
        ErrorKind::DnsFailed,
        ErrorKind::ConnectFailed,
        ErrorKind::TlsFailed,
        ErrorKind::Timeout,
        ErrorKind::ConnectionLost,
        ErrorKind::ProtocolError,
        ErrorKind::ResponseTooLarge,
        ErrorKind::DecodeFailed,
        ErrorKind::Internal,
    ] {
        found.push((
            format!("transport: {kind}"),
            Arc::new(move |text| Err(TransportError::new(kind, format!("failed with {text}")))),
        ));
    }
    found
}

/// Where something is told, and what.
type Told = Vec<(&'static str, String)>;

fn told_by(error: &Error) -> Told {
    let violations: Vec<String> = error
        .violations()
        .iter()
        .map(|v| format!("{} {} {}", v.pointer, v.keyword, v.message))
        .collect();
    let mut sources = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        sources += &format!("{inner} {inner:?}");
        source = inner.source();
    }
    vec![
        ("Display", error.to_string()),
        ("Debug", format!("{error:?}")),
        ("pretty Debug", format!("{error:#?}")),
        ("sources", sources),
        ("problem+json", serde_json::to_string(error).unwrap()),
        ("message", error.message().to_owned()),
        ("help", error.help().unwrap_or_default().to_owned()),
        ("code", error.code().unwrap_or_default().to_owned()),
        (
            "body",
            error.body().map(ToString::to_string).unwrap_or_default(),
        ),
        ("violations", violations.join("\n")),
        ("attempts", format!("{:?}", error.attempts())),
    ]
}

/// Keeps what `tracing` is told.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Invokes an operation, and gathers what is told everywhere.
async fn invoke(builder: opwire::EngineBuilder, fake: &Fake, name: &str, input: Value) -> Told {
    let observed: Arc<Mutex<String>> = Arc::default();
    let seen = Arc::clone(&observed);
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let engine = builder
        .transport(fake.clone())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
        .on_attempt(move |attempt: &Attempt| *seen.lock().unwrap() += &format!("{attempt:?}"))
        .build()
        .unwrap();
    let rendered = engine.render(name, input.clone());
    let given = engine.invoke(name, input).with_subscriber(subscriber).await;
    let mut told = match &given {
        Ok(_) => Vec::new(),
        Err(error) => told_by(error),
    };
    told.push(("observer", observed.lock().unwrap().clone()));
    told.push((
        "tracing",
        String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned(),
    ));
    told.push(("render", format!("{rendered:?}")));
    told
}

#[derive(Default)]
struct Hits {
    sinks: BTreeSet<&'static str>,
    cells: usize,
    found: Vec<String>,
}

impl Hits {
    fn look(&mut self, place: &str, secret: &str, told: &Told) {
        for (sink, text) in told {
            for (form, secret) in forms(secret) {
                self.cells += 1;
                if text.contains(&secret) {
                    self.sinks.insert(sink);
                    self.found.push(format!("{place}, {sink}, {form}"));
                }
            }
        }
    }
}

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
