//! A text for a regular expression.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A text that a pattern matches, at least so long.
pub(super) fn text(pattern: &str, least: usize) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let matcher = regex::Regex::new(pattern).ok()?;
    [0, 1, 2, 4, 8, 16, 32, 64].into_iter().find_map(|more| {
        let mut text = String::new();
        write(&hir, more, &mut text)?;
        (text.chars().count() >= least && matcher.is_match(&text)).then_some(text)
    })
}

/// Writes a text that the expression matches; where it repeats without an end, `more` times more than it must.
fn write(hir: &Hir, more: u32, text: &mut String) -> Option<()> {
    if text.len() > 10_000 {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(chosen(class)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = repetition.min.saturating_add(more).min(most);
            for _ in 0..times {
                write(&repetition.sub, more, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, more, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, more, text))?,
        HirKind::Alternation(parts) => write(parts.first()?, more, text)?,
    }
    Some(())
}

/// A letter where there is one, else a digit, else the first character.
fn chosen(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|range| (range.start().into(), range.end().into()))
            .collect(),
    };
    let has = |c: &char| ranges.iter().any(|(start, end)| start <= c && c <= end);
    let liked = ['a', 'A', '1', '0', '-', '_', ' ', '.'];
    let printable = ('!'..='~').find(has);
    liked
        .into_iter()
        .find(has)
        .or(printable)
        .or_else(|| ranges.first().map(|(start, _)| *start))
}
