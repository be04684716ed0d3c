//! `opwire docs`

use crate::args::DocsArgs;
use crate::exit::{self, Ended};
use crate::{find, terminal};
use std::path::Path;
use std::process::ExitCode;

pub(crate) async fn run(folder: Option<&Path>, args: &DocsArgs) -> ExitCode {
    exit::code(docs(folder, args).await)
}

async fn docs(folder: Option<&Path>, args: &DocsArgs) -> Ended {
    let catalog = find::catalog(folder)?;
    let connectors: Vec<_> = match &args.connector {
        Some(name) => vec![find::connector(&catalog, name)?],
        None => catalog.connectors().collect(),
    };
    let Some(out) = &args.out else {
        let [only] = connectors.as_slice() else {
            return Err(exit::usage(
                "name a connector, or a folder to write to with --out DIR",
            ));
        };
        let page = opwire_testkit::docs::page(&catalog, only).await;
        terminal::text(&page.map_err(|error| exit::usage(&error.to_string()))?);
        return Ok(exit::DONE);
    };
    let mut stale = 0;
    for connector in connectors {
        let page = opwire_testkit::docs::page(&catalog, connector).await;
        let page = page.map_err(|error| exit::usage(&error.to_string()))?;
        let file = out.join(format!("{}.md", connector.name()));
        let there = std::fs::read_to_string(&file).ok();
        if there.as_deref() == Some(page.as_str()) {
            continue;
        }
        if args.check {
            stale += 1;
            terminal::line(&format!("{} is not fresh", file.display()));
            continue;
        }
        let written = std::fs::create_dir_all(out).and_then(|()| std::fs::write(&file, page));
        written.map_err(|error| {
            exit::usage(&format!("{} can't be written: {error}", file.display()))
        })?;
        terminal::line(&format!("wrote {}", file.display()));
    }
    Ok(if stale > 0 {
        exit::FINDINGS
    } else {
        exit::DONE
    })
}
