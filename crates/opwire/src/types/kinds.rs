//! [`Kinds`]: which of JSON's kinds of value are possible.

use serde_json::Value;
use std::fmt;
use std::ops::{BitAnd, BitOr, Not};

/// A set of kinds of JSON values. Whole numbers and fractions are told apart, as JSON Schema does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const BOOLEAN: Self = Self(2);
    pub(crate) const INTEGER: Self = Self(4);
    pub(crate) const FRACTION: Self = Self(8);
    pub(crate) const TEXT: Self = Self(16);
    pub(crate) const LIST: Self = Self(32);
    pub(crate) const OBJECT: Self = Self(64);
    pub(crate) const NUMBER: Self = Self(4 | 8);
    /// What can stand in text.
    pub(crate) const SCALAR: Self = Self(2 | 4 | 8 | 16);
    pub(crate) const CONTAINER: Self = Self(32 | 64);
    pub(crate) const ANY: Self = Self(127);

    /// JSON Schema's names, and what people read.
    const NAMES: [(Self, &'static str, &'static str); 7] = [
        (Self::NULL, "null", "null"),
        (Self::BOOLEAN, "boolean", "a boolean"),
        (Self::NUMBER, "number", "a number"),
        (Self::INTEGER, "integer", "an integer"),
        (Self::TEXT, "string", "text"),
        (Self::LIST, "array", "a list"),
        (Self::OBJECT, "object", "an object"),
    ];

    /// The kind of a value.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            // 1.0 is an integer (JSON Schema 2020-12, section 6.1.1).
            Value::Number(number)
                if number.is_i64()
                    || number.is_u64()
                    || number.as_f64().is_some_and(|n| n.fract() == 0.0) =>
            {
                Self::INTEGER
            }
            Value::Number(_) => Self::FRACTION,
            Value::String(_) => Self::TEXT,
            Value::Array(_) => Self::LIST,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// The kinds that a schema's `type` names; all where it names none that is known.
    pub(crate) fn of_type(names: &Value) -> Self {
        let one = |name: &Value| {
            let found = Self::NAMES
                .iter()
                .find(|(_, known, _)| name.as_str() == Some(known));
            found.map_or(Self::NONE, |(kinds, ..)| *kinds)
        };
        let kinds = match names {
            Value::Array(several) => several.iter().map(one).fold(Self::NONE, |a, b| a | b),
            name => one(name),
        };
        if kinds.is_none() { Self::ANY } else { kinds }
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Is any of these possible?
    pub(crate) fn may(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Is nothing but these possible?
    pub(crate) fn only(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// The names of JSON Schema (`integer`), the fewest that say it.
    pub(crate) fn names(self) -> Vec<&'static str> {
        self.each().map(|(_, name, _)| name).collect()
    }

    fn each(self) -> impl Iterator<Item = (Self, &'static str, &'static str)> {
        let all_numbers = !(self & Self::FRACTION).is_none();
        Self::NAMES
            .into_iter()
            .filter(move |(kinds, ..)| match *kinds {
                Self::NUMBER => all_numbers,
                Self::INTEGER => !all_numbers && self.may(Self::INTEGER),
                kinds => self.may(kinds),
            })
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Kinds {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Kinds {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0 & Self::ANY.0)
    }
}

/// As people read it: `a list or null`.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("anything");
        }
        let mut words: Vec<&str> = self.each().map(|(_, _, word)| word).collect();
        // Null is what one least expects: it comes last.
        if words.first() == Some(&"null") {
            words.rotate_left(1);
        }
        match words.split_last() {
            None => f.write_str("nothing"),
            Some((last, [])) => f.write_str(last),
            Some((last, first)) => write!(f, "{} or {last}", first.join(", ")),
        }
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
