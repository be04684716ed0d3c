//! Markdown: `CommonMark` with GitHub's tables and anchors.

use std::collections::HashMap;

/// Text as it is, nothing in it read as Markdown or as a template of what shows the page.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let chars: Vec<char> = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .collect();
    let word = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphanumeric())
    };
    for (at, c) in chars.iter().enumerate() {
        let first = at == 0 && matches!(c, '#' | '>' | '-' | '+' | '=' | '~' | '|');
        let inner = word(at.checked_sub(1)) && word(Some(at + 1));
        match c {
            '\\' | '`' | '*' | '[' | ']' | '<' => escaped.extend(['\\', *c]),
            // Between letters it is no emphasis.
            '_' if !inner => escaped.extend(['\\', *c]),
            '&' => escaped.push_str("&amp;"),
            // {{ is a template to many programs that make sites.
            '{' if chars.get(at + 1) == Some(&'{')
                || (at > 0 && chars.get(at - 1) == Some(&'{')) =>
            {
                escaped.push_str("&#123;");
            }
            _ if first => escaped.extend(['\\', *c]),
            c => escaped.push(*c),
        }
    }
    // `1.` would begin a list.
    let digits = escaped.chars().take_while(char::is_ascii_digit).count();
    if digits > 0
        && escaped
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(['.', ')']))
    {
        escaped.insert(digits, '\\');
    }
    escaped
}

/// Paragraphs of text, as blank lines divide them.
pub(super) fn paragraphs(written: &str) -> String {
    let paragraphs = written.split("\n\n").map(text);
    let paragraphs: Vec<String> = paragraphs.filter(|it| !it.is_empty()).collect();
    paragraphs.join("\n\n")
}

/// A table; the cells are Markdown. Columns without anything in them are left out.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let filled = |column: usize| {
        rows.iter()
            .any(|row| row.get(column).is_some_and(|it| !it.is_empty()))
    };
    let columns: Vec<usize> = (0..head.len()).filter(|column| filled(*column)).collect();
    let line = |cells: Vec<String>| {
        let mut line = "|".to_owned();
        for cell in cells {
            line.push_str(&if cell.is_empty() {
                " |".to_owned()
            } else {
                format!(" {cell} |")
            });
        }
        line.push('\n');
        line
    };
    let heads = columns.iter().filter_map(|column| head.get(*column));
    let mut table = line(heads.map(|head| (*head).to_owned()).collect());
    table.push_str(&format!("|{}\n", "---|".repeat(columns.len())));
    for row in rows {
        // A bar ends a cell even in code.
        let cells = columns.iter().filter_map(|column| row.get(*column));
        let cells = cells.map(|cell| cell.replace('|', "\\|").replace(['\n', '\r'], " "));
        table.push_str(&line(cells.collect()));
    }
    table
}

/// Anchors of headings, as GitHub makes them.
#[derive(Debug, Default)]
pub(super) struct Anchors(HashMap<String, usize>);

impl Anchors {
    /// The anchor of the next heading of the page.
    pub(super) fn next(&mut self, heading: &str) -> String {
        let slug: String = heading
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                c if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c),
                _ => None,
            })
            .collect();
        let count = self.0.entry(slug.clone()).or_default();
        let anchor = if *count == 0 {
            slug
        } else {
            format!("{slug}-{count}")
        };
        *count += 1;
        anchor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markdown() {
        for (written, escaped) in [
            (
                "a *b* [c](d) <e> `f` \\g",
                "a \\*b\\* \\[c\\](d) \\<e> \\`f\\` \\\\g",
            ),
            ("snake_case _is_null it_", "snake_case \\_is_null it\\_"),
            ("# no heading", "\\# no heading"),
            ("1. no list", "1\\. no list"),
            ("- no\nlist", "\\- no list"),
            ("{{input.a}} {b} &lt;", "&#123;&#123;input.a}} {b} &amp;lt;"),
        ] {
            assert_eq!(text(written), escaped);
        }
        assert_eq!(paragraphs("a\nb\n\n\nc"), "a b\n\nc");
    }

    #[test]
    fn tables_keep_their_cells_apart() {
        let rows = [
            vec!["`a|b`".into(), String::new(), "x".into()],
            vec!["c".into(), String::new(), String::new()],
        ];
        assert_eq!(
            table(&["one", "two", "three"], &rows),
            "| one | three |\n|---|---|\n| `a\\|b` | x |\n| c | |\n"
        );
    }

    #[test]
    fn anchors_are_as_github_makes_them() {
        let mut anchors = Anchors::default();
        for (heading, anchor) in [
            ("Raw HTTP request (advanced)", "raw-http-request-advanced"),
            ("List users (DDL)", "list-users-ddl"),
            ("List users (DDL)", "list-users-ddl-1"),
            ("What's new & old_er: ÄÖ", "whats-new--old_er-äö"),
        ] {
            assert_eq!(anchors.next(heading), anchor);
        }
    }
}
