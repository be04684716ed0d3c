//! `opwire check`

mod fix;
mod github;
mod sarif;

use crate::args::{CheckArgs, Deny, FindingsForm};
use crate::exit::{self, Ended};
use crate::{find, report, terminal, watch};
use opwire::{Catalog, Diagnostic, Severity};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &CheckArgs) -> ExitCode {
    exit::code(check(folder, args).await)
}

async fn check(folder: Option<&Path>, args: &CheckArgs) -> Ended {
    let paths = if args.paths.is_empty() {
        vec![find::folder(folder)?]
    } else {
        args.paths.clone()
    };
    if !args.watch {
        return once(&paths, args);
    }
    watch::again(&paths, async || once(&paths, args)).await
}

/// Checks everything once: mends if that is wanted, and tells what is left.
fn once(paths: &[PathBuf], args: &CheckArgs) -> Ended {
    let mut found = all(paths)?;
    if args.fix {
        let mended = fix::apply(&mut found, || all(paths))?;
        if mended > 0 {
            terminal::note(&format!("mended {}", count(mended, "fault")));
        }
    }
    match args.format {
        FindingsForm::Json => {
            terminal::line(&serde_json::to_string_pretty(&found).unwrap_or_default());
        }
        FindingsForm::Sarif => terminal::line(&sarif::document(&found)),
        FindingsForm::Github => terminal::text(&github::commands(&found)),
        FindingsForm::Human => report::diagnostics(&found),
    }
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    if args.format == FindingsForm::Human {
        terminal::note(&summary(&found, errors));
    }
    let denied = args.deny == Some(Deny::Warnings) && !found.is_empty();
    Ok(if errors > 0 || denied {
        exit::FINDINGS
    } else {
        exit::DONE
    })
}

fn summary(found: &[Diagnostic], errors: usize) -> String {
    let warnings = found.len() - errors;
    let text = match (errors, warnings) {
        (0, 0) => return "no faults".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let fixes = found.iter().filter(|found| found.fix.is_some()).count();
    let mend = match fixes {
        0 => String::new(),
        fixes => format!("; `opwire check --fix` mends {fixes}"),
    };
    format!("{text}{mend}; `opwire explain CODE` says more")
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The findings of several paths, each once.
fn all(paths: &[PathBuf]) -> Result<Vec<Diagnostic>, ExitCode> {
    let mut all: Vec<Diagnostic> = Vec::new();
    for path in paths {
        for diagnostic in findings(path)? {
            if !all.contains(&diagnostic) {
                all.push(diagnostic);
            }
        }
    }
    Ok(all)
}

/// The findings of a folder, or those of one file among its connector's.
fn findings(path: &Path) -> Result<Vec<Diagnostic>, ExitCode> {
    if !path.exists() {
        return Err(exit::usage(&format!("there is no {}", path.display())));
    }
    // A folder of connectors, or one below a connector, or a file in one.
    let connector: Option<PathBuf> = path
        .ancestors()
        .find(|dir| dir.join("connector.yaml").is_file())
        .map(Path::to_owned);
    let found = Catalog::check(connector.as_deref().unwrap_or(path));
    let within = |diagnostic: &Diagnostic| connector.is_none() || diagnostic.file.starts_with(path);
    Ok(found.into_iter().filter(within).collect())
}
