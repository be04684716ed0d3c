//! `opwire test`

mod human;
mod junit;

use crate::args::{ResultsForm, TestArgs};
use crate::exit::{self, Ended};
use crate::{find, terminal, watch};
use opwire::Catalog;
use opwire_testkit::snapshot::{self, Comparison};
use opwire_testkit::{Example, Transcript};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

pub(crate) async fn run(folder: Option<&Path>, args: &TestArgs) -> ExitCode {
    exit::code(test(folder, args).await)
}

async fn test(folder: Option<&Path>, args: &TestArgs) -> Ended {
    if !args.watch {
        return once(folder, args).await;
    }
    let dir = find::folder(folder)?;
    watch::again(&[dir], async || once(folder, args).await).await
}

/// What came of every example.
#[derive(Default)]
struct Report {
    ran: Vec<Ran>,
    orphans: Vec<PathBuf>,
}

/// What came of one example.
struct Ran {
    connector: String,
    example: String,
    took: Duration,
    end: End,
}

enum End {
    Same,
    Accepted,
    /// A unified diff from the accepted text.
    Differs(String),
    /// The transcript that nothing was accepted of yet.
    Missing(String),
    /// It could not be run.
    Failed(String),
}

impl Report {
    fn count(&self, of: impl Fn(&End) -> bool) -> usize {
        self.ran.iter().filter(|ran| of(&ran.end)).count()
    }

    fn passed(&self) -> bool {
        let sound = |end: &End| matches!(end, End::Same | End::Accepted);
        self.orphans.is_empty() && self.count(sound) == self.ran.len()
    }
}

async fn once(folder: Option<&Path>, args: &TestArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    let report = gather(&catalog, args).await?;
    if report.ran.is_empty() {
        return Err(exit::usage("no example fits"));
    }
    match args.format {
        ResultsForm::Human => human::tell(&report),
        ResultsForm::Junit => terminal::line(&junit::document(&report)),
    }
    Ok(if report.passed() {
        exit::DONE
    } else {
        exit::FINDINGS
    })
}

async fn gather(catalog: &Catalog, args: &TestArgs) -> Result<Report, ExitCode> {
    let mut report = Report::default();
    for connector in catalog.connectors() {
        let mut examples = Vec::new();
        for example in Example::each_of(connector) {
            match example {
                Ok(example) if chosen(&example, &args.paths) => examples.push(example),
                Ok(_) => {}
                Err(error) => report.ran.push(Ran {
                    connector: connector.name().to_owned(),
                    example: error.name(),
                    took: Duration::ZERO,
                    end: End::Failed(error.to_string()),
                }),
            }
        }
        for example in &examples {
            let began = Instant::now();
            let end = one(catalog, example, args.accept).await;
            report.ran.push(Ran {
                connector: connector.name().to_owned(),
                example: example.name(),
                took: began.elapsed(),
                end,
            });
        }
        if args.paths.is_empty() {
            let orphans = snapshot::orphans(connector, &examples);
            let orphans = orphans.map_err(|error| exit::usage(&error.to_string()))?;
            for orphan in orphans {
                if !args.accept || std::fs::remove_file(&orphan).is_err() {
                    report.orphans.push(orphan);
                }
            }
        }
    }
    Ok(report)
}

async fn one(catalog: &Catalog, example: &Example, accept: bool) -> End {
    let transcript = match Transcript::of(catalog, example).await {
        Ok(transcript) => transcript,
        Err(error) => return End::Failed(error.to_string()),
    };
    match snapshot::compare(example, &transcript) {
        Ok(Comparison::Same) => End::Same,
        Ok(_) if accept => match snapshot::accept(example, &transcript) {
            Ok(()) => End::Accepted,
            Err(error) => End::Failed(format!("the snapshot can't be written: {error}")),
        },
        Ok(Comparison::Differs(diff)) => End::Differs(diff),
        Ok(_) => End::Missing(transcript.to_string()),
        Err(error) => End::Failed(format!("the snapshot can't be read: {error}")),
    }
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
