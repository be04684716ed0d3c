//! Every file of a connector, from the operations that are wanted.

use super::auth::{self, Auth};
use super::connector;
use super::draft::{Built, Draft};
use super::example;
use super::inputs::{Input, Origin};
use super::styles::{self, Styles};
use super::verify::Known;

use crate::read::model::{Api, Operation};
use crate::read::node::Source;
use crate::schema::Converter;
use crate::schema::shelf::{Direction, Shelf};
use opwire::manifest::to_yaml;
use serde_json::Value;
use std::collections::BTreeMap;

/// A manifest holds at most 256 KiB.
const MAX_FILE: usize = 250 * 1024;

/// What the files are made of.
pub(super) struct Maker<'p, 'a> {
    pub(super) source: &'p Source<'a>,
    pub(super) api: &'p Api<'a>,
    pub(super) name: &'p str,
    pub(super) base_url: &'p str,
}

/// The files by their paths, and the operations' names with their places in the document.
pub(super) type Made = (BTreeMap<String, String>, Vec<(String, String)>);

/// The schemas of an operation: its input, and its reply where that has one.
type Schemas = Vec<(Value, Option<Value>)>;

impl<'p, 'a> Maker<'p, 'a> {
    /// The files of the operations that are wanted and can be had.
    pub(super) fn files(&self, chosen: &[(String, &'p Operation<'a>)], known: &Known) -> Made {
        let converter = Converter {
            source: self.source,
            dialect: self.api.dialect,
        };
        let signing = auth::choose(self.source, self.api);
        let signed = signing.parameters();
        let wanted = chosen
            .iter()
            .filter(|(name, _)| !known.left_out.contains(name));
        let drafts =
            wanted.filter_map(|(name, operation)| Draft::new(converter, operation, name, &signed));
        let drafts: Vec<Draft<'p, 'a>> = drafts.collect();
        let mut pool = Shelf::new(converter);
        let schemas = drafts.iter().flat_map(Draft::schemas);
        schemas.for_each(|schema| pool.gather(schema));
        pool.settle();
        let built = self.built(&pool, drafts);
        let inputs = built.iter().flat_map(|built| &built.inputs);
        let auth = signing.manifest(&inputs.map(|input| input.name.as_str()).collect());
        let schemas = placed(&mut pool, &built);
        self.written(&pool, &built, schemas, &auth, known)
    }

    fn built(&self, pool: &Shelf<'_, '_>, drafts: Vec<Draft<'p, 'a>>) -> Vec<Built<'p, 'a>> {
        // A body that several operations have is written once.
        let mut bodies: BTreeMap<String, usize> = BTreeMap::new();
        for body in drafts.iter().filter_map(|draft| draft.body.as_ref()) {
            let reference = body.schema.get("$ref").and_then(Value::as_str);
            *bodies
                .entry(reference.unwrap_or_default().to_owned())
                .or_default() += 1;
        }
        let warn = |at: &str, message: String| self.source.warn(at, message);
        let built = drafts
            .into_iter()
            .map(|draft| Built::new(pool, draft, &bodies, &warn));
        built.collect()
    }

    fn written(
        &self,
        pool: &Shelf<'_, '_>,
        built: &[Built<'p, 'a>],
        mut schemas: Schemas,
        auth: &Auth,
        known: &Known,
    ) -> Made {
        let mut defs = pool.in_connector();
        let inputs = schemas.iter_mut().zip(built);
        let mut inputs: Vec<(&mut Value, Vec<String>)> = inputs
            .map(|((input, _), built)| (input, parameters(built)))
            .collect();
        defs.extend(connector::share_inputs(&mut inputs, &defs));
        defs.sort_by(|a, b| a.0.cmp(&b.0));
        let needed: Vec<Styles> = built.iter().flat_map(Built::styles).collect();
        let styles = styles::majority(&needed);
        let paginators =
            connector::named_paginators(built.iter().filter_map(|built| built.paginator.as_ref()));
        let mut files = BTreeMap::new();
        for (built, (input, reply)) in built.iter().zip(schemas) {
            let own = built.paginator.as_ref();
            let paginator = paginators
                .iter()
                .find(|(_, manifest)| own.is_some_and(|own| own.manifest == *manifest));
            let paginator = paginator.map(|(name, _)| name.as_str());
            let name = &built.draft.name;
            let text = self.operation(pool, built, styles, (input, reply), paginator);
            files.insert(format!("main/{name}.yaml"), text);
            let given = !known.made.contains(name);
            let text = example_text(&example::of(pool, built, &auth.usual, given));
            let text = Some(text).filter(|text| text.len() <= MAX_FILE);
            let text =
                text.unwrap_or_else(|| example_text(&example::of(pool, built, &auth.usual, false)));
            files.insert(format!("examples/{name}.yaml"), text);
        }
        for (name, schema) in pool.files() {
            let comment = "A schema that operations of this connector share.";
            files.insert(
                format!("schemas/{name}.yaml"),
                to_yaml(&[comment], &schema, &[]),
            );
        }
        let parts = connector::Parts {
            name: self.name,
            base_url: self.base_url,
            auth,
            styles,
            message: connector::message(self.source, self.api),
            paginators: &paginators,
            defs,
        };
        files.insert(
            "connector.yaml".to_owned(),
            connector_text(&connector::manifest(self.api, parts)),
        );
        let places = built
            .iter()
            .map(|built| (built.draft.name.clone(), built.draft.operation.at.clone()));
        (files, places.collect())
    }

    fn operation(
        &self,
        pool: &Shelf<'_, '_>,
        built: &Built<'p, 'a>,
        styles: Styles,
        (input, reply): (Value, Option<Value>),
        paginator: Option<&str>,
    ) -> String {
        let text = operation_text(&built.manifest(pool, styles, input.clone(), reply, paginator));
        if text.len() <= MAX_FILE {
            return text;
        }
        let message = "the reply's schema is too large for a file, and is left out";
        self.source.warn(&built.draft.operation.at, message);
        operation_text(&built.manifest(pool, styles, input, None, None))
    }
}

/// The operations' schemas as they are written; what is shared has its place then.
fn placed(pool: &mut Shelf<'_, '_>, built: &[Built<'_, '_>]) -> Schemas {
    let own = |built: &Built<'_, '_>| (built.input_schema(), built.draft.reply.schema.clone());
    let mut schemas: Schemas = built.iter().map(own).collect();
    for ((input, reply), built) in schemas.iter_mut().zip(built) {
        let at = &built.draft.operation.at;
        pool.fit(input, at);
        reply.iter_mut().for_each(|reply| pool.fit(reply, at));
    }
    let mut all: Vec<(&Value, Direction)> = Vec::new();
    for (input, reply) in &schemas {
        all.push((input, Direction::Request));
        all.extend(reply.iter().map(|reply| (reply, Direction::Response)));
    }
    pool.house(&all);
    for ((input, reply), built) in schemas.iter_mut().zip(built) {
        pool.place(input, Direction::Request);
        fill_defaults(input, &built.inputs);
        reply
            .iter_mut()
            .for_each(|reply| pool.place(reply, Direction::Response));
    }
    schemas
}

/// The inputs that are parameters.
fn parameters(built: &Built<'_, '_>) -> Vec<String> {
    let own = built
        .inputs
        .iter()
        .filter(|input| input.origin != Origin::Body);
    own.map(|input| input.name.clone()).collect()
}

/// What is sent when an input is left out. Placing has taken the document's defaults away: those are the service's.
fn fill_defaults(schema: &mut Value, inputs: &[Input]) {
    for input in inputs {
        let property = schema
            .pointer_mut("/properties")
            .and_then(|all| all.get_mut(&input.name));
        if let (Some(Value::Object(property)), Some(default)) = (property, &input.default) {
            property.insert("default".to_owned(), default.clone());
        }
    }
}

fn operation_text(manifest: &Value) -> String {
    let comment = "yaml-language-server: $schema=../../../schemas/operation.schema.json";
    to_yaml(
        &[comment],
        manifest,
        &["input", "request", "pagination", "response"],
    )
}

fn example_text(example: &Value) -> String {
    let comment = "yaml-language-server: $schema=../../../schemas/example.schema.json";
    to_yaml(&[comment], example, &[])
}

fn connector_text(manifest: &Value) -> String {
    let comments = [
        "yaml-language-server: $schema=../../schemas/connector.schema.json",
        "Made of the service's OpenAPI document. What is changed by hand stays when that is imported again.",
    ];
    let apart = [
        "credentials",
        "auth",
        "request",
        "errors",
        "pagination",
        "$defs",
    ];
    to_yaml(&comments, manifest, &apart)
}
