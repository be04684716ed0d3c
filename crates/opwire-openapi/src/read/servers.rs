//! Where the service is.

use super::Dialect;
use super::model::Server;
use super::node::{Node, Source};
use url::Url;

/// The servers of the whole document.
pub(super) fn of_document(source: &Source<'_>, dialect: Dialect) -> Vec<Server> {
    let root = source.root();
    if dialect != Dialect::Swagger2 {
        return of(source, &root);
    }
    let path = root.text("basePath").unwrap_or_default();
    let Some(host) = root.text("host") else {
        let (at, url) = ("/basePath".to_owned(), path);
        return vec![Server { at, url }];
    };
    let schemes: Vec<String> = schemes(&root);
    let host = host.split_once("://").map_or(&*host, |(_, host)| host);
    let url = |scheme: &String| Server {
        at: "/host".to_owned(),
        url: format!("{scheme}://{host}{path}"),
    };
    schemes.iter().map(url).collect()
}

fn schemes(root: &Node<'_>) -> Vec<String> {
    let named: Vec<String> = root
        .list("schemes")
        .iter()
        .filter_map(|scheme| scheme.value.as_str())
        .map(str::to_ascii_lowercase)
        .filter(|scheme| matches!(scheme.as_str(), "http" | "https"))
        .collect();
    if named.is_empty() {
        return vec!["https".to_owned()];
    }
    named
}

/// The servers of a document, a path or an operation of OpenAPI 3.
pub(super) fn of(source: &Source<'_>, node: &Node<'_>) -> Vec<Server> {
    let servers = node.list("servers");
    servers
        .iter()
        .filter_map(|server| one(source, server))
        .collect()
}

fn one(source: &Source<'_>, server: &Node<'_>) -> Option<Server> {
    let mut url = server.text("url")?;
    let variables = server.child("variables").map(|node| node.members());
    for (name, variable) in variables.into_iter().flatten() {
        let first = variable.list("enum").into_iter().next();
        let first = first.and_then(|value| super::node::text_of(value.value));
        if let Some(value) = variable.text("default").or(first) {
            url = url.replace(&format!("{{{name}}}"), &value);
        }
    }
    if url.contains('{') {
        source.warn(
            &server.at,
            "the server has a variable without a default, and is passed over",
        );
        return None;
    }
    let at = server.at.clone();
    Some(Server { at, url })
}

/// A whole URL without what a base URL can't have.
pub(crate) fn usable(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none();
    let dull = !url.host_str()?.contains(['%', '*']) && !url.path().contains(['{', '%']);
    let mut url = Some(url).filter(|_| plain && dull)?;
    url.set_fragment(None);
    Some(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn urls(document: &Value, dialect: Dialect) -> Vec<String> {
        let source = Source::new(document);
        let servers = of_document(&source, dialect);
        servers.into_iter().map(|server| server.url).collect()
    }

    #[test]
    fn swagger_has_parts_and_openapi_has_variables() {
        let swagger =
            json!({"host": "a.example", "basePath": "/v1", "schemes": ["http", "https", "ws"]});
        assert_eq!(
            urls(&swagger, Dialect::Swagger2),
            ["http://a.example/v1", "https://a.example/v1"]
        );
        assert_eq!(
            urls(&json!({"basePath": "/v1"}), Dialect::Swagger2),
            ["/v1"]
        );
        let document = json!({"servers": [
            {"url": "https://{region}.a.example/{v}", "variables": {"region": {"default": "eu"}, "v": {"enum": [2, 3]}}},
            {"url": "https://{tenant}.a.example"}, {"url": "/v3"}]});
        assert_eq!(
            urls(&document, Dialect::OpenApi30),
            ["https://eu.a.example/2", "/v3"]
        );
    }
}
