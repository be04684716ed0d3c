//! Writing to standard output and standard error. A reader that went away is no error.

use owo_colors::OwoColorize as _;
use std::io::{IsTerminal as _, Write as _};

/// A line on standard output.
pub(crate) fn line(text: &str) {
    drop(writeln!(anstream::stdout().lock(), "{text}"));
}

/// Text on standard output, as it is.
pub(crate) fn text(text: &str) {
    drop(write!(anstream::stdout().lock(), "{text}"));
}

/// Bytes and a line end on standard output.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(bytes).and_then(|()| out.write_all(b"\n")));
}

/// A line on standard error.
pub(crate) fn note(text: &str) {
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

/// An error and what to do about it, on standard error.
pub(crate) fn error(message: &str, help: Option<&str>) {
    note(&format!("{} {message}", "error:".red().bold()));
    if let Some(help) = help {
        note(&format!("{} {help}", "help:".cyan()));
    }
}

/// Has a panic tell its place alone: what it says may hold a value of the input.
pub(crate) fn tell_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        note(&format!("opwire failed at {place}: please report it"));
    }));
}

/// Does a person see standard output?
pub(crate) fn shown() -> bool {
    std::io::stdout().is_terminal()
}

/// Columns, each as wide as its widest cell; the last is cut where a terminal ends.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            let pad = widths
                .get(index)
                .copied()
                .unwrap_or(0)
                .saturating_sub(cell.chars().count());
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', pad + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const SECRET: &str = "s3cr3t-token";

    /// The test runs itself once more, as a process that panics.
    #[test]
    fn a_panic_tells_its_place_alone() {
        if std::env::args().any(|argument| argument == SECRET) {
            tell_panics_by_place();
            panic!("failed with {SECRET}");
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "terminal::tests::a_panic_tells_its_place_alone"])
            .args(["--nocapture", "--skip", SECRET])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("opwire failed at") && told.contains("terminal.rs"),
            "{told}"
        );
        assert!(!output.status.success() && !told.contains(SECRET), "{told}");
    }
}
