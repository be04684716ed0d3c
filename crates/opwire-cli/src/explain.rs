//! `opwire explain`

use crate::args::ExplainArgs;
use crate::exit::{self, Ended};
use crate::terminal;
use opwire::{Case, Code, Rule, SHOP, rules};
use owo_colors::OwoColorize as _;
use std::process::ExitCode;

pub(crate) fn run(args: &ExplainArgs) -> ExitCode {
    exit::code(explain(args))
}

fn explain(args: &ExplainArgs) -> Ended {
    if args.markdown {
        terminal::text(&markdown());
        return Ok(exit::DONE);
    }
    let Some(name) = &args.code else {
        let rows: Vec<Vec<String>> = rules()
            .iter()
            .map(|rule| vec![rule.code.to_string(), plain(rule.code.summary())])
            .collect();
        terminal::text(&terminal::table(&rows));
        return Ok(exit::DONE);
    };
    if let Some(rule) = rules().iter().find(|rule| rule.code.as_str() == name) {
        terminal::text(&human(rule));
        return Ok(exit::DONE);
    }
    let help = Code::nearest(name).map_or_else(
        || "`opwire explain` lists all".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    terminal::error(&format!("there is no code `{name}`"), Some(&help));
    Err(ExitCode::from(exit::USAGE))
}

fn human(rule: &Rule) -> String {
    let mut text = format!(
        "{}  {}\n\n{}\n\n{}\n",
        rule.code.bold(),
        rule.level.as_str(),
        plain(rule.code.summary()),
        wrapped(rule.docs),
    );
    for (title, case) in [("Wrong", rule.bad), ("Right", rule.good)] {
        text.push_str(&format!("\n{} ({}):\n\n", title.bold(), case.file));
        text.push_str(&indented(&case));
    }
    text
}

fn indented(case: &Case) -> String {
    let lines = case.text.lines();
    lines
        .map(|line| format!("    {line}").trim_end().to_owned() + "\n")
        .collect()
}

/// Without the marks of Markdown.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// As one paragraph: its lines are broken for the source, not for a reader.
fn wrapped(text: &str) -> String {
    textwrap::fill(&text.replace('\n', " "), 100)
}

/// docs/checks.md: every rule.
fn markdown() -> String {
    let mut text = String::from(
        "# What `opwire check` tells\n\n\
         Made by `opwire explain --markdown`; `opwire explain CODE` prints one rule. Every finding has a code, a\n\
         severity, a file with line and column, what is wrong and, where it is known, what to do; `--fix` does that\n\
         where it is certain. An error keeps an operation from loading; a warning doesn't, and `--deny warnings` lets\n\
         `check` fail on it.\n\n\
         | code | tells | severity |\n|---|---|---|\n",
    );
    for rule in rules() {
        let code = rule.code.as_str();
        text.push_str(&format!(
            "| [`{code}`](#{code}) | {} | {} |\n",
            rule.code.summary().replace('|', "\\|"),
            rule.level.as_str()
        ));
    }
    text.push_str(
        "\nThe examples stand in a connector `shop`, whose other files are at the end.\n",
    );
    for rule in rules() {
        text.push_str(&format!(
            "\n## {}\n\n{} ({})\n\n{}\n",
            rule.code.as_str(),
            rule.code.summary(),
            rule.level.as_str(),
            rule.docs
        ));
        for (title, case) in [("Wrong", rule.bad), ("Right", rule.good)] {
            text.push_str(&block(title, &case));
        }
    }
    text.push_str("\n## The connector of the examples\n");
    for case in SHOP {
        text.push_str(&block("", case));
    }
    text
}

fn block(title: &str, case: &Case) -> String {
    let title = if title.is_empty() {
        format!("`{}`:", case.file)
    } else {
        format!("{title}, `{}`:", case.file)
    };
    format!("\n{title}\n\n```yaml\n{}```\n", case.text)
}
