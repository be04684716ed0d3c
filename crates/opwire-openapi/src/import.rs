//! An OpenAPI document → the files of a connector.

mod auth;
mod body;
mod connector;
mod draft;
mod example;
mod fields;
mod inputs;
mod pages;
mod place;
mod reply;
mod request;
mod styles;
mod verify;

use crate::emit;
use crate::names::{self, Hints};
use crate::read::model::{Api, Operation};
use crate::read::node::{Source, Warning};
use crate::read::{self, text};
use crate::schema::Converter;
use crate::schema::shelf::{Direction, Shelf};
use draft::{Built, Draft};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use verify::Known;

/// A manifest holds at most 256 KiB.
const MAX_FILE: usize = 250 * 1024;

/// What is imported, and from where requests are answered.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImportOptions {
    /// Where the service is, in place of what the document says.
    pub base_url: Option<String>,
    /// Only operations that one of these fits: by their name, ID or `METHOD /path`; `*` stands for any text.
    pub only: Vec<String>,
    /// Operations that are imported as well, by their names in the connector.
    pub also: BTreeSet<String>,
}

/// A connector that was made of a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The connector's name.
    pub name: String,
    /// Its files: path in the connector's folder → text.
    pub files: BTreeMap<String, String>,
    /// The names of its operations.
    pub operations: Vec<String>,
    /// What of the document is not expressed, or was read otherwise than it is written.
    pub warnings: Vec<Warning>,
}

/// Why a document can't be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError(String);

impl ImportError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ImportError {}

/// Makes a connector of a Swagger 2.0, OpenAPI 3.0 or 3.1 document, JSON or YAML.
///
/// The document is read leniently. The connector's files pass the check: an operation that can't is left out, with a
/// warning that says why.
///
/// # Errors
/// When the text can't be read, is no OpenAPI document, says nothing of where the service is, or has no operation that
/// fits; or when the name is none that a connector can have.
pub fn import(
    document: &[u8],
    name: &str,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    if names::snake(name) != name
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
        || name.len() > 64
    {
        let message = format!(
            "`{name}` is no name for a connector: lower-case letters, digits and _, from a letter on"
        );
        return Err(ImportError(message));
    }
    let (root, notes) = text::value(document).map_err(ImportError)?;
    let source = Source::new(&root);
    for Warning { pointer, message } in notes {
        source.warn(&pointer, message);
    }
    let api = read::api(&source).map_err(ImportError)?;
    let (base_url, elsewhere) = place::base_url(&source, &api, options.base_url.as_deref())?;
    let chosen = chosen(&api, options, &elsewhere)?;
    let importer = Importer {
        source: &source,
        api: &api,
        name,
        base_url,
    };
    let mut known = Known::default();
    loop {
        let (files, operations) = importer.files(&chosen, &known);
        // What doesn't pass is made again, otherwise or not at all.
        if verify::passes(&source, name, &files, &operations, &mut known)? {
            return Ok(Imported {
                name: name.to_owned(),
                operations: operations.into_iter().map(|(name, _)| name).collect(),
                warnings: source.warnings(),
                files,
            });
        }
    }
}

/// The operations that are wanted, with their names. An operation's name doesn't depend on which others are.
fn chosen<'p, 'a>(
    api: &'p Api<'a>,
    options: &ImportOptions,
    elsewhere: &BTreeSet<String>,
) -> Result<Vec<(String, &'p Operation<'a>)>, ImportError> {
    let mut taken = BTreeSet::new();
    let mut chosen = Vec::new();
    let mut fits = vec![false; options.only.len()];
    for operation in &api.operations {
        let same_path = |other: &&Operation<'_>| other.path == operation.path;
        let hints = Hints {
            lists: gives_list(operation),
            patched: api
                .operations
                .iter()
                .filter(same_path)
                .any(|other| other.method == "PATCH"),
        };
        let name = names::of_operation(
            operation.id.as_deref(),
            &operation.method,
            &operation.path,
            hints,
        );
        let name = names::unique(&name, &mut taken);
        let texts = [
            name.clone(),
            operation.id.clone().unwrap_or_default(),
            format!("{} {}", operation.method, operation.path),
        ];
        let mut wanted = options.only.is_empty() || options.also.contains(&name);
        for (pattern, fits) in options.only.iter().zip(&mut fits) {
            if texts.iter().any(|text| matches(pattern, text)) {
                (wanted, *fits) = (true, true);
            }
        }
        if wanted && !elsewhere.contains(&operation.at) {
            chosen.push((name, operation));
        }
    }
    if let Some((pattern, _)) = options.only.iter().zip(&fits).find(|(_, fits)| !**fits) {
        return Err(ImportError(format!(
            "no operation of the document fits `{pattern}`"
        )));
    }
    if chosen.is_empty() {
        return Err(ImportError(
            "the document has no operation that can be imported".to_owned(),
        ));
    }
    Ok(chosen)
}

/// Is the reply a list?
fn gives_list(operation: &Operation<'_>) -> bool {
    let success = operation
        .responses
        .iter()
        .find(|response| response.status.starts_with('2'));
    let schema = success.and_then(|response| response.media.first()?.schema.as_ref());
    schema.is_some_and(|schema| schema.value.get("type").and_then(Value::as_str) == Some("array"))
}

/// Does a text fit a pattern, in which `*` stands for any text?
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some((_, after)) = rest.split_once(before) else {
                return false;
            };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// What every file is made of.
struct Importer<'p, 'a> {
    source: &'p Source<'a>,
    api: &'p Api<'a>,
    name: &'p str,
    base_url: String,
}

impl<'p, 'a> Importer<'p, 'a> {
    /// The files, and the operations with their places in the document.
    fn files(
        &self,
        chosen: &[(String, &'p Operation<'a>)],
        known: &Known,
    ) -> (BTreeMap<String, String>, Vec<(String, String)>) {
        let converter = Converter {
            source: self.source,
            dialect: self.api.dialect,
        };
        let signing = auth::choose(self.source, self.api);
        let wanted = chosen
            .iter()
            .filter(|(name, _)| !known.left_out.contains(name));
        let drafts: Vec<Draft<'p, 'a>> = wanted
            .filter_map(|(name, operation)| {
                Draft::new(converter, operation, name, &signing.parameters())
            })
            .collect();
        let mut shelf = Shelf::new(converter);
        drafts
            .iter()
            .flat_map(Draft::schemas)
            .for_each(|schema| shelf.gather(schema));
        shelf.settle();
        let mut bodies: BTreeMap<String, usize> = BTreeMap::new();
        for draft in &drafts {
            let reference = draft
                .body
                .as_ref()
                .and_then(|body| body.schema.get("$ref")?.as_str());
            *bodies
                .entry(reference.unwrap_or_default().to_owned())
                .or_default() += 1;
        }
        let warn = |at: &str, message: String| self.source.warn(at, message);
        let built: Vec<Built<'p, 'a>> = drafts
            .into_iter()
            .map(|draft| Built::new(&shelf, draft, &bodies, &warn))
            .collect();
        let names = built
            .iter()
            .flat_map(|built| &built.inputs)
            .map(|input| input.name.as_str());
        let auth = signing.manifest(&names.collect());
        self.written(shelf, &built, &auth, known)
    }

    fn written(
        &self,
        mut shelf: Shelf<'_, 'a>,
        built: &[Built<'p, 'a>],
        auth: &auth::Auth,
        known: &Known,
    ) -> (BTreeMap<String, String>, Vec<(String, String)>) {
        let mut schemas: Vec<(Value, Option<Value>)> = built
            .iter()
            .map(|built| (built.input_schema(), built.draft.reply.schema.clone()))
            .collect();
        for ((input, reply), built) in schemas.iter_mut().zip(built) {
            shelf.fit(input, &built.draft.operation.at);
            if let Some(reply) = reply {
                shelf.fit(reply, &built.draft.operation.at);
            }
        }
        let inputs = schemas.iter().map(|(input, _)| (input, Direction::Request));
        let replies = schemas
            .iter()
            .filter_map(|(_, reply)| Some((reply.as_ref()?, Direction::Response)));
        let all: Vec<(&Value, Direction)> = inputs.chain(replies).collect();
        shelf.house(&all);
        for ((input, reply), built) in schemas.iter_mut().zip(built) {
            let closed = input
                .get("additionalProperties")
                .or(input.get("unevaluatedProperties"))
                .cloned();
            shelf.place(input, Direction::Request);
            fill_defaults(input, built, closed);
            if let Some(reply) = reply {
                shelf.place(reply, Direction::Response);
            }
        }
        let mut defs = shelf.in_connector();
        let parameters = |built: &Built<'_, '_>| {
            let own = built
                .inputs
                .iter()
                .filter(|input| input.origin != inputs::Origin::Body);
            own.map(|input| input.name.clone()).collect::<Vec<_>>()
        };
        let mut inputs: Vec<(&mut Value, Vec<String>)> = schemas
            .iter_mut()
            .zip(built)
            .map(|((input, _), built)| (input, parameters(built)))
            .collect();
        let shared = connector::share_inputs(&mut inputs, &defs);
        defs.extend(shared);
        defs.sort_by(|a, b| a.0.cmp(&b.0));
        let styles: Vec<styles::Styles> = built.iter().flat_map(Built::styles).collect();
        let styles = styles::majority(&styles);
        let paginators =
            connector::named_paginators(built.iter().filter_map(|built| built.paginator.as_ref()));
        let mut files = BTreeMap::new();
        let mut operations = Vec::new();
        for (built, (input, reply)) in built.iter().zip(schemas) {
            let name = &built.draft.name;
            let paginator = built.paginator.as_ref().and_then(|own| {
                paginators
                    .iter()
                    .find(|(_, manifest)| *manifest == own.manifest)
            });
            let paginator = paginator.map(|(name, _)| name.as_str());
            let mut text =
                operation_text(&built.manifest(&shelf, styles, input.clone(), reply, paginator));
            if text.len() > MAX_FILE {
                self.source.warn(
                    &built.draft.operation.at,
                    "the reply's schema is too large for a file, and is left out",
                );
                text = operation_text(&built.manifest(&shelf, styles, input, None, None));
            }
            files.insert(format!("main/{name}.yaml"), text);
            let example = example_text(&example::of(
                &shelf,
                built,
                &auth.usual,
                !known.made.contains(name),
            ));
            let example = if example.len() > MAX_FILE {
                example_text(&example::of(&shelf, built, &auth.usual, false))
            } else {
                example
            };
            files.insert(format!("examples/{name}.yaml"), example);
            operations.push((name.clone(), built.draft.operation.at.clone()));
        }
        for (name, schema) in shelf.files() {
            files.insert(
                format!("schemas/{name}.yaml"),
                emit::file(
                    &["A schema that operations of this connector share."],
                    &schema,
                    &[],
                ),
            );
        }
        let manifest = connector::manifest(
            self.api,
            connector::Parts {
                name: self.name,
                base_url: &self.base_url,
                auth,
                styles,
                message: connector::message(self.source, self.api),
                paginators: &paginators,
                defs,
            },
        );
        files.insert("connector.yaml".to_owned(), connector_text(&manifest));
        (files, operations)
    }
}

/// What is sent when an input is left out; and further properties, which placing takes for those of a reply.
fn fill_defaults(schema: &mut Value, built: &Built<'_, '_>, closed: Option<Value>) {
    for input in &built.inputs {
        let property = schema
            .pointer_mut("/properties")
            .and_then(|all| all.get_mut(&input.name));
        if let (Some(Value::Object(property)), Some(default)) = (property, &input.default) {
            property.insert("default".to_owned(), default.clone());
        }
    }
    let open = closed == Some(Value::Bool(true));
    if let Some(map) = schema.as_object_mut().filter(|_| open) {
        let key = if map.contains_key("$ref") {
            "unevaluatedProperties"
        } else {
            "additionalProperties"
        };
        map.insert(key.to_owned(), Value::Bool(true));
    }
}

fn operation_text(manifest: &Value) -> String {
    let comment = "yaml-language-server: $schema=../../../schemas/operation.schema.json";
    emit::file(
        &[comment],
        manifest,
        &["input", "request", "pagination", "response"],
    )
}

fn example_text(example: &Value) -> String {
    let comment = "yaml-language-server: $schema=../../../schemas/example.schema.json";
    emit::file(&[comment], example, &[])
}

fn connector_text(manifest: &Value) -> String {
    let comments = [
        "yaml-language-server: $schema=../../schemas/connector.schema.json",
        "Made of the service's OpenAPI document. What is changed by hand stays when that is imported again.",
    ];
    emit::file(
        &comments,
        manifest,
        &[
            "credentials",
            "auth",
            "request",
            "limits",
            "errors",
            "pagination",
            "$defs",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, expected) in [
            ("list_pets", "list_pets", true),
            ("list_pets", "list_pets_2", false),
            ("list_*", "list_pets", true),
            ("*pets", "list_pets", true),
            ("GET /v2/*", "GET /v2/pets", true),
            ("*a*b*", "xaxbx", true),
            ("*a*b", "xbxa", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
