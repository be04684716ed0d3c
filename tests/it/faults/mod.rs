//! What the service and the network do wrong, over real connections: each fault has its kind, its outcome, and its count
//! of requests on the wire.

mod bodies;
mod connections;
mod floods;
mod http2;
mod proxied;
mod secure;
mod wire;

use crate::made::Made;
pub(crate) use bodies::packed;
use futures_util::StreamExt as _;
use opwire::{Engine, Error, ErrorKind, Outcome, Output};
use opwire_testkit::ManualClock;
use opwire_tests::faults::{FaultServer, Step};
use serde_json::json;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, required: [key], properties: { key: { type: string } } }
auth: { bearer: { token: '{{credentials.key}}' } }
limits: { first_byte: 400ms, timeout: 600ms, deadline: 60s, response_size: 1MiB }
";

/// For what ends by itself, however busy the machine is.
const PATIENT: &str = "first_byte: 20s, timeout: 20s";

/// Operations that differ in whether their request may be repeated.
const OPERATIONS: [(&str, &str); 4] = [
    ("get", "request: { method: GET, path: /x }"),
    (
        "put",
        "request: { method: PUT, path: /x, body: { json: { a: 1 } } }",
    ),
    (
        "post",
        "request: { method: POST, path: /x, body: { json: { a: 1 } } }",
    ),
    (
        "keyed",
        "idempotency: { header: Idempotency-Key }\nrequest: { method: POST, path: /x, body: { json: { a: 1 } } }",
    ),
];

/// How a fault ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// The call succeeds at the first attempt.
    Fine,
    /// Who may repeat tries again.
    Lost(ErrorKind),
    /// The head came with 200, the body didn't: who only reads tries again once.
    LostBody(ErrorKind),
    /// Nobody tries again.
    Answered(ErrorKind),
}

/// A fault, and its end.
struct Scenario {
    name: String,
    steps: Vec<Step>,
    end: End,
}

impl Scenario {
    fn new(name: impl Into<String>, steps: Vec<Step>, end: End) -> Self {
        Self {
            name: name.into(),
            steps,
            end,
        }
    }

    /// A reply of these bytes, to a whole request.
    fn reply(name: impl Into<String>, bytes: impl Into<Vec<u8>>, end: End) -> Self {
        Self::new(name, vec![Step::Request, Step::Write(bytes.into())], end)
    }

    fn attempts(&self, operation: &str) -> usize {
        match self.end {
            End::Lost(_) if operation != "post" => 3,
            End::LostBody(_) if operation == "get" => 2,
            _ => 1,
        }
    }

    fn told(&self) -> Option<(ErrorKind, Outcome)> {
        match self.end {
            End::Fine => None,
            End::Lost(kind) => Some((kind, Outcome::MaybeApplied)),
            End::LostBody(kind) | End::Answered(kind) => Some((kind, Outcome::Answered)),
        }
    }
}

/// Gives up soon.
fn made() -> Made {
    connector(CONNECTOR)
}

fn connector(connector: &str) -> Made {
    let texts = OPERATIONS.map(|(name, keys)| {
        let text =
            format!("title: O\nkind: main\ndescription: O\ninput: {{ type: object }}\n{keys}\n");
        (name, text)
    });
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    Made::new(connector, &texts)
}

fn engine(made: &Made, url: &str) -> Engine {
    let builder = Engine::builder().catalog(made.catalog()).base_url("t", url);
    builder.clock(ManualClock::default()).build().unwrap()
}

async fn invoke(engine: &Engine, operation: &str) -> Result<Output, Error> {
    engine
        .invoke(&format!("t.{operation}"), json!({"key": "s3cr3t-key"}))
        .await
}

/// What is wrong with how one operation meets a fault.
async fn meet(made: &Made, scenario: &Scenario, operation: &str) -> Option<String> {
    let steps = scenario.steps.clone();
    let server = FaultServer::start(move |_| steps.clone()).await.unwrap();
    let engine = engine(made, &server.url());
    let given = invoke(&engine, operation).await;
    let (told, attempts) = match &given {
        Ok(output) => (None, output.attempts().len()),
        Err(error) => (
            Some((error.kind(), error.outcome())),
            error.attempts().len(),
        ),
    };
    let expected = scenario.attempts(operation);
    let seen = server.seen();
    // Reading is up to the scenario: what was never read was not counted.
    let reads = scenario
        .steps
        .iter()
        .any(|step| matches!(step, Step::Head | Step::Request));
    let wire = if reads {
        seen.heads()
    } else {
        seen.connections()
    };
    let text = format!("{given:?}");
    let right = told == scenario.told()
        && attempts == expected
        && wire == expected
        && !text.contains("s3cr3t");
    (!right).then(|| {
        format!(
            "{} / {operation}: {told:?}, {attempts} attempts, {wire} on the wire; expected {:?}, {expected}",
            scenario.name,
            scenario.told()
        )
    })
}

/// Tries every scenario with every operation. Gives how many there were.
async fn run(family: &str, scenarios: Vec<Scenario>) {
    let hasty = made();
    let patient = connector(&CONNECTOR.replace("first_byte: 400ms, timeout: 600ms", PATIENT));
    let made = |scenario: &Scenario| match scenario.told() {
        Some((ErrorKind::Timeout, _)) => &hasty,
        _ => &patient,
    };
    let cells = scenarios.iter().flat_map(|scenario| {
        OPERATIONS
            .iter()
            .map(move |(operation, _)| (scenario, *operation))
    });
    let met = futures_util::stream::iter(cells)
        .map(|(scenario, operation)| meet(made(scenario), scenario, operation));
    let wrong: Vec<String> = met
        .buffer_unordered(8)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    println!(
        "{family}: {} faults x {} operations",
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

#[test]
fn there_are_more_than_200_scenarios() {
    let counts = [
        ("connections", connections::scenarios().len()),
        ("wire", wire::scenarios().len()),
        ("bodies", bodies::scenarios().len()),
    ];
    let all: usize = counts
        .iter()
        .map(|(_, count)| count * OPERATIONS.len())
        .sum();
    println!("{counts:?} faults, {all} scenarios");
    assert!(all >= 200, "{all}");
}
