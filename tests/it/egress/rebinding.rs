//! Host names whose addresses change, or are mixed: connections go to addresses that were checked, and nowhere else.

use super::traps::Traps;
use super::{PAGED, connector};
use crate::made::Made;
use crate::names::Names;
use futures_util::FutureExt as _;
use opwire::{EgressPolicy, Engine, Error, ErrorKind, Outcome, Output};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;
use std::net::IpAddr;

/// The service's own address: of this machine, but opened by the policy, while 127.0.0.1 is not.
const OWN: &str = "127.0.0.2";
const REPLY: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"items\":[]}";

/// The service at 127.0.0.2, and traps beside it at the same port.
async fn service() -> (FaultServer, Traps) {
    loop {
        let own: IpAddr = OWN.parse().unwrap();
        let script = |_| vec![Step::Request, Step::Write(REPLY.into())];
        let server = FaultServer::at(own, script).await.unwrap();
        // Another program may have the port at 127.0.0.1.
        let port = server.address().port();
        if let Some(traps) = Traps::set(port) {
            return (server, traps);
        }
    }
}

fn engine(made: &Made, port: u16, names: &Names) -> Engine {
    let url = format!("http://t.example.com:{port}");
    let policy = EgressPolicy::default().allow_at(&url, &["127.0.0.2/32"]);
    let builder = Engine::builder().catalog(made.catalog());
    builder
        .egress_policy(policy.unwrap())
        .base_url("t", &url)
        .resolver(names.clone())
        .clock(ManualClock::default())
        .build()
        .unwrap()
}

async fn call(engine: &Engine) -> Result<Output, Error> {
    engine.invoke("t.paged", json!({})).await
}

/// What a name's addresses are at the first connection, the second, …; the last stays.
const SCHEDULES: [&[&str]; 12] = [
    // Good, then this machine.
    &[OWN, "127.0.0.1"],
    &[OWN, OWN, "::1"],
    &[OWN, "0.0.0.0", OWN, "127.0.0.1"],
    // This machine first.
    &["127.0.0.1", OWN],
    // Both at once, in either order.
    &["127.0.0.2 127.0.0.1"],
    &["127.0.0.1 127.0.0.2"],
    &["127.0.0.2 ::1", OWN],
    // The same address in other words.
    &[OWN, "::ffff:127.0.0.1", "::127.0.0.1"],
    // A machine's own service, a private net, an address that is anybody's.
    &[OWN, "169.254.169.254", "127.0.0.2 169.254.169.254"],
    &[OWN, "10.0.0.1", "192.168.0.1", "fd00::1"],
    &[OWN, "93.184.216.34"],
    // Nothing, then too much.
    &[
        OWN,
        "",
        "127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2 127.0.0.2",
    ],
];

#[tokio::test]
async fn a_name_that_moves_leads_nowhere_else() {
    let made = Made::new(&connector("https://t.example.com"), &[("paged", PAGED)]);
    let (mut reached, mut denied) = (0, 0);
    for schedule in SCHEDULES {
        let (server, traps) = service().await;
        let names = Names::new(move |number, name| {
            assert_eq!(name, "t.example.com");
            let answer = schedule[number.min(schedule.len() - 1)];
            Ok(answer
                .split_whitespace()
                .map(|ip| ip.parse().unwrap())
                .collect())
        });
        let engine = engine(&made, traps.port, &names);
        for step in 0..schedule.len() + 2 {
            let (before, asked) = (server.seen().connections(), names.asked().len());
            let answer = schedule[asked.min(schedule.len() - 1)];
            let good = answer == OWN;
            match call(&engine).await {
                Ok(_) => {
                    assert!(good, "{schedule:?}, {step}: {answer}");
                    assert_eq!(server.seen().connections(), before + 1);
                    reached += 1;
                }
                Err(error) => {
                    let many = answer.is_empty() || answer.split_whitespace().count() > 16;
                    let kind = if many {
                        ErrorKind::DnsFailed
                    } else {
                        ErrorKind::EgressDenied
                    };
                    assert!(!good, "{schedule:?}, {step}: {answer}: {error}");
                    assert_eq!(
                        (error.kind(), error.outcome()),
                        (kind, Outcome::NotSent),
                        "{answer}"
                    );
                    assert_eq!(server.seen().connections(), before, "{answer}");
                    denied += 1;
                }
            }
            assert!(names.asked().len() > asked, "asked for each connection");
        }
        traps.saw_nothing();
    }
    println!(
        "{} schedules: {reached} calls at the checked address, {denied} denied, 0 elsewhere",
        SCHEDULES.len()
    );
}

#[tokio::test]
async fn a_connection_goes_to_the_address_that_was_checked() {
    // The name is real, and is not asked for by anybody else: `localhost` would be 127.0.0.1.
    let text = connector("https://t.example.com");
    let made = Made::new(&text, &[("paged", PAGED)]);
    let (server, traps) = service().await;
    let url = format!("http://localhost:{}", traps.port);
    let names = Names::all_at(OWN);
    let builder = Engine::builder()
        .catalog(made.catalog())
        .base_url("t", &url);
    let engine = builder.resolver(names.clone()).build().unwrap();
    call(&engine).await.unwrap();
    assert_eq!(
        (server.seen().requests(), names.asked()),
        (1, vec!["localhost".to_owned()])
    );
    traps.saw_nothing();
}

/// A name in public, with an answer that is not: the connector alone decides nothing.
#[tokio::test]
async fn no_answer_opens_this_machine_to_a_connector() {
    let made = Made::new(&connector("https://t.example.com"), &[("paged", PAGED)]);
    for answer in [
        "127.0.0.1",
        "::1",
        "127.0.0.2",
        "0.0.0.0",
        "::ffff:127.0.0.1",
        "169.254.169.254",
    ] {
        let builder = Engine::builder().catalog(made.catalog());
        let engine = builder.resolver(Names::all_at(answer)).build().unwrap();
        let error = call(&engine).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_has_5_seconds() {
    struct Silent;
    impl opwire::Resolver for Silent {
        fn resolve<'a>(&'a self, _: &'a str) -> opwire::ResolverFuture<'a> {
            std::future::pending().boxed()
        }
    }
    let made = Made::new(&connector("https://t.example.com"), &[("paged", PAGED)]);
    let builder = Engine::builder().catalog(made.catalog()).resolver(Silent);
    let engine = builder.clock(ManualClock::default()).build().unwrap();
    let begun = tokio::time::Instant::now();
    let error = call(&engine).await.unwrap_err();
    assert_eq!(
        (error.outcome(), error.attempts().len()),
        (Outcome::NotSent, 3)
    );
    let kinds = [ErrorKind::DnsFailed, ErrorKind::Timeout];
    assert!(kinds.contains(&error.kind()), "{error}");
    assert_eq!(begun.elapsed().as_secs(), 15, "5 seconds each");
}
