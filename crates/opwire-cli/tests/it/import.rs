//! `opwire import openapi` and what its exit codes tell.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn import(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_opwire"))
        .args([
            "import",
            "openapi",
            "pets.yaml",
            "--into",
            "operations/pets",
        ])
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn a_document_is_imported_edited_and_imported_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/openapi.in/pets.yaml");
    let text = fs::read_to_string(source).unwrap();
    let document = dir.path().join("pets.yaml");
    fs::write(&document, &text).unwrap();

    let (code, shown, _) = told(&import(dir.path(), &["--dry-run"]));
    assert_eq!(code, Some(0));
    assert!(shown.contains("+++ main/list_pets.yaml"), "{shown}");
    assert!(!dir.path().join("operations").exists());

    let (code, shown, warned) = told(&import(dir.path(), &[]));
    assert_eq!(code, Some(0), "{warned}");
    assert!(
        shown.ends_with("2 operations; files: 7 created, 0 changed, 0 as before\n"),
        "{shown}"
    );
    assert!(
        warned.starts_with("warning: /components/schemas/Owner: "),
        "{warned}"
    );

    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opwire"));
        let output = command
            .args(arguments)
            .current_dir(dir.path())
            .output()
            .unwrap();
        told(&output)
    };
    assert_eq!(run(&["check"]).2, "no faults\n");
    assert_eq!(run(&["test", "--accept"]).1, "0 same, 2 accepted\n");
    assert_eq!(run(&["test"]).1, "2 same\n");

    let file = dir.path().join("operations/pets/main/list_pets.yaml");
    let mine = fs::read_to_string(&file)
        .unwrap()
        .replace("The page, from 1.", "Our page.");
    fs::write(&file, &mine).unwrap();
    fs::write(&document, text.replace("The page, from 1.", "From 1.")).unwrap();
    let (code, _, refused) = told(&import(dir.path(), &[]));
    assert_eq!(code, Some(1));
    assert!(
        refused.contains("operations/pets/main/list_pets.yaml:10: changed by hand"),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), mine);
    let (code, shown, _) = told(&import(dir.path(), &["--prefer", "document"]));
    assert_eq!(code, Some(0));
    assert!(shown.contains("main/list_pets.yaml changes\n"), "{shown}");
    assert!(fs::read_to_string(&file).unwrap().contains("From 1."));
}
