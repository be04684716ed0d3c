//! Does a schema accept all that another accepts? Yes with certainty, no with a witness, or it can't be decided.
//!
//! Both schemas are brought to a plain form ([`plain`]). The first is divided into alternatives, each of one kind of
//! value ([`conj`]); every keyword of the second must follow from each of them ([`keywords`]). Where one doesn't seem
//! to, a value is looked for that shows it ([`witness`], from [`sample`]): the validator decides, so a "no" is always
//! proved, and so is a "yes" by what each keyword means.

mod conj;
mod disjoint;
mod keywords;
mod plain;
mod sample;
mod text;
mod witness;

pub(super) use witness::Refusal;

use conj::{Conj, alternatives};
use serde_json::Value;

/// So many comparisons of two schemas are made; a larger pair is not decided.
const MOST_STEPS: usize = 20_000;
/// No more places are told of one pair.
const MOST_FINDINGS: usize = 200;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// Any key that the schemas don't name.
    AnyKey,
    /// A list's item; of those without a schema of their own, the first.
    Item(usize),
}

/// A place where the second schema may refuse what the first accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) steps: Vec<Step>,
    /// The keyword of the second schema.
    pub(super) keyword: String,
    /// A whole value that the first accepts, and that the second refuses because of this place.
    pub(super) witness: Option<Value>,
}

/// Two self-contained schemas.
#[derive(Debug)]
pub(super) struct Pair {
    old: Value,
    new: Value,
}

impl Pair {
    pub(super) fn new(old: &Value, new: &Value) -> Self {
        Self {
            old: plain::plain(old),
            new: plain::plain(new),
        }
    }

    /// The other way around.
    pub(super) fn reversed(self) -> Self {
        Self {
            old: self.new,
            new: self.old,
        }
    }

    /// Where the new schema may accept less; none when it surely accepts all that the old one accepts. Witnesses are
    /// not looked for.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut subset = Subset::default();
        subset.schema(&[&self.old], &self.new, &[]);
        subset.places
    }

    /// The same with witnesses. `refusals` tells what the new side has against a value that the old side accepts;
    /// nothing when the old side doesn't accept it.
    pub(super) fn proved(&self, refusals: &witness::Refusals<'_>) -> Vec<Place> {
        let mut places = self.places();
        for place in &mut places {
            place.witness = witness::find(&self.old, &self.new, place, refusals);
        }
        places
    }
}

/// One run over a pair.
#[derive(Debug, Default)]
pub(super) struct Subset {
    places: Vec<Place>,
    taken: usize,
}

impl Subset {
    /// Is there nothing in the way?
    fn proves(&mut self, of: &Conj<'_>, new: &Value) -> bool {
        self.probe(of, new, &[]).is_empty()
    }

    /// The places of one alternative and one schema, apart.
    fn probe(&mut self, old: &Conj<'_>, new: &Value, at: &[Step]) -> Vec<Place> {
        let known = std::mem::take(&mut self.places);
        self.conj(old, new, at);
        std::mem::replace(&mut self.places, known)
    }

    /// Everything that fits all of `old` must fit `new`.
    fn schema(&mut self, old: &[&Value], new: &Value, at: &[Step]) {
        if new == &Value::Bool(true) || old.contains(&new) {
            return;
        }
        for conj in alternatives(old) {
            self.conj(&conj, new, at);
        }
    }

    fn conj(&mut self, old: &Conj<'_>, new: &Value, at: &[Step]) {
        self.taken += 1;
        if self.taken > MOST_STEPS {
            return self.tell(at, "too large");
        }
        let map = new.as_object();
        if map.is_some_and(|map| old.maps.contains(&map)) {
            return;
        }
        if let Some(values) = old.values() {
            let fit = conj::all_of(&[new]);
            if !values
                .iter()
                .all(|value| fit.as_ref().is_some_and(|fit| fit.is_valid(value)))
            {
                let typed = map.is_some_and(|map| map.contains_key("type"));
                self.tell(at, if typed { "type" } else { "enum" });
            }
            return;
        }
        let Some(map) = map else {
            return self.need(new == &Value::Bool(true), at, "false");
        };
        for (key, value) in map {
            self.keyword(old, map, key, value, at);
        }
    }

    fn need(&mut self, met: bool, at: &[Step], keyword: &str) {
        if !met {
            self.tell(at, keyword);
        }
    }

    fn tell(&mut self, at: &[Step], keyword: &str) {
        let place = Place {
            steps: at.to_vec(),
            keyword: keyword.to_owned(),
            witness: None,
        };
        if self.places.len() < MOST_FINDINGS && !self.places.contains(&place) {
            self.places.push(place);
        }
    }
}

fn below(at: &[Step], step: Step) -> Vec<Step> {
    let mut steps = at.to_vec();
    steps.push(step);
    steps
}

#[cfg(test)]
mod tests;
