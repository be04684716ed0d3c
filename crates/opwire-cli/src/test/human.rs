//! What changed, as diffs, and how many.

use super::{End, Ran, Report};
use crate::terminal;
use owo_colors::OwoColorize as _;

pub(super) fn tell(report: &Report) {
    for Ran { example, end, .. } in &report.ran {
        match end {
            End::Same | End::Accepted => {}
            End::Differs(diff) => {
                terminal::line(&format!("{}", example.bold()));
                diff.lines().for_each(line);
            }
            End::Missing(transcript) => {
                let name = example.bold();
                terminal::line(&format!("{name} has no snapshot yet:\n{transcript}\n"));
            }
            End::Failed(why) => terminal::line(&format!("{} can't run: {why}", example.bold())),
        }
    }
    for orphan in &report.orphans {
        terminal::line(&format!("{} has no example any more", orphan.display()));
    }
    terminal::line(&summary(report));
    if !report.passed() {
        terminal::note("accept what is right with `opwire test --accept`");
    }
}

fn line(line: &str) {
    match line.chars().next() {
        Some('+') => terminal::line(&format!("{}", line.green())),
        Some('-') => terminal::line(&format!("{}", line.red())),
        _ => terminal::line(line),
    }
}

fn summary(report: &Report) -> String {
    let mut parts = vec![format!(
        "{} same",
        report.count(|end| matches!(end, End::Same))
    )];
    let others = [
        (report.count(|end| matches!(end, End::Accepted)), "accepted"),
        (report.count(|end| matches!(end, End::Differs(_))), "differ"),
        (
            report.count(|end| matches!(end, End::Missing(_))),
            "without a snapshot",
        ),
        (report.count(|end| matches!(end, End::Failed(_))), "failed"),
        (report.orphans.len(), "without an example"),
    ];
    let others = others.iter().filter(|(n, _)| *n > 0);
    parts.extend(others.map(|(n, what)| format!("{n} {what}")));
    parts.join(", ")
}
