//! Applying the mends that are certain.

use crate::exit;
use opwire::{Diagnostic, Fix};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A mend may show another fault that can be mended; more rounds than these would be a circle.
const ROUNDS: usize = 5;

/// Applies what can be mended, until nothing is left of it; `found` is then what there still is. Says how many were
/// mended.
pub(super) fn apply(
    found: &mut Vec<Diagnostic>,
    again: impl Fn() -> Result<Vec<Diagnostic>, ExitCode>,
) -> Result<usize, ExitCode> {
    let mut mended = 0;
    for _ in 0..ROUNDS {
        let mut files: BTreeMap<PathBuf, Vec<Fix>> = BTreeMap::new();
        for diagnostic in found.iter() {
            if let Some(fix) = &diagnostic.fix {
                let of_file = files.entry(diagnostic.file.clone()).or_default();
                of_file.push(fix.clone());
            }
        }
        if files.is_empty() {
            break;
        }
        for (file, fixes) in files {
            mended += mend(&file, fixes).map_err(|error| {
                exit::usage(&format!("{} can't be mended: {error}", file.display()))
            })?;
        }
        *found = again()?;
    }
    Ok(mended)
}

/// Applies a file's mends from its end to its start, so that the places of those before stay right.
fn mend(file: &Path, mut fixes: Vec<Fix>) -> std::io::Result<usize> {
    let mut text = std::fs::read_to_string(file)?;
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    fixes.dedup();
    let (mut done, mut from) = (0, text.len() + 1);
    for fix in fixes.iter().rev() {
        let (start, end) = (fix.span.start, fix.span.end);
        // Of two that overlap the other is left for the next round.
        if end > from.min(text.len()) || text.get(start..end).is_none() {
            continue;
        }
        text.replace_range(start..end, &fix.text);
        from = start;
        done += 1;
    }
    let beside = file.with_extension("yaml.tmp");
    std::fs::write(&beside, text)?;
    std::fs::rename(beside, file)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opwire::{Case, Catalog, Code, SHOP};

    fn write(dir: &Path, case: &Case) -> PathBuf {
        let file = dir.join("shop").join(case.file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, case.bytes()).unwrap();
        file
    }

    #[test]
    fn what_is_certain_is_mended_and_nothing_else_changes() {
        for (code, wrong, right) in [
            (Code::UnknownKey, "requst:", "request:"),
            (Code::UnknownPath, "{{input.oder_id}}", "{{input.order_id}}"),
            (Code::UnknownHelper, "{{uper ", "{{upper "),
            (Code::IdleKeyword, "minimun:", "minimum:"),
            (Code::OptionsLink, "list_custmers_ddl", "list_customers_ddl"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            SHOP.iter().for_each(|case| drop(write(dir.path(), case)));
            let rule = opwire::rules().iter().find(|rule| rule.code == code);
            let file = write(dir.path(), &rule.unwrap().bad);
            let before = std::fs::read_to_string(&file).unwrap();
            let check = || Catalog::check(dir.path()).into_iter().collect::<Vec<_>>();
            let mended = apply(&mut check(), || Ok(check())).unwrap();
            assert_eq!(mended, 1, "{code}");
            let after = std::fs::read_to_string(&file).unwrap();
            assert_eq!(after, before.replace(wrong, right), "{code}");
        }
    }

    #[test]
    fn a_missing_comment_is_put_in_front() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop/connector.yaml");
        SHOP.iter().for_each(|case| drop(write(dir.path(), case)));
        let whole = std::fs::read_to_string(&file).unwrap();
        let (comment, rest) = whole.split_once('\n').unwrap();
        std::fs::write(&file, rest).unwrap();
        let check = || Catalog::check(dir.path()).into_iter().collect::<Vec<_>>();
        assert_eq!(apply(&mut check(), || Ok(check())).unwrap(), 1);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(comment) && text == whole, "{text}");
    }
}
