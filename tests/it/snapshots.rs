//! Every example's transcript is the accepted one.

use crate::{catalog, root};
use opwire::Catalog;
use opwire_testkit::{Example, Transcript, snapshot};

async fn check(catalog: &Catalog) -> usize {
    let examples = Example::all(catalog).unwrap();
    for example in &examples {
        let transcript = Transcript::of(catalog, example).await.unwrap();
        assert_eq!(transcript.unused_replies(), 0, "{}", example.name());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(snapshot::path(example).parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(example.name(), transcript.to_string()));
    }
    for connector in catalog.connectors() {
        assert_eq!(
            snapshot::orphans(connector, &examples).unwrap(),
            Vec::<std::path::PathBuf>::new()
        );
    }
    examples.len()
}

#[tokio::test]
async fn every_operation_has_an_example_and_every_example_its_snapshot() {
    let catalog = catalog();
    for operation in catalog.operations() {
        let examples = Example::for_operation(operation).unwrap();
        assert!(
            examples.first().is_some_and(|e| e.variant.is_none()),
            "{}",
            operation.name()
        );
    }
    assert!(check(&catalog).await >= 128);
}

#[tokio::test]
async fn the_second_connector_too() {
    let catalog = Catalog::open(root().join("tests/connectors")).unwrap();
    assert!(check(&catalog).await >= 4);
}
