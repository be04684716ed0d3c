//! idle-keyword

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;
use super::walk::each_schema;
use crate::manifest::locate::escape;
use crate::manifest::{Fault, Meant};
use crate::types::Kinds;
use serde_json::{Map, Value};

pub(super) const RULE: Rule = Rule {
    code: Code::IdleKeyword,
    level: Level::Warning,
    docs: "JSON Schema passes over what it doesn't know, so a slip of the pen checks nothing. The same goes for keywords of older drafts
(`definitions`, `dependencies`) and of OpenAPI (`nullable`, `example`), and for keywords of another type (`minLength` of a number). Keywords of
your own begin with `x-`.",
    bad: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer, minimun: 1 }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
"#),
    good: Case::operation(r#"title: Get order
kind: main
description: Gets an order.
input:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer, minimum: 1 }
request:
  method: GET
  path: "/orders/{{input.order_id}}"
"#),
};

/// Keywords of JSON Schema 2020-12, and the kinds of value that they say something of.
const KNOWN: [(&str, Kinds); 55] = [
    ("$ref", Kinds::ANY),
    ("$defs", Kinds::ANY),
    ("$comment", Kinds::ANY),
    ("allOf", Kinds::ANY),
    ("anyOf", Kinds::ANY),
    ("oneOf", Kinds::ANY),
    ("not", Kinds::ANY),
    ("if", Kinds::ANY),
    ("then", Kinds::ANY),
    ("else", Kinds::ANY),
    ("type", Kinds::ANY),
    ("const", Kinds::ANY),
    ("enum", Kinds::ANY),
    ("title", Kinds::ANY),
    ("description", Kinds::ANY),
    ("default", Kinds::ANY),
    ("examples", Kinds::ANY),
    ("deprecated", Kinds::ANY),
    ("readOnly", Kinds::ANY),
    ("writeOnly", Kinds::ANY),
    ("format", Kinds::ANY),
    ("properties", Kinds::OBJECT),
    ("patternProperties", Kinds::OBJECT),
    ("additionalProperties", Kinds::OBJECT),
    ("unevaluatedProperties", Kinds::OBJECT),
    ("propertyNames", Kinds::OBJECT),
    ("required", Kinds::OBJECT),
    ("minProperties", Kinds::OBJECT),
    ("maxProperties", Kinds::OBJECT),
    ("dependentRequired", Kinds::OBJECT),
    ("dependentSchemas", Kinds::OBJECT),
    ("items", Kinds::LIST),
    ("prefixItems", Kinds::LIST),
    ("unevaluatedItems", Kinds::LIST),
    ("contains", Kinds::LIST),
    ("minContains", Kinds::LIST),
    ("maxContains", Kinds::LIST),
    ("minItems", Kinds::LIST),
    ("maxItems", Kinds::LIST),
    ("uniqueItems", Kinds::LIST),
    ("minLength", Kinds::TEXT),
    ("maxLength", Kinds::TEXT),
    ("pattern", Kinds::TEXT),
    ("contentEncoding", Kinds::TEXT),
    ("contentMediaType", Kinds::TEXT),
    ("contentSchema", Kinds::TEXT),
    ("minimum", Kinds::NUMBER),
    ("maximum", Kinds::NUMBER),
    ("exclusiveMinimum", Kinds::NUMBER),
    ("exclusiveMaximum", Kinds::NUMBER),
    ("multipleOf", Kinds::NUMBER),
    // These are refused by `schema-invalid`, with their reason.
    ("$id", Kinds::ANY),
    ("$schema", Kinds::ANY),
    ("$anchor", Kinds::ANY),
    ("$dynamicRef", Kinds::ANY),
];

/// Keywords of other drafts and of OpenAPI, and what is written instead.
const ELSEWHERE: [(&str, &str); 12] = [
    ("definitions", "`$defs`"),
    ("dependencies", "`dependentRequired` or `dependentSchemas`"),
    ("additionalItems", "`items`, beside `prefixItems`"),
    ("nullable", "`type: [string, \"null\"]`"),
    ("example", "`examples: [ … ]`"),
    ("discriminator", "`oneOf` whose parts have a `const`"),
    ("xml", "nothing: it is OpenAPI's"),
    ("externalDocs", "`description`"),
    ("divisibleBy", "`multipleOf`"),
    ("extends", "`allOf`"),
    ("disallow", "`not`"),
    ("id", "nothing: schemas are found by their file and pointer"),
];

/// Keywords that say something only beside another.
const BESIDE: [(&str, &str); 4] = [
    ("then", "if"),
    ("else", "if"),
    ("minContains", "contains"),
    ("maxContains", "contains"),
];

/// Is it a keyword of JSON Schema 2020-12?
#[cfg(test)]
pub(crate) fn is_keyword(name: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == name)
}

/// What does nothing in a schema and all below it.
pub(crate) fn check(schema: &Value, pointer: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    each_schema(schema, pointer, &mut |map, at| keywords(map, at, &mut faults));
    faults
}

fn keywords(map: &Map<String, Value>, pointer: &str, faults: &mut Vec<Fault>) {
    let kinds = map.get("type").map_or(Kinds::ANY, Kinds::of_type);
    for key in map.keys().filter(|key| !key.starts_with("x-")) {
        let at = format!("{pointer}/{}", escape(key));
        let mut fault = Fault::new(Code::IdleKeyword, at, "");
        fault.warning().on_key();
        let known = KNOWN.iter().find(|(known, _)| known == key);
        let beside = BESIDE.iter().find(|(known, _)| known == key);
        match (known, beside) {
            (None, _) => unknown(key, map, &mut fault),
            (Some(_), Some((_, other))) if !map.contains_key(*other) => {
                fault.say(format!("`{key}` does nothing without `{other}`"));
            }
            (Some((_, of)), _) if !kinds.may(*of) => {
                fault.say(format!("`{key}` does nothing: it is about {of}, and the type is {kinds}"));
            }
            _ => continue,
        }
        faults.push(fault);
    }
}

fn unknown(key: &str, map: &Map<String, Value>, fault: &mut Fault) {
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(known, _)| *known == key) {
        fault
            .say(format!("`{key}` does nothing in JSON Schema 2020-12"))
            .help(format!("write {instead}"));
        return;
    }
    let others = KNOWN.iter().map(|(name, _)| *name);
    // What is there already was not meant.
    let meant = Meant::of(key, others.filter(|name| !map.contains_key(*name)));
    fault
        .say(format!("`{key}` is no keyword of JSON Schema, and does nothing"))
        .help("a keyword of your own begins with `x-`")
        .meant(meant);
}
