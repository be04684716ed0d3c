//! `opwire new`: a connector or an operation to begin with.

mod ask;
mod connector;
mod operation;
mod yaml;

use crate::args::{NewArgs, NewWhat};
use crate::exit::{self, Ended};
use crate::terminal;
use ask::Ask;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>, args: &NewArgs) -> ExitCode {
    // What no flag gives is asked for where a person sits.
    let person = std::io::stdin().is_terminal();
    let ask = Ask::new(std::io::stdin().lock(), std::io::stderr(), person);
    exit::code(match &args.what {
        NewWhat::Connector(args) => connector::write(folder, args, ask),
        NewWhat::Operation(args) => operation::write(folder, args, ask),
    })
}

/// Writes a file that isn't there yet, and tells it.
fn create(file: &Path, text: &str) -> Ended {
    let failed = |error: &dyn std::fmt::Display| {
        exit::usage(&format!("{} can't be written: {error}", file.display()))
    };
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir).map_err(|error| failed(&error))?;
    }
    let made = std::fs::File::create_new(file);
    let mut made = made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => failed(&"it is there already"),
        _ => failed(&error),
    })?;
    std::io::Write::write_all(&mut made, text.as_bytes()).map_err(|error| failed(&error))?;
    terminal::line(&format!("wrote {}", file.display()));
    Ok(exit::DONE)
}

/// A name that a connector or an operation can have.
fn check_name(name: &str) -> Result<(), ExitCode> {
    let mut chars = name.chars();
    let sound = chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= 64;
    if sound {
        return Ok(());
    }
    let help = "lower-case letters, digits and _, such as get_person; at most 64";
    terminal::error(&format!("`{name}` can't be a name"), Some(help));
    Err(ExitCode::from(exit::USAGE))
}

/// `list_open_orders` → `List open orders`, `order_id` → `Order ID`
fn title_of(name: &str) -> String {
    let words = name.split('_');
    let words = words.map(|word| if word == "id" { "ID" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}
