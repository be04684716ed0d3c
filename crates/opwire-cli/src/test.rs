//! `opwire test`

use crate::args::TestArgs;
use crate::exit::{self, Ended};
use crate::{find, terminal};
use opwire::Catalog;
use opwire_testkit::snapshot::{self, Comparison};
use opwire_testkit::{Example, Transcript};
use owo_colors::OwoColorize as _;
use std::path::Path;
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &TestArgs) -> ExitCode {
    exit::code(test(folder, args).await)
}

#[derive(Default)]
struct Count {
    same: usize,
    differs: usize,
    missing: usize,
    accepted: usize,
}

async fn test(folder: Option<&Path>, args: &TestArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    let wrong = |error: &dyn std::fmt::Display| exit::usage(&error.to_string());
    let examples = Example::all(&catalog).map_err(|error| wrong(&error))?;
    let chosen: Vec<&Example> = examples
        .iter()
        .filter(|example| chosen(example, &args.paths))
        .collect();
    if chosen.is_empty() {
        return Err(exit::usage("no example fits"));
    }
    let mut count = Count::default();
    for example in chosen {
        let transcript = Transcript::of(&catalog, example)
            .await
            .map_err(|error| wrong(&error))?;
        let compared = snapshot::compare(example, &transcript).map_err(|error| wrong(&error))?;
        one(example, &transcript, &compared, args.accept, &mut count)
            .map_err(|error| wrong(&error))?;
    }
    let orphans = if args.paths.is_empty() {
        orphans(&catalog, &examples, args.accept).map_err(|error| wrong(&error))?
    } else {
        0
    };
    let Count {
        same,
        differs,
        missing,
        accepted,
    } = count;
    let mut parts = vec![format!("{same} same")];
    let others = [
        (accepted, "accepted"),
        (differs, "differ"),
        (missing, "without a snapshot"),
        (orphans, "without an example"),
    ];
    parts.extend(
        others
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}")),
    );
    terminal::line(&parts.join(", "));
    if differs + missing + orphans > 0 {
        terminal::note("accept what is right with `opwire test --accept`");
        return Ok(exit::FINDINGS);
    }
    Ok(exit::DONE)
}

fn one(
    example: &Example,
    transcript: &Transcript,
    compared: &Comparison,
    accept: bool,
    count: &mut Count,
) -> std::io::Result<()> {
    match compared {
        Comparison::Same => count.same += 1,
        _ if accept => {
            snapshot::accept(example, transcript)?;
            count.accepted += 1;
        }
        Comparison::Differs(diff) => {
            count.differs += 1;
            terminal::line(&format!("{}", example.name().bold()));
            for line in diff.lines() {
                match line.chars().next() {
                    Some('+') => terminal::line(&format!("{}", line.green())),
                    Some('-') => terminal::line(&format!("{}", line.red())),
                    _ => terminal::line(line),
                }
            }
        }
        _ => {
            count.missing += 1;
            terminal::line(&format!(
                "{} has no snapshot yet:\n{transcript}\n",
                example.name().bold()
            ));
        }
    }
    Ok(())
}

/// Snapshots without an example: removed when accepting, else counted.
fn orphans(catalog: &Catalog, examples: &[Example], accept: bool) -> std::io::Result<usize> {
    let mut left = 0;
    for connector in catalog.connectors() {
        for orphan in snapshot::orphans(connector, examples)? {
            if accept {
                std::fs::remove_file(&orphan)?;
            } else {
                terminal::line(&format!("{} has no example any more", orphan.display()));
                left += 1;
            }
        }
    }
    Ok(left)
}

/// By operation, example, file or folder.
fn chosen(example: &Example, paths: &[String]) -> bool {
    let absolute = std::path::absolute(&example.file).unwrap_or_default();
    let connector = example
        .file
        .parent()
        .and_then(Path::parent)
        .and_then(Path::file_name)
        .unwrap_or_default();
    let full = format!("{}.{}", connector.to_string_lossy(), example.operation);
    paths.is_empty()
        || paths.iter().any(|path| {
            *path == example.operation
                || *path == example.name()
                || *path == full
                || std::path::absolute(path)
                    .is_ok_and(|path| path.exists() && absolute.starts_with(path))
        })
}
