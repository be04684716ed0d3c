//! `GET /docs`: a page of what `/openapi.json` says, with a form to try each operation.
//!
//! Swagger UI draws it, from the crate that ships it. Nothing is fetched from elsewhere, and the page's policy holds it to
//! that: scripts, styles and requests are this server's own.

use crate::fresh;
use crate::problem::{self, Problem};
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use http_body_util::{BodyExt as _, Collected};
use opwire::{Error, ErrorKind};
use std::collections::HashMap;
use swagger_ui_dist::{ApiDefinition, OpenApiSource};
use tokio::sync::OnceCell;
use tower_service::Service as _;

const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");
/// Swagger UI sets styles by script, which needs no leave, and has its images in its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Where Swagger UI's own routes are, in a router that nobody else asks.
const UI: &str = "/ui";

/// A file of the page.
#[derive(Clone, Copy)]
pub(crate) struct File {
    pub(crate) name: &'static str,
    kind: &'static str,
    /// Its text, unless it is Swagger UI's.
    text: Option<&'static str>,
}

const fn file_of(name: &'static str, kind: &'static str, text: Option<&'static str>) -> File {
    File { name, kind, text }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The files that the page asks for.
pub(crate) const FILES: [File; 3] = [
    file_of("swagger-ui.css", "text/css; charset=utf-8", None),
    file_of("swagger-ui-bundle.js", SCRIPT, None),
    file_of("start.js", SCRIPT, Some(START)),
];

/// A file's bytes, and their tag.
#[derive(Clone)]
struct Loaded {
    bytes: Bytes,
    tag: HeaderValue,
}

impl Loaded {
    fn new(bytes: Bytes) -> Self {
        let tag = fresh::tag(&bytes);
        Self { bytes, tag }
    }
}

/// `GET /docs`. It is the same for everyone: the page asks for the API key, and for the document with it.
pub(crate) async fn page(headers: HeaderMap) -> Response {
    let page = Loaded::new(Bytes::from_static(PAGE.as_bytes()));
    answer(&headers, "text/html; charset=utf-8", page)
}

/// `GET /docs/{file}`
pub(crate) async fn file(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let loaded = files().await?.get(name.as_str());
    match (FILES.iter().find(|file| file.name == name), loaded) {
        (Some(file), Some(loaded)) => Ok(answer(&headers, file.kind, loaded.clone())),
        _ => Err(problem::not_found().await),
    }
}

fn answer(asked: &HeaderMap, kind: &'static str, loaded: Loaded) -> Response {
    let kind = HeaderValue::from_static(kind);
    let mut response = fresh::answer(asked, kind, loaded.tag, loaded.bytes);
    for (name, text) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(text));
    }
    response
}

/// The files, taken once.
async fn files() -> Result<&'static HashMap<&'static str, Loaded>, Problem> {
    static LOADED: OnceCell<HashMap<&'static str, Loaded>> = OnceCell::const_new();
    let load = async || {
        let mut loaded = HashMap::new();
        for file in FILES {
            let bytes = match file.text {
                Some(text) => Bytes::from_static(text.as_bytes()),
                None => shipped(file.name).await?,
            };
            loaded.insert(file.name, Loaded::new(bytes));
        }
        Ok(loaded)
    };
    LOADED.get_or_try_init(load).await
}

/// A file of Swagger UI's. The crate gives them as answers of its routes alone, among which is a page of its own that
/// this one stands for.
async fn shipped(name: &str) -> Result<Bytes, Problem> {
    let mut ui = swagger_ui_dist::generate_routes(ApiDefinition {
        uri_prefix: UI,
        api_definition: OpenApiSource::Uri("/openapi.json"),
        title: None,
    });
    let missing = || {
        Problem::from(Error::new(
            ErrorKind::Internal,
            "the page's files are missing",
        ))
    };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = format!("{UI}/{name}").parse().map_err(|_| missing())?;
    let Ok(response) = ui.call(request).await;
    if !response.status().is_success() {
        return Err(missing());
    }
    let body = response.into_body().collect().await;
    body.map(Collected::to_bytes).map_err(|_| missing())
}
