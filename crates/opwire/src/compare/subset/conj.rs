//! [`Conj`]: schemas that hold together, of one kind of value. What they say of its keys, items and size.

use crate::schema::Validator;
use crate::schema::keys::{properties, required};
use crate::types::Kinds;
use serde_json::{Map, Number, Value, json};
use std::cmp::Ordering;

/// More alternatives than these are not told apart.
const MAX_ALTERNATIVES: usize = 64;

/// Plain schemas that hold together, for one kind of value.
#[derive(Clone, Debug)]
pub(super) struct Conj<'a> {
    pub(super) kind: Kinds,
    pub(super) maps: Vec<&'a Map<String, Value>>,
    /// Schemas of which none holds.
    pub(super) nots: Vec<&'a Value>,
}

#[derive(Clone, Debug, Default)]
struct Alternative<'a> {
    maps: Vec<&'a Map<String, Value>>,
    nots: Vec<&'a Value>,
}

/// The alternatives of schemas that hold together, one for each kind of value. A value that fits the schemas fits one
/// of these; the other way around need not hold.
pub(super) fn alternatives<'a>(schemas: &[&'a Value]) -> Vec<Conj<'a>> {
    let mut found = vec![Alternative::default()];
    for schema in schemas {
        found = crossed(&found, &unfold(schema));
    }
    let mut each = Vec::new();
    for Alternative { maps, nots } in found {
        let types = maps.iter().filter_map(|map| map.get("type"));
        let kinds = types.fold(Kinds::ANY, |all, one| all & Kinds::of_type(one));
        for kind in Kinds::EACH.into_iter().filter(|kind| kinds.may(*kind)) {
            let (maps, nots) = (maps.clone(), nots.clone());
            each.push(Conj { kind, maps, nots });
        }
    }
    each
}

fn crossed<'a>(one: &[Alternative<'a>], other: &[Alternative<'a>]) -> Vec<Alternative<'a>> {
    // What is not divided allows more, never less.
    if one.len() * other.len() > MAX_ALTERNATIVES {
        return one.to_vec();
    }
    let both = |a: &Alternative<'a>, b: &Alternative<'a>| Alternative {
        maps: [a.maps.as_slice(), b.maps.as_slice()].concat(),
        nots: [a.nots.as_slice(), b.nots.as_slice()].concat(),
    };
    one.iter()
        .flat_map(|a| other.iter().map(move |b| both(a, b)))
        .collect()
}

fn unfold(schema: &Value) -> Vec<Alternative<'_>> {
    let map = match schema {
        Value::Bool(false) => return Vec::new(),
        Value::Object(map) => map,
        _ => return vec![Alternative::default()],
    };
    let nots = map.get("not").into_iter().collect();
    let maps = vec![map];
    let mut found = vec![Alternative { maps, nots }];
    let list = |key: &str| map.get(key).and_then(Value::as_array);
    for part in list("allOf").into_iter().flatten() {
        found = crossed(&found, &unfold(part));
    }
    if let Some(branches) = list("anyOf") {
        let each: Vec<_> = branches.iter().flat_map(unfold).collect();
        found = crossed(&found, &each);
    }
    if let Some(branches) = list("oneOf") {
        let mut each = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let others = branches
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index);
            let others: Vec<&Value> = others.map(|(_, other)| other).collect();
            for mut alternative in unfold(branch) {
                alternative.nots.extend(&others);
                each.push(alternative);
            }
        }
        found = crossed(&found, &each);
    }
    if let Some(condition) = map.get("if") {
        let branch = |key: &str| {
            map.get(key)
                .map_or_else(|| vec![Alternative::default()], unfold)
        };
        let mut each = crossed(&unfold(condition), &branch("then"));
        for mut alternative in branch("else") {
            alternative.nots.push(condition);
            each.push(alternative);
        }
        found = crossed(&found, &each);
    }
    found
}

/// What tells whether a value fits all of several schemas; nothing when they don't compile.
pub(super) fn all_of(schemas: &[&Value]) -> Option<Validator> {
    match schemas {
        [] => Validator::new(json!(true)).ok(),
        [only] => Validator::new((*only).clone()).ok(),
        several => Validator::new(json!({ "allOf": several })).ok(),
    }
}

/// Does a value fit a schema?
pub(super) fn fits(schema: &Value, value: &Value) -> bool {
    all_of(&[schema]).is_some_and(|schema| schema.is_valid(value))
}

/// Does a pattern fit a name?
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    fits(&json!({ "pattern": pattern }), &json!(name))
}

/// Which of an object's names a schema looks at, besides those of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    No,
    /// In an alternative, which may hold or not.
    Perhaps,
    Yes,
}

impl<'a> Conj<'a> {
    /// Every value that there is, where they are few.
    pub(super) fn values(&self) -> Option<Vec<Value>> {
        let listed = self.maps.iter().find_map(|map| map.get("enum")?.as_array());
        let all = match (listed, self.kind) {
            (Some(listed), _) => listed.clone(),
            (None, Kinds::NULL) => vec![Value::Null],
            (None, Kinds::BOOLEAN) => vec![json!(false), json!(true)],
            _ => return None,
        };
        let check = self.check()?;
        let fits = |value: &Value| Kinds::of(value).only(self.kind) && check.is_valid(value);
        Some(all.into_iter().filter(fits).collect())
    }

    /// What tells whether a value fits all of it.
    pub(super) fn check(&self) -> Option<Validator> {
        let maps = self.maps.iter().map(|map| Value::Object((*map).clone()));
        let nots = self.nots.iter().map(|not| json!({ "not": not }));
        let all: Vec<Value> = maps.chain(nots).collect();
        all_of(&all.iter().collect::<Vec<_>>())
    }

    /// Every name that it knows.
    pub(super) fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let all = self.maps.iter().flat_map(|map| properties(map));
        let required = self.required();
        for name in all.map(|(name, _)| name.as_str()).chain(required) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The names that must be there.
    pub(super) fn required(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.maps.iter().flat_map(|map| required(map)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What holds of the value under a name; nothing when the name can't be there.
    pub(super) fn property(&self, name: &str) -> Option<Vec<&'a Value>> {
        let mut found = Vec::new();
        for map in &self.maps {
            let mut named = properties(map)
                .filter(|(known, _)| *known == name)
                .map(|(_, schema)| schema)
                .collect::<Vec<_>>();
            let fitting = patterns(map).filter(|(pattern, _)| matches(pattern, name));
            named.extend(fitting.map(|(_, schema)| schema));
            if named.is_empty() {
                named.extend(map.get("additionalProperties"));
            }
            if let Some(schema) = map.get("unevaluatedProperties")
                && seen(map, Some(name)) == Seen::No
            {
                named.push(schema);
            }
            found.extend(named);
        }
        (!found.contains(&&Value::Bool(false))).then_some(found)
    }

    /// What holds of the value under a name that nothing here knows; nothing when there can't be one.
    pub(super) fn rest(&self) -> Option<Vec<&'a Value>> {
        let mut found = Vec::new();
        for map in &self.maps {
            found.extend(map.get("additionalProperties"));
            if let Some(schema) = map.get("unevaluatedProperties")
                && seen(map, None) == Seen::No
            {
                found.push(schema);
            }
        }
        (!found.contains(&&Value::Bool(false))).then_some(found)
    }

    /// The patterns of names, and what holds of the values under them.
    pub(super) fn patterns(&self) -> Vec<(&'a str, &'a Value)> {
        self.maps.iter().flat_map(|map| patterns(map)).collect()
    }

    /// What holds of a list's item at an index; nothing when the list can't be so long.
    pub(super) fn item(&self, index: usize) -> Option<Vec<&'a Value>> {
        let item = |map: &&'a Map<String, Value>| {
            let first = map.get("prefixItems").and_then(Value::as_array);
            first
                .and_then(|first| first.get(index))
                .or_else(|| map.get("items"))
        };
        let found: Vec<&Value> = self.maps.iter().filter_map(item).collect();
        (!found.contains(&&Value::Bool(false))).then_some(found)
    }

    /// How many first items have schemas of their own.
    pub(super) fn firsts(&self) -> usize {
        let lists = self
            .maps
            .iter()
            .filter_map(|map| map.get("prefixItems")?.as_array());
        lists.map(Vec::len).max().unwrap_or(0)
    }

    /// The tightest `minLength` and the like.
    pub(super) fn at_least(&self, key: &str) -> u64 {
        let bounds = self.maps.iter().filter_map(|map| map.get(key)?.as_u64());
        bounds.max().unwrap_or(0)
    }

    /// The tightest `maxLength` and the like.
    pub(super) fn at_most(&self, key: &str) -> Option<u64> {
        self.maps
            .iter()
            .filter_map(|map| map.get(key)?.as_u64())
            .min()
    }

    /// How many keys it has at least.
    pub(super) fn fewest_keys(&self) -> u64 {
        self.at_least("minProperties")
            .max(self.required().len() as u64)
    }

    /// How many keys it has at most.
    pub(super) fn most_keys(&self) -> Option<u64> {
        let closed = self.rest().is_none() && self.patterns().is_empty();
        let known = || {
            let names = self.names().into_iter();
            names.filter(|name| self.property(name).is_some()).count() as u64
        };
        let known = closed.then(known);
        [self.at_most("maxProperties"), known]
            .into_iter()
            .flatten()
            .min()
    }

    /// The tightest bound of its numbers, and whether the bound itself is left out.
    pub(super) fn bound(&self, end: End) -> Option<(&'a Number, bool)> {
        let mut tightest: Option<(&'a Number, bool)> = None;
        for map in &self.maps {
            for (key, strict) in [(end.keys().0, false), (end.keys().1, true)] {
                let Some(Value::Number(number)) = map.get(key) else {
                    continue;
                };
                let tighter =
                    tightest.is_none_or(|(known, known_strict)| match end.tighter(number, known) {
                        Ordering::Greater => true,
                        Ordering::Equal => strict && !known_strict,
                        Ordering::Less => false,
                    });
                if tighter {
                    tightest = Some((number, strict));
                }
            }
        }
        tightest
    }
}

/// An end of a range of numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Low,
    High,
}

impl End {
    /// The keywords of a bound that is in the range, and of one that is not.
    pub(super) fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Low => ("minimum", "exclusiveMinimum"),
            Self::High => ("maximum", "exclusiveMaximum"),
        }
    }

    /// Greater when the first bound leaves fewer numbers.
    pub(super) fn tighter(self, one: &Number, other: &Number) -> Ordering {
        let order = compared(one, other);
        match self {
            Self::Low => order,
            Self::High => order.reverse(),
        }
    }
}

/// The order of two numbers; integers are compared exactly.
fn compared(one: &Number, other: &Number) -> Ordering {
    let whole = |number: &Number| {
        let signed = number.as_i64().map(i128::from);
        signed.or_else(|| number.as_u64().map(i128::from))
    };
    if let (Some(one), Some(other)) = (whole(one), whole(other)) {
        return one.cmp(&other);
    }
    let (one, other) = (one.as_f64(), other.as_f64());
    one.partial_cmp(&other).unwrap_or(Ordering::Equal)
}

pub(super) fn patterns(map: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let patterns = map.get("patternProperties").and_then(Value::as_object);
    patterns
        .into_iter()
        .flatten()
        .map(|(pattern, schema)| (pattern.as_str(), schema))
}

/// Does a schema look at a name, so that `unevaluatedProperties` beside it doesn't? Without a name: at any it doesn't
/// know.
pub(super) fn seen(map: &Map<String, Value>, name: Option<&str>) -> Seen {
    let named = |name: &str| {
        properties(map).any(|(known, _)| known == name)
            || patterns(map).any(|(pattern, _)| matches(pattern, name))
    };
    if map.contains_key("additionalProperties") || name.is_some_and(named) {
        return Seen::Yes;
    }
    let below = |schema: &Value| match schema {
        Value::Object(map) if map.contains_key("unevaluatedProperties") => Seen::Yes,
        Value::Object(map) => seen(map, name),
        _ => Seen::No,
    };
    let list = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    let sure = list("allOf").map(below).max().unwrap_or(Seen::No);
    if sure == Seen::Yes {
        return sure;
    }
    let single = ["if", "then", "else"]
        .into_iter()
        .filter_map(|key| map.get(key));
    let dependent = map.get("dependentSchemas").and_then(Value::as_object);
    let divided = list("anyOf")
        .chain(list("oneOf"))
        .chain(single)
        .chain(dependent.into_iter().flat_map(Map::values));
    let loose = name.is_none() && patterns(map).next().is_some();
    if loose || divided.map(below).any(|seen| seen > Seen::No) {
        return Seen::Perhaps;
    }
    sure
}
