//! Every method of every path.

use super::Dialect;
use super::model::{Operation, Parameter, Place, Schema};
use super::node::{Node, Source};
use super::{bodies, parameters, security, servers};
use serde_json::json;
use std::borrow::Cow;

/// Methods that a manifest can have; `trace` and others can't be sent.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// The operations, in the document's order.
pub(super) fn all<'a>(source: &Source<'a>, dialect: Dialect) -> Vec<Operation<'a>> {
    let mut found = Vec::new();
    let paths = source.root().child("paths").map(|paths| paths.members());
    for (path, node) in paths.into_iter().flatten() {
        let (at, own) = (node.at.clone(), node);
        let Some(node) = source.resolve(own) else {
            continue;
        };
        for (method, operation) in node.members() {
            let method = method.to_ascii_lowercase();
            if method == "trace" {
                source.warn(&operation.at, "TRACE can't be sent, and is left out");
            }
            if METHODS.contains(&method.as_str()) && operation.value.is_object() {
                // A path item that is shared has operations at several paths.
                let at = format!("{at}/{method}");
                found.push(one(source, dialect, path, &node, &operation, at));
            }
        }
    }
    found
}

fn one<'a>(
    source: &Source<'a>,
    dialect: Dialect,
    path: &str,
    item: &Node<'a>,
    operation: &Node<'a>,
    at: String,
) -> Operation<'a> {
    let nodes = parameters::nodes(source, item, operation);
    let body = if dialect == Dialect::Swagger2 {
        bodies::swagger_request(source, operation, &nodes)
    } else {
        bodies::request(source, operation)
    };
    let own = nodes.into_iter();
    let own = own.filter_map(|node| parameters::parameter(source, dialect, node));
    let mut own_servers = servers::of(source, operation);
    if own_servers.is_empty() {
        own_servers = servers::of(source, item);
    }
    let method = at
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    Operation {
        method,
        path: path.to_owned(),
        id: operation.text("operationId"),
        summary: operation.text("summary").or_else(|| item.text("summary")),
        description: operation
            .text("description")
            .or_else(|| item.text("description")),
        deprecated: operation.flag("deprecated"),
        parameters: of_path(source, path, &at, own.collect()),
        body,
        responses: bodies::responses(source, dialect, operation),
        servers: own_servers,
        security: security::requirements(operation),
        at,
    }
}

/// The names in a path's braces, in their order.
pub(crate) fn holes(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect()
}

/// Path parameters are those that the path has, and no others.
fn of_path<'a>(
    source: &Source<'a>,
    path: &str,
    at: &str,
    parameters: Vec<Parameter<'a>>,
) -> Vec<Parameter<'a>> {
    let holes = holes(path);
    let (mut in_path, mut others) = (Vec::new(), Vec::new());
    for parameter in parameters {
        match parameter.place {
            Place::Path if holes.contains(&parameter.name.as_str()) => in_path.push(parameter),
            Place::Path => {
                let message = format!(
                    "the path has no `{{{}}}`: the parameter is left out",
                    parameter.name
                );
                source.warn(&parameter.at, message);
            }
            _ => others.push(parameter),
        }
    }
    let mut found = Vec::new();
    for hole in holes {
        if found.iter().any(|known: &Parameter<'_>| known.name == hole) {
            continue;
        }
        if let Some(index) = in_path.iter().position(|own| own.name == hole) {
            found.push(in_path.swap_remove(index));
            continue;
        }
        let message =
            format!("the parameter `{hole}` of the path is not described, and is taken for text");
        source.warn(at, message);
        found.push(text(at, hole));
    }
    found.extend(others);
    found
}

/// A parameter that the document forgot.
fn text<'a>(at: &str, name: &str) -> Parameter<'a> {
    Parameter {
        at: at.to_owned(),
        name: name.to_owned(),
        place: Place::Path,
        required: true,
        deprecated: false,
        description: None,
        schema: Schema {
            value: Cow::Owned(json!({ "type": "string" })),
            at: at.to_owned(),
        },
        layout: parameters::PLAIN,
        examples: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn names(document: &Value) -> (Vec<String>, Vec<String>) {
        let source = Source::new(document);
        let found = all(&source, Dialect::OpenApi30);
        let name = |parameter: &Parameter<'_>| format!("{:?} {}", parameter.place, parameter.name);
        let names = found
            .iter()
            .flat_map(|operation| &operation.parameters)
            .map(name);
        let told = source.warnings().iter().map(ToString::to_string).collect();
        (names.collect(), told)
    }

    #[test]
    fn parameters_of_a_path_are_shared_and_overridden() {
        let (names, told) = names(&json!({"paths": {"/a/{id}/{part}": {
            "parameters": [{"name": "id", "in": "path"}, {"name": "q", "in": "query"}, {"name": "lost", "in": "path"}],
            "get": {"parameters": [{"name": "q", "in": "query", "required": true}]}, "trace": {}, "x-get": {}}}}));
        assert_eq!(names, ["Path id", "Path part", "Query q"]);
        assert_eq!(told.len(), 3, "{told:?}");
    }

    #[test]
    fn odd_documents_are_no_panic() {
        for document in [
            json!(null),
            json!([]),
            json!({"paths": []}),
            json!({"paths": {"/": null}}),
            json!({"paths": {"/": {"get": 1}}}),
        ] {
            assert_eq!(names(&document), (vec![], vec![]), "{document}");
        }
    }
}
