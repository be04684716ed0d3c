//! A network that goes wrong between the engine and a service that is right: the mock, behind a proxy.

use super::End;
use crate::fields::valid_input;
use crate::{catalog, root};
use futures_util::StreamExt as _;
use opwire::{Catalog, Engine, ErrorKind as K, NoRateLimit, Outcome};
use opwire_testkit::{ManualClock, Mock};
use opwire_tests::proxy::Weather::{
    Corrupt, Cut, Delay, Drop, Fair, HalfClose, Repeat, Reset, Split, Stall,
};
use opwire_tests::proxy::{FaultProxy, Link, Weather};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// One that reads, one that replaces, one that makes, one that makes under a key, one that deletes.
const OPERATIONS: [&str; 5] = [
    "get_person",
    "update_account",
    "create_account",
    "create_task",
    "delete_account",
];
/// Where a reply with a body is in its body, for sure.
const BODY: usize = 500;

/// What is done, how calls end, and whether the service gets each request.
struct Scenario {
    link: Link,
    end: End,
    served: bool,
}

fn replies(weather: Weather, end: End) -> Scenario {
    let requests = Fair;
    Scenario {
        link: Link {
            requests,
            replies: weather,
        },
        end,
        served: true,
    }
}

fn requests(weather: Weather, end: End, served: bool) -> Scenario {
    let replies = Fair;
    Scenario {
        link: Link {
            requests: weather,
            replies,
        },
        end,
        served,
    }
}

fn scenarios() -> Vec<Scenario> {
    let lost = End::Lost(K::ConnectionLost);
    let late = End::Lost(K::Timeout);
    let noise = End::Lost(K::ProtocolError);
    let half = End::LostBody(K::ConnectionLost);
    let short = Duration::from_millis(5);
    vec![
        replies(Fair, End::Fine),
        replies(Delay(short), End::Fine),
        replies(Split(1), End::Fine),
        replies(Split(100), End::Fine),
        replies(Cut(0), lost),
        replies(Cut(10), lost),
        replies(Cut(30), lost),
        replies(Cut(BODY), half),
        replies(Reset(0), lost),
        replies(Reset(30), lost),
        replies(Reset(BODY), half),
        replies(HalfClose(0), lost),
        replies(HalfClose(30), lost),
        replies(HalfClose(BODY), half),
        replies(Stall(0), late),
        replies(Stall(30), late),
        replies(Stall(BODY), End::LostBody(K::Timeout)),
        replies(Corrupt(0), noise),
        replies(Corrupt(9), noise),
        replies(Drop(0, 5), noise),
        replies(Repeat(0), noise),
        // What is missing in the end is waited for.
        replies(Drop(BODY, 20), End::LostBody(K::Timeout)),
        requests(Delay(short), End::Fine, true),
        requests(Split(1), End::Fine, true),
        requests(Cut(0), lost, false),
        requests(Cut(30), lost, false),
        requests(Reset(0), lost, false),
        requests(Reset(30), lost, false),
        requests(HalfClose(30), lost, false),
        requests(Stall(0), late, false),
        requests(Stall(30), late, false),
        // Another method: the service answers that it has none such.
        requests(Corrupt(0), End::Answered(K::UpstreamClientError), true),
    ]
}

/// The operations that ship, that give up soon.
fn hasty() -> Catalog {
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join("operations"), dir.path());
    let file = dir.path().join("salesloft/connector.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = text.replace(
        "  timeout: 30s\n",
        "  first_byte: 400ms\n  timeout: 600ms\n",
    );
    assert_ne!(text, changed);
    std::fs::write(file, changed).unwrap();
    Catalog::open(dir.path()).unwrap_or_else(|found| panic!("{found}"))
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Calls an operation once through the proxy. Gives what is wrong with how it ended.
async fn meet(mock: &Mock, catalog: &Catalog, scenario: &Scenario, name: &str) -> Option<String> {
    let served = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&served);
    let mock = mock.clone().with_log(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let running = mock.start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let running = running.await.unwrap();
    let link = scenario.link;
    let proxy = FaultProxy::start(running.address(), move |_| link);
    let proxy = proxy.await.unwrap();
    let engine = Engine::builder()
        .catalog(catalog.clone())
        .base_url("salesloft", &proxy.url())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
        .build()
        .unwrap();
    let operation = crate::catalog().get(&format!("salesloft.{name}")).unwrap();
    let given = engine
        .invoke(operation.name(), valid_input(&operation))
        .await;
    let (told, attempts) = match &given {
        Ok(output) => (None, output.attempts().len()),
        Err(error) => (
            Some((error.kind(), error.outcome())),
            error.attempts().len(),
        ),
    };
    let (end, expected) = match scenario.end {
        End::Fine => (None, 1),
        End::Lost(kind) => {
            let again = name != "create_account";
            (
                Some((kind, Outcome::MaybeApplied)),
                if again { 3 } else { 1 },
            )
        }
        End::LostBody(kind) => {
            let again = name == "get_person";
            (Some((kind, Outcome::Answered)), if again { 2 } else { 1 })
        }
        End::Answered(kind) => (Some((kind, Outcome::Answered)), 1),
    };
    // A reply without a body has none to lose.
    let (end, expected) = match scenario.end {
        End::LostBody(_) if name == "delete_account" => (None, 1),
        _ => (end, expected),
    };
    let wire = proxy.connections();
    let got = served.load(Ordering::SeqCst);
    let due = if scenario.served { expected } else { 0 };
    let right = told == end && attempts == expected && wire == expected && got == due;
    (!right).then(|| {
        format!(
            "{link:?}, {name}: {told:?}, {attempts} attempts, {wire} connections, {got} served; expected {end:?}, {expected}, {due}"
        )
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_goes_wrong_does_nothing_twice() {
    let mock = Mock::new(&catalog(), Some("salesloft")).await.unwrap();
    let hasty = hasty();
    let patient = catalog();
    let scenarios = scenarios();
    let cells = scenarios
        .iter()
        .flat_map(|scenario| OPERATIONS.map(|operation| (scenario, operation)));
    let met = futures_util::stream::iter(cells).map(|(scenario, operation)| {
        let waits = matches!(
            scenario.end,
            End::Lost(K::Timeout) | End::LostBody(K::Timeout)
        );
        let catalog = if waits { &hasty } else { &patient };
        meet(&mock, catalog, scenario, operation)
    });
    let wrong: Vec<String> = met
        .buffer_unordered(8)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    println!(
        "{} kinds of weather x {} operations",
        scenarios.len(),
        OPERATIONS.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
