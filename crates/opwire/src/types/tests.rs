use super::*;
use serde_json::json;

fn of(schema: &Value) -> Type<'_> {
    Type::of_schema(schema)
}

#[test]
fn paths_follow_properties_references_and_combinations() {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["a"],
        "properties": {
            "a": {"$ref": "#/$defs/id"},
            "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": false}},
            "free": {"type": "object"},
            "either": {"anyOf": [{"type": "object", "properties": {"y": {}}, "additionalProperties": false}, {"type": "string"}]},
            "filled": {"type": "boolean", "default": true},
        },
        "$defs": {"id": {"type": ["integer", "string"]}},
    });
    let shape = of(&schema);
    let a = shape.child("a").unwrap();
    assert_eq!(
        (a.kinds(), a.missing),
        (Kinds::INTEGER | Kinds::TEXT, false)
    );
    assert_eq!(
        shape.child("b").unwrap_err(),
        ["a", "either", "filled", "free", "list"]
    );
    assert!(a.child("x").is_err());
    let list = shape.child("list").unwrap();
    assert!(list.missing && list.item().child("x").is_ok() && list.item().child("z").is_err());
    assert!(list.child("0").unwrap().child("z").is_err());
    assert!(
        shape
            .child("free")
            .unwrap()
            .child("any")
            .unwrap()
            .child("more")
            .is_ok()
    );
    assert!(shape.child("either").unwrap().child("y").unwrap().missing);
    assert!(!shape.child("filled").unwrap().missing);
}

#[test]
fn what_alternatives_require_is_there_where_all_do() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["a", "b"]}]});
    assert!(!of(&schema).child("a").unwrap().missing);
    assert!(of(&schema).child("b").unwrap().missing);
    let schema = json!({"type": "object", "properties": {"k": {}}, "if": {"properties": {"k": {"const": 1}}},
        "then": {"required": ["x"]}, "else": {"required": ["x", "y"]}});
    assert!(!of(&schema).child("x").unwrap().missing);
    assert!(of(&schema).child("y").unwrap().missing);
}

#[test]
fn closed_combinations_shut_names_out() {
    let schema = json!({"allOf": [
        {"properties": {"a": {}}, "additionalProperties": false},
        {"properties": {"a": {"type": "integer"}, "b": {}}},
    ]});
    assert_eq!(of(&schema).child("a").unwrap().kinds(), Kinds::INTEGER);
    assert!(of(&schema).child("b").is_err());
    let schema = json!({"$ref": "#/$defs/base", "properties": {"c": {}}, "unevaluatedProperties": false,
        "$defs": {"base": {"properties": {"a": {}}}}});
    assert!(of(&schema).child("a").is_ok() && of(&schema).child("c").is_ok());
    assert!(of(&schema).child("d").is_err());
}

#[test]
fn conditions_choose_among_alternatives() {
    let schema = json!({"type": "object", "required": ["body"], "properties": {"body": {"oneOf": [
        {"type": "object", "required": ["kind", "text"], "properties": {"kind": {"const": "raw"}, "text": {"type": "string"}}, "additionalProperties": false},
        {"type": "object", "required": ["kind", "parts"], "properties": {"kind": {"const": "form"}, "parts": {"type": "array"}}, "additionalProperties": false},
        {"type": "null"},
    ]}}});
    let body = |of: &Type<'_>, name: &str| of.child("body").unwrap().child(name).map(|t| t.missing);
    let raw = of(&schema).knowing(&["body", "kind"], &Fact::Equals(json!("raw")));
    assert_eq!(body(&raw, "text"), Ok(false));
    assert!(body(&raw, "parts").is_err());
    let other = of(&schema).knowing(&["body", "kind"], &Fact::Differs(json!("raw")));
    assert!(body(&other, "text").is_err());
    assert_eq!(body(&other, "parts"), Ok(true), "the body may be null");
    let there = other.knowing(&["body"], &Fact::Holds);
    assert_eq!(body(&there, "parts"), Ok(false));
    let key = of(&schema).knowing(&["body"], &Fact::OnlyKey("parts".into()));
    assert_eq!(body(&key, "parts"), Ok(false));
}

#[test]
fn conditions_show_what_is_there() {
    let schema = json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "boolean"}}});
    let a = |fact: &Fact| of(&schema).knowing(&["a"], fact).child("a").unwrap();
    assert_eq!(a(&Fact::Holds).kinds(), Kinds::TEXT);
    assert!(!a(&Fact::Holds).missing);
    assert_eq!(a(&Fact::Fails).kinds(), Kinds::NULL);
    assert!(a(&Fact::Fails).missing);
    assert_eq!(a(&Fact::There).kinds(), Kinds::TEXT | Kinds::NULL);
    assert!(a(&Fact::Missing).is_nothing());
    assert_eq!(a(&Fact::IsNot(Kinds::NULL)).kinds(), Kinds::TEXT);
    assert!(
        of(&schema)
            .knowing(&["a"], &Fact::Equals(json!(1)))
            .is_never()
    );
}

#[test]
fn conditions_that_can_only_end_one_way_are_known() {
    for (schema, holds, fails) in [
        (json!({"type": "string"}), true, false),
        (json!({"type": "null"}), false, true),
        (json!({"enum": [false, null]}), false, true),
        (json!({"type": "boolean"}), true, true),
        (json!({}), true, true),
    ] {
        assert_eq!(
            (of(&schema).may_hold(), of(&schema).may_fail()),
            (holds, fails),
            "{schema}"
        );
    }
}

#[test]
fn a_schemas_type_is_published_as_that_schema() {
    let schema = json!({"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}, "$defs": {"id": {"type": "integer", "title": "ID"}}});
    assert_eq!(Publisher::publish(&of(&schema)), schema);
    assert_eq!(
        Publisher::publish(&of(&schema).child("id").unwrap()),
        json!({"anyOf": [{"type": "integer", "title": "ID"}, {"type": "null"}]}),
        "at the top stands no mere reference"
    );
    let schema = json!({"$ref": "#/$defs/list", "$defs": {"id": {"type": "integer"}, "list": {"$ref": "#/$defs/all"},
        "all": {"type": "array", "items": {"$ref": "#/$defs/id"}}}});
    assert_eq!(
        Publisher::publish(&of(&schema)),
        json!({"type": "array", "items": {"$ref": "#/$defs/id"}, "$defs": {"id": {"type": "integer"}}})
    );
    assert_eq!(Publisher::publish(&Type::any()), json!({}));
}

#[test]
fn what_a_template_makes_is_published_as_it_is_made() {
    let mut option = Fields::default();
    option.set("label", Type::kind(Kinds::TEXT));
    option.set("value", Type::kind(Kinds::INTEGER).or_missing());
    let mut fields = Fields::default();
    fields.set("options", Type::list(Type::object(option), true));
    fields.set(
        "kind",
        Type::literal(&json!("a")).or(Type::literal(&json!("b"))),
    );
    let schema = Publisher::publish(&Type::object(fields));
    assert_eq!(
        schema,
        json!({"type": "object", "properties": {
            "options": {"type": "array", "items": {"type": "object", "properties": {"label": {"type": "string"}, "value": {"type": "integer"}},
                "required": ["label"], "additionalProperties": false}},
            "kind": {"enum": ["a", "b"]},
        }, "required": ["options", "kind"], "additionalProperties": false})
    );
}

/// An object with these two keys.
fn option<'a>(label: Type<'a>, value: Type<'a>) -> Type<'a> {
    let mut fields = Fields::default();
    fields.set("label", label);
    fields.set("value", value);
    Type::object(fields)
}

#[test]
fn what_a_union_says_twice_is_published_once() {
    let (text, person) = (Type::kind(Kinds::TEXT), json!("person"));
    for both in [
        text.clone().or(Type::literal(&person)),
        Type::literal(&person).or(text.clone()),
    ] {
        assert_eq!(Publisher::publish(&both), json!({"type": "string"}));
    }
    let none = option(
        Type::literal(&json!("None")),
        Type::literal(&json!("_is_null")),
    );
    let some = option(text, Type::kind(Kinds::INTEGER));
    assert_eq!(
        Publisher::publish(&none.or(some)),
        json!({"type": "object", "properties": {"label": {"type": "string"},
            "value": {"anyOf": [{"const": "_is_null"}, {"type": "integer"}]}},
            "required": ["label", "value"], "additionalProperties": false})
    );
}

#[test]
fn of_many_values_and_objects_the_kinds_are_kept() {
    let of = |most: usize| {
        let name = |n: usize| Type::literal(&json!(format!("zone {n}")));
        let each = (0..most).map(|n| option(name(n), Type::literal(&json!(n))));
        Publisher::publish(&each.fold(Type::never(), Type::or))["properties"].clone()
    };
    assert_eq!(of(2)["label"], json!({"enum": ["zone 0", "zone 1"]}));
    assert_eq!(
        of(400),
        json!({"label": {"type": "string"}, "value": {"type": "integer"}})
    );
}

#[test]
fn kinds_read_as_people_write() {
    for (kinds, text) in [
        (Kinds::ANY, "anything"),
        (Kinds::NONE, "nothing"),
        (Kinds::NUMBER, "a number"),
        (
            Kinds::INTEGER | Kinds::TEXT | Kinds::NULL,
            "an integer, text or null",
        ),
        (Kinds::LIST | Kinds::NULL, "a list or null"),
    ] {
        assert_eq!(kinds.to_string(), text);
    }
}
