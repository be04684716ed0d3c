//! Values that fit schemas: small ones, and those at the edges where another schema may say no.

use super::conj::{Conj, End, all_of, alternatives};
use super::text::texts;
use crate::types::Kinds;
use serde_json::{Map, Number, Value, json};

/// Objects in objects are made this deep.
const MAX_DEPTH: usize = 24;
/// Items of a list are different ones this deep.
const MAX_VARIED: usize = 3;
/// Lists and objects of so many are made.
const MAX_COUNT: u64 = 256;
/// So many values are made of one place, and so many of one alternative.
const MOST: usize = 512;
const MOST_OF_ONE: usize = 64;
/// So many are tried before one is given up.
const MOST_TRIED: usize = 12;
/// A key is given so many values.
const MOST_OF_KEY: usize = 8;
/// A key that schemas are not likely to name.
pub(super) const OTHER_KEY: &str = "another_key";

/// A small value that fits all of the schemas.
pub(super) fn minimal(schemas: &[&Value], depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let check = all_of(schemas)?;
    alternatives(schemas).iter().find_map(|conj| {
        let mut each = candidates(conj, &[], depth).take(MOST_TRIED);
        each.find(|value| check.is_valid(value))
    })
}

/// Values that fit all of the schemas, among them such as `others` may refuse.
pub(super) fn samples(schemas: &[&Value], others: &[&Value]) -> Vec<Value> {
    several(schemas, others, 0, MOST)
}

fn several(schemas: &[&Value], others: &[&Value], depth: usize, most: usize) -> Vec<Value> {
    let mut hints: Vec<Conj<'_>> = others
        .iter()
        .flat_map(|other| alternatives(&[other]))
        .collect();
    // What is ruled out is worth trying too.
    let nots: Vec<&Value> = hints.iter().flat_map(|hint| hint.nots.clone()).collect();
    hints.extend(nots.iter().flat_map(|not| alternatives(&[not])));
    let mut found: Vec<Value> = Vec::new();
    let Some(check) = all_of(schemas) else {
        return found;
    };
    for conj in alternatives(schemas) {
        let known = found.len();
        let end = most.min(known + MOST_OF_ONE);
        for value in candidates(&conj, &hints, depth) {
            if found.len() >= end {
                break;
            }
            if !found.contains(&value) && check.is_valid(&value) {
                found.push(value);
            }
        }
    }
    found
}

/// Values that an alternative may have, the plainest first, made as they are asked for. Whether they fit is left to
/// see.
fn candidates<'a>(
    conj: &'a Conj<'_>,
    hints: &'a [Conj<'_>],
    depth: usize,
) -> Box<dyn Iterator<Item = Value> + 'a> {
    if let Some(values) = conj.values() {
        return Box::new(values.into_iter());
    }
    let hints: Vec<&Conj<'_>> = hints.iter().filter(|hint| hint.kind == conj.kind).collect();
    match conj.kind {
        Kinds::INTEGER | Kinds::FRACTION => Box::new(numbers(conj, &hints).into_iter()),
        Kinds::TEXT => Box::new(texts(conj, &hints).into_iter()),
        Kinds::LIST => Box::new(lists(conj, &hints, depth)),
        _ => Box::new(objects(conj, hints, depth)),
    }
}

fn numbers(conj: &Conj<'_>, hints: &[&Conj<'_>]) -> Vec<Value> {
    let mut each: Vec<Value> = Vec::new();
    let all = || std::iter::once(conj).chain(hints.iter().copied());
    for of in all() {
        for bound in [of.bound(End::Low), of.bound(End::High)]
            .into_iter()
            .flatten()
        {
            each.extend(around(bound.0));
        }
    }
    each.extend([json!(0), json!(1), json!(-1), json!(0.5), json!(1000.5)]);
    let steps = all().flat_map(|of| {
        of.maps
            .iter()
            .filter_map(|map| map.get("multipleOf")?.as_f64())
    });
    for step in steps {
        let multiples = [1.0, 2.0, -1.0].into_iter().map(|n| whole(n * step));
        each.extend(multiples);
    }
    each
}

/// A bound and what lies on either side of it.
fn around(bound: &Number) -> Vec<Value> {
    let mut each = vec![Value::Number(bound.clone())];
    if let Some(bound) = bound.as_i64() {
        let next = [bound.checked_add(1), bound.checked_sub(1)];
        each.extend(next.into_iter().flatten().map(Value::from));
    }
    if let Some(bound) = bound.as_f64() {
        each.extend([json!(bound + 0.5), json!(bound - 0.5)]);
        each.extend([whole(bound.floor()), whole(bound.ceil())]);
    }
    each
}

/// A number as an integer where it is one.
fn whole(number: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is small, and has no fraction"
    )]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// Lengths and counts at the edges of what the schemas allow.
pub(super) fn sizes(
    conj: &Conj<'_>,
    hints: &[&Conj<'_>],
    low: &str,
    high: &str,
    most: u64,
) -> Vec<usize> {
    let mut each = vec![conj.at_least(low)];
    for of in hints.iter().copied().chain([conj]) {
        let least = of.at_least(low);
        each.extend([least, least.saturating_sub(1), least + 1]);
        if let Some(most) = of.at_most(high) {
            each.extend([most, most.saturating_add(1), most.saturating_sub(1)]);
        }
    }
    let each = each.into_iter().filter(|size| *size <= most);
    each.filter_map(|size| usize::try_from(size).ok()).collect()
}

fn lists<'a>(
    conj: &'a Conj<'_>,
    hints: &[&Conj<'_>],
    depth: usize,
) -> impl Iterator<Item = Value> + 'a {
    let mut counts = sizes(conj, hints, "minItems", "maxItems", MAX_COUNT);
    counts.extend([0, 1, 2]);
    let each = counts
        .into_iter()
        .filter_map(move |count| list(conj, count, depth));
    // The same item twice.
    let twice = std::iter::once_with(move || {
        let item = minimal(&conj.item(conj.firsts())?, depth + 1)?;
        Some(json!([item, item]))
    });
    each.chain(twice.flatten())
}

/// A list of so many items, different ones where there are.
pub(super) fn list(conj: &Conj<'_>, count: usize, depth: usize) -> Option<Value> {
    let firsts = conj.firsts();
    let mut items = Vec::new();
    for index in 0..count.min(firsts) {
        items.push(minimal(&conj.item(index)?, depth + 1)?);
    }
    if count > firsts {
        let schemas = conj.item(firsts)?;
        let item = minimal(&schemas, depth + 1)?;
        let others = if count - firsts > 1 && depth < MAX_VARIED {
            several(&schemas, &[], depth + 1, count - firsts)
        } else {
            Vec::new()
        };
        let different = others.iter().filter(|other| **other != item).cloned();
        let kinds: Vec<Value> = std::iter::once(item.clone()).chain(different).collect();
        items.extend(kinds.into_iter().cycle().take(count - firsts));
    }
    Some(Value::Array(items))
}

fn objects<'a>(
    conj: &'a Conj<'_>,
    hints: Vec<&'a Conj<'_>>,
    depth: usize,
) -> impl Iterator<Item = Value> + 'a {
    let base = object(conj, depth);
    let plainest = base.clone().map(Value::Object);
    let more = std::iter::once_with(move || base.map(|base| varied(conj, &hints, &base, depth)));
    plainest.into_iter().chain(more.flatten().flatten())
}

/// An object with other values, with more keys, with many.
fn varied(
    conj: &Conj<'_>,
    hints: &[&Conj<'_>],
    base: &Map<String, Value>,
    depth: usize,
) -> Vec<Value> {
    let with = |more: &[(&str, Value)]| {
        let mut object = base.clone();
        for (name, value) in more {
            object.insert((*name).to_owned(), value.clone());
        }
        Value::Object(object)
    };
    let mut each = Vec::new();
    let names = conj.names().into_iter().filter(|_| depth == 0);
    for name in names {
        let others: Vec<&Value> = hints
            .iter()
            .filter_map(|hint| hint.property(name))
            .flatten()
            .collect();
        let values = conj.property(name);
        let values = values.map(|it| several(&it, &others, 1, MOST_OF_KEY));
        let values = values.into_iter().flatten();
        each.extend(values.map(|value| with(&[(name, value)])));
    }
    let optional = optional(conj, hints, depth);
    each.extend(optional.iter().map(|one| with(std::slice::from_ref(one))));
    each.push(with(&optional));
    let most = hints
        .iter()
        .filter_map(|hint| hint.at_most("maxProperties"));
    for most in most {
        let count = usize::try_from(most.min(MAX_COUNT)).unwrap_or_default();
        each.push(with(optional.get(..=count).unwrap_or(&optional)));
        each.extend(padded(conj, base, count + 1, depth).map(Value::Object));
    }
    each.extend(padded(conj, base, base.len() + 1, depth).map(Value::Object));
    each
}

/// The keys that may be there and need not, those that only the hints know too, each with a small value.
fn optional<'a>(conj: &Conj<'a>, hints: &[&Conj<'a>], depth: usize) -> Vec<(&'a str, Value)> {
    let required = conj.required();
    let hinted = hints.iter().flat_map(|hint| hint.names());
    let dependent = hints.iter().flat_map(|hint| hint.maps.iter());
    let dependent = dependent.filter_map(|map| map.get("dependentRequired")?.as_object());
    let dependent = dependent.flat_map(|names| names.keys().map(String::as_str));
    let mut optional: Vec<(&str, Value)> = Vec::new();
    for name in conj.names().into_iter().chain(hinted).chain(dependent) {
        if required.contains(&name) || optional.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let value = conj.property(name).and_then(|it| minimal(&it, depth + 1));
        optional.extend(value.map(|value| (name, value)));
    }
    optional
}

/// An object with what it must have and little more.
pub(super) fn object(conj: &Conj<'_>, depth: usize) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    for name in conj.required() {
        object.insert(name.to_owned(), minimal(&conj.property(name)?, depth + 1)?);
    }
    let least = usize::try_from(conj.fewest_keys()).ok()?;
    for name in conj.names() {
        if object.len() >= least {
            break;
        }
        let value = conj.property(name).and_then(|it| minimal(&it, depth + 1));
        if let Some(value) = value.filter(|_| !object.contains_key(name)) {
            object.insert(name.to_owned(), value);
        }
    }
    if object.len() < least {
        return padded(conj, &object, least, depth);
    }
    Some(object)
}

/// The object with keys that nobody names, up to a count.
fn padded(
    conj: &Conj<'_>,
    object: &Map<String, Value>,
    count: usize,
    depth: usize,
) -> Option<Map<String, Value>> {
    let value = minimal(&conj.rest()?, depth + 1)?;
    let mut object = object.clone();
    for index in 0..count.saturating_sub(object.len()) {
        let name = if index == 0 {
            OTHER_KEY.to_owned()
        } else {
            format!("{OTHER_KEY}_{index}")
        };
        object.insert(name, value.clone());
    }
    Some(object)
}
