//! How requests are signed: the first of the document's ways that the language has.

use super::inputs::is_token;
use crate::read::model::{Api, Place, Requirement, Scheme, SchemeKind};
use crate::read::node::Source;
use crate::schema::clean;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Headers that no signature can be in.
const FORBIDDEN: [&str; 8] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "proxy-authorization",
];

/// The way that is taken, before its credentials have names.
#[derive(Debug, Default)]
pub(crate) struct Signing {
    ways: Vec<(Scheme, Vec<String>)>,
}

/// What connector.yaml says of it.
#[derive(Debug, Default)]
pub(crate) struct Auth {
    pub(crate) credentials: Option<Value>,
    /// `auth` itself.
    pub(crate) signs: Option<Value>,
    /// Those that an example gives.
    pub(crate) usual: Vec<String>,
}

/// Chooses a way.
pub(super) fn choose(source: &Source<'_>, api: &Api<'_>) -> Signing {
    let every = requirements(api);
    let defined: Vec<Requirement> = api
        .schemes
        .iter()
        .map(|scheme| vec![(scheme.name.clone(), Vec::new())])
        .collect();
    let candidates = if every.is_empty() && api.security.is_none() {
        &defined
    } else {
        &every
    };
    let mut taken: Option<Signing> = None;
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for requirement in candidates {
        let names = requirement
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(" and ");
        match (signing(api, requirement), &taken) {
            (Ok(signing), None) => taken = Some(signing),
            (Ok(_), Some(_)) => {
                let at = requirement
                    .first()
                    .and_then(|(name, _)| scheme(api, name))
                    .map_or("/security", |scheme| &scheme.at);
                if told.insert(at) {
                    source.warn(
                        at,
                        format!("a connector signs in one way: `{names}` is left out"),
                    );
                }
            }
            (Err((at, why)), _) => source.warn(
                &at,
                format!("{why} can't be expressed: `{names}` is left out"),
            ),
        }
    }
    if let Some(taken) = taken {
        return taken;
    }
    // Some documents know no schemes, and describe the header instead.
    let header = api
        .operations
        .iter()
        .flat_map(|operation| &operation.parameters);
    let header = header.filter(|parameter| parameter.place == Place::Header);
    let header = header
        .into_iter()
        .find(|parameter| parameter.name.eq_ignore_ascii_case("authorization"));
    let ways = header.map(|parameter| {
        let scheme = Scheme {
            at: parameter.at.clone(),
            name: "authorization".to_owned(),
            description: parameter.description.clone(),
            kind: SchemeKind::Header("Authorization".to_owned()),
        };
        (scheme, Vec::new())
    });
    Signing {
        ways: ways.into_iter().collect(),
    }
}

/// Every set of schemes that the document asks for, the most usual first.
fn requirements(api: &Api<'_>) -> Vec<Requirement> {
    let names = |requirement: &Requirement| {
        requirement
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut every: Vec<Requirement> = Vec::new();
    let document = api.security.iter().flatten();
    let operations = api
        .operations
        .iter()
        .filter_map(|operation| operation.security.as_ref())
        .flatten();
    for requirement in document
        .chain(operations)
        .filter(|requirement| !requirement.is_empty())
    {
        let known = counts.entry(names(requirement)).or_default();
        *known += 1;
        if *known == 1 {
            every.push(requirement.clone());
        }
    }
    let of_document = |requirement: &Requirement| {
        api.security
            .iter()
            .flatten()
            .any(|own| names(own) == names(requirement))
    };
    every.sort_by_key(|requirement| {
        (
            !of_document(requirement),
            usize::MAX - counts.get(&names(requirement)).copied().unwrap_or(0),
        )
    });
    every
}

fn scheme<'x>(api: &'x Api<'_>, name: &str) -> Option<&'x Scheme> {
    api.schemes.iter().find(|scheme| scheme.name == name)
}

/// The way of a requirement, or where and why there is none.
fn signing(api: &Api<'_>, requirement: &Requirement) -> Result<Signing, (String, String)> {
    let mut ways = Vec::new();
    for (name, scopes) in requirement {
        let Some(scheme) = scheme(api, name) else {
            return Err((
                "/security".to_owned(),
                format!("`{name}`, which is not defined,"),
            ));
        };
        match &scheme.kind {
            SchemeKind::Unsupported(why) => return Err((scheme.at.clone(), why.clone())),
            SchemeKind::Header(name)
                if !is_token(name) || FORBIDDEN.contains(&&*name.to_ascii_lowercase()) =>
            {
                return Err((scheme.at.clone(), format!("a key in the header `{name}`")));
            }
            _ => ways.push((scheme.clone(), scopes.clone())),
        }
    }
    let in_header = |(scheme, _): &(Scheme, Vec<String>)| {
        matches!(scheme.kind, SchemeKind::Header(_) | SchemeKind::Bearer)
    };
    if ways.len() > 1 && !ways.iter().all(in_header) {
        let at = ways
            .first()
            .map(|(scheme, _)| scheme.at.clone())
            .unwrap_or_default();
        return Err((
            at,
            "several ways together, not all of them in headers,".to_owned(),
        ));
    }
    Ok(Signing { ways })
}

impl Signing {
    /// The parameters that signing sends: operations don't take them.
    pub(super) fn parameters(&self) -> Vec<(Place, String)> {
        let own = self
            .ways
            .iter()
            .filter_map(|(scheme, _)| match &scheme.kind {
                SchemeKind::Header(name) => Some((Place::Header, name.clone())),
                SchemeKind::Query(name) => Some((Place::Query, name.clone())),
                _ => None,
            });
        own.collect()
    }

    /// What connector.yaml says; credentials have names that no input has.
    pub(super) fn manifest(&self, inputs: &BTreeSet<&str>) -> Auth {
        let mut writer = Writer {
            inputs,
            properties: Map::new(),
        };
        let (auth, required, alternatives) = match self.ways.as_slice() {
            [] => return Auth::default(),
            [(scheme, scopes)] => writer.single(scheme, scopes),
            several => writer.headers(several),
        };
        let mut credentials = Map::new();
        credentials.insert("type".to_owned(), json!("object"));
        if !required.is_empty() {
            credentials.insert("required".to_owned(), json!(required));
        }
        credentials.insert("properties".to_owned(), Value::Object(writer.properties));
        if let Some(first) = alternatives.first() {
            let sets: Vec<Value> = alternatives
                .iter()
                .map(|names| json!({ "required": names }))
                .collect();
            credentials.insert("anyOf".to_owned(), json!(sets));
            return Auth {
                credentials: Some(Value::Object(credentials)),
                signs: Some(auth),
                usual: first.clone(),
            };
        }
        Auth {
            credentials: Some(Value::Object(credentials)),
            signs: Some(auth),
            usual: required,
        }
    }
}

/// `auth`, the credentials that must be given, and the sets of which one must be.
type Written = (Value, Vec<String>, Vec<Vec<String>>);

struct Writer<'i> {
    inputs: &'i BTreeSet<&'i str>,
    properties: Map<String, Value>,
}

impl Writer<'_> {
    /// Declares a credential under the first of these names that is free, and gives its template.
    fn credential(&mut self, names: &[&str], title: &str, description: &str) -> (String, String) {
        let free = |name: &str| !self.inputs.contains(name) && !self.properties.contains_key(name);
        let first = names.first().copied().unwrap_or("credential");
        let others = ["connection", "service", "own"].map(|word| format!("{word}_{first}"));
        let mut candidates = names.iter().map(|name| (*name).to_owned()).chain(others);
        let name = candidates
            .find(|name| free(name))
            .unwrap_or_else(|| format!("{first}_credential"));
        let schema =
            json!({ "type": "string", "minLength": 1, "title": title, "description": description });
        self.properties.insert(name.clone(), schema);
        let template = format!("{{{{credentials.{name}}}}}");
        (name, template)
    }

    fn single(&mut self, scheme: &Scheme, scopes: &[String]) -> Written {
        let told = |otherwise: &str| told(scheme, otherwise);
        match &scheme.kind {
            SchemeKind::Bearer => self.bearer(scheme),
            SchemeKind::Header(name) if is_bearer(name, scheme) => self.bearer(scheme),
            SchemeKind::Basic => {
                let (user, username) = self.credential(
                    &["username", "user_name", "user"],
                    "User name",
                    &told("The user's name, or an API key."),
                );
                let (pass, password) = self.credential(
                    &["password", "pass_word", "secret"],
                    "Password",
                    "The user's password. Some services take none.",
                );
                if let Some(map) = self
                    .properties
                    .get_mut(&pass)
                    .and_then(Value::as_object_mut)
                {
                    map.remove("minLength");
                }
                (
                    json!({ "basic": { "username": username, "password": password } }),
                    vec![user, pass],
                    Vec::new(),
                )
            }
            SchemeKind::Header(header) => {
                let (name, value) = self.credential(
                    &["api_key", "key", "api_token"],
                    "API key",
                    &told("The key that requests are signed with."),
                );
                (
                    json!({ "api_key": { "in": "header", "name": header, "value": value } }),
                    vec![name],
                    Vec::new(),
                )
            }
            SchemeKind::Query(parameter) => {
                let (name, value) = self.credential(
                    &["api_key", "key", "api_token"],
                    "API key",
                    &told("The key that requests are signed with."),
                );
                (
                    json!({ "api_key": { "in": "query", "name": parameter, "value": value } }),
                    vec![name],
                    Vec::new(),
                )
            }
            SchemeKind::ClientCredentials { token_url } => {
                self.oauth2("client_credentials", token_url, scopes)
            }
            SchemeKind::Refresh { token_url } => self.oauth2("refresh_token", token_url, &[]),
            SchemeKind::Unsupported(_) => (json!("none"), Vec::new(), Vec::new()),
        }
    }

    /// A token that there is already, or what one is got with.
    fn oauth2(&mut self, grant: &str, token_url: &str, scopes: &[String]) -> Written {
        let mut get = |names: &[&str], title: &str, description: &str| {
            self.credential(names, title, description)
        };
        let described = "An OAuth access token. It is used until the service refuses it.";
        let (access, access_token) = get(&["access_token"], "Access token", described);
        let described = "The OAuth application's ID.";
        let (id, client_id) = get(&["client_id"], "Client ID", described);
        let described = "The OAuth application's secret.";
        let (secret, client_secret) = get(&["client_secret"], "Client secret", described);
        let mut oauth2 =
            json!({ "grant": grant, "token_url": token_url, "access_token": access_token });
        let mut renewing = vec![id, secret];
        if grant == "refresh_token" {
            let described = "What a new access token is got with.";
            let (refresh, token) = get(&["refresh_token"], "Refresh token", described);
            renewing.push(refresh);
            put(&mut oauth2, "refresh_token", json!(token));
        }
        put(&mut oauth2, "client_id", json!(client_id));
        put(&mut oauth2, "client_secret", json!(client_secret));
        if !scopes.is_empty() && scopes.len() <= 20 {
            put(
                &mut oauth2,
                "parameters",
                json!({ "scope": scopes.join(" ") }),
            );
        }
        let sets = vec![vec![access], renewing];
        (json!({ "oauth2": oauth2 }), Vec::new(), sets)
    }

    fn bearer(&mut self, scheme: &Scheme) -> Written {
        let description = told(scheme, "The token that requests are signed with.");
        let (name, token) = self.credential(
            &["access_token", "token", "api_token", "bearer_token"],
            "Access token",
            &description,
        );
        (
            json!({ "bearer": { "token": token } }),
            vec![name],
            Vec::new(),
        )
    }

    fn headers(&mut self, several: &[(Scheme, Vec<String>)]) -> Written {
        let (mut headers, mut required) = (Map::new(), Vec::new());
        for (scheme, _) in several {
            let own = crate::names::snake(&scheme.name);
            let own = if own.is_empty() { "api_key" } else { &own };
            let description = told(scheme, "A key that requests are signed with.");
            let (header, prefix) = match &scheme.kind {
                SchemeKind::Header(header) => (header.as_str(), ""),
                _ => ("Authorization", "Bearer "),
            };
            let title = crate::names::title(own);
            let (name, value) = self.credential(&[own], &title, &description);
            headers.insert(header.to_owned(), json!(format!("{prefix}{value}")));
            required.push(name);
        }
        (json!({ "headers": headers }), required, Vec::new())
    }
}

fn put(map: &mut Value, key: &str, value: Value) {
    if let Some(map) = map.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

/// A key in the `Authorization` header that is said to be a bearer token.
fn is_bearer(header: &str, scheme: &Scheme) -> bool {
    let told = scheme
        .description
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    header.eq_ignore_ascii_case("authorization")
        && (told.contains("bearer") || scheme.name.to_ascii_lowercase().contains("bearer"))
}

/// What the document says of the scheme, when it is short enough for a field's description.
fn told(scheme: &Scheme, otherwise: &str) -> String {
    let text = scheme.description.as_deref().and_then(clean);
    let short = text.filter(|text| text.len() <= 200 && !text.contains('\n'));
    short.unwrap_or_else(|| otherwise.to_owned())
}
