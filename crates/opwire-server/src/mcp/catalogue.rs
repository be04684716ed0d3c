//! The catalogue: three tools in place of one for each operation.

use super::arguments::Names;
use super::known::{Entry, Known};
use super::schema::Writing;
use super::view::View;
use opwire::manifest::Effect;
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;

pub(crate) const SEARCH: &str = "search_operations";
pub(crate) const DESCRIBE: &str = "describe_operation";
pub(crate) const INVOKE: &str = "invoke_operation";

/// From so many operations on, the catalogue is suggested.
pub(crate) const MANY: usize = 40;
/// A search finds so many, unless it says how many.
const FOUND: usize = 20;
/// A search finds at most so many.
const MOST_FOUND: usize = 100;

/// The names of the arguments that stand beside `input`.
pub(crate) const BESIDE: Names = Names {
    fields: "fields",
    next: "continue",
    items: "items",
};

/// The three tools, over what is offered.
pub(crate) fn tools(offered: &[&Entry]) -> Vec<Tool> {
    let mut connectors: Vec<&str> = offered
        .iter()
        .map(|entry| entry.operation.connector().name())
        .collect();
    connectors.dedup();
    let effect = |effect: Effect| {
        offered
            .iter()
            .any(|entry| entry.operation.effect() == effect)
    };
    let reads = !effect(Effect::Create) && !effect(Effect::Update) && !effect(Effect::Delete);
    let looks = || ToolAnnotations::new().read_only(true).open_world(false);
    let invoking = ToolAnnotations::new().read_only(reads).open_world(true);
    let invoking = if reads {
        invoking
    } else {
        invoking.destructive(effect(Effect::Update) || effect(Effect::Delete))
    };
    vec![
        Tool::new(
            SEARCH,
            format!(
                "Finds operations by words of their names and descriptions. Connectors: {}.",
                connectors.join(", ")
            ),
            map(search_schema()),
        )
        .with_title("Search operations")
        .with_raw_output_schema(map(found_schema()).into())
        .with_annotations(looks()),
        Tool::new(
            DESCRIBE,
            "Gives an operation's input schema, output schema and an example. Call it before invoke_operation.",
            map(json!({
                "type": "object",
                "required": ["operation"],
                "additionalProperties": false,
                "properties": { "operation": { "type": "string", "description": "The name, from search_operations." } },
            })),
        )
        .with_title("Describe an operation")
        .with_raw_output_schema(map(json!({ "type": "object", "required": ["name", "input_schema"] })).into())
        .with_annotations(looks()),
        Tool::new(
            INVOKE,
            "Invokes an operation with an input that fits its input schema.",
            map(invoke_schema()),
        )
        .with_title("Invoke an operation")
        .with_raw_output_schema(map(json!({ "type": "object" })).into())
        .with_annotations(invoking),
    ]
}

fn search_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "query": { "type": "string", "description": "Words, such as: create person. Left out, all are listed." },
            "connector": { "type": "string" },
            "effect": { "enum": ["read", "create", "update", "delete"] },
            "limit": { "type": "integer", "minimum": 1, "maximum": MOST_FOUND, "description": format!("Default {FOUND}.") },
        },
    })
}

fn found_schema() -> Value {
    json!({
        "type": "object",
        "required": ["operations", "total"],
        "properties": {
            "operations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "title", "description", "effect"],
                },
            },
            "total": { "type": "integer", "description": "How many there are; those that fit best stand first." },
        },
    })
}

fn invoke_schema() -> Value {
    json!({
        "type": "object",
        "required": ["operation"],
        "additionalProperties": false,
        "properties": {
            "operation": { "type": "string" },
            "input": { "type": "object", "description": "As describe_operation says." },
            BESIDE.fields: { "type": "array", "items": { "type": "string" }, "description": "Only these paths of the result." },
            BESIDE.items: { "type": "integer", "minimum": 1, "description": "Of an operation with pages: walk them until so many items are in." },
            BESIDE.next: { "type": "string", "description": "What an earlier result gave under _opwire.continue." },
        },
    })
}

fn map(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What a search asks for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    connector: Option<String>,
    #[serde(default)]
    effect: Option<Effect>,
    #[serde(default)]
    limit: Option<usize>,
}

/// The operations that a search finds, the best first.
pub(crate) fn search(offered: &[&Entry], search: &Search) -> Map<String, Value> {
    let query = search.query.as_deref().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = query
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut found: Vec<(usize, &Entry)> = offered
        .iter()
        .filter(|entry| {
            let operation = &entry.operation;
            search
                .connector
                .as_deref()
                .is_none_or(|name| operation.connector().name() == name)
                && search
                    .effect
                    .is_none_or(|effect| operation.effect() == effect)
        })
        .map(|entry| (score(entry, &words), *entry))
        .filter(|(score, _)| words.is_empty() || *score > 0)
        .collect();
    found.sort_by_key(|(score, _)| Reverse(*score));
    let limit = search.limit.unwrap_or(FOUND).clamp(1, MOST_FOUND);
    let rows: Vec<Value> = found
        .iter()
        .take(limit)
        .map(|(_, entry)| row(entry))
        .collect();
    map(json!({ "operations": rows, "total": found.len() }))
}

fn row(entry: &Entry) -> Value {
    let operation = &entry.operation;
    json!({
        "name": operation.name(),
        "title": operation.title(),
        "description": operation.description(),
        "effect": operation.effect(),
    })
}

/// How well an operation fits words: in its name they tell most, then in its title, then elsewhere.
fn score(entry: &Entry, words: &[&str]) -> usize {
    let operation = &entry.operation;
    let name = operation.name().to_lowercase();
    let title = operation.title().to_lowercase();
    let description = operation.description().to_lowercase();
    let within = |word: &str| {
        // `people` is found by `person`'s first letters only; a plural finds its singular.
        let stem = word
            .strip_suffix('s')
            .filter(|stem| stem.len() > 2)
            .unwrap_or(word);
        let mut score = 0;
        for (text, weight) in [(&name, 4), (&title, 2), (&description, 1)] {
            if text.contains(stem) {
                score += weight;
            }
        }
        let whole = name.split(['.', '_']).any(|part| part == word);
        score + usize::from(whole)
    };
    words.iter().map(|word| within(word)).sum()
}

/// All that is to be known of an operation before it is invoked.
pub(crate) fn describe(entry: &Entry, known: &Known, view: &View) -> Map<String, Value> {
    let operation = &entry.operation;
    let has = |name: &str| view.has_credential(operation.connector().name(), name);
    let ddl = |id: &str| {
        let name = format!("{}.{id}", operation.connector().name());
        let found = known.get(&name).filter(|entry| view.offers(entry))?;
        Some(found.operation.name().to_owned())
    };
    let writing = Writing {
        has: &has,
        tool: &ddl,
        example: entry.example(),
        own: false,
    };
    let Value::Object(mut described) = row(entry) else {
        return Map::new();
    };
    described.insert("pages".to_owned(), json!(super::schema::walks(operation)));
    described.insert(
        "input_schema".to_owned(),
        Value::Object(writing.input(operation)),
    );
    described.insert(
        "output_schema".to_owned(),
        operation.output_schema().clone(),
    );
    described
}
