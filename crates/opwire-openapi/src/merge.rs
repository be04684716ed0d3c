//! Three-way merge of a file: what was imported before, what is there now, what the document gives now.
//!
//! Lines are merged, so comments and layout of hand edits stay. In these files a key has its own line: changes of
//! neighbouring lines are changes of different things and go together, where merging programs for source code would
//! stop. That the outcome is a manifest is checked afterwards.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A place where both sides changed the same lines in different ways. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The first line of it in the file as it is.
    pub line: usize,
    /// What stands there now.
    pub mine: String,
    /// What the document gives.
    pub theirs: String,
}

/// Which side wins where both changed the same lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prefer {
    /// Neither: it is a conflict.
    #[default]
    Neither,
    /// What is there now.
    Mine,
    /// What the document gives.
    Document,
}

/// Lines of the base that one side replaced: from, to, by what, and where that stands on its side.
#[derive(Clone, Debug)]
struct Hunk<'a> {
    from: usize,
    to: usize,
    lines: Vec<&'a str>,
    at: usize,
}

/// Merges both sides' changes of the base.
///
/// # Errors
/// Where both changed the same lines in different ways, unless one side is preferred.
pub(crate) fn merge(
    base: &str,
    mine: &str,
    theirs: &str,
    prefer: Prefer,
) -> Result<String, Vec<Conflict>> {
    let base: Vec<&str> = base.split_inclusive('\n').collect();
    let mine: Vec<&str> = mine.split_inclusive('\n').collect();
    let theirs: Vec<&str> = theirs.split_inclusive('\n').collect();
    let (ours, others) = (hunks(&base, &mine), hunks(&base, &theirs));
    let (mut ours, mut others) = (ours.into_iter().peekable(), others.into_iter().peekable());
    let (mut merged, mut conflicts) = (String::new(), Vec::new());
    let mut at = 0;
    while ours.peek().is_some() || others.peek().is_some() {
        // The group of changes that overlap, from the first one on.
        let (mut left, mut right): (Vec<Hunk<'_>>, Vec<Hunk<'_>>) = (Vec::new(), Vec::new());
        let first = |a: Option<&Hunk<'_>>, b: Option<&Hunk<'_>>| match (a, b) {
            (Some(a), Some(b)) => (a.from, a.to) <= (b.from, b.to),
            (a, _) => a.is_some(),
        };
        let from_mine = first(ours.peek(), others.peek());
        let start = if from_mine {
            ours.next()
        } else {
            others.next()
        };
        let Some(start) = start else { break };
        let (from, mut to) = (start.from, start.to);
        if from_mine {
            left.push(start)
        } else {
            right.push(start)
        }
        loop {
            let grown = to;
            while let Some(hunk) = ours.next_if(|hunk| overlaps(hunk, from, to, &right)) {
                to = to.max(hunk.to);
                left.push(hunk);
            }
            while let Some(hunk) = others.next_if(|hunk| overlaps(hunk, from, to, &left)) {
                to = to.max(hunk.to);
                right.push(hunk);
            }
            if grown == to {
                break;
            }
        }
        merged.extend(base.get(at..from).into_iter().flatten().copied());
        let (a, b) = (side(&base, from, to, &left), side(&base, from, to, &right));
        if right.is_empty() || a == b || (!left.is_empty() && prefer == Prefer::Mine) {
            merged.push_str(&a);
        } else if left.is_empty() || prefer == Prefer::Document {
            merged.push_str(&b);
        } else {
            let line = left.first().map_or(0, |hunk| hunk.at - (hunk.from - from)) + 1;
            conflicts.push(Conflict {
                line,
                mine: a,
                theirs: b,
            });
        }
        at = to;
    }
    merged.extend(base.get(at..).into_iter().flatten().copied());
    if conflicts.is_empty() {
        Ok(merged)
    } else {
        Err(conflicts)
    }
}

/// Does a change touch the lines that the other side changed already? Lines put in at the same place do.
fn overlaps(hunk: &Hunk<'_>, from: usize, to: usize, others: &[Hunk<'_>]) -> bool {
    let same_place = hunk.from == hunk.to
        && others
            .iter()
            .any(|other| other.from == hunk.from && other.to == hunk.to);
    !others.is_empty() && (same_place || (hunk.from < to && hunk.to > from))
}

fn hunks<'a>(base: &[&'a str], side: &[&'a str]) -> Vec<Hunk<'a>> {
    let ops = capture_diff_slices(Algorithm::Myers, base, side);
    // What lies between lines that are the same is one change.
    let same = ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. }));
    let same = same.map(|op| (op.old_range(), op.new_range()));
    let end = (base.len()..base.len(), side.len()..side.len());
    let (mut found, mut from, mut at) = (Vec::new(), 0, 0);
    for (old, new) in same.chain([end]) {
        if old.start > from || new.start > at {
            found.push(Hunk {
                from,
                to: old.start,
                lines: side.get(at..new.start).unwrap_or_default().to_vec(),
                at,
            });
        }
        (from, at) = (old.end, new.end);
    }
    found
}

/// The base's lines with the changes of one side.
fn side(base: &[&str], from: usize, to: usize, hunks: &[Hunk<'_>]) -> String {
    let (mut text, mut at) = (String::new(), from);
    for hunk in hunks {
        text.extend(base.get(at..hunk.from).into_iter().flatten().copied());
        text.extend(hunk.lines.iter().copied());
        at = hunk.to;
    }
    text.extend(base.get(at..to).into_iter().flatten().copied());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = "a: 1\nb: 2\nc: 3\nd: 4\n";

    fn merged(mine: &str, theirs: &str) -> Result<String, Vec<Conflict>> {
        merge(BASE, mine, theirs, Prefer::Neither)
    }

    #[test]
    fn changes_of_different_lines_go_together() {
        for (mine, theirs, expected) in [
            (
                "a: 1\nb: 9\nc: 3\nd: 4\n",
                "a: 1\nb: 2\nc: 8\nd: 4\n",
                "a: 1\nb: 9\nc: 8\nd: 4\n",
            ),
            (
                "# mine\na: 1\nb: 2\nc: 3\nd: 4\n",
                "a: 7\nb: 2\nc: 3\nd: 4\ne: 5\n",
                "# mine\na: 7\nb: 2\nc: 3\nd: 4\ne: 5\n",
            ),
            (
                "a: 1\nc: 3\nd: 4\n",
                "a: 1\nb: 2\nc: 3\nd: 5\n",
                "a: 1\nc: 3\nd: 5\n",
            ),
            (
                "a: 2\nb: 2\nc: 3\nd: 4\n",
                "a: 2\nb: 2\nc: 3\nd: 4\n",
                "a: 2\nb: 2\nc: 3\nd: 4\n",
            ),
        ] {
            assert_eq!(merged(mine, theirs).unwrap(), expected);
        }
    }

    #[test]
    fn changes_of_the_same_lines_are_conflicts_with_their_place() {
        let (mine, theirs) = (
            "x: 0\na: 1\nb: mine\nc: 3\nd: 4\n",
            "a: 1\nb: theirs\nc: 3\nd: 4\n",
        );
        let conflict = Conflict {
            line: 3,
            mine: "b: mine\n".to_owned(),
            theirs: "b: theirs\n".to_owned(),
        };
        assert_eq!(merged(mine, theirs), Err(vec![conflict]));
        assert_eq!(merge(BASE, mine, theirs, Prefer::Mine).unwrap(), mine);
        let expected = "x: 0\na: 1\nb: theirs\nc: 3\nd: 4\n";
        assert_eq!(
            merge(BASE, mine, theirs, Prefer::Document).unwrap(),
            expected
        );
        // Both put something in at the same place.
        let (mine, theirs) = (
            "a: 1\nx: 1\nb: 2\nc: 3\nd: 4\n",
            "a: 1\ny: 1\nb: 2\nc: 3\nd: 4\n",
        );
        assert_eq!(merged(mine, theirs).unwrap_err()[0].line, 2);
        // One takes away what the other changes.
        assert_eq!(
            merged("a: 1\nd: 4\n", "a: 1\nb: 2\nc: 9\nd: 4\n")
                .unwrap_err()
                .len(),
            1
        );
    }

    proptest! {
        #[test]
        fn a_side_that_did_not_change_loses_nothing(base in "([ab]\n){0,6}", other in "([abc]\n){0,6}") {
            prop_assert_eq!(merge(&base, &base, &other, Prefer::Neither).unwrap(), other.clone());
            prop_assert_eq!(merge(&base, &other, &base, Prefer::Neither).unwrap(), other.clone());
            prop_assert_eq!(merge(&base, &other, &other, Prefer::Neither).unwrap(), other);
        }

        #[test]
        fn a_preferred_side_settles_everything(a in "([abc]\n){0,6}", b in "([abc]\n){0,6}", c in "([abc]\n){0,6}") {
            prop_assert!(merge(&a, &b, &c, Prefer::Mine).is_ok());
            prop_assert!(merge(&a, &b, &c, Prefer::Document).is_ok());
        }
    }
}
