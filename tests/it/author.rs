//! Whatever is written in the connectors that ship is what their author would have been offered.

use crate::root;
use opwire::author::Workspace;
use std::path::{Path, PathBuf};

/// Every name that is a segment of a path in `{{ }}`: where it begins and ends, and the path before it.
fn segments(text: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    for (open, _) in text.match_indices("{{") {
        let start = open + 2;
        let end = start + text[start..].find("}}").unwrap();
        let is_end = |c: char| c.is_whitespace() || "()'".contains(c);
        let mut at = start;
        for word in text[start..end].split(is_end) {
            let mut before = String::new();
            for name in word.split('.') {
                let begins = at + before.len();
                if !before.is_empty() {
                    found.push((begins, begins + name.len(), before.clone()));
                }
                before = format!("{before}{name}.");
            }
            at += word.len() + 1;
        }
    }
    found
}

fn operations(dir: &Path, every: usize) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["main", "ddl"] {
        let read = std::fs::read_dir(dir.join(folder)).unwrap();
        files.extend(read.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files.into_iter().step_by(every).collect()
}

#[test]
fn every_path_is_offered_explained_and_found() {
    let (mut offered, mut unknown) = (0, 0);
    for (dir, every) in [
        ("operations/github", 1),
        ("operations/stripe", 1),
        ("operations/salesloft", 7),
        ("tests/connectors/notes", 1),
    ] {
        let dir = root().join(dir);
        let mut workspace = Workspace::new(&dir);
        for file in operations(&dir, every) {
            let text = std::fs::read_to_string(&file).unwrap();
            for (start, end, before) in segments(&text) {
                let name = &text[start..end];
                let place = format!("{}: {before}{name}", file.display());
                let labels = |workspace: &Workspace| -> Vec<String> {
                    let found = workspace.complete(&file, start);
                    found
                        .into_iter()
                        .map(|completion| completion.label)
                        .collect()
                };
                let whole = labels(&workspace);
                let hover = workspace.hover(&file, start);
                // The same while it is being written: the line ends at the cursor.
                let line = start + text[start..].find('\n').unwrap();
                workspace.open(&file, format!("{}{}", &text[..start], &text[line..]));
                let cut = labels(&workspace);
                workspace.close(&file);
                if whole.is_empty() {
                    // Nothing is known of the reply, or of what was made of it.
                    assert!(!before.starts_with("input"), "{place}");
                    unknown += 1;
                    continue;
                }
                assert!(
                    whole.iter().any(|label| label == name),
                    "{place}: {whole:?}"
                );
                assert!(
                    cut.iter().any(|label| label == name),
                    "{place}, cut: {cut:?}"
                );
                assert!(hover.is_some(), "{place}");
                if before.starts_with("input") {
                    assert!(workspace.definition(&file, start).is_some(), "{place}");
                }
                offered += 1;
            }
        }
    }
    assert!(
        offered >= 160 && unknown < 10,
        "{offered} offered, {unknown} unknown"
    );
}

#[test]
fn no_place_of_a_file_is_too_odd_to_ask_about() {
    let dir = root().join("tests/connectors/notes");
    let mut workspace = Workspace::new(&dir);
    for name in [
        "connector.yaml",
        "main/create_note.yaml",
        "examples/create_note.yaml",
    ] {
        let file = dir.join(name);
        let text = std::fs::read_to_string(&file).unwrap();
        for offset in 0..=text.len() + 1 {
            drop(workspace.complete(&file, offset));
            drop(workspace.hover(&file, offset));
            drop(workspace.definition(&file, offset));
        }
        // A file that breaks off anywhere.
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            workspace.open(&file, &text[..end]);
            drop(workspace.complete(&file, end));
            drop(workspace.hover(&file, end / 2));
            drop(workspace.symbols(&file));
        }
        workspace.close(&file);
    }
}
