//! The forms of a comparison: for people, Markdown for a review, annotations of GitHub's workflows.

use opwire::{Change, Grade};
use owo_colors::OwoColorize as _;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Of a witness no more is shown.
const MOST_SHOWN: usize = 160;

/// The changes of one operation or connector, the worst first.
type Groups<'a> = Vec<(String, Vec<&'a Change>)>;

/// What has the worst change comes first.
fn groups<'a>(changes: &[&'a Change]) -> Groups<'a> {
    let mut groups: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        groups.entry(change.name()).or_default().push(change);
    }
    let mut groups: Groups<'_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, changes)| Reverse(changes.iter().map(|change| change.grade).max()));
    groups
}

/// `2 breaking, 1 risky`
fn summary(changes: &[&Change]) -> String {
    let count = |grade: Grade| {
        changes
            .iter()
            .filter(|change| change.grade == grade)
            .count()
    };
    let grades = [Grade::Breaking, Grade::Risky, Grade::Compatible];
    let counts = grades.map(|grade| (count(grade), grade));
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, grade)| format!("{count} {grade}"))
        .collect();
    if told.is_empty() {
        return "no changes".to_owned();
    }
    told.join(", ")
}

/// Where, in the input or the output or the file.
fn place(change: &Change) -> String {
    if change.pointer.is_empty() {
        return change.aspect.to_string();
    }
    format!("{} {}", change.aspect, change.pointer)
}

/// The value that shows it, cut where it is long.
fn witness(change: &Change) -> Option<String> {
    let text = change.witness.as_ref()?.to_string();
    let mut short: String = text.chars().take(MOST_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Some(short)
}

pub(super) fn human(changes: &[&Change]) -> String {
    let mut text = String::new();
    for (name, changes) in groups(changes) {
        text.push_str(&format!("{}\n", name.bold()));
        for change in changes {
            let grade = format!("{:<10}", change.grade);
            let grade = match change.grade {
                Grade::Breaking => grade.red().bold().to_string(),
                Grade::Risky => grade.yellow().to_string(),
                _ => grade.green().to_string(),
            };
            text.push_str(&format!(
                "  {grade}  {}: {}\n",
                place(change),
                change.sentence()
            ));
            let mut more = |word: &str, told: &str| {
                text.push_str(&format!("              {word} {told}\n"));
            };
            if let Some(witness) = witness(change) {
                more("refused now:", &witness);
            }
            if let Some(example) = &change.example {
                more("shown by the example", example);
            }
            if let Some(help) = &change.help {
                more("help:", help);
            }
        }
        text.push('\n');
    }
    text.push_str(&summary(changes));
    text.push('\n');
    text
}

pub(super) fn markdown(changes: &[&Change]) -> String {
    let mut text = format!("**{}**\n", summary(changes));
    for (name, changes) in groups(changes) {
        text.push_str(&format!(
            "\n### `{name}`\n\n| grade | where | what |\n|---|---|---|\n"
        ));
        for change in changes {
            let mut what = change.sentence();
            if let Some(witness) = witness(change) {
                what.push_str(&format!("; refused now: `{}`", witness.replace('`', "'")));
            }
            if let Some(example) = &change.example {
                what.push_str(&format!("; shown by the example `{example}`"));
            }
            if let Some(help) = &change.help {
                what.push_str(&format!("; {help}"));
            }
            let grade = match change.grade {
                Grade::Breaking => "**breaking**".to_owned(),
                grade => grade.to_string(),
            };
            let cells = [grade, format!("`{}`", place(change)), what];
            let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    text
}

/// Workflow commands (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).
pub(super) fn github(changes: &[&Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let command = match change.grade {
            Grade::Breaking => "error",
            Grade::Risky => "warning",
            _ => "notice",
        };
        let data = |text: &str| {
            text.replace('%', "%25")
                .replace('\r', "%0D")
                .replace('\n', "%0A")
        };
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        let file = property(&change.file.to_string_lossy());
        let title = property(&format!("{} {}", change.grade, change.name()));
        let message = data(&format!("{}: {}", place(change), change.sentence()));
        text.push_str(&format!(
            "::{command} file={file},title={title}::{message}\n"
        ));
    }
    text
}
