//! The keywords of a manifest's schemas: their order, and the types that they say something of.

use super::types::Kinds;
use serde_json::{Map, Value};

/// Keywords in the order in which people write them, and the types that they say something of.
const KNOWN: [(&str, Kinds); 52] = [
    ("$ref", Kinds::ANY),
    ("title", Kinds::ANY),
    ("description", Kinds::ANY),
    ("deprecated", Kinds::ANY),
    ("readOnly", Kinds::ANY),
    ("writeOnly", Kinds::ANY),
    ("type", Kinds::ANY),
    ("const", Kinds::ANY),
    ("enum", Kinds::ANY),
    ("format", Kinds::TEXT),
    ("x-format", Kinds::ANY),
    ("x-secret", Kinds::ANY),
    ("contentEncoding", Kinds::TEXT),
    ("contentMediaType", Kinds::TEXT),
    ("contentSchema", Kinds::TEXT),
    ("minLength", Kinds::TEXT),
    ("maxLength", Kinds::TEXT),
    ("pattern", Kinds::TEXT),
    ("minimum", Kinds::NUMBER),
    ("exclusiveMinimum", Kinds::NUMBER),
    ("maximum", Kinds::NUMBER),
    ("exclusiveMaximum", Kinds::NUMBER),
    ("multipleOf", Kinds::NUMBER),
    ("default", Kinds::ANY),
    ("examples", Kinds::ANY),
    ("minItems", Kinds::LIST),
    ("maxItems", Kinds::LIST),
    ("uniqueItems", Kinds::LIST),
    ("prefixItems", Kinds::LIST),
    ("items", Kinds::LIST),
    ("contains", Kinds::LIST),
    ("minContains", Kinds::LIST),
    ("maxContains", Kinds::LIST),
    ("unevaluatedItems", Kinds::LIST),
    ("required", Kinds::OBJECT),
    ("dependentRequired", Kinds::OBJECT),
    ("additionalProperties", Kinds::OBJECT),
    ("unevaluatedProperties", Kinds::OBJECT),
    ("minProperties", Kinds::OBJECT),
    ("maxProperties", Kinds::OBJECT),
    ("propertyNames", Kinds::OBJECT),
    ("allOf", Kinds::ANY),
    ("anyOf", Kinds::ANY),
    ("oneOf", Kinds::ANY),
    ("not", Kinds::ANY),
    ("if", Kinds::ANY),
    ("then", Kinds::ANY),
    ("else", Kinds::ANY),
    ("properties", Kinds::OBJECT),
    ("patternProperties", Kinds::OBJECT),
    ("dependentSchemas", Kinds::OBJECT),
    ("$defs", Kinds::ANY),
];

/// What says nothing of a value, or is found in another way.
const PASSED_OVER: [&str; 17] = [
    "$ref",
    "type",
    "format",
    "nullable",
    "xml",
    "externalDocs",
    "$id",
    "id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$comment",
    "$defs",
    "definitions",
    "collectionFormat",
    "allowEmptyValue",
];

/// Is it known, and without a loss?
pub(super) fn passed_over(key: &str) -> bool {
    key.starts_with("x-") || PASSED_OVER.contains(&key)
}

/// Does it say anything of values of these types?
pub(super) fn says_something(key: &str, kinds: Kinds) -> bool {
    let known = KNOWN.iter().find(|(known, _)| *known == key);
    known.is_none_or(|(_, of)| kinds.may(*of))
}

/// The keywords in the order in which people write them.
pub(crate) fn in_order(mut map: Map<String, Value>) -> Map<String, Value> {
    let mut ordered = Map::with_capacity(map.len());
    for (key, _) in KNOWN {
        if let Some((key, value)) = map.remove_entry(key) {
            ordered.insert(key, value);
        }
    }
    ordered.extend(map);
    ordered
}
