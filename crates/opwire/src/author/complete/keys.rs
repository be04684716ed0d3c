//! Keys: of manifests, schemas, templates, bodies, and of what an operation takes.

use super::{CompletionKind as Kind, Offer};
use crate::author::cursor::Cursor;
use crate::author::place::{self, InSchema, Part, tokens};
use crate::author::words::{BODIES, KEYWORDS, OPERATORS, OPTIONS};
use crate::author::workspace::{FileKind, Open};
use crate::operation::{Operation, Seen};
use crate::types::Type;
use serde_json::{Map, Value};

impl Open<'_> {
    /// The keys that the mapping at the cursor can have and has not.
    pub(super) fn keys(&self, cursor: &Cursor) -> Vec<Offer> {
        let empty = Map::new();
        let mapping = cursor
            .value
            .pointer(&cursor.pointer)
            .and_then(Value::as_object);
        let mapping = mapping.unwrap_or(&empty);
        let mut offers = self.all_keys(cursor, mapping);
        offers.retain(|offer| !mapping.contains_key(&offer.label));
        offers
    }

    fn all_keys(&self, cursor: &Cursor, mapping: &Map<String, Value>) -> Vec<Offer> {
        let pointer = &cursor.pointer;
        if let Some(place) = InSchema::of(self.kind, pointer) {
            return match place.part {
                Part::Schema => rows(&KEYWORDS),
                Part::Options => rows(&OPTIONS),
                Part::OptionsInput(way) => self.options_input(cursor, &place.options, &way),
                _ => Vec::new(),
            };
        }
        if self.kind == FileKind::Example {
            let way = tokens(pointer);
            let inside = match way.as_slice() {
                [first, way @ ..] if first == "input" => Some(self.sample(false, way)),
                [first, _, third, way @ ..] if first == "replies" && third == "body" => {
                    Some(self.sample(true, way))
                }
                _ => None,
            };
            if let Some(inside) = inside {
                return inside;
            }
        }
        if self.kind == FileKind::Operation && place::is_body(pointer) {
            let mut offers = rows(&BODIES);
            offers.extend(operators(mapping).into_iter().filter(|offer| {
                ["$if", "$then", "$else", "$switch", "$cases", "$default"]
                    .contains(&offer.label.as_str())
            }));
            return offers;
        }
        let mut keys = place::keys(self.kind, pointer);
        keys.sort_by_key(|key| !key.required);
        let mut offers: Vec<Offer> = keys
            .iter()
            .map(|key| {
                let root = place::own_schema(self.kind).unwrap_or(&Value::Null);
                let of = Type::of_node(root, key.schema).present();
                let offer = Offer::new(&*key.name, Kind::Key).about(key.about);
                offer.detail(if of.is_open() {
                    String::new()
                } else {
                    of.told()
                })
            })
            .collect();
        let template = |seen: Seen<'_>| seen.environment.is_some();
        if offers.is_empty() && self.look(&cursor.value, pointer, template) == Some(true) {
            offers = operators(mapping);
        }
        offers
    }

    /// What the DDL that `x-options` names takes.
    fn options_input(&self, cursor: &Cursor, options: &str, way: &[String]) -> Vec<Offer> {
        let name = cursor.value.pointer(&format!("{options}/operation"));
        let name = name.and_then(Value::as_str);
        self.of_operation(name.unwrap_or_default(), false, way)
    }

    /// What the operation of an example takes, or its service's reply has.
    fn sample(&self, reply: bool, way: &[String]) -> Vec<Offer> {
        let stem = self.file.file_stem().and_then(|stem| stem.to_str());
        let id = stem.and_then(|stem| stem.split('.').next());
        let mut offers = self.of_operation(id.unwrap_or_default(), reply, way);
        if let (false, [], Some(connector)) = (reply, way, self.workspace.connector()) {
            let secrets = connector.usual_credentials();
            offers.extend(secrets.map(|name| Offer::new(name, Kind::Field).detail("a credential")));
        }
        offers
    }

    /// The keys of an operation's input, or of its service's reply, along a way into it.
    fn of_operation(&self, id: &str, reply: bool, way: &[String]) -> Vec<Offer> {
        let (Some(other), Some(connector)) =
            (self.workspace.operation(id), self.workspace.connector())
        else {
            return Vec::new();
        };
        Operation::look(&other.manifest, connector, "", |seen| {
            let schema = if reply {
                seen.response
            } else {
                Some(seen.input)
            };
            let mut of = schema.map(Type::of_schema)?;
            for name in way {
                of = of.child(name).ok()?;
            }
            let mut named = of.fields().named;
            named.sort_by_key(|(_, value)| value.missing);
            let each = named.iter().map(|(name, value)| Offer {
                label: name.clone(),
                ..super::paths::field(name, value, Kind::Field)
            });
            Some(each.collect())
        })
        .unwrap_or_default()
    }
}

fn rows(table: &'static [(&'static str, &'static str)]) -> Vec<Offer> {
    let each = table.iter();
    each.map(|(name, about)| Offer::new(*name, Kind::Key).about(Some(*about)))
        .collect()
}

/// The operators that fit beside a mapping's keys.
fn operators(mapping: &Map<String, Value>) -> Vec<Offer> {
    let head = OPERATORS
        .iter()
        .find(|(name, _, beside)| beside.is_empty() && mapping.contains_key(*name));
    let fits = |beside: &[&str]| match head {
        Some((head, ..)) => beside.contains(head),
        None if mapping.is_empty() => beside.is_empty() || beside.contains(&"{}"),
        None => beside.contains(&"{}"),
    };
    let each = OPERATORS.iter().filter(|(_, _, beside)| fits(beside));
    each.map(|(name, about, _)| Offer::new(*name, Kind::Operator).about(Some(*about)))
        .collect()
}
