//! What other dialects say, in JSON Schema 2020-12.

use super::*;
use std::borrow::Cow;

fn converted(dialect: Dialect, schema: Value) -> (Value, Vec<String>) {
    let root = json!({"components": {"schemas": {"Pet": {"type": "object"}, "Alias": {"$ref": "#/components/schemas/Pet"}}}});
    let source = Source::new(&root);
    let converter = Converter {
        source: &source,
        dialect,
    };
    let (value, at) = (Cow::Owned(schema), String::new());
    let out = converter.convert(&Schema { value, at });
    let told = source.warnings().iter().map(ToString::to_string).collect();
    (out, told)
}

fn same(dialect: Dialect, schema: Value, expected: &Value) {
    let shown = schema.to_string();
    let (out, told) = converted(dialect, schema);
    assert_eq!(out, *expected, "{shown}");
    assert!(told.is_empty(), "{shown}: {told:?}");
}

#[test]
fn what_openapi_3_0_says_otherwise() {
    use Dialect::OpenApi30;
    for (schema, expected) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Pet"}]}),
            json!({"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]}),
        ),
        (
            json!({"$ref": "#/components/schemas/Alias", "minimum": 1}),
            json!({"$ref": "#/components/schemas/Pet"}),
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": "9", "exclusiveMaximum": false}),
            json!({"type": "integer", "maximum": 9, "exclusiveMinimum": 1}),
        ),
        (
            json!({"type": "number", "exclusiveMaximum": true, "maximum": 2.5}),
            json!({"type": "number", "exclusiveMaximum": 2.5}),
        ),
        (
            json!({"type": "string", "example": "x", "format": "int64"}),
            json!({"type": "string", "examples": ["x"]}),
        ),
        (
            json!({"type": "string", "format": "binary"}),
            json!({"type": "string", "contentEncoding": "base64", BINARY: true}),
        ),
        (
            json!({"type": "file"}),
            json!({"type": "string", "contentEncoding": "base64", BINARY: true}),
        ),
        (
            json!({"type": "string", "format": "byte"}),
            json!({"type": "string", "contentEncoding": "base64"}),
        ),
        (
            json!({"type": "string", "format": "password"}),
            json!({"type": "string", "x-secret": true}),
        ),
        (
            json!({"type": "string", "format": "color"}),
            json!({"type": "string", "x-format": "color"}),
        ),
        (
            json!({"properties": {"a": {}}}),
            json!({"type": "object", "properties": {"a": {}}}),
        ),
        (
            json!({"type": "integer", "minLength": 3, "xml": {}, "x-y": 1}),
            json!({"type": "integer"}),
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        ),
        (
            json!({"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object"}]}),
            json!({"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object"}]}),
        ),
    ] {
        same(OpenApi30, schema, &expected);
    }
}

#[test]
fn what_openapi_3_1_has() {
    use Dialect::OpenApi31;
    for (schema, expected) in [
        (
            json!({"type": ["integer", "null"], "const": 1}),
            json!({"type": ["integer", "null"], "const": 1}),
        ),
        (
            json!({"$ref": "#/components/schemas/Pet", "description": "A pet.", "minProperties": 1}),
            json!({"$ref": "#/components/schemas/Pet", "description": "A pet.", "minProperties": 1}),
        ),
        (
            json!({"items": [{"type": "string"}, true]}),
            json!({"type": "array", "prefixItems": [{"type": "string"}, true]}),
        ),
        (json!(true), json!(true)),
    ] {
        same(OpenApi31, schema, &expected);
    }
}

#[test]
fn what_is_wrong_is_mended_and_told() {
    for (schema, expected) in [
        (
            json!({"type": "String", "enum": [1, true]}),
            json!({"type": "string", "enum": ["1", "true"]}),
        ),
        (
            json!({"type": "integer", "enum": ["1", "2"]}),
            json!({"type": "integer", "enum": [1, 2]}),
        ),
        (
            json!({"type": "object", "enum": ["a"]}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (json!({"type": "int"}), json!({"type": "integer"})),
        (
            json!({"type": "object", "required": "yes"}),
            json!({"type": "object"}),
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": true}),
            json!({"type": "integer"}),
        ),
        (json!({"type": "wizard"}), json!({})),
        (
            json!({"type": "string", "enum": []}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "string", "pattern": "^(?!x)"}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "string", "minLength": -1}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string", "required": true}}}),
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
        ),
        (json!({"$ref": "#/nothing"}), json!({})),
        (json!({"$ref": "pet.yaml"}), json!({})),
        (
            json!({"type": "string", "maxlength": 3}),
            json!({"type": "string"}),
        ),
        (json!([1]), json!({})),
    ] {
        let shown = schema.to_string();
        let (out, told) = converted(Dialect::OpenApi30, schema);
        assert_eq!(out, expected, "{shown}");
        assert_eq!(told.len(), 1, "{shown}: {told:?}");
    }
}
