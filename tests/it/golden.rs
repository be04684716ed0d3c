//! The replies of every example, each value of them changed in turn: an output or a plain error, and nothing is evaluated.

use crate::catalog;
use crate::sending::fake::{Fake, reply};
use opwire::{Engine, ErrorKind, NoRateLimit};
use opwire_testkit::{Example, ManualClock};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Read as a template it would be something else.
const TEMPLATE: &str = "{{input.access_token}}{{credentials.access_token}}{{response.status}}";
/// So many values of one reply are changed, spread over it.
const MOST: usize = 40;

/// Where the values of a reply stand.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), into);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                places(value, &format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
}

/// The reply without a value, and with others in its place.
fn changes(body: &Value, at: &str) -> Vec<Value> {
    let with = |value: Value| {
        let mut body = body.clone();
        *body.pointer_mut(at).unwrap() = value;
        body
    };
    let mut changed: Vec<Value> = [
        Value::Null,
        json!(TEMPLATE),
        json!(-1.5),
        json!(true),
        json!([[]]),
        json!({"unknown": []}),
    ]
    .map(with)
    .into();
    if let Some((parent, key)) = at.rsplit_once('/') {
        let mut body = body.clone();
        if let Some(Value::Object(map)) = body.pointer_mut(parent) {
            map.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        changed.push(body);
    }
    changed
}

#[tokio::test]
async fn every_value_of_every_example_may_be_another() {
    let answer: Arc<Mutex<(u16, Value)>> = Arc::default();
    let told = Arc::clone(&answer);
    let fake = Fake::new(move |_, _| {
        let (status, body) = &*told.lock().unwrap();
        Ok(reply(*status, &[], &body.to_string()))
    });
    let builder = Engine::builder().catalog(catalog()).transport(fake);
    let builder = builder.clock(ManualClock::default());
    let engine = builder.rate_limiter(NoRateLimit).build().unwrap();
    let (mut given, mut refused, mut literal) = (0, 0, 0);
    for example in Example::all(&catalog()).unwrap() {
        let catalog = catalog();
        let operation = example.operation_in(&catalog).unwrap();
        let Some(body) = example.replies.first().and_then(|reply| reply.body.clone()) else {
            continue;
        };
        let status = example.replies[0].status;
        let mut all = Vec::new();
        places(&body, "", &mut all);
        let step = all.len().div_ceil(MOST);
        for at in all.iter().step_by(step) {
            for changed in changes(&body, at) {
                let templated = changed.to_string().contains(TEMPLATE);
                *answer.lock().unwrap() = (status, changed);
                let input = example.input_with_names(operation.connector());
                match engine.invoke(operation.name(), input).await {
                    Ok(output) => {
                        given += 1;
                        // Whatever is made of it, it stays the text that it was.
                        let evaluated = output.as_str().contains("{access_token}");
                        assert!(!evaluated, "{} {at}: {output}", operation.name());
                        literal += usize::from(templated && output.as_str().contains(TEMPLATE));
                    }
                    Err(error) => {
                        refused += 1;
                        let plain = [ErrorKind::MappingFailed, ErrorKind::DecodeFailed];
                        let fits = plain.contains(&error.kind()) || status >= 300;
                        assert!(fits, "{} {at}: {error}", operation.name());
                    }
                }
            }
        }
    }
    println!(
        "{given} changed replies give an output, {refused} an error; {literal} templates arrive as they are"
    );
    assert!(given > 1_000 && refused > 0 && literal > 100);
}
