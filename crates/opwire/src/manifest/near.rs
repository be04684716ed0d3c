//! What a wrong name may have been meant to be.

/// The known name that is nearest to a wrong one, when one is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let near = known
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .min()?;
    (near.0 <= limit(wrong)).then_some(near.1)
}

/// A name that was probably meant.
#[derive(Clone, Debug)]
pub(crate) struct Meant {
    pub(crate) name: String,
    /// Nothing else comes near: it can be put right without asking.
    pub(crate) certain: bool,
}

impl Meant {
    /// The name that a wrong one was probably meant to be.
    pub(crate) fn of<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut near: Vec<(usize, &str)> = known
            .into_iter()
            .map(|name| (distance(wrong, name), name))
            .filter(|(distance, _)| *distance <= limit(wrong))
            .collect();
        near.sort_unstable();
        near.dedup();
        let (distance, name) = *near.first()?;
        let alone = near.get(1).is_none_or(|(next, _)| *next > distance + 1);
        Some(Self {
            name: name.to_owned(),
            certain: distance <= 2 && alone,
        })
    }

    /// The same with more around the name.
    pub(crate) fn map(self, change: impl FnOnce(&str) -> String) -> Self {
        Self {
            name: change(&self.name),
            ..self
        }
    }
}

/// Names with more differences than this are none of each other's.
const MOST: usize = 4;

/// How many differences there are, or, when there are too many, at least how many.
fn distance(one: &str, other: &str) -> usize {
    let apart = one.chars().count().abs_diff(other.chars().count());
    if apart > MOST {
        // Comparing takes as much time and memory as both lengths multiplied, and a wrong name may be a mebibyte.
        return apart;
    }
    strsim::damerau_levenshtein(one, other)
}

fn limit(wrong: &str) -> usize {
    (wrong.chars().count() / 3).clamp(1, MOST)
}
