use super::*;
use crate::schema::Validator;
use proptest::prelude::*;
use serde_json::{Map, json};

/// The places of a pair, each with whether a value shows it.
fn places(old: &Value, new: &Value) -> Vec<Place> {
    let (before, after) = (validator(old), validator(new));
    Pair::new(old, new).proved(&|value| {
        let problems = after.problems(value, 100).into_iter();
        before
            .is_valid(value)
            .then(|| problems.map(Refusal::from).collect())
    })
}

fn validator(schema: &Value) -> Validator {
    Validator::new(schema.clone()).unwrap_or_else(|error| panic!("{schema}: {error:?}"))
}

fn told(old: &Value, new: &Value) -> Vec<String> {
    let places = places(old, new).into_iter().map(|place| {
        let steps = place.steps.iter().map(|step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::AnyKey => "/*".to_owned(),
            Step::Item(index) => format!("/{index}"),
        });
        let shown = if place.witness.is_some() { "no" } else { "?" };
        format!("{shown} {} {}", steps.collect::<String>(), place.keyword)
    });
    places.collect()
}

#[test]
fn what_is_accepted_by_both_is_found() {
    for (old, new) in [
        (
            json!({"type": "integer"}),
            json!({"type": ["number", "string"]}),
        ),
        (
            json!({"enum": ["a", 1]}),
            json!({"type": ["string", "integer"], "maxLength": 1}),
        ),
        (json!({"const": "a"}), json!({"enum": ["a", "b"]})),
        (
            json!({"type": "boolean"}),
            json!({"enum": [true, false, null]}),
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 3, "maximum": 5}),
            json!({"minimum": 3, "exclusiveMaximum": 6}),
        ),
        (
            json!({"type": "integer"}),
            json!({"type": "number", "multipleOf": 1}),
        ),
        (json!({"multipleOf": 6}), json!({"multipleOf": 3})),
        (
            json!({"minimum": 9_007_199_254_740_993_u64}),
            json!({"minimum": 9_007_199_254_740_992_u64}),
        ),
        (
            json!({"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^a"}),
            json!({"minLength": 1, "maxLength": 4}),
        ),
        (
            json!({"type": "string", "pattern": "^a"}),
            json!({"type": "string", "pattern": "^a"}),
        ),
        (
            json!({"type": "string"}),
            json!({"format": "int32", "minimum": 7, "required": ["a"], "title": "T"}),
        ),
        (
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"const": 1}}, "additionalProperties": false}),
            json!({"required": ["a"], "properties": {"a": {"type": "integer"}, "c": false}, "minProperties": 2}),
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": false}),
            json!({"additionalProperties": {"type": "integer"}, "propertyNames": {"maxLength": 1}, "maxProperties": 1}),
        ),
        (
            json!({"type": "object", "properties": {"a": {}}, "additionalProperties": false}),
            json!({"$ref": "#/$defs/a", "unevaluatedProperties": false, "$defs": {"a": {"properties": {"a": {}, "b": {}}}}}),
        ),
        (
            json!({"$ref": "#/$defs/a", "unevaluatedProperties": false, "$defs": {"a": {"type": "object", "properties": {"a": {}}}}}),
            json!({"properties": {"a": {}, "b": {}}, "additionalProperties": false}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": false}),
            json!({"patternProperties": {"^x": {"type": "number"}}, "additionalProperties": false}),
        ),
        (
            json!({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 1}),
            json!({"items": {"type": "number"}, "maxItems": 2, "uniqueItems": true}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": false}),
            json!({"items": {"type": "integer"}}),
        ),
        (
            json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}),
        ),
        (
            json!({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"type": "object", "anyOf": [{"required": ["b"]}, {"required": ["a"]}]}),
        ),
        (
            json!({"type": "object", "properties": {"k": {"const": "a"}, "x": {}}, "required": ["k", "x"]}),
            json!({"if": {"required": ["k"], "properties": {"k": {"const": "b"}}}, "then": {"required": ["y"]}, "else": {"required": ["x"]}}),
        ),
        (
            json!({"type": "integer"}),
            json!({"not": {"type": "string"}}),
        ),
        (
            json!({"type": "object", "required": ["a"]}),
            json!({"dependentRequired": {"b": ["a"]}}),
        ),
        (json!(false), json!({"type": "string"})),
        (json!({"type": "string", "enum": [1, 2]}), json!(false)),
        // What is filled in is never missing.
        (
            json!({"type": "object", "properties": {"a": {"type": "integer"}}}),
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "default": 3}}}),
        ),
    ] {
        assert_eq!(told(&old, &new), [""; 0], "{old} {new}");
    }
}

#[test]
fn what_is_refused_is_shown_at_its_place() {
    for (old, new, expected) in [
        (
            json!({"type": ["integer", "string"]}),
            json!({"type": "integer"}),
            vec!["no  type"],
        ),
        (
            json!({"type": "number"}),
            json!({"type": "integer"}),
            vec!["no  type"],
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!({"enum": ["a"]}),
            vec!["no  enum"],
        ),
        (
            json!({"type": "string"}),
            json!({"enum": ["a"]}),
            vec!["no  enum"],
        ),
        (
            json!({"minimum": 1, "type": "integer"}),
            json!({"minimum": 2}),
            vec!["no  minimum"],
        ),
        (
            json!({"type": "number"}),
            json!({"maximum": 1e9}),
            vec!["no  maximum"],
        ),
        (
            json!({"type": "integer"}),
            json!({"multipleOf": 2}),
            vec!["no  multipleOf"],
        ),
        (
            json!({"type": "string"}),
            json!({"minLength": 1, "maxLength": 40}),
            vec!["no  minLength", "no  maxLength"],
        ),
        (
            json!({"pattern": "^[a-z]+$", "type": "string"}),
            json!({"pattern": "^[a-m]+$"}),
            vec!["no  pattern"],
        ),
        (
            json!({"type": "string"}),
            json!({"format": "date-time"}),
            vec!["no  format"],
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
            vec!["no /a required"],
        ),
        (
            json!({"type": "object", "required": ["b"], "properties": {"a": {"type": "array", "items": {"properties": {"x": {"type": "integer"}}}}, "b": {"pattern": "^[0-9]{3}$", "type": "string"}}}),
            json!({"type": "object", "required": ["b"], "properties": {"a": {"type": "array", "items": {"properties": {"x": {"maximum": 5}}}}, "b": {}}}),
            vec!["no /a/0/x maximum"],
        ),
        (
            json!({"type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": false}),
            json!({"type": "object", "properties": {"a": {}}, "additionalProperties": false}),
            vec!["no /b additionalProperties"],
        ),
        (
            json!({"type": "object", "properties": {"a": {}}}),
            json!({"type": "object", "properties": {"a": {}}, "unevaluatedProperties": false}),
            vec!["no /* unevaluatedProperties"],
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            vec!["no /* type"],
        ),
        (
            json!({"type": "object"}),
            json!({"propertyNames": {"maxLength": 3}}),
            vec!["no /* propertyNames"],
        ),
        (
            json!({"type": "object"}),
            json!({"maxProperties": 2}),
            vec!["no  maxProperties"],
        ),
        (
            json!({"type": "array"}),
            json!({"minItems": 2}),
            vec!["no  minItems"],
        ),
        (
            json!({"type": "array", "items": {"type": "integer"}}),
            json!({"maxItems": 20, "uniqueItems": true}),
            vec!["no  maxItems", "no  uniqueItems"],
        ),
        (
            json!({"anyOf": [{"type": "array"}, {"type": "object"}]}),
            json!({"anyOf": [{"type": "array"}, {"type": "object", "required": ["a"]}]}),
            vec!["no /a required"],
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            vec!["no  enum"],
        ),
        (
            json!({"type": "object"}),
            json!({"not": {"required": ["a"]}}),
            vec!["no  not"],
        ),
        (
            json!({"type": "object", "properties": {"k": {"enum": ["a", "b"]}}, "required": ["k"]}),
            json!({"type": "object", "properties": {"k": {"enum": ["a", "b"]}}, "required": ["k"],
                "if": {"properties": {"k": {"const": "b"}}}, "then": {"required": ["x"]}}),
            vec!["no /x required"],
        ),
        (
            json!({"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}]}),
            vec!["no  oneOf"],
        ),
        (
            json!({"type": "object"}),
            json!({"dependentRequired": {"a": ["b"]}}),
            vec!["no /b dependentRequired"],
        ),
        (json!({}), json!(false), vec!["no  enum", "no  false"]),
        (
            json!({}),
            json!({"type": ["number", "boolean", "string", "array", "object"]}),
            vec!["no  type"],
        ),
        // The default stands in for what is missing, so nothing shows it.
        (
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "integer"}}}),
            json!({"type": "object", "properties": {"a": {"type": "integer", "maximum": 9}}}),
            vec!["no /a maximum"],
        ),
    ] {
        assert_eq!(told(&old, &new), expected, "{old} {new}");
    }
}

#[test]
fn what_is_not_known_is_told_as_such() {
    for (old, new) in [
        // The same values by other patterns.
        (
            json!({"type": "string", "pattern": "^[ab]$"}),
            json!({"pattern": "^(a|b)$"}),
        ),
        // Neither branch alone accepts all.
        (
            json!({"type": "integer", "minimum": 0}),
            json!({"anyOf": [{"minimum": 5}, {"maximum": 5}]}),
        ),
    ] {
        let places = places(&old, &new);
        assert!(
            places.iter().all(|place| place.witness.is_none()) && places.len() == 1,
            "{old} {new} {places:?}"
        );
    }
}

fn small_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3_i64..7).prop_map(Value::from),
        (-3_i32..7).prop_map(|n| json!(f64::from(n) + 0.5)),
        "[ab1]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(
                (prop::sample::select(vec!["a", "b", "c", "x1"]), inner),
                0..4
            )
            .prop_map(|pairs| Value::Object(
                pairs
                    .into_iter()
                    .map(|(k, v)| (k.to_owned(), v))
                    .collect::<Map<_, _>>()
            )),
        ]
    })
}

fn keyword(schema: BoxedStrategy<Value>) -> BoxedStrategy<(&'static str, Value)> {
    let kinds = prop::sample::subsequence(
        vec![
            "null", "boolean", "integer", "number", "string", "array", "object",
        ],
        1..4,
    );
    let names = || prop::sample::select(vec!["a", "b", "c"]);
    let inner = prop::collection::vec((names(), schema.clone()), 1..3).prop_map(|pairs| {
        Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    });
    let list = prop::collection::vec(schema.clone(), 1..3).prop_map(Value::from);
    let count = (0_u64..4).prop_map(Value::from);
    let number = (-2_i64..6).prop_map(Value::from);
    let patterns = prop::sample::select(vec!["^a", "b$", "^[ab]*$", "1"]);
    let two = prop::collection::vec(names(), 1..3).prop_map(|mut names| {
        names.sort_unstable();
        names.dedup();
        json!(names)
    });
    prop_oneof![
        4 => kinds.prop_map(|kinds| ("type", json!(kinds))),
        1 => prop::collection::vec(small_value(), 1..4).prop_map(|mut values| { values.dedup(); ("enum", json!(values)) }),
        1 => small_value().prop_map(|value| ("const", value)),
        2 => (prop::sample::select(vec!["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]), count),
        2 => (prop::sample::select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), number),
        1 => (1_i64..4).prop_map(|step| ("multipleOf", json!(step))),
        1 => patterns.clone().prop_map(|pattern| ("pattern", json!(pattern))),
        1 => any::<bool>().prop_map(|unique| ("uniqueItems", json!(unique))),
        3 => inner.clone().prop_map(|named| ("properties", named)),
        2 => two.clone().prop_map(|names| ("required", names)),
        1 => (patterns, schema.clone()).prop_map(|(pattern, schema)| ("patternProperties", json!({ pattern: schema }))),
        2 => (prop::sample::select(vec!["additionalProperties", "unevaluatedProperties", "items", "propertyNames", "not", "contains", "unevaluatedItems"]),
            prop_oneof![Just(json!(false)), schema.clone()]),
        2 => (prop::sample::select(vec!["anyOf", "oneOf", "allOf", "prefixItems"]), list),
        1 => (names(), two).prop_map(|(name, names)| ("dependentRequired", json!({ name: names }))),
        1 => inner.prop_map(|named| ("dependentSchemas", named)),
        1 => (prop::sample::select(vec!["if", "then", "else"]), schema),
    ]
    .boxed()
}

fn small_schema() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!({"type": "string"})),
        Just(json!({"type": "integer"})),
        Just(json!(true))
    ]
    .boxed();
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop::collection::vec(keyword(inner.boxed()), 1..4).prop_map(|pairs| {
            Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
        })
    })
    .boxed()
}

/// A schema and one that is near to it: loosened, tightened or combined.
fn near() -> impl Strategy<Value = (Value, Value)> {
    (small_schema(), small_schema(), 0..7, any::<prop::sample::Index>()).prop_map(|(one, other, how, at)| {
        let mut changed = one.clone();
        let keys: Vec<String> = one.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        match (how, changed.as_object_mut()) {
            (0, Some(map)) if !keys.is_empty() => drop(map.remove(at.get(&keys))),
            (1, Some(map)) => map.extend(other.as_object().cloned().unwrap_or_default()),
            (2, _) => changed = json!({"allOf": [one, other]}),
            (3, _) => changed = json!({"anyOf": [one, other]}),
            (4, _) => changed = json!({"$ref": "#/$defs/a", "unevaluatedProperties": false, "$defs": {"a": one}}),
            (5, _) => changed = json!({"properties": {"a": one, "b": other}, "additionalProperties": false}),
            _ => return (one, other),
        }
        (one, changed)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    /// Yes: nothing that the old schema accepts is refused. No: the witness shows it.
    #[test]
    fn verdicts_hold((one, other) in near(), values in prop::collection::vec(small_value(), 48), turned in any::<bool>()) {
        let (old, new) = if turned { (other, one) } else { (one, other) };
        let (before, after) = (validator(&old), validator(&new));
        let places = places(&old, &new);
        if places.is_empty() {
            let made = sample::samples(&[&plain::plain(&old)], &[&plain::plain(&new)]);
            let plain = [json!(null), json!(true), json!(false), json!(0), json!(0.5), json!(""), json!([]), json!({})];
            for value in values.iter().chain(&made).chain(&plain) {
                prop_assert!(!before.is_valid(value) || after.is_valid(value), "{old}\n{new}\n{value}");
            }
        }
        for place in places {
            if let Some(witness) = place.witness {
                prop_assert!(before.is_valid(&witness) && !after.is_valid(&witness), "{old}\n{new}\n{witness}");
            }
        }
    }

    /// A schema accepts all that it accepts, however it is written.
    #[test]
    fn a_schema_accepts_its_own(schema in small_schema()) {
        let moved = json!({"allOf": [{"$ref": "#/$defs/it"}], "title": "T", "$defs": {"it": schema}});
        prop_assert_eq!(told(&schema, &moved), [""; 0]);
        prop_assert_eq!(told(&moved, &schema), [""; 0]);
    }

    /// The plain form accepts the same.
    #[test]
    fn the_plain_form_means_the_same(schema in small_schema(), values in prop::collection::vec(small_value(), 32)) {
        let (written, plain) = (validator(&schema), validator(&plain::plain(&schema)));
        for value in values {
            prop_assert_eq!(written.is_valid(&value), plain.is_valid(&value), "{} {}", schema, value);
        }
    }
}
