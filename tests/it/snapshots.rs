//! Every example's transcript is the accepted one.

use crate::made::Made;
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

/// A disk that is full, a folder that can't be made: an error, and the accepted snapshot stays whole.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_snapshot_that_cannot_be_written_leaves_the_old_one() {
    let made = Made::new(
        "opwire: 1\nname: t\ntitle: T\ndescription: T\nbase_url: https://t.example.com\n",
        &[(
            "o",
            "title: O\nkind: main\ndescription: O\nrequest: { method: GET, path: /x }\n",
        )],
    );
    made.write(
        "examples/o.yaml",
        "description: D\ninput: {}\nreplies:\n  - status: 200\n    body: { a: 1 }\n",
    );
    let catalog = made.catalog();
    let example = Example::all(&catalog).unwrap().remove(0);
    let transcript = Transcript::of(&catalog, &example).await.unwrap();
    let file = snapshot::path(&example);
    let folder = file.parent().unwrap();
    // Something else has the folder's name.
    std::fs::write(folder, "").unwrap();
    assert!(snapshot::accept(&example, &transcript).is_err());
    std::fs::remove_file(folder).unwrap();
    snapshot::accept(&example, &transcript).unwrap();
    let accepted = std::fs::read_to_string(&file).unwrap();
    // What is written goes to a full disk.
    let beside = file.with_extension("snap.tmp");
    std::os::unix::fs::symlink("/dev/full", &beside).unwrap();
    let error = snapshot::accept(&example, &transcript).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), accepted);
}
