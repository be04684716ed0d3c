//! `GET /openapi.json`: what the server answers, as OpenAPI 3.1, with the operations that the caller may invoke.

mod document;
mod route;
mod routes;

use crate::access::{Caller, Scopes};
use crate::fresh;
use crate::problem::Problem;
use crate::server::Server;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use opwire::{Catalog, Error, ErrorKind};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Documents of so many scopes are kept.
const MOST: usize = 64;

/// Documents that were written, by the scopes that they are for, as JSON.
#[derive(Default)]
pub(crate) struct Written(Mutex<HashMap<String, Document>>);

/// A document, of the catalog that it describes.
#[derive(Clone)]
struct Document {
    catalog: Catalog,
    text: Bytes,
    tag: HeaderValue,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").finish_non_exhaustive()
    }
}

impl Written {
    fn get(&self, catalog: &Catalog, scopes: &str) -> Option<Document> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(scopes).cloned();
        found.filter(|document| document.catalog.is_same(catalog))
    }

    fn keep(&self, scopes: String, document: Document) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, other| other.catalog.is_same(&document.catalog));
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(scopes, document);
    }
}

/// `GET /openapi.json`. It is written when it is first asked for after the operations were loaded.
pub(crate) async fn openapi(
    State(server): State<Server>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = server.engine().catalog();
    let scopes = serde_json::to_string(&caller.scopes).map_err(cant)?;
    let document = match server.written().get(&catalog, &scopes) {
        Some(document) => document,
        None => write(server, catalog, caller.scopes, scopes).await?,
    };
    let kind = HeaderValue::from_static("application/json");
    let mut response = fresh::answer(&headers, kind, document.tag, document.text);
    fresh::of_caller(&mut response);
    Ok(response)
}

/// Writes the document for these scopes, and keeps it by their name.
async fn write(
    server: Server,
    catalog: Catalog,
    scopes: Scopes,
    name: String,
) -> Result<Document, Problem> {
    // Schemas are computed when they are first asked for.
    let written = tokio::task::spawn_blocking(move || {
        let text = Bytes::from(document::write(&server, &catalog, &scopes).to_string());
        let tag = fresh::tag(&text);
        let document = Document { catalog, text, tag };
        server.written().keep(name, document.clone());
        document
    });
    written.await.map_err(cant)
}

fn cant<E>(_: E) -> Problem {
    let message = "the document can't be written";
    Problem::from(Error::new(ErrorKind::Internal, message))
}
