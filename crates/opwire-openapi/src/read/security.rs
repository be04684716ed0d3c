//! How requests are signed.

use super::Dialect;
use super::model::{Requirement, Scheme, SchemeKind};
use super::node::{Node, Source, text_of};
use super::servers::usable;

/// The schemes that the document defines.
pub(super) fn schemes(source: &Source<'_>, dialect: Dialect) -> Vec<Scheme> {
    let root = source.root();
    let defined = if dialect == Dialect::Swagger2 {
        root.child("securityDefinitions")
    } else {
        root.child("components")
            .and_then(|components| components.child("securitySchemes"))
    };
    let defined = defined.map(|node| node.members()).unwrap_or_default();
    let schemes = defined.into_iter().filter_map(|(name, node)| {
        let node = source.resolve(node)?;
        Some(Scheme {
            name: name.to_owned(),
            description: node.text("description"),
            kind: kind(source, &node),
            at: node.at,
        })
    });
    schemes.collect()
}

fn kind(source: &Source<'_>, node: &Node<'_>) -> SchemeKind {
    let text = |key: &str| node.text(key).unwrap_or_default();
    let lower = |key: &str| text(key).to_ascii_lowercase();
    match &*lower("type") {
        "basic" => SchemeKind::Basic,
        "http" => match &*lower("scheme") {
            "basic" => SchemeKind::Basic,
            "bearer" | "" => SchemeKind::Bearer,
            other => SchemeKind::Unsupported(format!("the HTTP scheme `{other}`")),
        },
        "apikey" => match (&*lower("in"), text("name")) {
            (_, name) if name.is_empty() => {
                SchemeKind::Unsupported("an API key without a name".to_owned())
            }
            ("header", name) => SchemeKind::Header(name),
            ("query", name) => SchemeKind::Query(name),
            (other, _) => SchemeKind::Unsupported(format!("an API key in the {other}")),
        },
        "oauth2" => oauth2(source, node),
        "openidconnect" => {
            source.warn(
                &node.at,
                "OpenID Connect: the token is got elsewhere, and is sent as a bearer token",
            );
            SchemeKind::Bearer
        }
        other => SchemeKind::Unsupported(format!("the scheme `{other}`")),
    }
}

/// The flow that a program can go through alone, else the one whose tokens it can renew, else a token from elsewhere.
fn oauth2(source: &Source<'_>, node: &Node<'_>) -> SchemeKind {
    // Swagger 2.0 has one flow, under other names, in the scheme itself.
    let own = node.text("flow").map(|flow| {
        let name = match &*flow {
            "application" => "clientCredentials",
            "accessCode" => "authorizationCode",
            other => other,
        };
        vec![(name.to_owned(), node.clone())]
    });
    let flows = own.unwrap_or_else(|| {
        let flows = node.child("flows").map(|flows| flows.members());
        let flows = flows.into_iter().flatten();
        flows.map(|(name, flow)| (name.to_owned(), flow)).collect()
    });
    let token_url = |wanted: &str| {
        let (_, flow) = flows.iter().find(|(name, _)| name == wanted)?;
        let url = flow.text("tokenUrl")?;
        if let Some(url) = usable(&url).filter(|url| url.starts_with("https:")) {
            return Some(url);
        }
        source.warn(
            &flow.at,
            "`tokenUrl` is no https URL: the token is got elsewhere, and is sent as a bearer token",
        );
        None
    };
    if let Some(token_url) = token_url("clientCredentials") {
        return SchemeKind::ClientCredentials { token_url };
    }
    if let Some(token_url) = token_url("authorizationCode") {
        return SchemeKind::Refresh { token_url };
    }
    let known = |name: &&&str| flows.iter().any(|(flow, _)| flow == **name);
    if let Some(flow) = ["implicit", "password", "deviceAuthorization"]
        .iter()
        .find(known)
    {
        let message = format!(
            "the OAuth 2 flow `{flow}`: the token is got elsewhere, and is sent as a bearer token"
        );
        source.warn(&node.at, message);
    }
    SchemeKind::Bearer
}

/// The `security` of the document or of an operation; nothing when it has none.
pub(super) fn requirements(node: &Node<'_>) -> Option<Vec<Requirement>> {
    let list = node.child("security")?;
    let each = list.items().into_iter().map(|requirement| {
        let schemes = requirement.members().into_iter();
        let scheme = |(name, scopes): (&str, Node<'_>)| {
            let scopes = scopes.items();
            let scopes = scopes.iter().filter_map(|scope| text_of(scope.value));
            (name.to_owned(), scopes.collect())
        };
        schemes.map(scheme).collect()
    });
    Some(each.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemes_of_both_dialects() {
        let url = "https://a.example/token";
        let client = SchemeKind::ClientCredentials {
            token_url: url.to_owned(),
        };
        let refresh = SchemeKind::Refresh {
            token_url: url.to_owned(),
        };
        let key = |place: &str| json!({"type": "apiKey", "in": place, "name": "K"});
        for (node, expected) in [
            (json!({"type": "basic"}), SchemeKind::Basic),
            (
                json!({"type": "http", "scheme": "Basic"}),
                SchemeKind::Basic,
            ),
            (
                json!({"type": "http", "scheme": "bearer"}),
                SchemeKind::Bearer,
            ),
            (key("header"), SchemeKind::Header("K".to_owned())),
            (key("query"), SchemeKind::Query("K".to_owned())),
            (
                key("cookie"),
                SchemeKind::Unsupported("an API key in the cookie".to_owned()),
            ),
            (
                json!({"type": "oauth2", "flow": "application", "tokenUrl": url}),
                client.clone(),
            ),
            (
                json!({"type": "oauth2", "flow": "accessCode", "tokenUrl": url}),
                refresh.clone(),
            ),
            (
                json!({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": url}}}),
                client,
            ),
            (
                json!({"type": "oauth2", "flows": {"implicit": {}, "authorizationCode": {"tokenUrl": url}}}),
                refresh,
            ),
            (
                json!({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token"}}}),
                SchemeKind::Bearer,
            ),
            (json!({"type": "openIdConnect"}), SchemeKind::Bearer),
        ] {
            let root = json!({});
            let source = Source::new(&root);
            let at = String::new();
            assert_eq!(
                kind(&source, &Node { value: &node, at }),
                expected,
                "{node}"
            );
        }
    }
}
