//! `opwire check`

use crate::args::{CheckArgs, FindingsForm};
use crate::exit::{self, Ended};
use crate::{find, report, terminal};
use opwire::{Catalog, Diagnostic, Severity};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>, args: &CheckArgs) -> ExitCode {
    exit::code(check(folder, args))
}

fn check(folder: Option<&Path>, args: &CheckArgs) -> Ended {
    let mut found: Vec<Diagnostic> = Vec::new();
    let paths = if args.paths.is_empty() {
        vec![find::folder(folder)?]
    } else {
        args.paths.clone()
    };
    for path in &paths {
        found.extend(findings(path)?);
    }
    found.dedup();
    match args.output {
        FindingsForm::Json => {
            terminal::line(&serde_json::to_string_pretty(&found).unwrap_or_default())
        }
        FindingsForm::Human => report::diagnostics(&found),
    }
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    if args.output == FindingsForm::Human {
        terminal::note(&summary(errors, found.len() - errors));
    }
    Ok(if errors > 0 {
        exit::FINDINGS
    } else {
        exit::DONE
    })
}

fn summary(errors: usize, warnings: usize) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => "no faults".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
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
