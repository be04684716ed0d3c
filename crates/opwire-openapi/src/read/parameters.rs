//! Parameters: those of a path with those of an operation, of all dialects.

use super::Dialect;
use super::bodies;
use super::model::{Layout, ListLayout, ObjectLayout, Parameter, Place, Schema};
use super::node::{Node, Source};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Keys of a Swagger 2.0 parameter that are not of its schema.
const NOT_OF_SCHEMA: [&str; 8] = [
    "name",
    "in",
    "required",
    "description",
    "collectionFormat",
    "allowEmptyValue",
    "$ref",
    "schema",
];

/// The parameters' nodes: those of the operation in place of their namesakes of the path.
pub(super) fn nodes<'a>(
    source: &Source<'a>,
    path: &Node<'a>,
    operation: &Node<'a>,
) -> Vec<Node<'a>> {
    let mut found: Vec<Node<'a>> = Vec::new();
    let key = |node: &Node<'a>| (node.text("name"), node.text("in"));
    for node in [path, operation]
        .iter()
        .flat_map(|node| node.list("parameters"))
    {
        let Some(node) = source.resolve(node) else {
            continue;
        };
        if !node.value.is_object() {
            continue;
        }
        match found.iter_mut().find(|known| key(known) == key(&node)) {
            Some(known) => *known = node,
            None => found.push(node),
        }
    }
    found
}

/// What a node says of a parameter; nothing for what is a body, or can't be sent.
pub(super) fn parameter<'a>(
    source: &Source<'a>,
    dialect: Dialect,
    node: Node<'a>,
) -> Option<Parameter<'a>> {
    let place = match &*node.text("in").unwrap_or_default().to_ascii_lowercase() {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "body" | "formdata" => return None,
        "cookie" => {
            source.warn(&node.at, "a cookie can't be sent, and is left out");
            return None;
        }
        other => {
            source.warn(
                &node.at,
                format!("a parameter in `{other}` is not known, and is left out"),
            );
            return None;
        }
    };
    let Some(name) = node.text("name") else {
        source.warn(&node.at, "a parameter without a name is left out");
        return None;
    };
    let content = node
        .child("content")
        .and_then(|content| content.members().into_iter().next());
    let (schema, layout, mut examples) = match (dialect, content) {
        (Dialect::Swagger2, _) => (of_swagger(&node), collection(source, &node), Vec::new()),
        (_, Some((_, media))) => {
            let schema = media.child("schema").map(Schema::from);
            (schema, JSON, bodies::examples(source, &media))
        }
        _ => (
            node.child("schema").map(Schema::from),
            style(source, &node, place),
            Vec::new(),
        ),
    };
    examples.extend(bodies::examples(source, &node));
    let schema = schema.unwrap_or_else(|| Schema {
        value: Cow::Owned(json!({ "type": "string" })),
        at: node.at.clone(),
    });
    Some(Parameter {
        required: place == Place::Path || node.flag("required"),
        deprecated: node.flag("deprecated"),
        description: node.text("description"),
        name,
        place,
        schema,
        layout,
        examples,
        at: node.at,
    })
}

/// In Swagger 2.0 a parameter is its own schema.
pub(super) fn of_swagger<'a>(node: &Node<'a>) -> Option<Schema<'a>> {
    if let Some(schema) = node.child("schema") {
        return Some(schema.into());
    }
    let own = node.value.as_object()?.iter();
    let own = own.filter(|(key, _)| !NOT_OF_SCHEMA.contains(&key.as_str()));
    let own: Map<String, Value> = own
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Some(Schema {
        value: Cow::Owned(Value::Object(own)),
        at: node.at.clone(),
    })
}

/// Text with commas, as in a path.
pub(super) const PLAIN: Layout = Layout {
    lists: ListLayout::Comma,
    objects: ObjectLayout::Flat,
};

const JSON: Layout = Layout {
    lists: ListLayout::Json,
    objects: ObjectLayout::Json,
};

/// `collectionFormat` of Swagger 2.0.
pub(super) fn collection(source: &Source<'_>, node: &Node<'_>) -> Layout {
    let lists = match &*node.text("collectionFormat").unwrap_or_default() {
        "multi" => ListLayout::Repeat,
        "ssv" => ListLayout::Space,
        "tsv" => ListLayout::Tab,
        "pipes" => ListLayout::Pipe,
        "csv" | "" => ListLayout::Comma,
        other => {
            let message = format!("the collection format `{other}` is not known: commas are sent");
            source.warn(&node.at, message);
            ListLayout::Comma
        }
    };
    Layout {
        lists,
        objects: ObjectLayout::Json,
    }
}

/// `style` and `explode` of OpenAPI 3; those of a form's property are the same as a query parameter's.
pub(super) fn style(source: &Source<'_>, node: &Node<'_>, place: Place) -> Layout {
    let named = node.text("style");
    let usual = if place == Place::Query {
        "form"
    } else {
        "simple"
    };
    let name = named.as_deref().unwrap_or(usual);
    let explode = match node.value.get("explode") {
        Some(_) => node.flag("explode"),
        None => name == "form",
    };
    let (lists, objects) = match (name, explode) {
        ("spaceDelimited", false) => (ListLayout::Space, ObjectLayout::Flat),
        ("pipeDelimited", false) => (ListLayout::Pipe, ObjectLayout::Flat),
        ("form" | "spaceDelimited" | "pipeDelimited", true) => {
            (ListLayout::Repeat, ObjectLayout::Spread)
        }
        ("deepObject", _) => (ListLayout::Brackets, ObjectLayout::Brackets),
        (name, _) => {
            if !matches!(name, "form" | "simple") {
                let message = format!("the style `{name}` can't be expressed: commas are sent");
                source.warn(&node.at, message);
            }
            (ListLayout::Comma, ObjectLayout::Flat)
        }
    };
    Layout { lists, objects }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dialect: Dialect, node: &Value) -> (Option<(Layout, Value, bool)>, usize) {
        let root = json!({});
        let source = Source::new(&root);
        let at = String::new();
        let found = parameter(&source, dialect, Node { value: node, at });
        let found = found.map(|p| (p.layout, p.schema.value.into_owned(), p.required));
        (found, source.warnings().len())
    }

    #[test]
    fn swagger_parameters_are_schemas() {
        let node = json!({"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes",
            "x-y": 1, "required": true});
        let (found, told) = read(Dialect::Swagger2, &node);
        let (layout, schema, required) = found.unwrap();
        assert_eq!((layout.lists, required, told), (ListLayout::Pipe, true, 0));
        assert_eq!(
            schema,
            json!({"type": "array", "items": {"type": "integer"}, "x-y": 1})
        );
    }

    #[test]
    fn styles_have_their_defaults() {
        use ListLayout::{Brackets, Comma, Pipe, Repeat, Space};
        for (place, more, lists, told) in [
            ("query", json!({}), Repeat, 0),
            ("query", json!({"explode": false}), Comma, 0),
            (
                "query",
                json!({"style": "spaceDelimited", "explode": false}),
                Space,
                0,
            ),
            ("query", json!({"style": "pipeDelimited"}), Pipe, 0),
            (
                "query",
                json!({"style": "deepObject", "explode": true}),
                Brackets,
                0,
            ),
            ("header", json!({}), Comma, 0),
            ("path", json!({"style": "matrix"}), Comma, 1),
        ] {
            let mut node = json!({"name": "a", "in": place});
            node.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let (found, warnings) = read(Dialect::OpenApi30, &node);
            assert_eq!((found.unwrap().0.lists, warnings), (lists, told), "{node}");
        }
        let node = json!({"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}});
        assert_eq!(read(Dialect::OpenApi31, &node).0.unwrap().0, JSON);
    }

    #[test]
    fn cookies_and_the_nameless_are_left_out() {
        for node in [
            json!({"name": "s", "in": "cookie"}),
            json!({"in": "query"}),
            json!({"name": "x", "in": "moon"}),
        ] {
            let (found, told) = read(Dialect::OpenApi30, &node);
            assert_eq!((found, told), (None, 1), "{node}");
        }
    }
}
