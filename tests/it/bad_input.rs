//! A hundred thousand bad inputs: nothing panics, nothing is sent, every error has a place and none quotes a value.

use crate::catalog;
use crate::fields::{Field, fields, valid_input};
use bytes::Bytes;
use http::Request;
use opwire::{Engine, Error, Limits, Operation, Transport, TransportFuture};
use opwire_tests::random::Random;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Stands in every text that is put in, and so in no error.
const CANARY: &str = "cAnArY";
/// Stands in every number.
const NUMBER: i64 = 8_191_819_181_918;
/// Further inputs for each operation, made of several faults.
const RANDOM: usize = 1_500;
/// Errors of a credential.
const CREDENTIAL: [&str; 2] = ["credentials_missing", "auth_failed"];

/// Counts what it is asked to send.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Transport for Counter {
    fn send<'a>(&'a self, _: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(opwire_tests::json(200, "{\"data\": []}")) })
    }
}

/// Any value, by chance.
fn any_value(random: &mut Random, depth: usize) -> Value {
    match random.next(if depth > 3 { 7 } else { 9 }) {
        0 => Value::Null,
        1 => true.into(),
        2 => (NUMBER + 1000 * i64::try_from(random.next(1000)).unwrap()).into(),
        3 => json!(-8_191_819_181_918.5),
        4 => format!("{CANARY}{}", random.next(100_000)).into(),
        5 => format!(
            "{CANARY}\u{0}\r\n\u{202e}{{{{input.x}}}}{}",
            random.next(1000)
        )
        .into(),
        6 => "".into(),
        7 => (0..random.next(4))
            .map(|_| any_value(random, depth + 1))
            .collect(),
        _ => {
            let keys = 0..random.next(4);
            Value::Object(
                keys.map(|n| (format!("k{n}"), any_value(random, depth + 1)))
                    .collect(),
            )
        }
    }
}

/// One field's wrong kinds. Some of them are right for some fields.
fn wrong_kinds() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(NUMBER),
        json!(-NUMBER),
        json!(8_191_819_181_918.5),
        json!(8.191_819_181_918e300),
        json!(u64::MAX),
        json!(""),
        json!(CANARY),
        json!(format!("{CANARY}{}", "x".repeat(70_000))),
        json!(format!("{CANARY}\u{0}\r\nX-Evil: 1")),
        json!([]),
        json!([CANARY]),
        json!([null, [[CANARY]]]),
        json!({}),
        json!({"unknown_key": CANARY}),
        json!({"unknown_key": {"inner": [CANARY, NUMBER]}}),
    ]
}

#[derive(Default)]
struct Found {
    bad: HashSet<u64>,
    /// Refused for the credential alone.
    credential: usize,
    accepted: usize,
    wrong: Vec<String>,
}

/// Tries inputs on one operation.
struct Trial<'a> {
    operation: &'a Operation,
    schema: jsonschema::Validator,
    engine: &'a Engine,
    sent: &'a Counter,
    runtime: &'a tokio::runtime::Runtime,
    found: &'a mut Found,
}

impl Trial<'_> {
    fn all(&mut self, random: &mut Random) {
        let fields = fields(self.operation);
        let valid = valid_input(self.operation);
        for whole in wrong_kinds() {
            self.one(whole);
        }
        let mut unknown = valid.clone();
        unknown["unknown_key"] = json!(CANARY);
        self.one(unknown);
        for field in &fields {
            for wrong in wrong_kinds() {
                self.one(with(&valid, field, wrong));
            }
            let mut missing = valid.clone();
            field.remove(&mut missing);
            self.one(missing);
            let mut deep = json!(CANARY);
            for _ in 0..100 {
                deep = json!([deep]);
            }
            self.one(with(&valid, field, deep));
        }
        for _ in 0..RANDOM {
            let mut input = valid.clone();
            for _ in 0..=random.next(3) {
                let value = any_value(random, 0);
                if fields.is_empty() || random.next(6) == 0 {
                    input[format!("unknown_{}", random.next(1000))] = value;
                } else {
                    fields[random.next(fields.len())].put(&mut input, value);
                }
            }
            self.one(input);
        }
    }

    fn one(&mut self, input: Value) {
        let mut hasher = DefaultHasher::new();
        (self.operation.name(), input.to_string()).hash(&mut hasher);
        let name = self.operation.name();
        let credentials: Vec<&str> = self.operation.connector().usual_credentials().collect();
        let mut judged = input.clone();
        // A credential that is null is one that is left out; an input that is null is an empty one.
        match &mut judged {
            Value::Null => judged = json!({}),
            Value::Object(map) => {
                map.retain(|name, value| !value.is_null() || !credentials.contains(&name.as_str()));
            }
            _ => {}
        }
        let valid = self.schema.is_valid(&judged);
        // What is wrong with a credential is said by the step that signs.
        let given = |name: &&str| input.get(*name) == Some(&json!("token"));
        let unsigned = !credentials.iter().all(given);
        let shown = input.to_string().chars().take(150).collect::<String>();
        let before = self.sent.0.load(Ordering::Relaxed);
        let answer = self.runtime.block_on(self.engine.invoke(name, input));
        let sent = self.sent.0.load(Ordering::Relaxed) - before;
        let wrong = match &answer {
            Err(error) if sent == 0 && unsigned && CREDENTIAL.contains(&error.kind().as_str()) => {
                self.found.credential += 1;
                leak_of(error)
            }
            Err(error) if sent == 0 => {
                self.found.bad.insert(hasher.finish());
                fault_of(error, valid)
            }
            // A DDL without a request, or an input that is right.
            _ if valid => {
                self.found.accepted += 1;
                None
            }
            _ => Some(format!("was accepted, with {sent} requests")),
        };
        if let Some(wrong) = wrong {
            self.found.wrong.push(format!("{name}: {wrong}: {shown}"));
        }
    }
}

fn with(valid: &Value, field: &Field, value: Value) -> Value {
    let mut input = valid.clone();
    field.put(&mut input, value);
    input
}

/// What is wrong with an error that an input led to.
fn fault_of(error: &Error, valid: bool) -> Option<String> {
    let kind = error.kind().as_str();
    if kind != "input_invalid" && !(valid && kind == "template_failed") {
        return Some(format!("is {kind}: {error}"));
    }
    if kind == "input_invalid" && error.violations().is_empty() {
        return Some(format!("has no violation: {error:.300}"));
    }
    leak_of(error)
}

fn leak_of(error: &Error) -> Option<String> {
    let texts = [
        error.to_string(),
        format!("{error:?}"),
        serde_json::to_string(error).unwrap(),
    ];
    let leak = texts
        .iter()
        .find(|text| text.contains(CANARY) || text.contains("819181918"));
    leak.map(|text| {
        format!(
            "quotes a value: {}",
            text.chars().take(500).collect::<String>()
        )
    })
}

#[test]
fn a_hundred_thousand_bad_inputs_are_refused_and_nothing_is_sent() {
    let catalog = catalog();
    let operations: Vec<_> = catalog.operations().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let sent = Counter::default();
        let engine = Engine::builder()
            .catalog(catalog.clone())
            .transport(sent.clone())
            .rate_limiter(opwire::NoRateLimit)
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let mut found = Found::default();
        while let Some(operation) = operations.get(next.fetch_add(1, Ordering::Relaxed)) {
            let schema = jsonschema::draft202012::options().should_validate_formats(true);
            Trial {
                operation,
                schema: schema.build(operation.input_schema()).unwrap(),
                engine: &engine,
                sent: &sent,
                runtime: &runtime,
                found: &mut found,
            }
            .all(&mut Random(0x9e37_79b9_7f4a_7c15));
        }
        found
    };
    let found: Vec<Found> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let wrong: Vec<&String> = found.iter().flat_map(|found| &found.wrong).collect();
    let shown: Vec<_> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "{} wrong: {shown:#?}", wrong.len());
    let bad: usize = found.iter().map(|found| found.bad.len()).sum();
    let accepted: usize = found.iter().map(|found| found.accepted).sum();
    let credential: usize = found.iter().map(|found| found.credential).sum();
    println!("{bad} refused, {credential} for the credential, {accepted} accepted");
    assert!(bad >= 100_000 && credential > 0 && accepted > 0);
}
