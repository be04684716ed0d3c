//! What requests and responses carry.

use super::Dialect;
use super::model::{Body, Encoding, Media, Place, Response, Schema};
use super::node::{Node, Source};
use super::parameters::{collection, of_swagger, style};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The body of an OpenAPI 3 request.
pub(super) fn request<'a>(source: &Source<'a>, operation: &Node<'a>) -> Option<Body<'a>> {
    let node = source.resolve(operation.child("requestBody")?)?;
    let media = content(source, &node);
    if media.is_empty() {
        return None;
    }
    Some(Body {
        required: node.flag("required"),
        description: node.text("description"),
        media,
        at: node.at,
    })
}

/// The body of a Swagger 2.0 request: its `body` parameter, or its `formData` ones together.
pub(super) fn swagger_request<'a>(
    source: &Source<'a>,
    operation: &Node<'a>,
    parameters: &[Node<'a>],
) -> Option<Body<'a>> {
    let consumes = kinds(source, operation, "consumes");
    let of = |node: &&Node<'a>, place: &str| {
        node.text("in")
            .is_some_and(|text| text.eq_ignore_ascii_case(place))
    };
    if let Some(node) = parameters.iter().find(|node| of(node, "body")) {
        let kinds = if consumes.is_empty() {
            vec!["application/json".to_owned()]
        } else {
            consumes
        };
        let media = kinds.into_iter().map(|kind| Media {
            at: node.at.clone(),
            kind,
            schema: node.child("schema").map(Schema::from),
            examples: examples(source, node),
            encoding: Vec::new(),
        });
        return Some(Body {
            at: node.at.clone(),
            required: node.flag("required"),
            description: node.text("description"),
            media: media.collect(),
        });
    }
    let fields: Vec<&Node<'a>> = parameters
        .iter()
        .filter(|node| of(node, "formData"))
        .collect();
    let first = fields.first()?;
    let (mut properties, mut required, mut encoding) = (Map::new(), Vec::new(), Vec::new());
    let mut files = false;
    for field in &fields {
        let Some(name) = field.text("name") else {
            continue;
        };
        let mut schema = of_swagger(field)?.value.into_owned();
        files |= schema.get("type").and_then(Value::as_str) == Some("file");
        if let (Some(text), Some(map)) = (field.text("description"), schema.as_object_mut()) {
            map.insert("description".to_owned(), text.into());
        }
        if field.flag("required") {
            required.push(name.clone());
        }
        let layout = Some(collection(source, field));
        encoding.push((
            name.clone(),
            Encoding {
                content_type: None,
                layout,
            },
        ));
        properties.insert(name, schema);
    }
    let form = consumes.iter().find(|kind| kind.contains("form"));
    let kind = match form {
        _ if files => "multipart/form-data",
        Some(kind) => kind,
        None => "application/x-www-form-urlencoded",
    };
    let needed = !required.is_empty();
    let schema = json!({ "type": "object", "required": required, "properties": properties });
    Some(Body {
        at: first.at.clone(),
        required: needed,
        description: None,
        media: vec![Media {
            at: first.at.clone(),
            kind: kind.to_owned(),
            schema: Some(Schema {
                value: Cow::Owned(schema),
                at: first.at.clone(),
            }),
            examples: Vec::new(),
            encoding,
        }],
    })
}

/// `consumes` or `produces`, of the operation or the document.
fn kinds<'a>(source: &Source<'a>, operation: &Node<'a>, key: &str) -> Vec<String> {
    let own = operation.child(key).or_else(|| source.root().child(key));
    let own = own.map(|list| list.items()).unwrap_or_default();
    own.iter()
        .filter_map(|kind| kind.value.as_str())
        .map(plain_kind)
        .collect()
}

/// `application/json; charset=utf-8` → `application/json`
fn plain_kind(kind: &str) -> String {
    kind.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// The responses of an operation, by status as they stand.
pub(super) fn responses<'a>(
    source: &Source<'a>,
    dialect: Dialect,
    operation: &Node<'a>,
) -> Vec<Response<'a>> {
    let named = operation
        .child("responses")
        .map(|responses| responses.members());
    let each = named.into_iter().flatten().filter_map(|(status, node)| {
        let node = source.resolve(node)?;
        let headers = node.child("headers").map(|headers| headers.members());
        let headers = headers.into_iter().flatten();
        Some(Response {
            status: status.to_ascii_uppercase(),
            headers: headers.map(|(name, _)| name.to_ascii_lowercase()).collect(),
            media: if dialect == Dialect::Swagger2 {
                swagger_content(source, operation, &node)
            } else {
                content(source, &node)
            },
            at: node.at,
        })
    });
    each.collect()
}

fn swagger_content<'a>(
    source: &Source<'a>,
    operation: &Node<'a>,
    response: &Node<'a>,
) -> Vec<Media<'a>> {
    let Some(schema) = response.child("schema") else {
        return Vec::new();
    };
    let mut kinds = kinds(source, operation, "produces");
    if kinds.is_empty() {
        kinds.push("application/json".to_owned());
    }
    let examples = response
        .child("examples")
        .map(|examples| examples.members())
        .unwrap_or_default();
    let each = kinds.into_iter().map(|kind| {
        let own = examples.iter().filter(|(of, _)| plain_kind(of) == kind);
        Media {
            at: response.at.clone(),
            schema: Some(schema.clone().into()),
            examples: own.map(|(_, example)| example.value.clone()).collect(),
            kind,
            encoding: Vec::new(),
        }
    });
    each.collect()
}

/// The media types under `content`.
fn content<'a>(source: &Source<'a>, node: &Node<'a>) -> Vec<Media<'a>> {
    let named = node.child("content").map(|content| content.members());
    let each = named.into_iter().flatten().filter_map(|(kind, media)| {
        let media = source.resolve(media)?;
        Some(Media {
            kind: plain_kind(kind),
            schema: media.child("schema").map(Schema::from),
            examples: examples(source, &media),
            encoding: encoding(source, &media),
            at: media.at,
        })
    });
    each.collect()
}

fn encoding(source: &Source<'_>, media: &Node<'_>) -> Vec<(String, Encoding)> {
    let named = media.child("encoding").map(|encoding| encoding.members());
    let each = named.into_iter().flatten().map(|(name, node)| {
        let laid = ["style", "explode"]
            .iter()
            .any(|key| node.value.get(key).is_some());
        let encoding = Encoding {
            content_type: node.text("contentType"),
            layout: laid.then(|| style(source, &node, Place::Query)),
        };
        (name.to_owned(), encoding)
    });
    each.collect()
}

/// `example`, and the values of `examples`: a mapping of {value} or $ref, or a list of values.
pub(super) fn examples<'a>(source: &Source<'a>, node: &Node<'a>) -> Vec<Value> {
    let mut found: Vec<Value> = node.value.get("example").cloned().into_iter().collect();
    let Some(several) = node.child("examples") else {
        return found;
    };
    if several.value.is_array() {
        found.extend(several.items().iter().map(|item| item.value.clone()));
        return found;
    }
    for (_, example) in several.members() {
        let Some(example) = source.resolve(example) else {
            continue;
        };
        if let Some(value) = example.value.get("value") {
            found.push(value.clone());
        } else if example.value.get("externalValue").is_some() {
            source.warn(
                &example.at,
                "an example outside of the document is left out",
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_data_is_one_body() {
        let root = json!({"consumes": ["application/x-www-form-urlencoded"]});
        let source = Source::new(&root);
        let fields = [
            json!({"name": "a", "in": "formData", "type": "string", "required": true, "description": "An a."}),
            json!({"name": "b", "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"}),
        ];
        let nodes: Vec<Node<'_>> = fields
            .iter()
            .map(|value| Node {
                value,
                at: String::new(),
            })
            .collect();
        let operation = json!({});
        let operation = Node {
            value: &operation,
            at: String::new(),
        };
        let body = swagger_request(&source, &operation, &nodes).unwrap();
        assert_eq!(body.media[0].kind, "application/x-www-form-urlencoded");
        assert_eq!(
            *body.media[0].schema.as_ref().unwrap().value,
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "description": "An a."},
                "b": {"type": "array", "items": {"type": "string"}}}})
        );
        let file = [json!({"name": "f", "in": "formData", "type": "file"})];
        let nodes: Vec<Node<'_>> = file
            .iter()
            .map(|value| Node {
                value,
                at: String::new(),
            })
            .collect();
        let body = swagger_request(&source, &operation, &nodes).unwrap();
        assert_eq!(
            (&*body.media[0].kind, body.required),
            ("multipart/form-data", false)
        );
    }

    #[test]
    fn examples_in_every_form() {
        let root = json!({"components": {"examples": {"E": {"value": 3}}}});
        let source = Source::new(&root);
        for (node, expected) in [
            (json!({"example": null}), json!([null])),
            (json!({"examples": [1, 2]}), json!([1, 2])),
            (
                json!({"examples": {"a": {"value": {"b": 1}}, "c": {"$ref": "#/components/examples/E"}}}),
                json!([{"b": 1}, 3]),
            ),
            (
                json!({"examples": {"a": {"externalValue": "https://a.example"}}}),
                json!([]),
            ),
        ] {
            let at = String::new();
            let found = examples(&source, &Node { value: &node, at });
            assert_eq!(Value::Array(found), expected);
        }
    }
}
