//! `opwire record`

use crate::args::RecordArgs;
use crate::exit::{self, Ended};
use crate::{find, input, report, run, stop, terminal};
use opwire::manifest::Reply;
use opwire::{Catalog, Engine, Error, Operation};
use opwire_testkit::record::{self, Recording};
use opwire_testkit::{Example, Transcript, snapshot};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) async fn run(folder: Option<&Path>, args: &RecordArgs) -> ExitCode {
    exit::code(record(folder, args).await)
}

async fn record(folder: Option<&Path>, args: &RecordArgs) -> Ended {
    let (catalog, operation) = find::operation(folder, &args.operation)?;
    let file = file(&operation, args)?;
    let input = input::read(&args.input, &operation)?;
    let replies = call(catalog.clone(), &operation, input.clone(), args).await?;
    let made = record::example(&operation, &input, &replies, &args.keep);
    let Recording { example, .. } = made.map_err(|unproven| {
        terminal::error(
            "nothing was written: what was recorded can't be proven clean",
            Some("give harmless values, write the example by hand, or answer for a place with --keep POINTER"),
        );
        terminal::note(&unproven.to_string());
        ExitCode::from(exit::FINDINGS)
    })?;
    let text = text(&example);
    if args.dry_run {
        terminal::text(&text);
        return Ok(exit::DONE);
    }
    write(&file, &text)?;
    terminal::line(&format!("wrote {}", file.display()));
    if args.accept {
        accept(&catalog, &file).await?;
    } else {
        let id = operation.id();
        terminal::note(&format!("read it, then opwire test {id} --accept"));
    }
    Ok(exit::DONE)
}

/// Where the example goes; one that is there is not overwritten unasked.
fn file(operation: &Operation, args: &RecordArgs) -> Result<PathBuf, ExitCode> {
    let name = match &args.variant {
        Some(variant)
            if variant
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') =>
        {
            format!("{}.{variant}.yaml", operation.id())
        }
        Some(_) => {
            return Err(exit::usage("--variant: letters, digits, _ and -"));
        }
        None => format!("{}.yaml", operation.id()),
    };
    let file = operation.examples_dir().join(name);
    if file.exists() && !args.force && !args.dry_run {
        let message = format!("{} is there already", file.display());
        terminal::error(
            &message,
            Some("name a --variant, or overwrite it with --force"),
        );
        return Err(ExitCode::from(exit::USAGE));
    }
    Ok(file)
}

/// Calls the service; a refusal is a reply as well.
async fn call(
    catalog: Catalog,
    operation: &Operation,
    input: Value,
    args: &RecordArgs,
) -> Result<Vec<Reply>, ExitCode> {
    let replies: Arc<Mutex<Vec<Reply>>> = Arc::default();
    let into = Arc::clone(&replies);
    let ready = run::ready_with(catalog, operation, &args.target, |builder| {
        builder.on_reply(move |reply| {
            let mut replies = into.lock().unwrap_or_else(PoisonError::into_inner);
            replies.push(reply.clone());
        })
    });
    let ready = ready.await?;
    let work = pin!(invoke(&ready.engine, operation, input, args.pages));
    let ended = stop::ending_well(&ready.engine, work).await;
    let replies = std::mem::take(&mut *replies.lock().unwrap_or_else(PoisonError::into_inner));
    match ended {
        Err(error) if replies.is_empty() => {
            report::error(&error, false);
            Err(ExitCode::from(error.exit_code()))
        }
        Err(error) => {
            report::error(&error, false);
            Ok(replies)
        }
        Ok(()) => Ok(replies),
    }
}

async fn invoke(
    engine: &Engine,
    operation: &Operation,
    input: Value,
    pages: Option<usize>,
) -> Result<(), Error> {
    let Some(most) = pages.filter(|_| operation.paginated()) else {
        return engine.invoke(operation.name(), input).await.map(drop);
    };
    let mut walk = engine.pages(operation.name(), input).max_pages(most);
    while let Some(page) = walk.next().await {
        page?;
    }
    Ok(())
}

/// The file's text.
fn text(example: &Value) -> String {
    let body = serde_yaml::to_string(example).unwrap_or_default();
    format!("# yaml-language-server: $schema=../../../schemas/example.schema.json\n{body}")
}

fn write(file: &Path, text: &str) -> Result<(), ExitCode> {
    let written = || {
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let beside = file.with_extension("yaml.tmp");
        std::fs::write(&beside, text)?;
        std::fs::rename(beside, file)
    };
    written().map_err(|error: std::io::Error| {
        exit::usage(&format!("{} can't be written: {error}", file.display()))
    })
}

/// Accepts what the example sends and gives as its snapshot.
async fn accept(catalog: &Catalog, file: &Path) -> Result<(), ExitCode> {
    let failed = |error: &dyn std::fmt::Display| exit::usage(&error.to_string());
    let example = Example::load(file).map_err(|error| failed(&error))?;
    let transcript = Transcript::of(catalog, &example).await;
    let transcript = transcript.map_err(|error| failed(&error))?;
    snapshot::accept(&example, &transcript).map_err(|error| failed(&error))?;
    terminal::line(&format!("wrote {}", snapshot::path(&example).display()));
    Ok(())
}
