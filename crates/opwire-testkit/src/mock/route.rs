//! Request → operation → reply.

use super::asked::Asked;
use super::rules::Rules;
use crate::example::Example;
use crate::transcript::Transcript;
use bytes::Bytes;
use http::{Response, StatusCode};
use opwire::{Catalog, Connector};
use serde_json::{Value, json};

/// How a request asks for a further page, and where a reply tells of one.
struct Pages {
    parameters: Vec<String>,
    items: Option<String>,
    next: Option<String>,
}

impl Pages {
    fn new(operation: &opwire::Operation) -> Self {
        let own = operation.manifest().get("pagination");
        let name = own.and_then(|own| own.as_str().or_else(|| own.get("use")?.as_str()));
        let shared = name.and_then(|name| {
            operation
                .connector()
                .manifest()
                .get("pagination")?
                .get(name)
        });
        let paginator = shared.or(own);
        let query =
            paginator.and_then(|paginator| paginator.pointer("/request/query")?.as_object());
        let place = |key: &str| pointer(paginator?.get(key)?.as_str()?);
        Self {
            parameters: query
                .map(|query| query.keys().cloned().collect())
                .unwrap_or_default(),
            items: place("items"),
            next: place("next"),
        }
    }

    /// The reply of an example, ended where the request asks for a page that no example has: the walk must end.
    fn end(&self, asked: &Asked, known: &Asked, mut reply: Response<Bytes>) -> Response<Bytes> {
        let further = self.parameters.iter().any(|parameter| {
            let value = |asked: &Asked| {
                let named = asked
                    .query
                    .iter()
                    .filter(|(name, _)| name.split('[').next() == Some(parameter));
                named.map(|(_, value)| value.clone()).collect::<Vec<_>>()
            };
            let given = value(asked);
            !given.is_empty() && given != ["1"] && given != value(known)
        });
        let Ok(mut body) = serde_json::from_slice::<Value>(reply.body()) else {
            return reply;
        };
        if further {
            if let Some(items) = self.items.as_deref().and_then(|at| body.pointer_mut(at)) {
                *items = json!([]);
            }
            if let Some(next) = self.next.as_deref().and_then(|at| body.pointer_mut(at)) {
                *next = Value::Null;
            }
            *reply.body_mut() = Bytes::from(body.to_string());
        }
        reply
    }
}

/// `{{response.body.data}}` as a JSON Pointer.
fn pointer(template: &str) -> Option<String> {
    let path = template
        .strip_prefix("{{response.body")?
        .strip_suffix("}}")?;
    path.chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        .then(|| path.replace('.', "/"))
}

/// How much an example's request is like the one that was asked, its route, and the example.
type Nearest<'a> = (usize, &'a Route, &'a (Asked, Response<Bytes>));

/// One connector's service.
pub(super) struct Service {
    pub(super) name: String,
    pub(super) base_url: String,
    base_path: String,
    routes: Vec<Route>,
    /// What examples ask to the letter, and what they get.
    exact: Vec<(Asked, Response<Bytes>)>,
    /// Bodies of the service's own errors, by status.
    errors: Vec<(u16, Value)>,
}

struct Route {
    method: String,
    path: Pattern,
    rules: Rules,
    /// What the operation's examples ask, and what they get when that is a success.
    replies: Vec<(Asked, Response<Bytes>)>,
    pages: Pages,
}

impl Service {
    pub(super) fn new(
        catalog: &Catalog,
        connector: &Connector,
        examples: &[(Example, Transcript)],
    ) -> Self {
        let base_path = connector
            .base_url()
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split_once('/'))
            .map(|(_, path)| path);
        let base_path = format!("/{}", base_path.unwrap_or_default())
            .trim_end_matches('/')
            .to_owned();
        let mut service = Self {
            name: connector.name().to_owned(),
            base_url: connector.base_url().trim_end_matches('/').to_owned(),
            base_path,
            routes: Vec::new(),
            exact: Vec::new(),
            errors: Vec::new(),
        };
        for operation in catalog
            .operations()
            .filter(|o| o.connector().name() == connector.name())
        {
            let (Some(method), Some(path)) = (operation.method(), operation.path()) else {
                continue;
            };
            if method == "dynamic" || path == "dynamic" {
                continue;
            }
            let own: Vec<_> = examples
                .iter()
                .filter(|(example, _)| example.operation == operation.id())
                .collect();
            let exchanges = own
                .iter()
                .flat_map(|(_, transcript)| transcript.exchanges());
            let replies = exchanges.filter_map(|exchange| {
                let response = exchange.response.clone()?;
                let success = response.status().is_success();
                success.then(|| (Asked::of(&exchange.request), response))
            });
            let requests: Vec<Asked> = own
                .iter()
                .flat_map(|(_, t)| t.exchanges())
                .map(|exchange| Asked::of(&exchange.request))
                .collect();
            service.routes.push(Route {
                method: method.to_owned(),
                path: Pattern::new(&format!("{}{path}", service.base_path)),
                rules: Rules::new(operation, &requests),
                replies: replies.collect(),
                pages: Pages::new(operation),
            });
        }
        // The most literal path is tried first.
        service
            .routes
            .sort_by_key(|route| std::cmp::Reverse(route.path.literal()));
        for (_, transcript) in examples {
            for exchange in transcript.exchanges() {
                let Some(response) = &exchange.response else {
                    continue;
                };
                service
                    .exact
                    .push((Asked::of(&exchange.request), response.clone()));
                let (status, body) = (
                    response.status().as_u16(),
                    serde_json::from_slice(response.body()).ok(),
                );
                if let Some(body) = body.filter(|_| status >= 400) {
                    service.errors.push((status, body));
                }
            }
        }
        service
    }

    pub(super) fn answer(&self, asked: &Asked) -> Response<Bytes> {
        let mut asked = asked.clone();
        // An engine that was sent here by its origin alone leaves the connector's own base path out.
        if !asked.path.starts_with(&self.base_path) {
            asked.path = format!("{}{}", self.base_path, asked.path);
        }
        let same_path = |route: &&Route| route.path.matches(&asked.path);
        let mut routes = self
            .routes
            .iter()
            .filter(same_path)
            .filter(|route| route.method == asked.method)
            .peekable();
        let exact = self.exact.iter().find(|(known, _)| {
            known.same(&Asked {
                query: without_keys(&asked.query, known),
                ..asked.clone()
            })
        });
        let Some(first) = routes.peek() else {
            return match exact {
                Some((_, reply)) => reply.clone(),
                None => self.error(404, "Not Found"),
            };
        };
        if !first.rules.signed(&asked) {
            return self.error(401, "Unauthorized");
        }
        if let Some((_, reply)) = exact {
            return reply.clone();
        }
        // Operations may share an endpoint: one whose request it can be is enough.
        let (mut wrong, mut fitting) = (Vec::new(), Vec::new());
        for route in routes {
            let found = route.rules.wrong(&asked);
            if found.is_empty() {
                fitting.push(route);
            } else if wrong.is_empty() || found.len() < wrong.len() {
                wrong = found;
            }
        }
        if fitting.is_empty() {
            return self.invalid(wrong);
        }
        // Of the examples the most similar one answers; of equals the first, which is the plain one.
        let examples = fitting
            .iter()
            .flat_map(|route| route.replies.iter().map(move |reply| (*route, reply)));
        let mut nearest: Option<Nearest<'_>> = None;
        for (route, reply) in examples {
            let likeness = reply.0.likeness(&asked);
            if nearest.is_none_or(|(most, ..)| likeness > most) {
                nearest = Some((likeness, route, reply));
            }
        }
        match nearest {
            Some((_, route, (known, reply))) => route.pages.end(&asked, known, reply.clone()),
            None => self.error(404, "Not Found"),
        }
    }

    /// The service's own error of a status, else a plain one.
    fn error(&self, status: u16, message: &str) -> Response<Bytes> {
        let own = self
            .errors
            .iter()
            .find(|(known, _)| *known == status)
            .map(|(_, body)| body.clone());
        json_reply(status, &own.unwrap_or_else(|| json!({ "error": message })))
    }

    /// 422 with the fields at fault, in the service's own form where an example shows one with `errors`.
    fn invalid(&self, wrong: Vec<(String, String)>) -> Response<Bytes> {
        let own = self
            .errors
            .iter()
            .find(|(status, _)| *status == 422)
            .map(|(_, body)| body.clone());
        let mut body = own.unwrap_or_else(|| json!({ "errors": {} }));
        match body.get_mut("errors") {
            Some(Value::Object(errors)) => {
                let wrong = wrong.into_iter();
                *errors = wrong.map(|(field, why)| (field, json!([why]))).collect();
            }
            Some(Value::Array(errors)) => {
                let wrong = wrong.into_iter();
                *errors = wrong
                    .map(|(field, why)| json!({ "field": field, "message": why }))
                    .collect();
            }
            _ => {}
        }
        json_reply(422, &body)
    }
}

/// An API key in the query is another at each call.
fn without_keys(query: &[(String, String)], known: &Asked) -> Vec<(String, String)> {
    let name = |(name, value): &(String, String)| {
        let secret = known
            .query
            .iter()
            .find(|(n, v)| n == name && v.starts_with('{') && v.ends_with('}'));
        (
            name.clone(),
            secret.map_or_else(|| value.clone(), |(_, placeholder)| placeholder.clone()),
        )
    };
    query.iter().map(name).collect()
}

fn json_reply(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// `/v2/people/{person_id}.json`: a hole takes a part of one segment.
struct Pattern(Vec<String>);

impl Pattern {
    /// Literal pieces, a hole between each two.
    fn new(path: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            pieces.push(before.to_owned());
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        pieces.push(rest.to_owned());
        Self(pieces)
    }

    fn literal(&self) -> usize {
        self.0.iter().map(String::len).sum()
    }

    fn matches(&self, path: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else {
            return false;
        };
        let Some(mut path) = path.strip_prefix(first.as_str()) else {
            return false;
        };
        for (index, piece) in rest.iter().enumerate() {
            let last = index + 1 == rest.len();
            let segment = path.split('/').next().unwrap_or_default().len();
            let within = path.get(..segment).unwrap_or_default();
            // What follows the hole begins in its segment, or with the slash that ends it.
            let end = match piece
                .split_once('/')
                .map_or(piece.as_str(), |(part, _)| part)
            {
                "" => segment,
                part if last && !piece.contains('/') => match within.strip_suffix(part) {
                    Some(hole) => hole.len(),
                    None => return false,
                },
                part => match within.find(part) {
                    Some(at) => at,
                    None => return false,
                },
            };
            if end == 0 {
                return false;
            }
            match path
                .get(end..)
                .and_then(|rest| rest.strip_prefix(piece.as_str()))
            {
                Some(rest) => path = rest,
                None => return false,
            }
        }
        path.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let json = Pattern::new("/v2/people/{id}.json");
        assert!(json.matches("/v2/people/1.json") && json.matches("/v2/people/a%2Fb.json"));
        assert!(
            !json.matches("/v2/people/.json")
                && !json.matches("/v2/people/1")
                && !json.matches("/v2/people/1/x.json")
        );
        let inner = Pattern::new("/v2/bulk_jobs/{id}/results");
        assert!(
            inner.matches("/v2/bulk_jobs/7/results")
                && !inner.matches("/v2/bulk_jobs/7")
                && !inner.matches("/v2/bulk_jobs//results")
        );
        assert!(Pattern::new("/a").matches("/a") && !Pattern::new("/a").matches("/ab"));
        assert!(
            Pattern::new("/x/{a}-{b}").matches("/x/1-2")
                && !Pattern::new("/x/{a}-{b}").matches("/x/12")
        );
    }
}
