//! `opwire export`

use crate::args::{DocumentForm, ExportArgs, ExportForm, ExportOpenapiArgs};
use crate::exit::{self, Ended};
use crate::{find, terminal};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>, args: &ExportArgs) -> ExitCode {
    exit::code(match &args.form {
        ExportForm::Openapi(args) => openapi(folder, args),
    })
}

fn openapi(folder: Option<&Path>, args: &ExportOpenapiArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    let document = opwire_openapi::export(&catalog, args.connector.as_deref());
    let document = document.map_err(|error| exit::usage(&error.to_string()))?;
    let text = match args.output {
        DocumentForm::Json => serde_json::to_string_pretty(&document).map_err(|e| e.to_string()),
        DocumentForm::Yaml => serde_yaml::to_string(&document).map_err(|e| e.to_string()),
    };
    let text = text.map_err(|error| exit::usage(&error))?;
    terminal::line(text.trim_end());
    Ok(exit::DONE)
}
