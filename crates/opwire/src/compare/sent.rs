//! A request as it was sent, taken apart for comparing.

use super::change::{Aspect, Grade};
use super::templates::{Difference, differences};
use crate::connector::Connector;
use crate::egress::Origin;
use crate::manifest::locate::escape;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

/// The parts of a request, as JSON.
#[derive(Debug)]
pub(super) struct Sent {
    method: Value,
    /// Below `base_url`, or whole where it leads elsewhere.
    url: Value,
    query: Value,
    headers: Value,
    body: Value,
}

/// One difference between two requests.
#[derive(Debug)]
pub(super) struct Unlike {
    pub(super) grade: Grade,
    pub(super) aspect: Aspect,
    pub(super) pointer: String,
    pub(super) message: &'static str,
    pub(super) old: Option<Value>,
    pub(super) new: Option<Value>,
}

impl Sent {
    /// Takes a request apart. Headers and parameters that hold a credential's name are left out: how requests are
    /// signed is the connector's.
    pub(super) fn of(request: &Request<Bytes>, connector: &Connector) -> Self {
        let names: Vec<String> = connector
            .credential_names()
            .map(|name| format!("{{{name}}}"))
            .collect();
        let signed = |text: &str| names.iter().any(|name| text.contains(name));
        let mut headers = Map::new();
        for (name, value) in request.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            if !signed(&value) {
                headers.insert(name.to_string(), json!(value));
            }
        }
        let url = Url::parse(&request.uri().to_string()).ok();
        let query = url.as_ref().and_then(Url::query).unwrap_or_default();
        Self {
            method: json!(request.method().as_str()),
            query: grouped(query, &signed),
            url: url
                .as_ref()
                .map_or(Value::Null, |url| json!(place(url, &connector.base))),
            headers: Value::Object(headers),
            body: body(request),
        }
    }

    /// Where two requests differ.
    pub(super) fn unlike(&self, new: &Self, target: &str) -> Vec<Unlike> {
        use {Aspect as A, Grade as G};
        let mut found = Vec::new();
        let mut one = |old: &Value, new: &Value, grade, aspect, pointer: &str, message| {
            for (pointer, difference) in differences(Some(old), Some(new), pointer) {
                let (old, new) = difference.sides();
                found.push(Unlike {
                    grade,
                    aspect,
                    pointer,
                    message: match difference {
                        Difference::Added(_) => "is sent now",
                        Difference::Removed(_) => "is not sent any more",
                        Difference::Changed(..) => message,
                    },
                    old: old.cloned(),
                    new: new.cloned(),
                });
            }
        };
        let target = format!("/request/{target}");
        one(
            &self.method,
            &new.method,
            G::Breaking,
            A::Method,
            "/request/method",
            "the method is another",
        );
        one(
            &self.url,
            &new.url,
            G::Breaking,
            A::Url,
            &target,
            "the URL is another",
        );
        let message = "another value is sent";
        one(
            &self.query,
            &new.query,
            G::Risky,
            A::Query,
            "/request/query",
            message,
        );
        one(
            &self.headers,
            &new.headers,
            G::Risky,
            A::Headers,
            "/request/headers",
            message,
        );
        let kind = |body: &Value| body.as_object().and_then(|map| map.keys().next().cloned());
        let kinds = (kind(&self.body), kind(&new.body));
        if kinds.0.is_some() && kinds.1.is_some() && kinds.0 != kinds.1 {
            found.retain(|unlike| unlike.pointer != "/request/headers/content-type");
            found.push(Unlike {
                grade: G::Risky,
                aspect: A::Body,
                pointer: "/request/body".to_owned(),
                message: "the body is of another kind",
                old: kinds.0.map(Value::from),
                new: kinds.1.map(Value::from),
            });
            return found;
        }
        one(
            &self.body,
            &new.body,
            G::Risky,
            A::Body,
            "/request/body",
            message,
        );
        found
    }
}

/// The path below the base, or the whole URL where it leads elsewhere; without the query.
fn place(url: &Url, base: &Url) -> String {
    let below = url.path().strip_prefix(base.path().trim_end_matches('/'));
    if let Some(below) = below.filter(|_| Origin::of(url) == Origin::of(base)) {
        return below.to_owned();
    }
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

/// Pairs by the name before any bracket, in their order.
fn grouped(text: &str, left_out: &dyn Fn(&str) -> bool) -> Value {
    let mut groups: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if left_out(&value) {
            continue;
        }
        let group = name.split('[').next().unwrap_or_default();
        let group = groups.entry(group).or_insert_with(|| json!([]));
        if let Value::Array(pairs) = group {
            let inner = name.get(name.find('[').unwrap_or(name.len())..);
            pairs.push(match inner.filter(|inner| !inner.is_empty()) {
                Some(inner) => json!({ inner: value }),
                None => json!(value),
            });
        }
    }
    // One value is told as itself.
    for group in groups.values_mut() {
        if let Value::Array(pairs) = group
            && pairs.len() == 1
        {
            *group = pairs.remove(0);
        }
    }
    Value::Object(groups)
}

/// The body under the name of its kind.
fn body(request: &Request<Bytes>) -> Value {
    let bytes = request.body();
    if bytes.is_empty() {
        return json!({});
    }
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let text = || String::from_utf8_lossy(bytes).into_owned();
    if kind.contains("json")
        && let Ok(value) = serde_json::from_slice::<Value>(bytes)
    {
        return json!({ "json": value });
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return json!({ "form": grouped(&text(), &|_| false) });
    }
    let kind = if kind.starts_with("multipart/") {
        "multipart"
    } else {
        "text"
    };
    json!({ kind: text() })
}

/// A pointer in which every index is the first item's.
pub(super) fn general(pointer: &str) -> String {
    let digits = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let mut general = String::with_capacity(pointer.len());
    for token in pointer.split('/').skip(1) {
        general.push('/');
        general.push_str(if digits(token) { "0" } else { token });
    }
    general
}

/// A place in a body as a pointer, from the steps that lead there.
pub(super) fn pointer_of(steps: &[String]) -> String {
    let each = steps.iter().map(|step| format!("/{}", escape(step)));
    general(&each.collect::<String>())
}
