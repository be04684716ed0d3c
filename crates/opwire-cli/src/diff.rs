//! `opwire diff`

mod forms;
mod revision;

use crate::args::{ComparisonForm, DiffArgs, FailOn};
use crate::exit::{self, Ended};
use crate::{report, terminal};
use opwire::{Aspect, Catalog, Change, Grade};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tempfile::TempDir;

pub(crate) async fn run(args: &DiffArgs) -> ExitCode {
    exit::code(diff(args).await)
}

/// A version of connectors, and the folder that it was laid out in.
struct Version {
    catalog: Catalog,
    _dir: Option<TempDir>,
}

async fn diff(args: &DiffArgs) -> Ended {
    let old = match &args.git {
        Some(revision) => Source::Revision(revision.clone(), args.old.clone()),
        None => Source::of(&args.old),
    };
    let new = Source::of(args.new.as_ref().unwrap_or(&args.old));
    let (old, new) = (old.load()?, new.load()?);
    let compared = opwire_testkit::compare(&old.catalog, &new.catalog).await;
    let compared = compared.map_err(|error| exit::usage(&error.to_string()))?;
    let shown = |change: &&Change| args.verbose || change.aspect != Aspect::Text;
    let changes: Vec<&Change> = compared.changes().iter().filter(shown).collect();
    match args.format {
        ComparisonForm::Human => terminal::text(&forms::human(&changes)),
        ComparisonForm::Json => {
            terminal::line(&serde_json::to_string_pretty(&changes).unwrap_or_default());
        }
        ComparisonForm::Markdown => terminal::text(&forms::markdown(&changes)),
        ComparisonForm::Github => terminal::text(&forms::github(&changes)),
    }
    let least = match args.fail_on {
        FailOn::None => None,
        FailOn::Risky => Some(Grade::Risky),
        FailOn::Breaking => Some(Grade::Breaking),
    };
    let fails = least.is_some_and(|least| compared.worst() >= Some(least));
    Ok(if fails { exit::FINDINGS } else { exit::DONE })
}

/// Where a version is.
enum Source {
    Folder(PathBuf),
    /// A revision, and a folder as it is there.
    Revision(String, PathBuf),
    /// The same, the folder counted from the repository's root as git does it.
    Tree(String),
}

impl Source {
    /// A folder, or `REV:PATH` where there is no such folder.
    fn of(given: &Path) -> Self {
        match given.to_str() {
            Some(text) if text.contains(':') && !given.exists() => Self::Tree(text.to_owned()),
            _ => Self::Folder(given.to_owned()),
        }
    }

    fn load(&self) -> Result<Version, ExitCode> {
        let (shown, laid_out) = match self {
            Self::Folder(dir) if dir.is_dir() => (dir.display().to_string(), None),
            Self::Folder(dir) => {
                return Err(exit::usage(&format!(
                    "there is no folder {}",
                    dir.display()
                )));
            }
            Self::Revision(revision, dir) => {
                let shown = format!("{} at {revision}", dir.display());
                (
                    shown,
                    Some(revision::lay_out(dir, &format!("{revision}:./"))),
                )
            }
            Self::Tree(tree) => (tree.clone(), Some(revision::lay_out(Path::new("."), tree))),
        };
        let laid_out = laid_out
            .transpose()
            .map_err(|message| exit::usage(&message))?;
        let dir = match (self, &laid_out) {
            (Self::Folder(dir), _) | (_, Some((_, dir))) => dir.clone(),
            (_, None) => PathBuf::new(),
        };
        let catalog = Catalog::open(&dir).map_err(|found| {
            report::diagnostics(&found);
            exit::usage(&format!("{shown} can't be loaded"))
        })?;
        Ok(Version {
            catalog,
            _dir: laid_out.map(|(dir, _)| dir),
        })
    }
}
