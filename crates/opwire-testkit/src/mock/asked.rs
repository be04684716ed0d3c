//! A request as the mock looks at it, and how like another one it is.

use bytes::Bytes;
use http::{HeaderMap, Request, header, request};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request as the mock looks at it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    /// Decoded, in order.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Asked {
    pub(super) fn new(head: &request::Parts, body: &Bytes) -> Self {
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: pairs(head.uri.query().unwrap_or_default()),
            headers: head.headers.clone(),
            body: body.clone(),
        }
    }

    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let (head, body) = request.clone().into_parts();
        Self::new(&head, &body)
    }

    /// The request below `/<connector>`, where several share a port.
    pub(super) fn below(&self, connector: &str) -> Option<Self> {
        let path = self
            .path
            .strip_prefix('/')?
            .strip_prefix(connector)
            .filter(|rest| rest.starts_with('/'))?;
        Some(Self {
            path: path.to_owned(),
            ..self.clone()
        })
    }

    /// Where the mock is, as the request names it.
    pub(super) fn origin(&self) -> Option<String> {
        let host = self.headers.get(header::HOST)?.to_str().ok()?;
        Some(format!("http://{host}"))
    }

    /// The names and values of a form.
    pub(super) fn form(&self) -> Option<Vec<(String, String)>> {
        let kind = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let form = kind.starts_with("application/x-www-form-urlencoded");
        form.then(|| pairs(&String::from_utf8_lossy(&self.body)))
    }

    /// How many parameters and fields are the same.
    pub(super) fn likeness(&self, other: &Self) -> usize {
        let alike = |ours: &[(String, String)], theirs: &[(String, String)]| {
            ours.iter().filter(|pair| theirs.contains(pair)).count()
        };
        let fields = |asked: &Self| {
            asked.form().unwrap_or_else(|| {
                let json: serde_json::Map<String, Value> =
                    serde_json::from_slice(&asked.body).unwrap_or_default();
                json.iter()
                    .map(|(name, value)| (name.clone(), value.to_string()))
                    .collect()
            })
        };
        alike(&self.query, &other.query)
            + alike(&fields(self), &fields(other))
            + usize::from(self.path == other.path)
    }

    pub(super) fn same(&self, other: &Self) -> bool {
        let sorted = |query: &[(String, String)]| {
            let mut query = query.to_vec();
            query.sort();
            query
        };
        self.method == other.method
            && self.path == other.path
            && sorted(&self.query) == sorted(&other.query)
            && same_body(&self.body, &other.body)
    }
}

/// `a=1&b=2`, decoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

fn same_body(a: &Bytes, b: &Bytes) -> bool {
    if a == b {
        return true;
    }
    match (
        serde_json::from_slice::<Value>(a),
        serde_json::from_slice::<Value>(b),
    ) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
