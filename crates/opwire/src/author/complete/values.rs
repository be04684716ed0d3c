//! Values: those that are counted, names of operations and paginators, references to schemas.

use super::{CompletionKind as Kind, Offer};
use crate::author::cursor::Cursor;
use crate::author::describe;
use crate::author::place::{self, InSchema, Part};
use crate::author::words::{FORMATS, SWITCHES, TYPES};
use crate::author::workspace::{FileKind, Open};
use crate::manifest::locate::escape;
use crate::request::METHODS;
use crate::types::{Source, Type};
use serde_json::Value;

impl Open<'_> {
    /// The values that the scalar at the cursor can have.
    pub(super) fn values(&self, cursor: &Cursor) -> Vec<Offer> {
        let pointer = cursor.pointer.as_str();
        if let Some(place) = InSchema::of(self.kind, pointer) {
            return self.in_schema(cursor, &place);
        }
        let operation = self.kind == FileKind::Operation;
        let mut offers = match pointer {
            "/pagination" if operation => self.paginators(true),
            "/pagination/use" if operation => self.paginators(false),
            "/request/method" if operation => names(&METHODS),
            _ => Vec::new(),
        };
        let told = place::values(self.kind, pointer).into_iter();
        offers.extend(told.map(|value| Offer::new(value.name, Kind::Value).about(value.about)));
        offers
    }

    fn in_schema(&self, cursor: &Cursor, place: &InSchema) -> Vec<Offer> {
        match &place.part {
            Part::Operation => self.ddls(),
            Part::Keyword(keyword) => match keyword.as_str() {
                "$ref" => self.references(cursor),
                "type" => names(&TYPES),
                "format" => names(&FORMATS),
                "required" => properties(cursor, place),
                switch if SWITCHES.contains(&switch) => names(&["true", "false"]),
                _ => Vec::new(),
            },
            Part::Schema if !place.schema.is_empty() => names(&["false", "true"]),
            _ => Vec::new(),
        }
    }

    fn ddls(&self) -> Vec<Offer> {
        let each = self.workspace.ddls().into_iter().map(|other| {
            let about = describe::operation(&other);
            let offer = Offer::new(other.id, Kind::Operation).about(Some(about));
            offer.detail(other.manifest.title)
        });
        each.collect()
    }

    fn paginators(&self, or_none: bool) -> Vec<Offer> {
        let connector = self.workspace.connector();
        let all = connector.into_iter().flat_map(|it| &it.typed.pagination);
        let mut offers: Vec<Offer> = all
            .map(|(name, paginator)| {
                let about = format!("Items: `{}`\n\nNext: `{}`", paginator.items, paginator.next);
                Offer::new(name, Kind::Paginator).about(Some(about))
            })
            .collect();
        if or_none {
            offers.push(Offer::new("none", Kind::Value).about(Some("One request is made.")));
        }
        offers
    }

    /// The schemas that can be referred to: the file's own, then those of the connector.
    fn references(&self, cursor: &Cursor) -> Vec<Offer> {
        let own = cursor.value.pointer(self.root_of(&cursor.pointer));
        let mut offers = own.map_or_else(Vec::new, |own| definitions("", own));
        let connector = self.workspace.connector();
        let documents = connector.map(|it| it.library.documents());
        for (name, document) in documents.iter().flat_map(|it| &it.0) {
            if *name == self.name {
                continue;
            }
            let schema = document.as_object();
            let keywords = |key: &String| {
                ["type", "$ref", "properties", "oneOf", "anyOf", "allOf"].contains(&key.as_str())
            };
            if name != "connector.yaml" && schema.is_some_and(|map| map.keys().any(keywords)) {
                offers.push(reference(name.clone(), document, document));
            }
            offers.extend(definitions(name, document));
        }
        offers
    }

    /// Where the document begins that a reference of the file's own (`#/…`) leads into.
    pub(in crate::author) fn root_of(&self, pointer: &str) -> &'static str {
        match self.kind {
            FileKind::Operation if pointer.starts_with("/input") => "/input",
            FileKind::Operation => "/response/schema",
            _ => "",
        }
    }
}

fn definitions(file: &str, document: &Value) -> Vec<Offer> {
    let named = document.get("$defs").and_then(Value::as_object);
    let each = named.into_iter().flatten().map(|(name, node)| {
        let label = format!("{file}#/$defs/{}", escape(name));
        reference(label, document, node)
    });
    each.collect()
}

fn reference(label: String, document: &Value, node: &Value) -> Offer {
    let words = describe::words(Source { document, node });
    let offer = Offer::new(label, Kind::Schema).about(words);
    // References of the document lead to other files: what they say is not known here.
    let of = Type::of_node(document, node);
    offer.detail(if of.is_unknown() {
        String::new()
    } else {
        of.told()
    })
}

/// The keys that a schema has and that are not yet required.
fn properties(cursor: &Cursor, place: &InSchema) -> Vec<Offer> {
    let Some(schema) = cursor.value.pointer(&place.schema) else {
        return Vec::new();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let already = |name: &String| required.is_some_and(|list| list.iter().any(|it| it == name));
    let named = schema.get("properties").and_then(Value::as_object);
    let named = named
        .into_iter()
        .flatten()
        .filter(|(name, _)| !already(name));
    let each = named.map(|(name, node)| {
        let words = describe::words(Source {
            document: schema,
            node,
        });
        Offer::new(name, Kind::Field).about(words)
    });
    each.collect()
}

fn names(table: &[&str]) -> Vec<Offer> {
    table
        .iter()
        .map(|name| Offer::new(*name, Kind::Value))
        .collect()
}
