//! What an operation accepts.

use super::change::{Aspect, Grade, Sink};
use super::subset::{Pair, Place, Refusal, Step};
use super::templates::shown;
use crate::input;
use crate::manifest::locate::{escape, unescape};
use crate::operation::Operation;
use crate::operation::fields::{Field, of_schema};
use crate::schema::Problem;
use serde_json::Value;
use std::collections::BTreeMap;

/// Of what is wrong with a value no more is looked at.
const MOST_PROBLEMS: usize = 100;

pub(super) fn compare(old: &Operation, new: &Operation, sink: &mut Sink<'_>) {
    let (before, after) = (old.schema.schema(), new.schema.schema());
    if before == after {
        return;
    }
    let mut compared = Compared {
        old: fields(&before),
        new: fields(&after),
        told: Vec::new(),
    };
    let pair = Pair::new(&before, &after);
    let places = pair.proved(&|value| refusals(old, new, value));
    for (pointer, places) in by_pointer(places) {
        compared.narrowed(&pointer, &places, sink);
    }
    compared.gone(sink);
    compared.added(sink);
    for (pointer, places) in by_pointer(pair.reversed().places()) {
        compared.widened(&pointer, &places, sink);
    }
    compared.notes(sink);
}

/// What the new version has against an input that the old one takes; nothing when the old one doesn't.
pub(super) fn refusals(old: &Operation, new: &Operation, value: &Value) -> Option<Vec<Refusal>> {
    input::check(old, value.clone()).ok()?;
    let mut value = value.clone();
    input::take_credentials(new, &mut value).ok()?;
    new.defaults.fill(&mut value);
    let problems = new.schema.validator().problems(&value, MOST_PROBLEMS);
    Some(
        problems
            .into_iter()
            .map(<Refusal as From<Problem>>::from)
            .collect(),
    )
}

type Fields = BTreeMap<String, Field>;

fn fields(schema: &Value) -> Fields {
    let each = of_schema(schema).into_iter();
    each.map(|field| (field.pointer.clone(), field)).collect()
}

fn by_pointer(places: Vec<Place>) -> BTreeMap<String, Vec<Place>> {
    let mut each: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for place in places {
        each.entry(pointer(&place.steps)).or_default().push(place);
    }
    each
}

fn pointer(steps: &[Step]) -> String {
    let each = steps.iter().map(|step| match step {
        Step::Key(key) => format!("/{}", escape(key)),
        Step::AnyKey => "/*".to_owned(),
        Step::Item(index) => format!("/{index}"),
    });
    each.collect()
}

/// What a place accepts, in words; of an item or a value without words of its own, what it stands in.
fn words(fields: &Fields, pointer: &str) -> Option<String> {
    let outer = ["/0", "/*"]
        .iter()
        .find_map(|end| pointer.strip_suffix(end));
    let field = fields.get(pointer).or_else(|| fields.get(outer?))?;
    Some(field.accepts.clone())
}

struct Compared {
    old: Fields,
    new: Fields,
    /// Places of which something was told.
    told: Vec<String>,
}

impl Compared {
    fn narrowed(&mut self, pointer: &str, places: &[Place], sink: &mut Sink<'_>) {
        let is = |keyword: &str| places.iter().any(|place| place.keyword == keyword);
        let last = pointer.rsplit('/').next().unwrap_or_default();
        let name = shown(&unescape(last).into());
        let closed = is("additionalProperties") || is("unevaluatedProperties");
        let witness = places.iter().find_map(|place| place.witness.clone());
        let proved = witness.is_some();
        let (proof, guess, worded) = if is("required") || is("dependentRequired") {
            let guess = format!("{name} may have to be given now");
            (format!("{name} must be given now"), guess, false)
        } else if closed && pointer.ends_with("/*") {
            let proof = "keys that are not named are refused now";
            let guess = "keys that are not named may be refused now";
            (proof.to_owned(), guess.to_owned(), false)
        } else if closed {
            let guess = format!("{name} may be refused now");
            (format!("there is no {name} any more"), guess, false)
        } else {
            let (proof, guess) = ("less is accepted", "less may be accepted");
            (proof.to_owned(), guess.to_owned(), true)
        };
        let (grade, message) = if proved {
            (Grade::Breaking, proof)
        } else {
            (Grade::Risky, guess)
        };
        let words = |fields: &Fields| words(fields, pointer).filter(|_| worded);
        sink.tell(grade, Aspect::Input, pointer, message)
            .from(words(&self.old), words(&self.new))
            .witness(witness);
        self.told.push(pointer.to_owned());
    }

    /// Fields that are not described any more, and are accepted as any other key is.
    fn gone(&mut self, sink: &mut Sink<'_>) {
        let gone: Vec<&str> = Self::only(&self.old, &self.new);
        for pointer in gone.into_iter().map(str::to_owned).collect::<Vec<_>>() {
            if !self.is_told(&pointer) {
                let message = "is not described any more, and taken as any other key is";
                sink.tell(Grade::Risky, Aspect::Input, &pointer, message);
                self.told.push(pointer);
            }
        }
    }

    fn added(&mut self, sink: &mut Sink<'_>) {
        let added: Vec<&str> = Self::only(&self.new, &self.old);
        for pointer in added.into_iter().map(str::to_owned).collect::<Vec<_>>() {
            if self.is_told(&pointer) {
                continue;
            }
            let words = self.new.get(&pointer).map(|field| field.accepts.clone());
            sink.tell(
                Grade::Compatible,
                Aspect::Input,
                &pointer,
                "is new and need not be given",
            )
            .from(None, words);
            self.told.push(pointer);
        }
    }

    /// The fields of one version alone, without those in fields that are of one version alone.
    fn only<'a>(of: &'a Fields, others: &Fields) -> Vec<&'a str> {
        let alone = |pointer: &str| of.contains_key(pointer) && !others.contains_key(pointer);
        let outer = |pointer: &str| {
            let mut at = pointer;
            std::iter::from_fn(move || {
                at = at.rsplit_once('/')?.0;
                Some(at.to_owned())
            })
            .any(|outer| alone(&outer))
        };
        let each = of.keys().map(String::as_str);
        each.filter(|pointer| alone(pointer) && !outer(pointer))
            .collect()
    }

    /// Was something told of this place, or of what it stands in?
    fn is_told(&self, pointer: &str) -> bool {
        self.told.iter().any(|told| {
            pointer == told
                || pointer
                    .strip_prefix(told.as_str())
                    .is_some_and(|rest| rest.starts_with('/') && !told.is_empty())
        })
    }

    fn widened(&mut self, pointer: &str, places: &[Place], sink: &mut Sink<'_>) {
        if self.is_told(pointer) {
            return;
        }
        let is = |keyword: &str| places.iter().any(|place| place.keyword == keyword);
        let (message, worded) = if is("required") {
            ("need not be given any more", false)
        } else if is("additionalProperties") || is("unevaluatedProperties") {
            ("keys that are not named are accepted now", false)
        } else {
            ("more is accepted", true)
        };
        let words = |fields: &Fields| words(fields, pointer).filter(|_| worded);
        sink.tell(Grade::Compatible, Aspect::Input, pointer, message)
            .from(words(&self.old), words(&self.new));
    }

    /// What is said of fields beside what they accept.
    fn notes(&self, sink: &mut Sink<'_>) {
        for (pointer, after) in &self.new {
            let Some(before) = self.old.get(pointer) else {
                if let Some(default) = &after.default {
                    let message = "is filled in when it is left out, and was not";
                    sink.tell(Grade::Risky, Aspect::Default, pointer, message)
                        .from(None, shown(default));
                }
                continue;
            };
            if before.default != after.default {
                let message = match (&before.default, &after.default) {
                    (None, _) => "is filled in when it is left out, and was not",
                    (_, None) => "is not filled in any more when it is left out",
                    _ => "what is filled in when it is left out is another",
                };
                sink.tell(Grade::Risky, Aspect::Default, pointer, message)
                    .from(
                        before.default.as_ref().map(shown),
                        after.default.as_ref().map(shown),
                    );
            }
            match (before.secret, after.secret) {
                (false, true) => {
                    let message = "is kept secret now";
                    sink.tell(Grade::Compatible, Aspect::Secret, pointer, message);
                }
                (true, false) => {
                    let message = "is not kept secret any more";
                    sink.tell(Grade::Risky, Aspect::Secret, pointer, message);
                }
                _ => {}
            }
            options(pointer, before, after, sink);
            let text = |text: &Option<String>| text.clone().map(Value::from);
            for (key, before, after) in [
                ("title", text(&before.title), text(&after.title)),
                (
                    "description",
                    text(&before.description),
                    text(&after.description),
                ),
            ] {
                let at = format!("{pointer}/{key}");
                super::connectors::text(before.as_ref(), after.as_ref(), &at, sink);
            }
        }
    }
}

/// Which DDL fills a field.
fn options(pointer: &str, before: &Field, after: &Field, sink: &mut Sink<'_>) {
    if before.options == after.options {
        return;
    }
    let (grade, message) = match (before.choices.is_empty(), after.choices.is_empty()) {
        (true, _) => (Grade::Compatible, "the field has choices now"),
        (_, true) => (Grade::Breaking, "the field has no choices any more"),
        _ if before.choices == after.choices => {
            (Grade::Risky, "its choices are asked for in another way")
        }
        _ => (Grade::Risky, "another operation gives its choices"),
    };
    let names = |field: &Field| (!field.choices.is_empty()).then(|| field.choices.join(", "));
    let told = if before.choices == after.choices {
        (None, None)
    } else {
        (names(before), names(after))
    };
    sink.tell(grade, Aspect::Options, pointer, message)
        .from(told.0, told.1);
}
