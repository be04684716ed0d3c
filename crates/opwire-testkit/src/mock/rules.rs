//! Is a request one that the operation's manifest can make?

use super::asked::Asked;
use http::header;
use opwire::Operation;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the requests of an operation have in common. Where it is not certain that the engine can't send something, it
/// is let through.
pub(super) struct Rules {
    /// Headers that hold a credential: name, and the text before it.
    headers: Vec<(String, String)>,
    /// Query parameters that hold a credential.
    parameters: Vec<String>,
    /// Names of query parameters without brackets; nothing when any may stand.
    query: Option<BTreeSet<String>>,
    /// Query parameters that are always there.
    query_required: Vec<String>,
    body: BodyRule,
}

enum BodyRule {
    None,
    /// JSON: the top level's keys, nothing when any may stand; and those always there.
    Json(Option<BTreeSet<String>>, Vec<String>),
    /// A form: the same, of names without brackets.
    Form(Option<BTreeSet<String>>, Vec<String>),
    Other,
}

impl Rules {
    pub(super) fn new(operation: &Operation, requests: &[Asked]) -> Self {
        let (mut headers, mut parameters) = (Vec::new(), Vec::new());
        for request in requests {
            for (name, value) in &request.headers {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                if let Some((before, _)) = placeholder(operation, &value) {
                    headers.push((name.to_string(), before));
                }
            }
            let secret = request
                .query
                .iter()
                .filter(|(_, value)| placeholder(operation, value).is_some());
            parameters.extend(secret.map(|(name, _)| name.clone()));
        }
        headers.dedup();
        let manifest = operation.manifest();
        let known = Known {
            schema: operation.input_schema(),
        };
        let (mut query, query_required) = known.keys(manifest.pointer("/request/query"));
        if let Some(names) = &mut query {
            names.extend(
                requests
                    .iter()
                    .flat_map(|r| &r.query)
                    .map(|(name, _)| base(name).to_owned()),
            );
            names.extend(parameters.iter().cloned());
            names.extend(page_parameters(operation));
        }
        let body = match manifest.pointer("/request/body") {
            None => BodyRule::None,
            Some(body) => match (body.get("json"), body.get("form")) {
                (Some(json), _) => {
                    let (names, required) = known.keys(Some(json));
                    BodyRule::Json(names, required)
                }
                (_, Some(form)) => {
                    let (names, required) = known.keys(Some(form));
                    BodyRule::Form(names, required)
                }
                _ => BodyRule::Other,
            },
        };
        Self {
            headers,
            parameters,
            query,
            query_required,
            body,
        }
    }

    /// Does the request carry the credential?
    pub(super) fn signed(&self, asked: &Asked) -> bool {
        let header = |(name, before): &(String, String)| {
            let value = asked
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            value
                .strip_prefix(before.as_str())
                .is_some_and(|secret| !secret.trim().is_empty())
        };
        let parameter = |name: &String| {
            asked
                .query
                .iter()
                .any(|(n, value)| n == name && !value.is_empty())
        };
        self.headers.iter().all(header) && self.parameters.iter().all(parameter)
    }

    /// What the manifest can't have sent: fields and why.
    pub(super) fn wrong(&self, asked: &Asked) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        if let Some(names) = &self.query {
            for (name, _) in asked
                .query
                .iter()
                .filter(|(name, _)| !names.contains(base(name)))
            {
                wrong.push((name.clone(), "is not a parameter".to_owned()));
            }
        }
        for name in &self.query_required {
            if !asked.query.iter().any(|(there, _)| base(there) == name) {
                wrong.push((name.clone(), "can't be blank".to_owned()));
            }
        }
        match &self.body {
            BodyRule::None if !asked.body.is_empty() => {
                wrong.push(("body".to_owned(), "is not expected".to_owned()))
            }
            BodyRule::Json(names, required) => {
                wrong_json(asked, names.as_ref(), required, &mut wrong)
            }
            BodyRule::Form(names, required) => match asked.form() {
                Some(form) => {
                    let there: BTreeSet<&str> = form.iter().map(|(name, _)| base(name)).collect();
                    wrong_names(&there, names.as_ref(), required, &mut wrong);
                }
                None if asked.body.is_empty() => {
                    wrong_names(&BTreeSet::new(), None, required, &mut wrong);
                }
                None => wrong.push((
                    "body".to_owned(),
                    "must be application/x-www-form-urlencoded".to_owned(),
                )),
            },
            _ => {}
        }
        wrong
    }
}

fn wrong_json(
    asked: &Asked,
    names: Option<&BTreeSet<String>>,
    required: &[String],
    wrong: &mut Vec<(String, String)>,
) {
    let json = asked
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !json.is_some_and(|kind| kind.starts_with("application/json")) {
        return wrong.push(("body".to_owned(), "must be application/json".to_owned()));
    }
    let Ok(Value::Object(map)) = serde_json::from_slice(&asked.body) else {
        return wrong.push(("body".to_owned(), "must be a JSON object".to_owned()));
    };
    let there = map.keys().map(String::as_str).collect();
    wrong_names(&there, names, required, wrong);
}

/// The fields of a body that can't be, and those that are not there.
fn wrong_names(
    there: &BTreeSet<&str>,
    names: Option<&BTreeSet<String>>,
    required: &[String],
    wrong: &mut Vec<(String, String)>,
) {
    if let Some(names) = names {
        for name in there.iter().filter(|name| !names.contains(**name)) {
            wrong.push(((*name).to_owned(), "is not a field".to_owned()));
        }
    }
    for name in required
        .iter()
        .filter(|name| !there.contains(name.as_str()))
    {
        wrong.push((name.clone(), "can't be blank".to_owned()));
    }
}

/// The text before a credential's name in braces.
fn placeholder(operation: &Operation, value: &str) -> Option<(String, String)> {
    operation
        .connector()
        .credential_names()
        .into_iter()
        .find_map(|name| {
            let (before, after) = value.split_once(&format!("{{{name}}}"))?;
            // A basic pair is shown as `Basic base64(…)`.
            let before = before.split("base64(").next().unwrap_or_default();
            Some((before.to_owned(), after.to_owned()))
        })
}

/// `ids[]` and `updated_at[gte]` are `ids` and `updated_at`.
fn base(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// What the paginator changes in the query of the following pages.
fn page_parameters(operation: &Operation) -> Vec<String> {
    let own = operation.manifest().pointer("/pagination/request/query");
    let connector = operation
        .connector()
        .manifest()
        .get("pagination")
        .and_then(Value::as_object);
    let shared = connector
        .into_iter()
        .flatten()
        .filter_map(|(_, paginator)| paginator.pointer("/request/query"));
    own.into_iter()
        .chain(shared)
        .filter_map(Value::as_object)
        .flat_map(|map| map.keys().cloned())
        .collect()
}

/// What the input's schema says.
struct Known<'a> {
    schema: &'a Value,
}

impl Known<'_> {
    /// The keys that a template of a mapping can give, and those that it always gives.
    fn keys(&self, template: Option<&Value>) -> (Option<BTreeSet<String>>, Vec<String>) {
        let (mut names, mut required) = (BTreeSet::new(), Vec::new());
        match template {
            None => {}
            Some(Value::String(text)) => match self.spread(text, &mut names, &mut required) {
                Some(()) => {}
                None => return (None, Vec::new()),
            },
            Some(Value::Object(map))
                if map.keys().any(|key| {
                    key.starts_with('$') && key != "$spread" && key != "$omit_empty"
                }) =>
            {
                return (None, Vec::new());
            }
            Some(Value::Object(map)) => {
                for (key, value) in map {
                    if key == "$spread" {
                        if value
                            .as_str()
                            .and_then(|text| self.spread(text, &mut names, &mut required))
                            .is_none()
                        {
                            return (None, Vec::new());
                        }
                        continue;
                    }
                    names.insert(key.clone());
                    if self.always(value) {
                        required.push(key.clone());
                    }
                }
                required.retain(|key| map.get(key).is_none_or(|value| self.always(value)));
            }
            Some(_) => return (None, Vec::new()),
        }
        (Some(names), required)
    }

    /// `{{input.fields}}` or `{{omit input.fields 'a' 'b'}}`: the properties of that object.
    fn spread(
        &self,
        text: &str,
        names: &mut BTreeSet<String>,
        required: &mut Vec<String>,
    ) -> Option<()> {
        let inner = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
        let mut words = inner.split_whitespace();
        let (path, omitted): (&str, Vec<&str>) = match words.next()? {
            "omit" => (
                words.next()?,
                words.map(|word| word.trim_matches(['\'', '"'])).collect(),
            ),
            path if words.next().is_none() => (path, Vec::new()),
            _ => return None,
        };
        let object = self.at(path)?;
        let mut found = Found::default();
        self.gather(object, &mut found, 0);
        if found.open {
            return None;
        }
        names.extend(
            found
                .names
                .into_iter()
                .filter(|name| !omitted.contains(&name.as_str())),
        );
        required.extend(
            found
                .required
                .into_iter()
                .filter(|name| !omitted.contains(&name.as_str())),
        );
        Some(())
    }

    /// Is the value of this template always there?
    fn always(&self, template: &Value) -> bool {
        let Some(text) = template.as_str() else {
            return false;
        };
        let Some(inner) = text.strip_prefix("{{").and_then(|t| t.strip_suffix("}}")) else {
            return !text.contains("{{");
        };
        let Some((parent, name)) = inner.trim().rsplit_once('.') else {
            return false;
        };
        let Some(object) = self.at(parent) else {
            return false;
        };
        let mut found = Found::default();
        self.gather(object, &mut found, 0);
        found.required.iter().any(|required| required == name) && self.at_is_required(parent)
    }

    fn at_is_required(&self, path: &str) -> bool {
        match path.rsplit_once('.') {
            None => true,
            Some((parent, name)) => {
                let mut found = Found::default();
                if let Some(object) = self.at(parent) {
                    self.gather(object, &mut found, 0);
                }
                found.required.iter().any(|required| required == name)
                    && self.at_is_required(parent)
            }
        }
    }

    fn at(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        if names.next()? != "input" {
            return None;
        }
        names.try_fold(self.schema, |schema, name| {
            let schema = self.resolved(schema);
            schema.get("properties")?.get(name)
        })
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let target = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| self.schema.pointer(r.strip_prefix('#')?));
        match target {
            Some(target) if schema.get("properties").is_none() => target,
            _ => schema,
        }
    }

    fn gather(&self, schema: &Value, found: &mut Found, depth: usize) {
        if depth > 16 {
            return;
        }
        if let Some(target) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| self.schema.pointer(r.strip_prefix('#')?))
        {
            self.gather(target, found, depth + 1);
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            found.names.extend(properties.keys().cloned());
        }
        found.required.extend(
            schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned),
        );
        if depth == 0 {
            let closed = ["additionalProperties", "unevaluatedProperties"];
            found.open = !closed
                .iter()
                .any(|key| schema.get(key) == Some(&Value::Bool(false)));
        }
    }
}

#[derive(Default)]
struct Found {
    names: Vec<String>,
    required: Vec<String>,
    open: bool,
}
