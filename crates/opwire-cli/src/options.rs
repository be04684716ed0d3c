//! `opwire options`

use crate::args::{OptionsArgs, OptionsForm};
use crate::exit::{self, Ended};
use crate::{find, input, report, run, stop, terminal};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &OptionsArgs) -> ExitCode {
    exit::code(options(folder, args).await)
}

async fn options(folder: Option<&Path>, args: &OptionsArgs) -> Ended {
    let (catalog, operation) = find::operation(folder, &args.operation)?;
    let input = input::read(&args.input, &operation)?;
    let ready = run::ready(catalog, &operation, &args.target).await?;
    let engine = &ready.engine;
    let choices = pin!(engine.options(operation.name(), &args.field, input));
    let choices = stop::ending_well(engine, choices).await.map_err(|error| {
        report::error(&error, false);
        ExitCode::from(error.exit_code())
    })?;
    match args.output {
        OptionsForm::Json => {
            terminal::line(&serde_json::to_string_pretty(&choices).unwrap_or_default())
        }
        OptionsForm::Table => {
            let mut rows = vec![vec!["LABEL".to_owned(), "VALUE".to_owned()]];
            rows.extend(choices.into_iter().map(|choice| {
                let value = choice
                    .value
                    .as_str()
                    .map_or_else(|| choice.value.to_string(), str::to_owned);
                vec![choice.label, value]
            }));
            terminal::text(&terminal::table(&rows));
        }
    }
    Ok(exit::DONE)
}
