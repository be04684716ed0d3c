//! The engine's own work: every step but the transport, and rendering alone.

use bytes::Bytes;
use http::{Request, Response};
use opwire::{Catalog, Engine, Limits, NoRateLimit, Transport, TransportFuture};
use serde_json::{Value, json};
use std::time::Instant;

/// Answers at once.
struct Canned(Bytes);

impl Transport for Canned {
    fn send<'a>(&'a self, _: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        let response: Response<Bytes> = opwire_tests::json(200, self.0.clone());
        Box::pin(async move { Ok(response) })
    }
}

/// Invocations a round.
const ROUND: usize = 2000;

#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn micros_each(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() / ROUND as f64 * 1e6
}

pub(crate) async fn run() {
    let catalog = Catalog::open(super::root().join("operations")).unwrap();
    let read = |file: &str| {
        std::fs::read_to_string(super::root().join("tests/samples/salesloft").join(file)).unwrap()
    };
    let account: Value = serde_json::from_str(&read("create_account.input.json")).unwrap();
    let person = Bytes::from(read("create_person.output.json"));
    let user = json!({"id": 12345, "name": "User", "email": "u@example.com", "job_role": "Sales", "email_signature": "Best regards, ".repeat(40)});
    let users = Bytes::from(json!({"data": vec![user; 100]}).to_string());
    println!();
    for (name, operation, input, reply) in [
        (
            "W1",
            "salesloft.get_person",
            json!({"access_token": "t", "person_id": 12345}),
            person.clone(),
        ),
        ("W2", "salesloft.create_account", account, person),
        (
            "W3",
            "salesloft.list_users_ddl",
            json!({"access_token": "t"}),
            users,
        ),
    ] {
        let engine = Engine::builder()
            .catalog(catalog.clone())
            .transport(Canned(reply))
            .rate_limiter(NoRateLimit)
            .build()
            .unwrap();
        let (mut whole, mut rendered) = (f64::MAX, f64::MAX);
        for _ in 0..7 {
            let inputs = || vec![input.clone(); ROUND];
            let (given, start) = (inputs(), Instant::now());
            for input in given {
                std::hint::black_box(engine.invoke(operation, input).await.unwrap());
            }
            whole = whole.min(micros_each(start));
            let (given, start) = (inputs(), Instant::now());
            for input in given {
                std::hint::black_box(engine.render(operation, input).unwrap());
            }
            rendered = rendered.min(micros_each(start));
        }
        println!(
            "{name}  the engine's own work {whole:6.2} us, of which checking and rendering {rendered:6.2} us"
        );
    }
}
