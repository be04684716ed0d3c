//! Importing again: hand edits stay, the document's changes come, and where both are a conflict is told.

use super::{PETS, imported, write};
use opwire_openapi::{Action, ImportOptions, Plan, Prefer, Refusal, import, imported_before};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("pets");
    write(PETS, &folder);
    (dir, folder)
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

fn actions(plan: &Plan) -> Vec<(String, Action)> {
    let others = plan.changes.iter();
    let others = others.filter(|change| change.action != Action::Keep);
    others
        .map(|change| (change.path.clone(), change.action.clone()))
        .collect()
}

#[test]
fn the_same_document_changes_nothing() {
    let (_dir, folder) = folder();
    let plan = Plan::new(&imported(PETS), &folder, Prefer::Neither).unwrap();
    assert_eq!(actions(&plan), []);
    assert_eq!(plan.changes.len(), 7);
}

#[test]
fn the_files_read_as_written_by_hand() {
    let (_dir, folder) = folder();
    let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    insta::assert_snapshot!("connector", text("connector.yaml"));
    insta::assert_snapshot!("list_pets", text("main/list_pets.yaml"));
    insta::assert_snapshot!("create_pet", text("main/create_pet.yaml"));
    insta::assert_snapshot!("pet", text("schemas/pet.yaml"));
    insta::assert_snapshot!("create_pet_example", text("examples/create_pet.yaml"));
}

#[test]
fn edits_stay_and_changes_come() {
    let (_dir, folder) = folder();
    let file = folder.join("main/list_pets.yaml");
    edit(&file, "title: List pets", "# Ours.\ntitle: All pets");
    let document = PETS.replace("The page, from 1.", "Counted from 1.");
    write(&document, &folder);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("# Ours.\ntitle: All pets"), "{text}");
    assert!(text.contains("Counted from 1."), "{text}");
    // What came with the document is the base of the next time.
    let plan = Plan::new(&imported(&document), &folder, Prefer::Neither).unwrap();
    assert_eq!(actions(&plan), []);
}

#[test]
fn a_conflict_is_told_and_nothing_is_written() {
    let (_dir, folder) = folder();
    let file = folder.join("main/list_pets.yaml");
    edit(&file, "The page, from 1.", "Our page.");
    let mine = fs::read_to_string(&file).unwrap();
    let document = PETS
        .replace("The page, from 1.", "Counted from 1.")
        .replace("Sells pets.", "Sells all pets.");
    let connector = fs::read_to_string(folder.join("connector.yaml")).unwrap();
    let refusal = Plan::new(&imported(&document), &folder, Prefer::Neither).unwrap_err();
    let line = 1 + mine
        .lines()
        .position(|line| line.contains("Our page."))
        .unwrap();
    let told = refusal.to_string();
    assert!(
        told.contains(&format!(
            "main/list_pets.yaml:{line}: changed by hand and in the document"
        )),
        "{told}"
    );
    assert!(
        told.contains("by hand:") && told.contains("Our page.") && told.contains("Counted from 1."),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), mine);
    assert_eq!(
        fs::read_to_string(folder.join("connector.yaml")).unwrap(),
        connector
    );
    // A side can be preferred.
    for (prefer, word) in [
        (Prefer::Mine, "Our page."),
        (Prefer::Document, "Counted from 1."),
    ] {
        let plan = Plan::new(&imported(&document), &folder, prefer).unwrap();
        let change = plan
            .changes
            .iter()
            .find(|change| change.path == "main/list_pets.yaml")
            .unwrap();
        assert!(change.after.contains(word), "{}", change.after);
    }
}

#[test]
fn what_is_gone_and_what_was_deleted_stay_so() {
    let (_dir, folder) = folder();
    fs::remove_file(folder.join("examples/list_pets.yaml")).unwrap();
    let document = PETS.replace("    post:\n", "    x-post:\n");
    let plan = Plan::new(&imported(&document), &folder, Prefer::Neither).unwrap();
    let mut told = actions(&plan);
    told.retain(|(_, action)| matches!(action, Action::Gone | Action::Deleted));
    let expected = [
        ("examples/create_pet.yaml", Action::Gone),
        ("examples/list_pets.yaml", Action::Deleted),
        ("main/create_pet.yaml", Action::Gone),
    ];
    let expected = expected.map(|(path, action)| (path.to_owned(), action));
    told.retain(|(path, _)| !path.starts_with("schemas/"));
    assert_eq!(told, expected);
    plan.write().unwrap();
    assert!(folder.join("main/create_pet.yaml").is_file());
    assert!(!folder.join("examples/list_pets.yaml").exists());
}

#[test]
fn an_edit_that_breaks_the_connector_is_refused_with_its_place() {
    let (_dir, folder) = folder();
    edit(
        &folder.join("main/create_pet.yaml"),
        "path: /pets",
        "path: \"/pets/{{input.nme}}\"",
    );
    let refusal = Plan::new(&imported(PETS), &folder, Prefer::Neither).unwrap_err();
    let Refusal::Faults(found) = refusal else {
        panic!("{refusal}")
    };
    assert!(
        found[0].file.ends_with("pets/main/create_pet.yaml"),
        "{found:?}"
    );
    assert!(found[0].span.line > 10);
}

#[test]
fn files_that_were_not_imported_are_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("pets");
    fs::create_dir_all(folder.join("main")).unwrap();
    fs::write(folder.join("main/list_pets.yaml"), "title: Ours\n").unwrap();
    let refusal = Plan::new(&imported(PETS), &folder, Prefer::Neither).unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Occupied(files) if files.len() == 1),
        "{refusal}"
    );
}

#[test]
fn operations_are_added_one_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("pets");
    for (pattern, names) in [
        ("POST /pets", &["create_pet"][..]),
        ("list*", &["list_pets", "create_pet"]),
    ] {
        let mut options = ImportOptions::default();
        options.only = vec![pattern.to_owned()];
        options.also = imported_before(&folder);
        let imported = import(PETS.as_bytes(), "pets", &options).unwrap();
        assert_eq!(imported.operations, names);
        Plan::new(&imported, &folder, Prefer::Neither)
            .unwrap()
            .write()
            .unwrap();
    }
    assert!(opwire::Catalog::check(&folder).is_empty());
    let mut options = ImportOptions::default();
    options.only = vec!["nothing*".to_owned()];
    assert!(
        import(PETS.as_bytes(), "pets", &options)
            .unwrap_err()
            .to_string()
            .contains("nothing*")
    );
}

#[test]
fn what_is_no_document_is_told() {
    for (text, word) in [
        ("{", "line 1"),
        ("a: 1", "neither `openapi` nor `swagger`"),
        ("swagger: '1.2'\npaths: {}", "1.2"),
        (
            "openapi: 3.0.0\npaths: {}\nservers: [{url: /v1}]",
            "base URL",
        ),
        (
            "openapi: 3.0.0\npaths: {}\nservers: [{url: 'https://a.example'}]",
            "no operation",
        ),
    ] {
        let error = import(text.as_bytes(), "pets", &ImportOptions::default()).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(import(PETS.as_bytes(), "Pets", &ImportOptions::default()).is_err());
}
