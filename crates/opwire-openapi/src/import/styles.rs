//! How lists and objects are laid out in a query and in a form.

use super::inputs::{Input, Origin};
use crate::read::model::{ListLayout, ObjectLayout};
use crate::schema::Kinds;
use crate::schema::shelf::Shelf;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Lists in lists and objects in objects are looked into this deep.
const MAX_DEPTH: usize = 6;

/// The styles of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Style {
    Brackets,
    Repeat,
    Comma,
    Json,
}

impl Style {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Brackets => "brackets",
            Self::Repeat => "repeat",
            Self::Comma => "comma",
            Self::Json => "json",
        }
    }
}

/// The styles that something needs; nothing where it has no lists, or no objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Styles {
    pub(crate) arrays: Option<Style>,
    pub(crate) objects: Option<Style>,
}

impl Styles {
    /// Is it laid out right under these?
    pub(crate) fn within(self, others: Self) -> bool {
        let fits = |own: Option<Style>, other: Option<Style>| own.is_none() || own == other;
        fits(self.arrays, others.arrays) && fits(self.objects, others.objects)
    }

    /// These, and for what they don't name the others.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            arrays: self.arrays.or(others.arrays),
            objects: self.objects.or(others.objects),
        }
    }

    /// As `query_style` of a manifest.
    pub(crate) fn manifest(self) -> Value {
        let mut map = Map::new();
        for (key, style) in [("arrays", self.arrays), ("objects", self.objects)] {
            if let Some(style) = style {
                map.insert(key.to_owned(), json!(style.as_str()));
            }
        }
        Value::Object(map)
    }

    /// The one style of a parameter of its own: it holds for lists and objects.
    pub(crate) fn single(self) -> Option<Style> {
        self.objects.or(self.arrays)
    }
}

/// How a parameter's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// As it is, by its style.
    Plain,
    /// Its items with this text between them.
    Joined(&'static str),
    /// Its members as parameters of their own.
    Spread,
    /// As JSON text.
    Json,
}

/// How an input is written into a query or a form.
pub(super) fn of(
    shelf: &Shelf<'_, '_>,
    input: &Input,
    warn: &dyn Fn(&str, String),
) -> (Writing, Styles) {
    let kinds = shelf.kinds(&input.schema);
    let mut styles = Styles::default();
    if kinds == Kinds::ANY {
        return (Writing::Plain, styles);
    }
    let mut writing = Writing::Plain;
    if kinds.may(Kinds::LIST) {
        let only = kinds.only(Kinds::LIST.or(Kinds::NULL));
        let nested = has_nested_items(shelf, &input.schema);
        let (style, join) = match input.layout.lists {
            ListLayout::Brackets => (Style::Brackets, None),
            ListLayout::Json => (Style::Json, None),
            // A form's own way is not said: brackets can lay out everything.
            ListLayout::Repeat if nested && input.origin == Origin::Body => (Style::Brackets, None),
            _ if nested => {
                let message = "a list of lists or objects has no such layout: JSON is sent";
                warn(&input.at, message.to_owned());
                (Style::Json, None)
            }
            ListLayout::Repeat => (Style::Repeat, None),
            ListLayout::Space if only => (Style::Comma, Some(" ")),
            ListLayout::Pipe if only => (Style::Comma, Some("|")),
            ListLayout::Tab if only => (Style::Comma, Some("\t")),
            _ => (Style::Comma, None),
        };
        match join {
            Some(separator) => writing = Writing::Joined(separator),
            None => styles.arrays = Some(style),
        }
        if style == Style::Brackets && nested {
            styles.objects = Some(Style::Brackets);
        }
    }
    if kinds.may(Kinds::OBJECT) {
        match input.layout.objects {
            ObjectLayout::Spread if kinds.only(Kinds::OBJECT) && writing == Writing::Plain => {
                writing = Writing::Spread;
                styles = inside(shelf, &input.schema, Style::Repeat);
            }
            ObjectLayout::Brackets | ObjectLayout::Spread => {
                styles.objects = Some(Style::Brackets);
                styles = styles.or(inside(shelf, &input.schema, Style::Brackets));
            }
            ObjectLayout::Json => styles.objects = Some(Style::Json),
            ObjectLayout::Flat => {
                warn(
                    &input.at,
                    "an object as a list of names and values can't be expressed: JSON is sent"
                        .to_owned(),
                );
                styles.objects = Some(Style::Json);
            }
        }
    }
    if kinds.only(
        Kinds::NUMBER
            .or(Kinds::TEXT)
            .or(Kinds::BOOLEAN)
            .or(Kinds::NULL),
    ) && input.layout.lists == ListLayout::Json
        && input.origin == Origin::Query
    {
        writing = Writing::Json;
    }
    (writing, styles)
}

/// What the members of an object need.
fn inside(shelf: &Shelf<'_, '_>, schema: &Value, lists: Style) -> Styles {
    let mut found = Found::default();
    look(shelf, shelf.resolve(schema), 0, &mut found);
    let deep = found.objects || found.nested;
    Styles {
        // Lists in objects in objects are laid out with them.
        arrays: found
            .lists
            .then_some(if deep { Style::Brackets } else { lists }),
        objects: deep.then_some(Style::Brackets),
    }
}

/// What there is below an object.
#[derive(Default)]
struct Found {
    lists: bool,
    objects: bool,
    /// Lists of lists or objects.
    nested: bool,
}

fn look(shelf: &Shelf<'_, '_>, schema: &Value, depth: usize, found: &mut Found) {
    if depth > MAX_DEPTH {
        return;
    }
    let named = schema.get("properties").and_then(Value::as_object);
    let named = named.into_iter().flatten().map(|(_, schema)| schema);
    for member in named.chain(
        schema
            .get("additionalProperties")
            .filter(|rest| rest.is_object()),
    ) {
        let kinds = shelf.kinds(member);
        if kinds == Kinds::ANY {
            continue;
        }
        found.lists |= kinds.may(Kinds::LIST);
        found.objects |= kinds.may(Kinds::OBJECT);
        found.nested |= kinds.may(Kinds::LIST) && has_nested_items(shelf, member);
        look(shelf, shelf.resolve(member), depth + 1, found);
    }
    for part in parts(schema) {
        look(shelf, shelf.resolve(part), depth + 1, found);
    }
}

fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["allOf", "anyOf", "oneOf"].into_iter();
    lists
        .filter_map(|key| schema.get(key)?.as_array())
        .flatten()
}

/// May the items of a list be lists or objects?
fn has_nested_items(shelf: &Shelf<'_, '_>, schema: &Value) -> bool {
    let schema = shelf.resolve(schema);
    let items = schema.get("items").map(|items| shelf.kinds(items));
    let own =
        items.is_some_and(|items| items != Kinds::ANY && items.may(Kinds::LIST.or(Kinds::OBJECT)));
    own || parts(schema).any(|part| has_nested_items(shelf, part))
}

/// What most of them need.
pub(super) fn majority(each: &[Styles]) -> Styles {
    let most = |styles: Vec<Style>| {
        let mut counts: BTreeMap<Style, usize> = BTreeMap::new();
        for style in styles {
            *counts.entry(style).or_default() += 1;
        }
        // Of two that are as many, the first in the reference.
        counts
            .into_iter()
            .rev()
            .max_by_key(|(_, count)| *count)
            .map(|(style, _)| style)
    };
    Styles {
        arrays: most(each.iter().filter_map(|styles| styles.arrays).collect()),
        objects: most(each.iter().filter_map(|styles| styles.objects).collect()),
    }
}
