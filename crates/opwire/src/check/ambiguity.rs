//! Whether a pattern can match one text in a number of ways that doubles with its length.
//!
//! The pattern becomes an automaton whose states are its characters (Glushkov). It is exponentially ambiguous where two
//! different ways lead from a state back to it over the same text: in the product of the automaton with itself, a pair
//! (q, q) and a pair of two different states lie on one cycle, or a step inside a cycle exists twice (Weideman and
//! others, "Analyzing matching time behavior of backtracking regular expression matchers", CIAA 2016).

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, RepetitionKind, RepetitionRange};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use std::collections::{HashMap, HashSet};

/// A pattern with more characters than this is not looked into: the product grows with their square.
const MAX_STATES: usize = 256;
/// A counted repetition is written out this often.
const MAX_COPIES: u32 = 4;

/// Is the pattern exponentially ambiguous? One that can't be read is told elsewhere.
pub(super) fn ambiguous(pattern: &str) -> bool {
    let Ok(ast) = Parser::new().parse(pattern) else {
        return false;
    };
    let mut automaton = Automaton {
        pattern,
        classes: Vec::new(),
        steps: HashMap::new(),
        doubled: false,
    };
    let part = automaton.part(&ast);
    if automaton.doubled {
        return true;
    }
    automaton.classes.len() <= MAX_STATES && part.is_some() && automaton.two_ways()
}

/// Characters as states, and which may follow which.
struct Automaton<'a> {
    pattern: &'a str,
    classes: Vec<ClassUnicode>,
    /// From → to, as often as there are ways.
    steps: HashMap<(usize, usize), usize>,
    /// A repetition of what may be empty and is itself without end: `(a*)*`.
    doubled: bool,
}

/// What a part of the pattern begins and ends with.
#[derive(Clone, Default)]
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    empty: bool,
    /// Does it hold a repetition without end?
    endless: bool,
}

impl Part {
    fn empty() -> Self {
        Self {
            empty: true,
            ..Self::default()
        }
    }
}

impl Automaton<'_> {
    /// Adds a part; nothing when there are too many characters.
    fn part(&mut self, ast: &Ast) -> Option<Part> {
        match ast {
            Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => Some(Part::empty()),
            Ast::Group(group) => self.part(&group.ast),
            Ast::Concat(concat) => {
                let mut all = Part::empty();
                for part in &concat.asts {
                    let part = self.part(part)?;
                    all = self.after(all, part);
                }
                Some(all)
            }
            Ast::Alternation(alternation) => {
                let mut all = Part::default();
                for part in &alternation.asts {
                    let part = self.part(part)?;
                    all.first.extend(part.first);
                    all.last.extend(part.last);
                    all.empty |= part.empty;
                    all.endless |= part.endless;
                }
                Some(all)
            }
            Ast::Repetition(repetition) => {
                let (min, max) = match &repetition.op.kind {
                    RepetitionKind::ZeroOrOne => (0, Some(1)),
                    RepetitionKind::ZeroOrMore => (0, None),
                    RepetitionKind::OneOrMore => (1, None),
                    RepetitionKind::Range(RepetitionRange::Exactly(n)) => (*n, Some(*n)),
                    RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (*n, None),
                    RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => (*n, Some(*m)),
                };
                self.repeated(&repetition.ast, min, max)
            }
            character => self.character(character),
        }
    }

    /// One character of a certain class.
    fn character(&mut self, ast: &Ast) -> Option<Part> {
        let hir = Translator::new().translate(self.pattern, ast).ok()?;
        match hir.kind() {
            HirKind::Literal(literal) => {
                let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
                self.state(ClassUnicode::new([ClassUnicodeRange::new(c, c)]))
            }
            HirKind::Class(Class::Unicode(class)) => self.state(class.clone()),
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.ranges().iter();
                let ranges =
                    ranges.map(|r| ClassUnicodeRange::new(r.start().into(), r.end().into()));
                self.state(ClassUnicode::new(ranges))
            }
            _ => Some(Part::empty()),
        }
    }

    fn state(&mut self, class: ClassUnicode) -> Option<Part> {
        if self.classes.len() > MAX_STATES {
            return None;
        }
        let state = self.classes.len();
        self.classes.push(class);
        Some(Part {
            first: vec![state],
            last: vec![state],
            empty: false,
            endless: false,
        })
    }

    fn connect(&mut self, from: &[usize], to: &[usize]) {
        for a in from {
            for b in to {
                *self.steps.entry((*a, *b)).or_default() += 1;
            }
        }
    }

    fn after(&mut self, before: Part, part: Part) -> Part {
        self.connect(&before.last, &part.first);
        let mut all = Part {
            endless: before.endless || part.endless,
            empty: before.empty && part.empty,
            first: before.first,
            last: part.last,
        };
        if before.empty {
            all.first.extend(part.first);
        }
        if part.empty {
            all.last.extend(before.last);
        }
        all
    }

    fn repeated(&mut self, ast: &Ast, min: u32, max: Option<u32>) -> Option<Part> {
        let Some(max) = max else {
            let mut part = self.part(ast)?;
            // One that may be empty and is endless itself fits in without end between any two characters.
            self.doubled |= part.empty && part.endless;
            self.connect(&part.last.clone(), &part.first.clone());
            part.endless = true;
            part.empty |= min == 0;
            return Some(part);
        };
        // What may be left out stands in what comes before it, so that there is one way to leave it out: a(a(a)?)?
        let copies = max.min(MAX_COPIES);
        let mut all = Part::empty();
        for copy in (1..=copies).rev() {
            let part = self.part(ast)?;
            all = self.after(part, all);
            all.empty |= copy > min.min(copies);
        }
        Some(all)
    }

    /// Do two different ways lead from a state back to it over the same text?
    fn two_ways(&self) -> bool {
        let states = self.classes.len();
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); states];
        for (from, to) in self.steps.keys() {
            if let Some(list) = next.get_mut(*from) {
                list.push(*to);
            }
        }
        // A step that exists twice inside a cycle.
        let back = |from: usize, to: usize| reaches(&next, to, from);
        let twice = |((from, to), ways): (&(usize, usize), &usize)| *ways > 1 && back(*from, *to);
        if self.steps.iter().any(twice) {
            return true;
        }
        (0..states).any(|state| self.parts_and_meets(&next, state))
    }

    /// From (q, q), over two different states, back to (q, q).
    fn parts_and_meets(&self, next: &[Vec<usize>], state: usize) -> bool {
        if !reaches(next, state, state) {
            return false;
        }
        let forward = self.pairs(next, (state, state));
        let mut apart = forward.iter().filter(|(a, b)| a != b);
        apart.any(|pair| self.pairs(next, *pair).contains(&(state, state)))
    }

    /// The pairs that a pair leads to, over texts that both ways share.
    fn pairs(&self, next: &[Vec<usize>], from: (usize, usize)) -> HashSet<(usize, usize)> {
        let (mut seen, mut open) = (HashSet::new(), vec![from]);
        let none = Vec::new();
        while let Some((a, b)) = open.pop() {
            for x in next.get(a).unwrap_or(&none) {
                for y in next.get(b).unwrap_or(&none) {
                    if self.share(*x, *y) && seen.insert((*x, *y)) {
                        open.push((*x, *y));
                    }
                }
            }
        }
        seen
    }

    /// Is there a character that both states read?
    fn share(&self, a: usize, b: usize) -> bool {
        let (Some(one), Some(other)) = (self.classes.get(a), self.classes.get(b)) else {
            return false;
        };
        a == b || {
            let mut both = one.clone();
            both.intersect(other);
            !both.ranges().is_empty()
        }
    }
}

/// Does one state lead to another, in one step or more?
fn reaches(next: &[Vec<usize>], from: usize, to: usize) -> bool {
    let (mut seen, mut open) = (vec![false; next.len()], vec![from]);
    while let Some(state) = open.pop() {
        for following in next.get(state).into_iter().flatten() {
            if *following == to {
                return true;
            }
            if let Some(seen) = seen.get_mut(*following)
                && !*seen
            {
                *seen = true;
                open.push(*following);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_double_are_told_from_those_that_do_not() {
        for slow in [
            r"^(a+)+$",
            r"^(a*)*$",
            r"^(a|a)*$",
            r"^(a|ab|b)*$",
            r"^(\w+\s?)*$",
            r"^([a-z0-9]+)*$",
            r"^(.*,)*$",
            r"^([a-zA-Z]+\.?)+@x$",
            r"^((a?b?)*)*$",
            r"(x+x+)+y",
        ] {
            assert!(ambiguous(slow), "{slow}");
        }
        for quick in [
            r"^[a-z0-9]*$",
            r"^([a-z]+,)*[a-z]+$",
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            r"^https?://",
            r"^(\w+\s)*\w+$",
            r"^([a-z]+(-[a-z]+)*)$",
            r"^([0-9]+|_is_null)$",
            r"^\d+(\.\d+)?$",
            r"a*a*",
            r"^[^@]+@[^@]+$",
            r"^(a{1,3}b)*$",
        ] {
            assert!(!ambiguous(quick), "{quick}");
        }
    }
}
