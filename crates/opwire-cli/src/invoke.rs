//! `opwire invoke`

use crate::args::{InvokeArgs, InvokeForm};
use crate::exit::{self, Ended};
use crate::{find, input, report, run, stop, terminal};
use opwire::{Engine, Error, Operation, Output};
use serde_json::Value;
use std::io::IsTerminal as _;
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &InvokeArgs) -> ExitCode {
    exit::code(invoke(folder, args).await)
}

async fn invoke(folder: Option<&Path>, args: &InvokeArgs) -> Ended {
    let (catalog, operation) = find::operation(folder, &args.operation)?;
    let input = input::read(&args.input, &operation)?;
    let ready = run::ready(catalog, &operation, &args.target).await?;
    let work = pin!(async {
        if args.all {
            return all(&ready.engine, &operation, input, args).await;
        }
        let output = ready.engine.invoke(operation.name(), input).await;
        print(&output.map_err(|error| failed(&error, args))?, args)?;
        Ok(exit::DONE)
    });
    stop::ending_well(&ready.engine, work).await
}

fn failed(error: &Error, args: &InvokeArgs) -> ExitCode {
    report::error(error, args.output == Some(InvokeForm::Json));
    ExitCode::from(error.exit_code())
}

/// The items of every page, a line each.
async fn all(engine: &Engine, operation: &Operation, input: Value, args: &InvokeArgs) -> Ended {
    if !operation.paginated() {
        return Err(exit::usage(&format!(
            "{} has no pages: leave --all out",
            operation.name()
        )));
    }
    let progress = indicatif::ProgressBar::no_length();
    if !std::io::stderr().is_terminal() || terminal::shown() {
        // Items on the same terminal would mix with it.
        progress.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    progress.set_message("items");
    let mut items = engine.items(operation.name(), input);
    if let Some(most) = args.max_pages {
        items = items.max_pages(most);
    }
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| failed(&error, args))?;
        match &args.field {
            Some(_) => print(&item, args)?,
            None => terminal::bytes(item.one_line().as_bytes()),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(exit::DONE)
}

fn print(output: &Output, args: &InvokeArgs) -> Result<(), ExitCode> {
    let pretty = args
        .output
        .map_or_else(terminal::shown, |form| form == InvokeForm::Pretty);
    let value = match &args.field {
        None if !pretty => {
            terminal::bytes(output.as_bytes());
            return Ok(());
        }
        None => output.to_value(),
        Some(pointer) => match output.to_value().pointer(pointer) {
            Some(Value::String(text)) => {
                terminal::line(text);
                return Ok(());
            }
            Some(value) => value.clone(),
            None => return Err(exit::usage(&format!("the output has nothing at {pointer}"))),
        },
    };
    let text = if pretty {
        serde_json::to_string_pretty(&value)
    } else {
        serde_json::to_string(&value)
    };
    terminal::line(&text.unwrap_or_default());
    Ok(())
}
