//! Every operation that ships is classified: may its request be made again?

use crate::catalog;
use opwire::manifest::Idempotency;
use std::collections::BTreeMap;

#[test]
fn every_operation_is_classified() {
    let mut counts: BTreeMap<[String; 3], usize> = BTreeMap::new();
    for operation in catalog().operations() {
        let row = [
            operation.connector().name(),
            operation.method().unwrap_or("static"),
            name(operation.idempotency()),
        ];
        *counts.entry(row.map(str::to_owned)).or_default() += 1;
    }
    let mut of_connector: BTreeMap<&str, usize> = BTreeMap::new();
    for ([connector, method, idempotency], count) in &counts {
        println!("{connector:10} {method:8} {idempotency:8} {count}");
        *of_connector.entry(connector).or_default() += count;
        let repeats = ["GET", "PUT", "DELETE"].contains(&method.as_str());
        assert!(
            !(repeats && idempotency == "none"),
            "{connector}: {method} repeats safely"
        );
        let changes = ["POST", "PATCH"].contains(&method.as_str());
        assert!(
            !(changes && idempotency == "natural"),
            "{connector}: {method} doesn't, without a key"
        );
    }
    assert_eq!(
        of_connector,
        BTreeMap::from([("github", 10), ("salesloft", 99), ("stripe", 10)])
    );
    let posts = |connector: &str, idempotency: &str| {
        counts.get(&[connector, "POST", idempotency].map(str::to_owned))
    };
    assert_eq!(posts("stripe", "key"), Some(&5));
    assert_eq!(
        posts("stripe", "none"),
        None,
        "Stripe takes a key with each"
    );
}

fn name(idempotency: &Idempotency) -> &'static str {
    match idempotency {
        Idempotency::Natural => "natural",
        Idempotency::None => "none",
        _ => "key",
    }
}
