//! Every ending of an attempt, with every operation that ships.

use super::fake::Fake;
use super::matrix::{Again, endings, expected};
use crate::catalog;
use crate::fields::valid_input;
use opwire::manifest::Idempotency;
use opwire::{Engine, NoRateLimit};
use opwire_testkit::ManualClock;
use std::collections::BTreeMap;

#[tokio::test]
async fn every_ending_with_every_operation() {
    let (mut cells, mut repeated_writes) = (BTreeMap::new(), 0);
    for operation in catalog()
        .operations()
        .filter(|operation| operation.method().is_some())
    {
        for ending in endings() {
            let answer = ending.answer;
            let fake = Fake::new(move |_, _| answer());
            let engine = Engine::builder()
                .catalog(catalog())
                .transport(fake.clone())
                .clock(ManualClock::default())
                .rate_limiter(NoRateLimit)
                .build()
                .unwrap();
            let cell = format!("{}, {}", operation.name(), ending.name);
            let given = engine
                .invoke(operation.name(), valid_input(operation))
                .await;
            *cells
                .entry(operation.connector().name().to_owned())
                .or_insert(0) += 1;
            // The raw request gives every status back as it is.
            let raw = operation.method() == Some("dynamic");
            let Err(error) = given else {
                assert!(raw && fake.requests().len() == 1, "{cell}");
                continue;
            };
            let sent = fake.requests();
            let method = sent[0].method().as_str();
            let idempotency = match operation.idempotency() {
                Idempotency::Natural => "natural",
                Idempotency::None if raw && method == "GET" => "natural",
                Idempotency::None => "none",
                _ => "key",
            };
            assert_eq!(
                sent.len(),
                expected(ending.again, method, idempotency),
                "{cell}"
            );
            assert_eq!(error.attempts().len(), sent.len(), "{cell}");
            // The connector's own rules of errors name some kinds otherwise, but not what may have happened.
            assert_eq!(error.outcome(), ending.outcome, "{cell}");
            assert!(
                sent.windows(2).all(|pair| pair[0].body() == pair[1].body()),
                "{cell}: the same bytes"
            );
            let unsafe_again =
                idempotency == "none" && sent.len() > 1 && ending.again != Again::Everybody;
            repeated_writes += usize::from(unsafe_again);
        }
    }
    println!(
        "{} cells of operations and endings, {repeated_writes} writes made again that must not be: {cells:?}",
        cells.values().sum::<usize>()
    );
    assert_eq!((cells["salesloft"], repeated_writes), (97 * 24, 0));
    assert_eq!((cells["github"], cells["stripe"]), (10 * 24, 10 * 24));
}
