//! Listeners that nothing may come to.

use super::{HOSTS, PAGED, connector};
use crate::log::Log;
use crate::made::{ANY, Made};
use opwire::{EgressPolicy, Engine, ErrorKind};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;
use std::io;
use std::net::{IpAddr, TcpListener};
use tracing::instrument::WithSubscriber as _;

/// Listeners at 127.0.0.1 and, where there is IPv6, at `::1`, at one port.
pub(super) struct Traps {
    pub(super) port: u16,
    listeners: Vec<TcpListener>,
}

impl Traps {
    /// At this port, or at any with 0. Nothing when another program has it.
    pub(super) fn set(port: u16) -> Option<Self> {
        let first = TcpListener::bind(("127.0.0.1", port)).ok()?;
        let port = first.local_addr().unwrap().port();
        let second: IpAddr = "::1".parse().unwrap();
        let mut listeners = vec![first];
        listeners.extend(TcpListener::bind((second, port)));
        for trap in &listeners {
            trap.set_nonblocking(true).unwrap();
        }
        Some(Self { port, listeners })
    }

    pub(super) fn saw_nothing(&self) {
        for trap in &self.listeners {
            let came = trap.accept().map_err(|error| error.kind());
            assert_eq!(came.err(), Some(io::ErrorKind::WouldBlock));
        }
    }
}

#[tokio::test]
async fn no_connector_reaches_this_machine() {
    let traps = Traps::set(0).unwrap();
    let port = traps.port;
    let mut tried = 0;
    for host in HOSTS {
        for scheme in ["http", "https"] {
            let base = format!("'{scheme}://{host}:{port}'");
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(dir.path().join("t/main")).unwrap();
            std::fs::write(dir.path().join("t/connector.yaml"), connector(&base)).unwrap();
            std::fs::write(dir.path().join("t/main/paged.yaml"), PAGED).unwrap();
            tried += 1;
            // Refused at load, or when it is called.
            if let Ok(catalog) = opwire::Catalog::open(dir.path()) {
                let engine = Engine::builder().catalog(catalog).build().unwrap();
                let error = engine.invoke("t.paged", json!({})).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::EgressDenied, "{base}");
            }
        }
    }
    traps.saw_nothing();
    println!("{tried} connectors at this machine and others that are not public: none reached it");
    assert!(tried >= 120);
}

#[tokio::test]
async fn metadata_cannot_be_named() {
    let made = Made::new(&connector("https://t.example.com"), &[("paged", PAGED)]);
    for host in [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "168.63.129.16",
        "100.100.100.200",
        "[::ffff:169.254.169.254]",
    ] {
        let url = format!("http://{host}");
        let policy = EgressPolicy::default().allow(&url).unwrap();
        let builder = Engine::builder()
            .catalog(made.catalog())
            .egress_policy(policy)
            .base_url("t", &url);
        let error = builder
            .build()
            .unwrap()
            .invoke("t.paged", json!({}))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{host}");
    }
}

const OPERATIONS: [(&str, &str); 4] = [
    ("get", "request: { method: GET, path: /x }"),
    (
        "put",
        "request: { method: PUT, path: /x, body: { json: { pw: body-secret } } }",
    ),
    (
        "post",
        "request: { method: POST, path: /x, body: { json: { pw: body-secret } } }",
    ),
    ("delete", "request: { method: DELETE, path: /x }"),
];

/// Replies that would lead a browser elsewhere: status, header, value. `TRAP` stands for the trap's host and port.
fn leads() -> Vec<(u16, &'static str, &'static str)> {
    let mut leads = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        for location in [
            "http://TRAP/x?api_key=s3cr3t-told",
            "//TRAP/x",
            "http://user:pass@TRAP/x",
            "HTTP://TRAP",
            "http:\\\\TRAP\\x",
            "/elsewhere?api_key=s3cr3t-told",
            "?page=2",
            "",
        ] {
            leads.push((status, "Location", location));
        }
    }
    for status in [200, 201, 202, 300, 305] {
        leads.push((status, "Location", "http://TRAP/x"));
        leads.push((status, "Content-Location", "http://TRAP/x"));
        leads.push((status, "Refresh", "0; url=http://TRAP/x"));
        leads.push((status, "Link", "<http://TRAP/x>; rel=\"next\""));
        leads.push((status, "Alt-Svc", "h2=\"TRAP\", http/1.1=\"TRAP\""));
    }
    leads
}

/// The policy and the connector allow the other origin: that nothing goes there is because nothing is followed.
#[tokio::test]
async fn no_reply_leads_elsewhere() {
    let traps = Traps::set(0).unwrap();
    let trap = format!("127.0.0.1:{}", traps.port);
    let text = format!(
        "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com\negress:\n  - {{ origin: 'http://{trap}', credentials: true }}\ncredentials: {{ type: object, required: [key], properties: {{ key: {{ type: string }} }} }}\nauth: {{ headers: {{ X-Api-Key: '{{{{credentials.key}}}}' }} }}\n"
    );
    let keys = OPERATIONS.map(|(name, keys)| {
        (
            name,
            format!("title: O\nkind: main\ndescription: O\ninput: {{ type: object }}\n{keys}\n"),
        )
    });
    let operations: Vec<(&str, &str)> = keys
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let made = Made::new(&text, &operations);
    let mut tried = 0;
    for (status, header, value) in leads() {
        let value = value.replace("TRAP", &trap);
        let body = format!("{{\"_href\": \"http://{trap}/\", \"url\": \"http://{trap}/x\"}}");
        let reply = format!(
            "HTTP/1.1 {status} Elsewhere\r\n{header}: {value}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let server = FaultServer::start(move |_| {
            // It would answer more requests than are made.
            let one = [Step::Request, Step::Write(reply.clone().into())];
            one.into_iter().cycle().take(20).collect()
        });
        let server = server.await.unwrap();
        let builder = Engine::builder().catalog(made.catalog());
        let engine = builder
            .base_url("t", &server.url())
            .allow_origin(&format!("http://{trap}"))
            .clock(ManualClock::default())
            .build()
            .unwrap();
        for (number, (operation, _)) in OPERATIONS.iter().enumerate() {
            let given = engine
                .invoke(&format!("t.{operation}"), json!({"key": "s3cr3t-key"}))
                .await;
            match given {
                Ok(_) => assert!(status < 300, "{status} {header}"),
                Err(error) => {
                    assert_eq!(
                        error.kind(),
                        ErrorKind::UpstreamClientError,
                        "{status} {header}"
                    );
                    assert_eq!(error.status(), Some(status));
                    let told = format!(
                        "{error} {error:?} {}",
                        serde_json::to_string(&error).unwrap()
                    );
                    assert!(!told.contains("s3cr3t"), "{told}");
                }
            }
            assert_eq!(
                server.seen().requests(),
                number + 1,
                "{status} {header}: {value}"
            );
            tried += 1;
        }
    }
    traps.saw_nothing();
    println!(
        "{} replies that lead elsewhere x 4 operations = {tried}: none was followed",
        leads().len()
    );
    assert!(leads().len() >= 30);
}

/// A denial is told by its rule and the host, and never by what else the URL holds.
#[tokio::test]
async fn denials_are_told() {
    let made = Made::new(&connector("https://t.example.com"), &[("any", ANY)]);
    let names = crate::names::Names::all_at("10.0.0.7");
    let engine = Engine::builder().catalog(made.catalog()).resolver(names);
    let engine = engine.build().unwrap();
    for (url, told) in [
        (
            "https://evil.example/a?b=s3cr3t",
            ["other-origin", "evil.example"],
        ),
        (
            "https://u:s3cr3t@t.example.com/a",
            ["user-info", "t.example.com"],
        ),
        (
            "https://t.example.com/a?b=s3cr3t",
            ["private-address", "10.0.0.7"],
        ),
        (
            "http://t.example.com/s3cr3t",
            ["other-origin", "t.example.com"],
        ),
    ] {
        let log = Log::default();
        let call = engine.invoke("t.any", json!({ "url": url }));
        let error = call.with_subscriber(log.subscriber()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{url}");
        let text = log.text();
        assert!(
            text.contains("opwire::egress") && told.iter().all(|told| text.contains(told)),
            "{url}: {text}"
        );
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// The embedding program's policy narrows what connectors allow.
#[tokio::test]
async fn the_policy_and_the_connector_must_both_allow() {
    let text = connector("https://t.example.com") + "egress: ['https://other.example.com']\n";
    let made = Made::new(&text, &[("any", ANY)]);
    let only = |origins: &[&str]| {
        let policy = origins
            .iter()
            .try_fold(EgressPolicy::default(), |policy, origin| {
                policy.only(origin)
            });
        policy.unwrap()
    };
    for (policy, own, other) in [
        (EgressPolicy::default(), true, true),
        (only(&["https://t.example.com"]), true, false),
        (only(&["https://other.example.com/x"]), false, true),
        (only(&["https://third.example.com"]), false, false),
    ] {
        let kept =
            crate::sending::fake::Fake::new(|_, _| Ok(crate::sending::fake::reply(200, &[], "{}")));
        let builder = Engine::builder()
            .catalog(made.catalog())
            .transport(kept.clone());
        let engine = builder.egress_policy(policy).build().unwrap();
        for (url, allowed) in [
            ("https://t.example.com/x", own),
            ("https://other.example.com/x", other),
            ("https://third.example.com/x", false),
        ] {
            let before = kept.requests().len();
            let given = engine.invoke("t.any", json!({ "url": url })).await;
            assert_eq!(given.is_ok(), allowed, "{url}");
            assert_eq!(
                kept.requests().len() - before,
                usize::from(allowed),
                "{url}"
            );
        }
    }
}
