//! Findings as workflow commands of GitHub Actions, which shows them beside the lines.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use opwire::{Diagnostic, Severity};

pub(super) fn commands(found: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in found {
        let level = match diagnostic.severity {
            Severity::Error => "error",
            _ => "warning",
        };
        let span = diagnostic.span;
        let message = match &diagnostic.help {
            Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let (line, column) = (span.line.max(1), span.column.max(1));
        text.push_str(&format!(
            "::{level} file={},line={line},endLine={},col={column},endColumn={},title={}::{}\n",
            property(&diagnostic.file.display().to_string()),
            span.end_line.max(line),
            span.end_column.max(column),
            property(diagnostic.code.as_str()),
            data(&message),
        ));
    }
    text
}

/// A line ends the command: what would is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
