//! A value that one schema accepts and the other refuses at a place.

use super::conj::{Conj, alternatives};
use super::sample::{OTHER_KEY, list, object, samples};
use super::text::matching;
use super::{Place, Step};
use crate::manifest::locate::unescape;
use crate::schema::Problem;
use crate::types::Kinds;
use serde_json::Value;

/// So many whole values are tried.
const MOST: usize = 256;

/// What a schema has against a value: where, and by which keyword.
#[derive(Clone, Debug)]
pub(in crate::compare) struct Refusal {
    /// The names and indexes that lead there; of a key that is missing, to where it should stand.
    pub(in crate::compare) steps: Vec<String>,
    pub(in crate::compare) keyword: String,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let (pointer, keyword, missing) = match problem {
            Problem::UnknownKey { pointer, .. } => {
                (pointer, "additionalProperties".to_owned(), None)
            }
            Problem::MissingKey { pointer, key } => (pointer, "required".to_owned(), Some(key)),
            Problem::Other {
                pointer, keyword, ..
            } => (pointer, keyword, None),
        };
        let steps = pointer.split('/').skip(1).map(unescape).chain(missing);
        Self {
            steps: steps.collect(),
            keyword,
        }
    }
}

/// What the new side has against a value that the old side accepts; nothing when the old side doesn't.
pub(in crate::compare) type Refusals<'a> = dyn Fn(&Value) -> Option<Vec<Refusal>> + 'a;

/// Looks for a value that shows a place.
pub(super) fn find(
    old: &Value,
    new: &Value,
    place: &Place,
    refusals: &Refusals<'_>,
) -> Option<Value> {
    let steps = place.steps.as_slice();
    // A key that must be there now is shown by what it stands in.
    let outer = steps.split_last().map(|(_, outer)| outer);
    [Some(steps), outer]
        .into_iter()
        .flatten()
        .find_map(|steps| {
            let mut values = along(&[old], &[new], steps).into_iter();
            values.find(|value| {
                let refused = refusals(value).unwrap_or_default();
                refused.iter().any(|refusal| blames(refusal, place))
            })
        })
}

/// Whole values whose part at the end of the steps is of many sorts.
fn along(old: &[&Value], new: &[&Value], steps: &[Step]) -> Vec<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return samples(old, new);
    };
    let news: Vec<Conj<'_>> = new.iter().flat_map(|new| alternatives(&[new])).collect();
    let mut found = Vec::new();
    for conj in alternatives(old) {
        for (name, inner) in inside(&conj, step) {
            let hints: Vec<&Value> = news
                .iter()
                .flat_map(|new| inside(new, step))
                .flat_map(|(_, schemas)| schemas)
                .collect();
            for value in along(&inner, &hints, rest) {
                found.extend(put(&conj, step, &name, value));
                if found.len() >= MOST {
                    return found;
                }
            }
        }
    }
    found
}

/// What holds a step further, with the key that it goes by.
fn inside<'a>(conj: &Conj<'a>, step: &Step) -> Vec<(String, Vec<&'a Value>)> {
    match step {
        Step::Key(name) if conj.kind == Kinds::OBJECT => {
            let schemas = conj.property(name);
            schemas.into_iter().map(|it| (name.clone(), it)).collect()
        }
        Step::AnyKey if conj.kind == Kinds::OBJECT => {
            let rest = conj.rest().map(|it| (OTHER_KEY.to_owned(), it));
            let matched = conj.patterns().into_iter();
            let matched = matched.flat_map(|(pattern, schema)| {
                let names = matching(pattern).into_iter().take(2);
                names.map(move |name| (name, vec![schema]))
            });
            rest.into_iter().chain(matched).collect()
        }
        Step::Item(index) if conj.kind == Kinds::LIST => {
            let schemas = conj.item(*index);
            schemas.into_iter().map(|it| (String::new(), it)).collect()
        }
        _ => Vec::new(),
    }
}

/// A small value of the alternative that holds another one.
fn put(conj: &Conj<'_>, step: &Step, name: &str, value: Value) -> Option<Value> {
    if let Step::Item(index) = step {
        let least = usize::try_from(conj.at_least("minItems")).ok()?;
        let mut list = list(conj, least.max(index + 1), 0)?;
        *list.get_mut(*index)? = value;
        return Some(list);
    }
    let mut object = object(conj, 0)?;
    object.insert(name.to_owned(), value);
    Some(Value::Object(object))
}

/// Is a refusal that of a place?
fn blames(refusal: &Refusal, place: &Place) -> bool {
    let leads = |(step, name): (&Step, &String)| match step {
        Step::Key(key) => key == name,
        Step::AnyKey => true,
        Step::Item(_) => name.bytes().all(|byte| byte.is_ascii_digit()),
    };
    let along = place.steps.iter().zip(&refusal.steps).all(leads);
    let (length, told) = (place.steps.len(), refusal.steps.len());
    // A union is told as a whole, or as what is wrong in the branch that comes nearest; of a name, what has it.
    let union = |keyword: &str| {
        matches!(
            keyword,
            "anyOf" | "oneOf" | "not" | "if" | "false" | "falseSchema" | "type" | "enum"
        )
    };
    let whole = union(&refusal.keyword) || refusal.keyword == "propertyNames";
    along
        && (told == length || (told > length && union(&place.keyword)) || (told < length && whole))
}
