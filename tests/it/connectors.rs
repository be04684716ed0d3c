//! What holds for every connector that ships, over real HTTP to its mock.

use crate::catalog;
use crate::fields::valid_input;
use opwire::{Engine, ErrorKind, Operation};
use opwire_testkit::{Mock, Running};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// An engine whose calls of one connector go to its mock, and the mock, which stops when it is dropped.
pub(crate) async fn mocked(connector: &str) -> (Engine, Running) {
    let catalog = catalog();
    let mock = Mock::new(&catalog, Some(connector)).await.unwrap();
    let running = mock
        .start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url(connector, &running.base_url(connector))
        .build()
        .unwrap();
    (engine, running)
}

/// The operations of each connector.
fn by_connector() -> BTreeMap<String, Vec<Arc<Operation>>> {
    let mut found: BTreeMap<String, Vec<Arc<Operation>>> = BTreeMap::new();
    for operation in catalog().operations() {
        let connector = operation.connector().name().to_owned();
        found
            .entry(connector)
            .or_default()
            .push(Arc::clone(operation));
    }
    found
}

#[tokio::test]
async fn every_example_gives_an_output() {
    for (connector, operations) in by_connector() {
        let (engine, _mock) = mocked(&connector).await;
        for operation in operations {
            let given = engine
                .invoke(operation.name(), valid_input(&operation))
                .await;
            given.unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

/// Asks for the choices of every field that has some.
async fn fill(connector: &str, operations: &[Arc<Operation>], whole: bool) -> usize {
    let (engine, _mock) = mocked(connector).await;
    let mut filled = 0;
    for operation in operations {
        let fields: BTreeSet<&str> = operation
            .option_links()
            .iter()
            .map(|link| link.pointer.as_str())
            .collect();
        let mut input = valid_input(operation);
        if let Some(map) = input.as_object_mut().filter(|_| !whole) {
            let credentials: Vec<&str> = operation.connector().usual_credentials().collect();
            map.retain(|name, _| credentials.contains(&name.as_str()));
        }
        for field in fields {
            let choices = match engine.options(operation.name(), field, input.clone()).await {
                Ok(choices) => choices,
                // What they depend on is missing.
                Err(error) if !whole && error.kind() == ErrorKind::InputInvalid => continue,
                Err(error) => panic!("{} {field}: {error}", operation.name()),
            };
            assert!(!choices.is_empty(), "{} {field}", operation.name());
            for choice in choices {
                assert!(!choice.label.is_empty() && !choice.value.is_null());
            }
            filled += 1;
        }
    }
    filled
}

#[tokio::test]
async fn every_drop_down_can_be_filled() {
    let (mut whole, mut bare) = (BTreeMap::new(), BTreeMap::new());
    for (connector, operations) in by_connector() {
        whole.insert(connector.clone(), fill(&connector, &operations, true).await);
        bare.insert(
            connector.clone(),
            fill(&connector, &operations, false).await,
        );
    }
    println!("with an input {whole:?}, with credentials alone {bare:?}");
    assert!(whole["salesloft"] >= 141, "{whole:?}");
    assert_eq!(
        bare["salesloft"], whole["salesloft"],
        "none depends on others"
    );
    assert!(
        bare["github"] < whole["github"],
        "labels depend on a repository"
    );
    assert_eq!(bare["stripe"], whole["stripe"]);
}

/// What is made from documents alone says so where its user reads it, and not only in a comment.
#[test]
fn a_connector_that_nobody_tried_says_so() {
    let catalog = catalog();
    let untried = catalog.connectors().filter(|c| c.name() != "salesloft");
    for connector in untried {
        let says = connector
            .description()
            .ends_with("Not verified against the live service.");
        assert!(says, "{}", connector.name());
    }
}
