//! Step 2. Checked input → HTTP request.

mod body;
pub(crate) mod headers;
mod layout;
pub(crate) mod path;
mod query;
pub(crate) mod shown;

#[cfg(test)]
pub(crate) use body::BODY_KINDS;
pub(crate) use body::BodyPlan;
pub use headers::FORBIDDEN_HEADERS;
pub(crate) use headers::{HeaderPlan, HeadersPlan, compile_headers};
pub(crate) use path::{PathPlan, SEGMENT};
pub(crate) use query::{QueryPlan, pairs};

use crate::connector::Connector;
use crate::diagnostic::Code;
use crate::error::{Error, ErrorKind, Violation};
use crate::manifest::{Fault, Idempotency, QueryStyle, RequestManifest};
use crate::operation::{Known, Operation};
use crate::template::{Compiler, EvalError, Roots, Scope, Template};
use crate::types::Kinds;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use serde_json::{Map, Value};
use url::Url;

/// The methods that can be sent.
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Longer URLs are refused by many servers.
pub(crate) const MAX_URL: usize = 16 * 1024;

/// A request, compiled at load.
#[derive(Debug)]
pub(crate) struct RequestPlan {
    method: MethodPlan,
    target: Target,
    query: Option<QueryPlan>,
    style: QueryStyle,
    headers: HeadersPlan,
    body: Option<BodyPlan>,
}

#[derive(Debug)]
enum MethodPlan {
    Fixed(Method),
    Template(Template),
}

#[derive(Debug)]
enum Target {
    Path(PathPlan),
    Url(Template),
}

/// What the following page's request changes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) query: Map<String, Value>,
    pub(crate) headers: Map<String, Value>,
    pub(crate) body: Map<String, Value>,
    pub(crate) url: Option<String>,
}

impl RequestPlan {
    pub(crate) fn compile(
        manifest: &RequestManifest,
        connector: &Connector,
        known: &Known<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let mut compiler = Compiler::new(known.of_input(), "/request");
        let method = compiler.at("method", |c| method(c, &manifest.method));
        let target = match (&manifest.path, &manifest.url) {
            (Some(path), None) => Some(Target::Path(
                compiler.at("path", |c| PathPlan::compile(c, path)),
            )),
            (None, Some(url)) => {
                Some(Target::Url(compiler.at("url", |c| {
                    c.wanted(url, Kinds::TEXT, "a request's URL").0
                })))
            }
            _ => {
                compiler.fault(Code::MissingKey, "a request has either `path` or `url`");
                None
            }
        };
        let own = manifest.query_style.unwrap_or_default();
        let shared = connector.query_style();
        let style = QueryStyle {
            arrays: own.arrays.or(shared.arrays),
            objects: own.objects.or(shared.objects),
        };
        let query = manifest
            .query
            .as_ref()
            .map(|query| compiler.at("query", |c| QueryPlan::compile(c, query, style)));
        let headers = compiler.at("headers", |c| {
            HeadersPlan::compile(c, manifest.headers.as_ref())
        });
        let body = manifest
            .body
            .as_ref()
            .and_then(|body| compiler.at("body", |c| BodyPlan::compile(c, body, style)));
        faults.append(&mut compiler.faults);
        Some(Self {
            method,
            target: target?,
            query,
            style,
            headers,
            body,
        })
    }

    pub(crate) fn method_shown(&self) -> &str {
        match &self.method {
            MethodPlan::Fixed(method) => method.as_str(),
            MethodPlan::Template(_) => "dynamic",
        }
    }

    pub(crate) fn path_shown(&self) -> &str {
        match &self.target {
            Target::Path(path) => &path.shown,
            Target::Url(_) => "dynamic",
        }
    }
}

fn method(compiler: &mut Compiler<'_>, text: &str) -> MethodPlan {
    if text.contains("{{") {
        let value = Value::String(text.to_owned());
        return MethodPlan::Template(compiler.wanted(&value, Kinds::TEXT, "the method").0);
    }
    if METHODS.contains(&text) {
        return MethodPlan::Fixed(Method::from_bytes(text.as_bytes()).unwrap_or_default());
    }
    let message = format!("`{text}` is no HTTP method that can be sent");
    compiler
        .fault(Code::WrongValue, message)
        .help("write GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
    MethodPlan::Fixed(Method::GET)
}

/// Renders the request of one page: the first, or one that `change` leads to. Nothing is signed yet.
pub(crate) fn render(
    operation: &Operation,
    base: &Url,
    input: &Value,
    change: Option<&Change>,
    idempotency_key: &str,
) -> Result<Request<Bytes>, Error> {
    let Some(plan) = &operation.request else {
        return Err(Error::new(
            ErrorKind::TemplateFailed,
            "the operation is static: it sends no request",
        ));
    };
    let roots = Roots {
        input: Some(input),
        ..Roots::default()
    };
    let scope = Scope::new(&roots);
    let empty = Change::default();
    let change = change.unwrap_or(&empty);
    let mut url = match (&change.url, &plan.target) {
        (Some(next), _) => joined(base, next)?,
        (None, Target::Path(path)) => path.render(&scope, base)?,
        (None, Target::Url(template)) => joined(base, &url_text(template, &scope)?)?,
    };
    if change.url.is_none() {
        append_query(&mut url, plan, &scope, change)?;
    }
    if url.len() > MAX_URL {
        return Err(refuse("url", "the request's URL is longer than 16 KiB"));
    }
    let uri = Uri::from_maybe_shared(Bytes::from(url))
        .map_err(|_| refuse("url", "the request's URL is not a valid one"))?;
    let body = match &plan.body {
        Some(body) => body.render(
            &scope,
            plan.style,
            change,
            idempotency_field(operation, idempotency_key),
        )?,
        None => None,
    };
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = plan.method(&scope)?;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    for header in &operation.connector().headers {
        header.render(headers, &scope)?;
    }
    plan.headers.render(headers, &scope, &change.headers)?;
    if let Some((content_type, body)) = body {
        let forced = content_type
            .to_str()
            .is_ok_and(|text| text.starts_with("multipart/"));
        if forced || !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        *request.body_mut() = body;
    }
    if let Idempotency::Header(name) = &operation.idempotency {
        insert_key(&mut request, name, idempotency_key)?;
    }
    Ok(request)
}

impl RequestPlan {
    fn method(&self, scope: &Scope<'_>) -> Result<Method, Error> {
        match &self.method {
            MethodPlan::Fixed(method) => Ok(method.clone()),
            MethodPlan::Template(template) => {
                let value = template.eval(scope).map_err(failed)?;
                let text = value.as_deref().and_then(Value::as_str).unwrap_or_default();
                let known =
                    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&text);
                let method = Method::from_bytes(text.as_bytes()).ok().filter(|_| known);
                method.ok_or_else(|| {
                    refuse("method", "the method is no HTTP method that can be sent")
                })
            }
        }
    }
}

/// The field and the key, when the service drops repeats by a field of the body.
fn idempotency_field<'a>(operation: &'a Operation, key: &'a str) -> Option<(&'a str, &'a str)> {
    match &operation.idempotency {
        Idempotency::Body(field) => Some((field, key)),
        _ => None,
    }
}

fn insert_key(request: &mut Request<Bytes>, name: &str, key: &str) -> Result<(), Error> {
    let name = http::HeaderName::from_bytes(name.as_bytes());
    let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(key)) else {
        return Err(Error::new(
            ErrorKind::TemplateFailed,
            "the idempotency key can't stand in its header",
        ));
    };
    if !request.headers().contains_key(&name) {
        request.headers_mut().insert(name, value);
    }
    Ok(())
}

fn url_text(template: &Template, scope: &Scope<'_>) -> Result<String, Error> {
    match template.eval(scope).map_err(failed)?.as_deref() {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(refuse("url", "the request's URL is missing or not text")),
    }
}

/// A fault of the input as a whole: which fields made it is not known.
fn refuse(keyword: &str, message: &str) -> Error {
    Error::input(vec![Violation::new("", keyword, message)])
}

/// A URL of its own, or one below `base_url`. What lies elsewhere is refused by the egress step.
fn joined(base: &Url, text: &str) -> Result<String, Error> {
    let refuse = |message: &str| Error::input(vec![Violation::new("", "url", message)]);
    if text
        .chars()
        .any(|c| c.is_control() || c == '\\' || c.is_whitespace())
    {
        return Err(refuse(
            "the URL holds white space, a backslash or a control character",
        ));
    }
    if text.contains("://") {
        let host = text.split('/').nth(2).unwrap_or_default();
        if host.contains('%') {
            return Err(refuse("the URL's host is written with percent signs"));
        }
        let url = Url::parse(text).map_err(|_| refuse("the URL is not a valid one"))?;
        return Ok(without_fragment(url).into());
    }
    if text.starts_with("//") {
        return Err(refuse("the URL names a host without a scheme"));
    }
    let separator = if text.starts_with('/') || text.starts_with('?') {
        ""
    } else {
        "/"
    };
    let whole = format!("{}{separator}{text}", base.as_str().trim_end_matches('/'));
    let url = Url::parse(&whole).map_err(|_| refuse("the URL is not a valid one"))?;
    Ok(without_fragment(url).into())
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

fn append_query(
    url: &mut String,
    plan: &RequestPlan,
    scope: &Scope<'_>,
    change: &Change,
) -> Result<(), Error> {
    let mut text = String::new();
    if let Some(query) = &plan.query {
        query.render(scope, plan.style, &change.query, &mut text)?;
    } else if !change.query.is_empty() {
        QueryPlan::default().render(scope, plan.style, &change.query, &mut text)?;
    }
    if !text.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&text);
    }
    Ok(())
}

/// A template that failed while a request was rendered.
pub(crate) fn failed(error: EvalError) -> Error {
    Error::new(ErrorKind::TemplateFailed, error.0)
}
