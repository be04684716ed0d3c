//! In `{{ }}`: roots, paths along what is known, helpers, and the texts that some helpers take.

use super::{CompletionKind as Kind, Offer};
use crate::author::describe;
use crate::author::hole::{At, Call, Hole, as_segment, segments};
use crate::author::words::{self, KINDS, REPLY, ROOTS};
use crate::operation::Seen;
use crate::template::{Environment, helpers};
use crate::types::{Kinds, Type};

/// What can be written at the cursor, and the part of the expression that it replaces.
pub(super) fn offers(hole: &Hole, seen: &Seen<'_>) -> (usize, usize, Vec<Offer>) {
    let nothing = (hole.cursor(), hole.cursor(), Vec::new());
    let Some(environment) = &seen.environment else {
        return nothing;
    };
    match hole.at() {
        At::Text { start, end, call } => {
            let offers = call.map(|call| texts(environment, &call));
            (start, end, offers.unwrap_or_default())
        }
        At::Word { start, end, head } => {
            let path = hole.part(start, end);
            let cursor = hole.cursor() - start;
            let parts = segments(path);
            let part = parts.iter().find(|(_, end)| cursor <= *end);
            let (from, to) = part.copied().unwrap_or((path.len(), path.len()));
            let before = path.get(..from.saturating_sub(1)).unwrap_or_default();
            let offers = if from == 0 {
                heads(environment, head)
            } else {
                below(environment, before)
            };
            (start + from, start + to, offers)
        }
    }
}

/// What an expression can begin with.
fn heads(environment: &Environment<'_>, head: bool) -> Vec<Offer> {
    let locals = environment.locals.iter().rev();
    let mut offers: Vec<Offer> = locals
        .map(|local| field(&local.name, &local.value, Kind::Root))
        .collect();
    let locals = offers.len();
    for root in environment.roots().into_iter().skip(locals) {
        let told = environment.type_of(root).map(|of| of.told());
        let offer = Offer::new(root, Kind::Root).about(words::of(&ROOTS, root));
        offers.push(offer.detail(told.unwrap_or_default()));
    }
    if head {
        offers.extend(helpers::TABLE.iter().map(|helper| {
            let offer = Offer::new(helper.name, Kind::Helper).detail(helper.form);
            offer.about(Some(describe::helper(helper)))
        }));
    }
    offers
}

/// What can follow a path.
fn below(environment: &Environment<'_>, path: &str) -> Vec<Offer> {
    let known = environment.roots();
    match path {
        "response" if known.contains(&path) => {
            let body = environment.type_of("response.body");
            let body = body.map(|of| of.told()).unwrap_or_default();
            let each = REPLY.iter().map(|(name, told, about)| {
                let told = if *name == "body" { &body } else { *told };
                Offer::new(*name, Kind::Field)
                    .detail(told)
                    .about(Some(*about))
            });
            each.collect()
        }
        "credentials" => {
            let names = environment.names.credentials.iter().flatten();
            let each = names.map(|name| Offer::new(as_segment(name), Kind::Field));
            each.map(|offer| offer.detail("text, may be missing"))
                .collect()
        }
        path => environment
            .type_of(path)
            .map_or_else(Vec::new, |of| fields(&of)),
    }
}

/// The parts of a value: those that are always there first.
fn fields(of: &Type<'_>) -> Vec<Offer> {
    let mut named = of.fields().named;
    named.retain(|(_, value)| !value.is_nothing());
    named.sort_by_key(|(_, value)| value.missing);
    let each = named.iter();
    let mut offers: Vec<Offer> = each
        .map(|(name, value)| field(name, value, Kind::Field))
        .collect();
    let lists = of.kinds().may(Kinds::LIST) && !of.is_unknown();
    if lists && let Ok(item) = of.child("0") {
        offers.push(field("0", &item, Kind::Field));
    }
    offers
}

/// A name that stands for a value.
pub(super) fn field(name: &str, of: &Type<'_>, kind: Kind) -> Offer {
    let about = of.about().and_then(describe::words);
    Offer::new(as_segment(name), kind)
        .detail(of.told())
        .about(about)
}

/// The texts that a helper takes: names of keys, of types, values that there are.
fn texts(environment: &Environment<'_>, Call { helper, before }: &Call) -> Vec<Offer> {
    let [first, ..] = before.as_slice() else {
        return Vec::new();
    };
    let of = || environment.type_of(first).unwrap_or_default();
    match helper.as_str() {
        "omit" | "pick" => {
            let named = of().fields().named;
            let each = named
                .iter()
                .filter(|(name, _)| !before.contains(&format!("'{name}'")));
            each.map(|(name, value)| Offer {
                label: name.clone(),
                ..field(name, value, Kind::Field)
            })
            .collect()
        }
        "is" => KINDS
            .iter()
            .map(|name| Offer::new(*name, Kind::Value))
            .collect(),
        "eq" | "ne" | "map_value" => {
            let of = of();
            let values = of.values().unwrap_or_default();
            let texts = values.into_iter().filter_map(|value| value.as_str());
            texts.map(|text| Offer::new(text, Kind::Value)).collect()
        }
        _ => Vec::new(),
    }
}
