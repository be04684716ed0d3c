//! Sinks that tell no more than they are made to tell, real connections, snapshots.

use super::TOKEN;
use super::echo::echo;
use super::sinks::{Hits, invoke, told_by};
use crate::made::Made;
use crate::sending::fake::Fake;
use opwire::{Catalog, Engine};
use opwire_testkit::{Example, ManualClock, Transcript, record};
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, properties: { key: { type: string } } }
auth: { api_key: { in: query, name: key, value: '{{credentials.key}}' } }
";

fn operation(keys: &str) -> String {
    format!(
        "title: O\nkind: main\ndescription: O\ninput: {{ type: object, additionalProperties: true }}\n{keys}\n"
    )
}

/// Nothing that comes from outside gets into these. So that the search is known to find it there: it is put there by the
/// manifest and by fields that are no secrets.
#[tokio::test]
async fn what_is_put_into_a_sink_is_found_there() {
    let keys = format!(
        "request: {{ method: GET, path: '/x/{TOKEN}', query: {{ q: '{{{{input.q}}}}' }} }}\nerrors: [{{ when: {{ status: 400 }}, code: '{TOKEN}', message: m }}]"
    );
    let made = Made::new(CONNECTOR, &[("o", &operation(&keys))]);
    let fake = Fake::new(|_, _| Ok(echo(400, "another-text-altogether", "json")));
    let input = json!({"key": "other-key", "q": TOKEN});
    let told = invoke(
        Engine::builder().catalog(made.catalog()),
        &fake,
        "t.o",
        input,
    )
    .await;
    let mut hits = Hits::default();
    hits.look("put there", TOKEN, &told);
    for sink in [
        "attempts",
        "observer",
        "tracing",
        "spans",
        "render",
        "code",
        "problem+json",
    ] {
        assert!(hits.sinks.contains(sink), "{sink}: {told:?}");
    }
    // No error of the engine has a source: there is nothing that could be told.
    let sources = told.iter().find(|(sink, _)| *sink == "sources");
    assert_eq!(sources.map(|(_, text)| text.as_str()), Some(""));
}

/// Errors of the HTTP client hold the whole URL.
#[tokio::test]
async fn no_fault_of_a_connection_tells_the_url() {
    let keys = "limits: { first_byte: 300ms, timeout: 400ms }\nrequest: { method: GET, path: /x }";
    let made = Made::new(CONNECTOR, &[("o", &operation(keys))]);
    let write = |text: &str| Step::Write(text.into());
    let mut hits = Hits::default();
    for (name, steps) in [
        ("closed", vec![Step::Request]),
        ("reset", vec![Step::Request, Step::Reset]),
        ("silent", vec![Step::Request, Step::Hang]),
        ("noise", vec![Step::Request, write("noise\r\n\r\n")]),
        (
            "half",
            vec![
                Step::Request,
                write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
            ],
        ),
        (
            "odd packing",
            vec![
                Step::Request,
                write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnone"),
            ],
        ),
        (
            "redirect",
            vec![
                Step::Request,
                write(&format!(
                    "HTTP/1.1 302 X\r\nLocation: /?key={TOKEN}\r\nContent-Length: 0\r\n\r\n"
                )),
            ],
        ),
    ] {
        let server = FaultServer::start(move |_| steps.clone()).await.unwrap();
        let mut urls = vec![server.url()];
        if name == "closed" {
            urls.push(server.url().replace("http:", "https:"));
            urls.push("http://127.0.0.1:1".to_owned());
        }
        for url in urls {
            let builder = Engine::builder()
                .catalog(made.catalog())
                .base_url("t", &url);
            let engine = builder.clock(ManualClock::default()).build().unwrap();
            let error = engine
                .invoke("t.o", json!({ "key": TOKEN }))
                .await
                .unwrap_err();
            hits.look(&format!("{name}, {url}"), TOKEN, &told_by(&error));
        }
        assert!(
            server
                .seen()
                .bodies()
                .iter()
                .all(|(head, _)| head.contains("key=cAn%2FRy"))
        );
    }
    assert!(hits.found.is_empty(), "{:#?}", hits.found);
}

/// What an example says of credentials is not what its snapshot shows.
#[tokio::test]
async fn no_snapshot_tells_a_credential() {
    let keys = "request: { method: POST, path: /x, body: { json: { a: '{{input.a}}' } } }";
    let made = Made::new(CONNECTOR, &[("o", &operation(keys))]);
    let example = format!(
        "description: D\ninput: {{ key: '{TOKEN}', a: shown }}\nreplies:\n  - status: 400\n    body: {{ error: no }}\n"
    );
    made.write("examples/o.yaml", &example);
    let catalog = Catalog::open(made.path()).unwrap();
    let connector = catalog.connectors().next().unwrap();
    let examples = Example::of_connector(connector).unwrap();
    let transcript = Transcript::of(&catalog, &examples[0]).await.unwrap();
    let told = vec![
        ("snapshot", transcript.to_string()),
        ("Debug", format!("{transcript:?}")),
    ];
    let mut hits = Hits::default();
    hits.look("a snapshot", TOKEN, &told);
    assert!(hits.found.is_empty(), "{:#?}", hits.found);
    assert!(told[0].1.contains("\"a\": \"shown\""), "{transcript}");
}

/// A call that is kept as an example: of the credential, and of a reply that says it, nothing is written.
#[test]
fn no_recording_tells_a_credential() {
    let keys = "request: { method: POST, path: /x, body: { json: { a: '{{input.a}}' } } }";
    let made = Made::new(CONNECTOR, &[("o", &operation(keys))]);
    let catalog = made.catalog();
    let operation = catalog.get("t.o").unwrap();
    let mut hits = Hits::default();
    for (form, text) in super::echo::forms(TOKEN) {
        let reply = json!({
            "status": 200,
            "headers": {"content-type": "application/json", "x-echo": text, "link": format!("<https://t.example.com/?key={text}>; rel=\"next\"")},
            "body": {"said": text, "access_token": text, "list": [text], "text": format!("it was {text}, was it")},
        });
        let reply = serde_json::from_value(reply).unwrap();
        let input = json!({"key": TOKEN, "a": text, "note": format!("with {text}")});
        let told = match record::example(&operation, &input, &[reply], &[]) {
            Ok(recording) => recording.example.to_string(),
            Err(unproven) => format!("{unproven} {unproven:?}"),
        };
        hits.look(form, TOKEN, &vec![("recording", told)]);
    }
    assert!(hits.found.is_empty(), "{:#?}", hits.found);
}
