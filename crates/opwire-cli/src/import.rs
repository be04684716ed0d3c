//! `opwire import`

use crate::args::{ImportArgs, ImportForm, ImportOpenapiArgs, PreferArg};
use crate::exit::{self, Ended};
use crate::terminal;
use opwire_openapi::{Action, ImportOptions, Imported, Plan, Prefer, Refusal};
use owo_colors::OwoColorize as _;
use similar::TextDiff;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(args: &ImportArgs) -> ExitCode {
    exit::code(match &args.form {
        ImportForm::Openapi(args) => openapi(args),
    })
}

fn openapi(args: &ImportOpenapiArgs) -> Ended {
    let document = read(&args.document)?;
    let folder = args.into.file_name().and_then(|name| name.to_str());
    let name =
        folder.ok_or_else(|| exit::usage("--into is the connector's folder, with its name"))?;
    let mut options = ImportOptions::default();
    options.base_url.clone_from(&args.base_url);
    options.only.clone_from(&args.only);
    options.also = opwire_openapi::imported_before(&args.into);
    let imported = opwire_openapi::import(&document, name, &options).map_err(|error| {
        let message = error.to_string();
        let hint = message
            .contains("base URL")
            .then_some("--base-url URL gives it");
        terminal::error(&message, hint);
        ExitCode::from(exit::USAGE)
    })?;
    for warning in &imported.warnings {
        let place = if warning.pointer.is_empty() {
            "(document)"
        } else {
            &warning.pointer
        };
        terminal::note(&format!(
            "{} {}: {}",
            "warning:".yellow(),
            place.bold(),
            warning.message
        ));
    }
    let prefer = match args.prefer {
        None => Prefer::Neither,
        Some(PreferArg::Mine) => Prefer::Mine,
        Some(PreferArg::Document) => Prefer::Document,
    };
    let plan = match Plan::new(&imported, &args.into, prefer) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(refuse(&refusal)),
    };
    if args.dry_run {
        show(&plan);
    } else if let Err(refusal) = plan.write() {
        return Ok(refuse(&refusal));
    }
    summary(&imported, &plan, args.dry_run);
    Ok(exit::DONE)
}

fn read(file: &Path) -> Result<Vec<u8>, ExitCode> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| exit::usage(&format!("{}: {}", file.display(), error.kind())))
}

/// Tells why nothing was written.
fn refuse(refusal: &Refusal) -> u8 {
    let (help, code) = match refusal {
        Refusal::Conflicts(_) => (
            "change the file, or take one side with `--prefer mine` or `--prefer document`",
            exit::FINDINGS,
        ),
        Refusal::Occupied(_) => ("move it, or import into another folder", exit::FINDINGS),
        Refusal::Faults(_) => (
            "mend these files, or delete those that the document has no more",
            exit::FINDINGS,
        ),
        _ => ("see whether the folder can be written", exit::USAGE),
    };
    terminal::error(&refusal.to_string(), Some(help));
    code
}

/// What would change, as a diff.
fn show(plan: &Plan) {
    for change in plan.written() {
        let diff = TextDiff::from_lines(&change.before, &change.after);
        let (before, after) = match change.action {
            Action::Create => ("/dev/null".to_owned(), change.path.clone()),
            _ => (change.path.clone(), change.path.clone()),
        };
        let diff = diff
            .unified_diff()
            .context_radius(3)
            .header(&before, &after)
            .to_string();
        terminal::line(diff.trim_end());
    }
}

fn summary(imported: &Imported, plan: &Plan, dry: bool) {
    for change in &plan.changes {
        match change.action {
            Action::Gone => {
                terminal::line(&format!("{} is not in the document any more", change.path))
            }
            Action::Deleted => {
                terminal::line(&format!("{} was deleted, and stays so", change.path))
            }
            Action::Update if !dry => terminal::line(&format!("{} changes", change.path)),
            _ => {}
        }
    }
    let count = |action: Action| {
        plan.changes
            .iter()
            .filter(|change| change.action == action)
            .count()
    };
    let would = if dry { "would be " } else { "" };
    terminal::line(&format!(
        "{} operations; files: {} {would}created, {} {would}changed, {} as before",
        imported.operations.len(),
        count(Action::Create),
        count(Action::Update),
        count(Action::Keep),
    ));
    if !imported.warnings.is_empty() {
        terminal::note(&format!(
            "{} warnings: what they name can't be expressed, or is written wrongly",
            imported.warnings.len()
        ));
    }
}
