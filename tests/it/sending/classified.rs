//! Every operation that ships is classified: may its request be made again?

use crate::catalog;
use opwire::manifest::Idempotency;
use std::collections::BTreeMap;

#[test]
fn every_operation_is_classified() {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for operation in catalog().operations() {
        let method = operation.method().unwrap_or("static").to_owned();
        *counts
            .entry((method, name(operation.idempotency()).to_owned()))
            .or_default() += 1;
    }
    for ((method, idempotency), count) in &counts {
        println!("{method:8} {idempotency:8} {count}");
    }
    let count = |method: &str, idempotency: &str| {
        counts
            .get(&(method.to_owned(), idempotency.to_owned()))
            .copied()
            .unwrap_or(0)
    };
    assert_eq!(counts.values().sum::<usize>(), 99);
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(count(method, "none"), 0, "{method} repeats safely");
    }
    assert_eq!(
        count("POST", "natural") + count("PATCH", "natural"),
        0,
        "POST and PATCH don't, without a key"
    );
}

fn name(idempotency: &Idempotency) -> &'static str {
    match idempotency {
        Idempotency::Natural => "natural",
        Idempotency::None => "none",
        _ => "key",
    }
}
