//! Broken manifests: each file of tests/broken gives exactly the findings that it is marked with.
//!
//! A line `#      ^ code: words` marks a finding of the line above that begins over the caret; `#@1 code: words` one at
//! the column of that number, and `#@0` one at the start of the file. `# file: PATH` says where in the connector the
//! file stands; without it, it is main/get_order.yaml. The marks are taken out before the file is checked.

use crate::checks::shop;
use crate::root;
use opwire::{Catalog, Code};
use std::path::Path;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    line: usize,
    column: usize,
    code: String,
}

struct Broken {
    file: String,
    text: String,
    /// Where, which, and what the finding says among other words.
    marked: Vec<(Place, String)>,
}

fn read(path: &Path) -> Broken {
    let whole = std::fs::read_to_string(path).unwrap();
    let mut broken = Broken {
        file: "main/get_order.yaml".to_owned(),
        text: String::new(),
        marked: Vec::new(),
    };
    let mut line = 0;
    for text in whole.lines() {
        if let Some(file) = text.strip_prefix("# file: ") {
            file.clone_into(&mut broken.file);
            continue;
        }
        let caret = text
            .strip_prefix('#')
            .and_then(|rest| rest.trim_start().strip_prefix("^ "))
            .map(|told| (text.find('^').unwrap() + 1, told));
        let numbered = text.strip_prefix("#@").map(|rest| {
            let (column, told) = rest.split_once(' ').unwrap();
            (column.parse().unwrap(), told)
        });
        let Some((column, told)) = caret.or(numbered) else {
            broken.text.push_str(text);
            broken.text.push('\n');
            line += 1;
            continue;
        };
        let (code, words) = told.split_once(": ").unwrap_or((told, ""));
        let code = code.to_owned();
        let place = match column {
            0 => Place {
                line: 1,
                column: 1,
                code,
            },
            column => Place { line, column, code },
        };
        broken.marked.push((place, words.to_owned()));
    }
    broken
}

/// What is wrong with what is told of a file.
fn compare(path: &Path) -> Option<String> {
    let mut broken = read(path);
    let dir = shop(None);
    let file = dir.path().join("shop").join(&broken.file);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, &broken.text).unwrap();
    let found = Catalog::check(dir.path());
    let own = found
        .iter()
        .filter(|diagnostic| diagnostic.file == file && diagnostic.code != Code::MissingExample);
    let mut told: Vec<(Place, String)> = own
        .map(|diagnostic| {
            let place = Place {
                line: diagnostic.span.line,
                column: diagnostic.span.column,
                code: diagnostic.code.to_string(),
            };
            (place, diagnostic.to_string())
        })
        .collect();
    told.sort();
    broken.marked.sort();
    let same = told.len() == broken.marked.len()
        && told
            .iter()
            .zip(&broken.marked)
            .all(|(told, marked)| told.0 == marked.0 && told.1.contains(&marked.1));
    let name = path.file_name().unwrap().display();
    (!same).then(|| format!("{name}\nmarked {:#?}\ntold {told:#?}", broken.marked))
}

#[test]
fn each_gives_exactly_what_it_is_marked_with() {
    let entries = std::fs::read_dir(root().join("tests/broken")).unwrap();
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 90, "{}", paths.len());
    let wrong: Vec<String> = paths.iter().filter_map(|path| compare(path)).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    let marked = paths.iter().flat_map(|path| read(path).marked);
    let mut codes: Vec<String> = marked.map(|(place, _)| place.code).collect();
    codes.sort();
    codes.dedup();
    println!(
        "{} broken manifests with {} codes",
        paths.len(),
        codes.len()
    );
    assert!(codes.len() >= 36, "{codes:?}");
}
