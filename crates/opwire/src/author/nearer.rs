//! A text that can't be read, brought nearer to the last one that could.

use std::ops::Range;

/// Texts with more lines that differ than this are not compared line by line.
const MAX_CELLS: usize = 4_000_000;

/// Texts that are nearer to being whole than the one that is being written, and where the cursor is in each.
///
/// `good` is the last text of the file that could be read. Only where the cursor is they differ from it, and there they
/// have less and less of what is new; the cursor's own line they all have.
pub(super) fn nearer(good: &str, text: &str, cursor: usize) -> Vec<(String, usize)> {
    let old: Vec<&str> = good.split_inclusive('\n').collect();
    let new: Vec<&str> = text.split_inclusive('\n').collect();
    let size = |lines: Option<&[&str]>| -> usize {
        lines
            .unwrap_or_default()
            .iter()
            .map(|line| line.len())
            .sum()
    };
    let before = text.get(..cursor).unwrap_or_default();
    let at = before.matches('\n').count();
    let column = cursor - size(new.get(..at));
    let joined = |parts: [Option<&[&str]>; 4]| -> String {
        let lines = parts.into_iter().flatten().flatten();
        lines.fold(String::new(), |mut text, line| {
            // The last line of one text may stand within the other.
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text + line
        })
    };
    match hunk(&old, &new, at) {
        Hunk::Same(line) => vec![(good.to_owned(), size(old.get(..line)) + column)],
        Hunk::Changed { old: was, new: is } => {
            let head = old.get(..was.start);
            let tail = old.get(was.end..);
            let line = new.get(at..).and_then(|rest| rest.get(..1)).or(Some(&[""]));
            let start = size(head) + column;
            let (written, kept) = (new.get(is.start..at), old.get(was));
            let with = |middle: Option<&[&str]>| {
                (joined([head, middle, line, tail]), start + size(middle))
            };
            vec![with(written), with(None), with(kept)]
        }
    }
}

/// How a line of the new text relates to the old one.
#[derive(Debug, PartialEq, Eq)]
enum Hunk {
    /// It is this line of the old text.
    Same(usize),
    /// It is one of those lines that stand in place of these.
    Changed {
        old: Range<usize>,
        new: Range<usize>,
    },
}

/// How the line at `at` of the new text relates to the old one, by their longest common subsequence of lines.
fn hunk(old: &[&str], new: &[&str], at: usize) -> Hunk {
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(new).take_while(same).count();
    let most = old.len().min(new.len()) - head;
    let ends = old.iter().rev().zip(new.iter().rev()).take(most);
    let tail = ends.take_while(same).count();
    if at < head {
        return Hunk::Same(at);
    }
    if at >= new.len() - tail && tail > 0 {
        return Hunk::Same(
            (at + old.len())
                .saturating_sub(new.len())
                .min(old.len() - 1),
        );
    }
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let (was, is) = (
        old.get(head..old_end).unwrap_or_default(),
        new.get(head..new_end).unwrap_or_default(),
    );
    let mut hunk = (head..old_end, head..new_end);
    for (i, j) in common(was, is) {
        let (i, j) = (head + i, head + j);
        if j == at {
            return Hunk::Same(i);
        }
        if j < at {
            hunk = (i + 1..hunk.0.end, j + 1..hunk.1.end);
        } else {
            hunk = (hunk.0.start..i, hunk.1.start..j);
            break;
        }
    }
    let (old, new) = hunk;
    Hunk::Changed { old, new }
}

/// Pairs of lines that two texts have in common, in order, as many as there are.
fn common(one: &[&str], other: &[&str]) -> Vec<(usize, usize)> {
    let width = other.len() + 1;
    if one.len().saturating_mul(width) > MAX_CELLS {
        return Vec::new();
    }
    // How many pairs there are from each pair of lines on.
    let mut counts = vec![0_u32; (one.len() + 1) * width];
    let count =
        |counts: &[u32], i: usize, j: usize| counts.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in one.iter().enumerate().rev() {
        for (j, b) in other.iter().enumerate().rev() {
            let best = if a == b {
                count(&counts, i + 1, j + 1) + 1
            } else {
                count(&counts, i + 1, j).max(count(&counts, i, j + 1))
            };
            if let Some(cell) = counts.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        if a == b {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if count(&counts, i + 1, j) >= count(&counts, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_at_the_cursor_are_new() {
        let good = "a: 1\nb: 2\nc: 3\nd: 4\n";
        let near = |written: &str| {
            let cursor = written.find('|').unwrap();
            let texts = nearer(good, &written.replace('|', ""), cursor).into_iter();
            let marked = texts.map(|(mut text, at)| {
                text.insert(at, '|');
                text
            });
            marked.collect::<Vec<_>>()
        };
        // The cursor is in a line that is as it was, before or behind what is new, or between.
        assert_eq!(
            near("a: 1|\nx\nb: 2\nc: 3\nd: 4\n"),
            ["a: 1|\nb: 2\nc: 3\nd: 4\n"]
        );
        assert_eq!(
            near("x\na: 1\nb: 2\nc: 3\nd|: 4\n"),
            ["a: 1\nb: 2\nc: 3\nd|: 4\n"]
        );
        assert_eq!(near("x\nb: 2\nc|: 3\ny\n"), ["a: 1\nb: 2\nc|: 3\nd: 4\n"]);
        // It is in one of two places that are new: the other is left out.
        let [first, ..] = &near("x {\nb: 2\nc: |\nd: 4\n")[..] else {
            panic!("a text");
        };
        assert_eq!(first, "a: 1\nb: 2\nc: |\nd: 4\n");
        // Of several new lines fewer and fewer are kept.
        assert_eq!(
            near("a: 1\nb: {\n}c: |\nd: 4\n"),
            [
                "a: 1\nb: {\n}c: |\nd: 4\n",
                "a: 1\n}c: |\nd: 4\n",
                "a: 1\nb: 2\nc: 3\n}c: |\nd: 4\n"
            ]
        );
        assert_eq!(
            near("a: 1\nb: 2\nc: 3\nd: 4\n|")[0],
            "a: 1\nb: 2\nc: 3\nd: 4\n|"
        );
    }
}
