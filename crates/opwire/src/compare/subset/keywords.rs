//! What each keyword of the new schema needs of an alternative of the old one.

use super::conj::{Conj, End, Seen, fits, matches, patterns, seen};
use super::disjoint::disjoint;
use super::{Step, Subset, below};
use crate::schema::keys::properties;
use crate::types::Kinds;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Keywords that mean something only together with others beside them.
const CONTEXT: [&str; 9] = [
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
];

impl Subset {
    pub(super) fn keyword(
        &mut self,
        old: &Conj<'_>,
        map: &Map<String, Value>,
        key: &str,
        value: &Value,
        at: &[Step],
    ) {
        let same = |known: &&Map<String, Value>| known.get(key) == Some(value);
        let apart = !CONTEXT.contains(&key) && (key != "items" || !map.contains_key("prefixItems"));
        let firsts = key == "items" && old.firsts() > 0;
        if apart && !firsts && old.maps.iter().any(same) {
            return;
        }
        match key {
            "type" => self.need(Kinds::of_type(value).may(old.kind), at, key),
            // What is of few values alone was dealt with before.
            "enum" | "const" => self.tell(at, "enum"),
            "allOf" | "anyOf" | "oneOf" | "not" | "if" => self.combined(old, map, key, value, at),
            "then" | "else" | "minContains" | "maxContains" => {}
            _ if old.kind == Kinds::TEXT => self.text(old, key, value, at),
            _ if old.kind == Kinds::LIST => self.list(old, map, key, value, at),
            _ if old.kind == Kinds::OBJECT => self.object(old, map, key, value, at),
            _ if Kinds::NUMBER.may(old.kind) => self.number(old, key, value, at),
            key => self.need(foreign(key), at, key),
        }
    }

    fn combined(
        &mut self,
        old: &Conj<'_>,
        map: &Map<String, Value>,
        key: &str,
        value: &Value,
        at: &[Step],
    ) {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        match key {
            "allOf" => list.iter().for_each(|part| self.conj(old, part, at)),
            "anyOf" => {
                let each: Vec<_> = list.iter().map(|part| self.probe(old, part, at)).collect();
                if each.iter().any(Vec::is_empty) {
                    return;
                }
                // What is wrong with the one branch whose form it has says more.
                let other = |keyword: &str| matches!(keyword, "type" | "enum" | "false");
                let mut fitting = each.into_iter().filter(|places| {
                    !places
                        .iter()
                        .any(|place| place.steps == at && other(&place.keyword))
                });
                match (fitting.next(), fitting.next()) {
                    (Some(only), None) => only
                        .into_iter()
                        .for_each(|place| self.tell(&place.steps, &place.keyword)),
                    _ => self.tell(at, key),
                }
            }
            "oneOf" => {
                let fits: Vec<bool> = list.iter().map(|part| self.proves(old, part)).collect();
                let one = fits.iter().enumerate().filter(|(_, fits)| **fits);
                let only = one.map(|(index, _)| index).find(|index| {
                    let others = list.iter().enumerate().filter(|(other, _)| other != index);
                    others
                        .into_iter()
                        .all(|(_, other)| disjoint(self, old, other))
                });
                self.need(only.is_some(), at, key);
            }
            "not" => {
                let met = disjoint(self, old, value);
                self.need(met, at, key);
            }
            _ => self.condition(old, map, value, at),
        }
    }

    /// Where the condition holds, `then` must follow; where it doesn't, `else`.
    fn condition(
        &mut self,
        old: &Conj<'_>,
        map: &Map<String, Value>,
        condition: &Value,
        at: &[Step],
    ) {
        let trio = ["if", "then", "else"];
        let same =
            |known: &&&Map<String, Value>| trio.iter().all(|key| known.get(*key) == map.get(*key));
        if old.maps.iter().any(|known| same(&known)) {
            return;
        }
        let anything = Value::Bool(true);
        let then = map.get("then").unwrap_or(&anything);
        let otherwise = map.get("else").unwrap_or(&anything);
        if !disjoint(self, old, condition) {
            for mut both in super::alternatives(&[condition]) {
                if both.kind == old.kind {
                    both.maps.extend(&old.maps);
                    both.nots.extend(&old.nots);
                    self.conj(&both, then, at);
                }
            }
        }
        if !self.proves(old, condition) {
            self.conj(old, otherwise, at);
        }
    }

    fn text(&mut self, old: &Conj<'_>, key: &str, value: &Value, at: &[Step]) {
        let met = match key {
            "minLength" | "maxLength" => counted(old, key, value),
            "pattern" | "format" => false,
            key => foreign(key),
        };
        self.need(met, at, key);
    }

    fn number(&mut self, old: &Conj<'_>, key: &str, value: &Value, at: &[Step]) {
        let Value::Number(bound) = value else {
            return self.need(foreign(key), at, key);
        };
        let within = |end: End, strict: bool| {
            old.bound(end)
                .is_some_and(|(known, known_strict)| match end.tighter(known, bound) {
                    Ordering::Greater => true,
                    Ordering::Equal => known_strict || !strict,
                    Ordering::Less => false,
                })
        };
        let met = match key {
            "minimum" => within(End::Low, false),
            "exclusiveMinimum" => within(End::Low, true),
            "maximum" => within(End::High, false),
            "exclusiveMaximum" => within(End::High, true),
            "multipleOf" => {
                let steps = old.maps.iter().filter_map(|map| map.get(key)?.as_u64());
                let whole = (old.kind == Kinds::INTEGER).then_some(1);
                bound.as_u64().filter(|step| *step > 0).is_some_and(|step| {
                    let mut known = steps.chain(whole);
                    known.any(|known| known % step == 0)
                })
            }
            key => foreign(key),
        };
        self.need(met, at, key);
    }

    fn list(
        &mut self,
        old: &Conj<'_>,
        map: &Map<String, Value>,
        key: &str,
        value: &Value,
        at: &[Step],
    ) {
        let longest = old.at_most("maxItems");
        let own = map.get("prefixItems").and_then(Value::as_array);
        let own = own.map_or(0, Vec::len);
        let reached = |index: usize| longest.is_none_or(|most| (index as u64) < most);
        match key {
            "prefixItems" => {
                for (index, schema) in value.as_array().into_iter().flatten().enumerate() {
                    self.item(old, index, schema, at, reached(index));
                }
            }
            "items" => {
                // Items with schemas of their own, and one of all the others.
                for index in own..=own.max(old.firsts()) {
                    self.item(old, index, value, at, reached(index));
                }
            }
            "minItems" | "maxItems" => self.need(counted(old, key, value), at, key),
            "uniqueItems" => self.need(longest.is_some_and(|most| most < 2), at, key),
            "contains" => {
                let trio = ["contains", "minContains", "maxContains"];
                let same = |known: &&Map<String, Value>| {
                    trio.iter().all(|key| known.get(*key) == map.get(*key))
                };
                self.need(old.maps.iter().any(same), at, key);
            }
            "unevaluatedItems" => self.need(map.contains_key("items"), at, key),
            key => self.need(foreign(key), at, key),
        }
    }

    fn item(&mut self, old: &Conj<'_>, index: usize, schema: &Value, at: &[Step], reached: bool) {
        if let Some(item) = old.item(index).filter(|_| reached) {
            self.schema(&item, schema, &below(at, Step::Item(index)));
        }
    }

    fn object(
        &mut self,
        old: &Conj<'_>,
        map: &Map<String, Value>,
        key: &str,
        value: &Value,
        at: &[Step],
    ) {
        match key {
            "properties" => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    if let Some(property) = old.property(name) {
                        self.schema(&property, schema, &below(at, Step::Key(name.clone())));
                    }
                }
            }
            "required" => {
                let known = old.required();
                let names = value.as_array().into_iter().flatten();
                for name in names.filter_map(Value::as_str) {
                    let at = below(at, Step::Key(name.to_owned()));
                    self.need(known.contains(&name), &at, key);
                }
            }
            "minProperties" => {
                let least = value.as_u64();
                let met = least.is_some_and(|least| least <= old.fewest_keys());
                self.need(met, at, key);
            }
            "maxProperties" => {
                let most = old.most_keys();
                let met = value
                    .as_u64()
                    .zip(most)
                    .is_some_and(|(new, old)| old <= new);
                self.need(met, at, key);
            }
            "additionalProperties" => {
                let known = |name: &str| own_name(map, name);
                self.others(old, map, key, at, &known);
            }
            "unevaluatedProperties" => {
                let known = |name: &str| seen(map, Some(name)) == Seen::Yes;
                if seen(map, None) != Seen::Yes {
                    self.others(old, map, key, at, &known);
                }
            }
            "patternProperties" => self.patterns(old, value, at),
            "propertyNames" => self.names(old, value, at),
            "dependentRequired" | "dependentSchemas" => self.dependent(old, key, value, at),
            key => self.need(foreign(key), at, key),
        }
    }

    /// What the keyword `key` of the new schema says of all names but those that it knows.
    fn others(
        &mut self,
        old: &Conj<'_>,
        map: &Map<String, Value>,
        key: &str,
        at: &[Step],
        known: &dyn Fn(&str) -> bool,
    ) {
        let Some(schema) = map.get(key) else { return };
        let one = |subset: &mut Self, values: &[&Value], step: Step| {
            let at = below(at, step);
            if schema == &Value::Bool(false) {
                subset.tell(&at, key);
            } else {
                subset.schema(values, schema, &at);
            }
        };
        for name in old.names().into_iter().filter(|name| !known(name)) {
            if let Some(values) = old.property(name) {
                one(self, &values, Step::Key(name.to_owned()));
            }
        }
        for (pattern, values) in old.patterns() {
            if !patterns(map).any(|(known, _)| known == pattern) {
                one(self, &[values], Step::AnyKey);
            }
        }
        if let Some(values) = old.rest() {
            one(self, &values, Step::AnyKey);
        }
    }

    fn patterns(&mut self, old: &Conj<'_>, value: &Value, at: &[Step]) {
        for (pattern, schema) in value.as_object().into_iter().flatten() {
            for name in old.names() {
                let holds = matches(pattern, name);
                if let Some(values) = old.property(name).filter(|_| holds) {
                    self.schema(&values, schema, &below(at, Step::Key(name.to_owned())));
                }
            }
            let mut all: Vec<Option<Vec<&Value>>> = Vec::new();
            let patterns = old.patterns();
            let same = patterns.iter().find(|(known, _)| known == pattern);
            if let Some((_, values)) = same {
                all.push(Some(vec![values]));
            } else {
                all.extend(patterns.iter().map(|(_, values)| Some(vec![*values])));
                all.push(old.rest());
            }
            for values in all.into_iter().flatten() {
                self.schema(&values, schema, &below(at, Step::AnyKey));
            }
        }
    }

    fn names(&mut self, old: &Conj<'_>, schema: &Value, at: &[Step]) {
        let known = old.names().into_iter();
        let refused =
            known.filter(|name| old.property(name).is_some() && !fits(schema, &Value::from(*name)));
        for name in refused {
            self.tell(&below(at, Step::Key(name.to_owned())), "propertyNames");
        }
        if old.rest().is_none() && old.patterns().is_empty() {
            return;
        }
        let text = serde_json::json!({"type": "string"});
        let mut names: Vec<&Value> = vec![&text];
        names.extend(old.maps.iter().filter_map(|map| map.get("propertyNames")));
        let mut apart = Self::default();
        apart.schema(&names, schema, &[]);
        self.need(
            apart.places.is_empty(),
            &below(at, Step::AnyKey),
            "propertyNames",
        );
    }

    fn dependent(&mut self, old: &Conj<'_>, key: &str, value: &Value, at: &[Step]) {
        for (name, needs) in value.as_object().into_iter().flatten() {
            let same = |map: &&Map<String, Value>| {
                map.get(key).and_then(|all| all.get(name)) == Some(needs)
            };
            if old.property(name).is_none() || old.maps.iter().any(same) {
                continue;
            }
            if key == "dependentSchemas" {
                self.conj(old, needs, at);
                continue;
            }
            let known = old.required();
            for need in needs
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                let at = below(at, Step::Key(need.to_owned()));
                self.need(need == name || known.contains(&need), &at, key);
            }
        }
    }
}

/// Is a name among those that `additionalProperties` of a schema leaves out?
fn own_name(map: &Map<String, Value>, name: &str) -> bool {
    properties(map).any(|(known, _)| known == name)
        || patterns(map).any(|(pattern, _)| matches(pattern, name))
}

/// Does a bound of lengths or items follow?
fn counted(old: &Conj<'_>, key: &str, value: &Value) -> bool {
    match (key.starts_with("min"), value.as_u64()) {
        (true, Some(least)) => old.at_least(key) >= least,
        (false, Some(most)) => old.at_most(key).is_some_and(|known| known <= most),
        _ => false,
    }
}

/// Keywords that say nothing of the kind at hand; of those that are not known here nothing is taken for granted.
fn foreign(key: &str) -> bool {
    const KNOWN: [&str; 25] = [
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "uniqueItems",
        "contains",
        "unevaluatedItems",
        "properties",
        "patternProperties",
        "required",
        "minProperties",
        "maxProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "unevaluatedProperties",
    ];
    KNOWN.contains(&key) || key == "additionalProperties"
}
