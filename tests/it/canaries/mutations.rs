//! The changes by which `cargo run -p opwire-tests --bin mutations` shows that these tests can fail.

use crate::root;
use opwire_tests::mutations::MUTATIONS;

#[test]
fn each_mutation_is_of_something_that_is_there() {
    for mutation in MUTATIONS {
        let source = std::fs::read_to_string(root().join(mutation.file)).unwrap();
        let places = source.matches(mutation.from).count();
        assert_eq!(places, 1, "{}: {}", mutation.opens, mutation.from);
        assert_ne!(mutation.from, mutation.to);
    }
    println!("{} mutations", MUTATIONS.len());
    assert!(MUTATIONS.len() >= 20);
}
