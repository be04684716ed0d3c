//! A document → [`Api`]: one model of Swagger 2.0, OpenAPI 3.0 and 3.1.

mod bodies;
pub(crate) mod model;
pub(crate) mod node;
pub(crate) mod operations;
mod parameters;
mod security;
pub(crate) mod servers;
pub(crate) mod text;

use model::Api;
use node::Source;

/// The kinds of document that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Swagger2,
    OpenApi30,
    OpenApi31,
}

impl Dialect {
    /// The dialect that the document says it has, or looks like.
    fn of(source: &Source<'_>) -> Result<Self, String> {
        let root = source.root();
        let version = |key: &str| root.text(key).unwrap_or_default();
        match (&*version("swagger"), &*version("openapi")) {
            ("2" | "2.0", _) | (_, "2" | "2.0") => Ok(Self::Swagger2),
            (_, version) if version.starts_with("3.0") || version == "3" => Ok(Self::OpenApi30),
            (_, version) if version.starts_with("3.1") => Ok(Self::OpenApi31),
            (_, version) if version.starts_with("3.") => {
                source.warn("/openapi", format!("OpenAPI {version} is read as 3.1"));
                Ok(Self::OpenApi31)
            }
            ("", "") if root.child("paths").is_some() => {
                let old = ["definitions", "basePath", "host", "securityDefinitions"];
                let old = old.iter().any(|key| root.child(key).is_some());
                let (dialect, name) = if old {
                    (Self::Swagger2, "Swagger 2.0")
                } else {
                    (Self::OpenApi30, "OpenAPI 3.0")
                };
                source.warn(
                    "",
                    format!("the document doesn't say its version, and is read as {name}"),
                );
                Ok(dialect)
            }
            ("", "") => Err(
                "this is no OpenAPI document: it has neither `openapi` nor `swagger`".to_owned(),
            ),
            ("", version) | (version, _) => {
                let most = "Swagger 2.0, OpenAPI 3.0 and 3.1 are read";
                Err(format!("version {version} can't be read: {most}"))
            }
        }
    }
}

/// Reads what a document says of a service.
///
/// # Errors
/// When it is no OpenAPI document, or none of a version that is known.
pub(crate) fn api<'a>(source: &Source<'a>) -> Result<Api<'a>, String> {
    let dialect = Dialect::of(source)?;
    let root = source.root();
    let info = root.child("info").unwrap_or_else(|| root.clone());
    if root.child("webhooks").is_some() {
        source.warn(
            "/webhooks",
            "webhooks are requests that the service makes, and are left out",
        );
    }
    Ok(Api {
        dialect,
        title: info.text("title"),
        description: info.text("description").or_else(|| info.text("summary")),
        servers: servers::of_document(source, dialect),
        operations: operations::all(source, dialect),
        schemes: security::schemes(source, dialect),
        security: security::requirements(&root),
    })
}
