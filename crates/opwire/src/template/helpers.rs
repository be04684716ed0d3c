//! Helpers: the closed set of functions that expressions may call. Adding one is a change to the language.

mod lists;
mod logic;
mod objects;
mod text;
mod types;

pub(crate) use types::{Mismatch, kinds_named};

use super::eval::kind_of;
use serde_json::Value;
use std::borrow::Cow;
use types::Typing;

/// An argument: nothing when its path is missing.
pub(crate) type Argument<'a> = Option<Cow<'a, Value>>;
pub(crate) type Arguments<'a> = Vec<Argument<'a>>;
/// A result: nothing for missing, text for what is wrong (never with a value in it).
pub(crate) type Given<'a> = Result<Argument<'a>, String>;

/// A helper, as the reference shows it and the engine runs it.
pub(crate) struct Helper {
    pub(crate) name: &'static str,
    /// How it is written.
    pub(crate) form: &'static str,
    pub(crate) least: usize,
    pub(crate) most: Option<usize>,
    /// What it gives, and what for a missing or null argument.
    pub(crate) gives: &'static str,
    /// An expression over the reference's sample input, and its value as JSON (`missing` for none).
    pub(crate) example: (&'static str, &'static str),
    pub(crate) run: Run,
    /// What type it gives.
    pub(crate) types: Typing,
}

/// How a helper runs.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// With all its arguments.
    Eager(for<'a> fn(Arguments<'a>) -> Given<'a>),
    /// Argument by argument, until one decides.
    Lazy(Lazy),
}

/// Helpers that need not look at every argument.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lazy {
    Default,
    And,
    Or,
}

impl std::fmt::Debug for Helper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The helper of this name.
pub(crate) fn find(name: &str) -> Option<&'static Helper> {
    TABLE.iter().find(|helper| helper.name == name)
}

macro_rules! table {
    ($($name:literal $form:literal $least:literal..$most:tt $run:expr, $types:expr, $gives:literal, $in:literal => $out:literal;)*) => {
        [$(Helper { name: $name, form: $form, least: $least, most: table!(@$most), gives: $gives, example: ($in, $out), run: $run, types: $types }),*]
    };
    (@any) => { None };
    (@$most:literal) => { Some($most) };
}

/// Every helper, in the reference's order.
#[rustfmt::skip]
pub(crate) static TABLE: [Helper; 38] = table! {
    "default" "default a b …" 1..any Run::Lazy(Lazy::Default), types::default, "the first argument that is neither missing nor null; missing when all are", "default input.nick input.name" => "\"Ada\"";
    "eq" "eq a b" 2..2 Run::Eager(logic::eq), types::eq, "true when both are the same JSON value (1 and 1.0 are); missing equals only missing", "eq input.count 3" => "true";
    "ne" "ne a b" 2..2 Run::Eager(logic::ne), types::ne, "the opposite of `eq`", "ne input.name 'Bob'" => "true";
    "lt" "lt a b" 2..2 Run::Eager(logic::lt), types::order, "true when a is the smaller number, or stands before b as text; false when one is missing, null or of another type", "lt input.count 10" => "true";
    "gt" "gt a b" 2..2 Run::Eager(logic::gt), types::order, "`lt b a`", "gt input.count 10" => "false";
    "and" "and a b …" 1..any Run::Lazy(Lazy::And), types::and, "true when every argument is neither missing, null nor false", "and input.active input.count" => "true";
    "or" "or a b …" 1..any Run::Lazy(Lazy::Or), types::or, "true when any argument is neither missing, null nor false", "or input.nick input.count" => "true";
    "not" "not a" 1..1 Run::Eager(logic::not), types::not, "true when the argument is missing, null or false", "not input.nick" => "true";
    "pick" "pick object 'key' …" 2..any Run::Eager(objects::pick), types::pick, "the object with only these keys; missing for a missing or null object", "pick input.person 'id'" => "{\"id\":7}";
    "omit" "omit object 'key' …" 2..any Run::Eager(objects::omit), types::omit, "the object without these keys; missing for a missing or null object", "omit input.person 'id'" => "{\"name\":\"Ada\"}";
    "from_entries" "from_entries list" 1..1 Run::Eager(objects::from_entries), types::from_entries, "a list of {key, value} as an object, the last of a repeated key winning; an object as it is; missing for missing or null", "from_entries input.fields" => "{\"Plan\":\"Pro\",\"Seats\":5}";
    "to_entries" "to_entries object" 1..1 Run::Eager(objects::to_entries), types::to_entries, "an object as a list of {key, value}; missing for missing or null", "to_entries (pick input.person 'id')" => "[{\"key\":\"id\",\"value\":7}]";
    "keys" "keys object" 1..1 Run::Eager(objects::keys), types::keys, "the object's keys; missing for missing or null", "keys input.person" => "[\"id\",\"name\"]";
    "values" "values object" 1..1 Run::Eager(objects::values), types::values, "the object's values; missing for missing or null", "values input.person" => "[7,\"Ada\"]";
    "only_key" "only_key object" 1..1 Run::Eager(objects::only_key), types::only_key, "the name of the object's single key; an error when it has none or several; missing for missing or null", "only_key (pick input.person 'id')" => "\"id\"";
    "map_value" "map_value a 'from' 'to' …" 3..any Run::Eager(objects::map_value), types::map_value, "the `to` after the `from` that equals a; else the argument after the pairs, if there is one, else a itself; missing for missing", "map_value input.type 'people' 'person' 'accounts' 'account'" => "\"person\"";
    "length" "length a" 1..1 Run::Eager(lists::length), types::length, "how many items, keys or characters; missing for missing or null", "length input.tags" => "2";
    "first" "first list" 1..1 Run::Eager(lists::first), types::item, "the first item; missing for an empty, missing or null list", "first input.tags" => "\"vip\"";
    "last" "last list" 1..1 Run::Eager(lists::last), types::item, "the last item; missing for an empty, missing or null list", "last input.tags" => "\"beta\"";
    "join" "join list 'separator'" 2..2 Run::Eager(lists::join), types::join, "the items as one text, null ones passed over; missing for a missing or null list", "join input.tags ','" => "\"vip,beta\"";
    "concat" "concat a b …" 1..any Run::Eager(lists::concat), types::concat, "texts, numbers and booleans as one text, or lists as one list; missing and null ones are passed over; missing when all are", "concat 'user #' input.count" => "\"user #3\"";
    "slice" "slice a start end" 2..3 Run::Eager(lists::slice), types::slice, "items or characters from `start` (counted from 0) to before `end`, or to the last; missing for missing or null", "slice input.name 0 2" => "\"Ad\"";
    "contains" "contains a item" 2..2 Run::Eager(lists::contains), types::contains, "true when a list has the item, an object the key or a text the text; false when either is missing or null", "contains input.tags 'vip'" => "true";
    "split" "split text 'separator'" 2..2 Run::Eager(text::split), types::split, "the parts of a text as a list; missing for missing or null", "split 'a,b' ','" => "[\"a\",\"b\"]";
    "lower" "lower text" 1..1 Run::Eager(text::lower), types::text, "the text in lower case; missing for missing or null", "lower input.name" => "\"ada\"";
    "upper" "upper text" 1..1 Run::Eager(text::upper), types::text, "the text in upper case; missing for missing or null", "upper input.name" => "\"ADA\"";
    "trim" "trim text" 1..1 Run::Eager(text::trim), types::text, "the text without white space around it; missing for missing or null", "trim '  a '" => "\"a\"";
    "replace" "replace text 'from' 'to'" 3..3 Run::Eager(text::replace), types::text, "the text with every `from` replaced; missing for missing or null", "replace input.name 'A' 'O'" => "\"Oda\"";
    "starts_with" "starts_with text 'start'" 2..2 Run::Eager(text::starts_with), types::starts_with, "true when the text begins so; false for missing or null", "starts_with input.name 'Ad'" => "true";
    "add" "add a b" 2..2 Run::Eager(logic::add), types::arithmetic, "the sum of two numbers; missing when one is missing or null", "add input.count 1" => "4";
    "sub" "sub a b" 2..2 Run::Eager(logic::sub), types::arithmetic, "the difference of two numbers; missing when one is missing or null", "sub input.count 1" => "2";
    "number" "number a" 1..1 Run::Eager(text::number), types::number, "a number as it is, a text as the number that it spells; missing for missing or null", "number '42'" => "42";
    "string" "string a" 1..1 Run::Eager(text::string), types::string, "a text as it is, a number or boolean as text; missing for missing or null", "string input.count" => "\"3\"";
    "json" "json a" 1..1 Run::Eager(text::json), types::json, "the value as JSON text; missing for missing", "json input.tags" => "\"[\\\"vip\\\",\\\"beta\\\"]\"";
    "parse_json" "parse_json text" 1..1 Run::Eager(text::parse_json), types::parse_json, "the value that a JSON text spells; missing for missing or null", "parse_json '[1]'" => "[1]";
    "date" "date text 'format'" 2..2 Run::Eager(text::date), types::text, "an ISO 8601 time or date in a strftime format; missing for missing or null", "date input.when '%d/%m/%Y'" => "\"15/05/2023\"";
    "link" "link header 'rel'" 2..2 Run::Eager(text::link), types::link, "the target of this relation in a Link header (RFC 8288); missing when there is none", "link input.link 'next'" => "\"https://a.example/?page=2\"";
    "is" "is a 'type'" 2..2 Run::Eager(logic::is), types::is, "true when the value is of this type: text, number, boolean, list, object, null or missing", "is input.tags 'list'" => "true";
};

/// A helper as the reference shows it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HelperReference {
    /// The name.
    pub name: &'static str,
    /// How it is written: `default a b …`.
    pub form: &'static str,
    /// What it gives, and what for a missing or null argument.
    pub gives: &'static str,
    /// An expression over the reference's sample input, and its value as JSON.
    pub example: (&'static str, &'static str),
}

/// Every helper of the language, and the sample input that their examples read.
#[must_use]
pub fn helper_reference() -> (Vec<HelperReference>, Value) {
    let row = |helper: &Helper| HelperReference {
        name: helper.name,
        form: helper.form,
        gives: helper.gives,
        example: helper.example,
    };
    (TABLE.iter().map(row).collect(), sample_input())
}

/// What helpers do with missing and null: most give missing.
fn present(argument: Argument<'_>) -> Argument<'_> {
    argument.filter(|value| !value.is_null())
}

fn take<'a>(arguments: &mut Arguments<'a>, index: usize) -> Argument<'a> {
    arguments.get_mut(index).and_then(Option::take)
}

/// The text of an argument; an error when it is of another type.
fn text_at<'a>(
    arguments: &mut Arguments<'a>,
    index: usize,
) -> Result<Option<Cow<'a, str>>, String> {
    match present(take(arguments, index)) {
        None => Ok(None),
        Some(Cow::Borrowed(Value::String(text))) => Ok(Some(Cow::Borrowed(text))),
        Some(Cow::Owned(Value::String(text))) => Ok(Some(Cow::Owned(text))),
        Some(other) => Err(format!("needs text, not {}", kind_of(&other))),
    }
}

fn required<T>(argument: Option<T>, what: &str) -> Result<T, String> {
    argument.ok_or_else(|| format!("{what} is missing"))
}

#[expect(clippy::unnecessary_wraps, reason = "what every helper gives")]
fn give<'a>(value: impl Into<Value>) -> Given<'a> {
    Ok(Some(Cow::Owned(value.into())))
}

/// Sample input of the examples, here and in the reference.
pub(crate) fn sample_input() -> Value {
    serde_json::json!({
        "name": "Ada", "nick": null, "count": 3, "active": true, "tags": ["vip", "beta"],
        "person": {"id": 7, "name": "Ada"}, "fields": [{"key": "Plan", "value": "Pro"}, {"key": "Seats", "value": 5}],
        "type": "people", "when": "2023-05-15T10:30:00Z",
        "link": "<https://a.example/?page=2>; rel=\"next\", <https://a.example/?page=9>; rel=\"last\"",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Compiler, Names, Roots, Scope};

    fn eval(expression: &str) -> Result<Option<Value>, String> {
        let names = Names::of_any_input();
        let mut compiler = Compiler::new(names, "");
        let template = compiler.template(&Value::String(format!("{{{{{expression}}}}}")));
        assert!(
            compiler.faults.is_empty(),
            "{expression}: {:?}",
            compiler.faults
        );
        let input = sample_input();
        let roots = Roots {
            input: Some(&input),
            ..Roots::default()
        };
        let scope = Scope::new(&roots);
        template
            .eval(&scope)
            .map(|v| v.map(Cow::into_owned))
            .map_err(|e| e.0)
    }

    #[test]
    fn every_example_holds() {
        for helper in &TABLE {
            let (expression, expected) = helper.example;
            let given = eval(expression)
                .unwrap()
                .map_or("missing".to_owned(), |v| v.to_string());
            assert_eq!(given, expected, "{expression}");
        }
    }

    #[test]
    fn missing_and_null_arguments() {
        for (expression, expected) in [
            ("default input.a input.b", "missing"),
            ("not input.a", "true"),
            ("contains input.a 'x'", "false"),
            ("contains input.tags input.a", "false"),
            ("length input.a", "missing"),
            ("lower input.nick", "missing"),
            ("eq input.a input.b", "true"),
            ("eq input.nick input.a", "false"),
            ("eq 1 1.0", "true"),
            ("lt input.a 1", "false"),
            ("concat input.a input.nick", "missing"),
            (
                "concat input.tags input.tags",
                "[\"vip\",\"beta\",\"vip\",\"beta\"]",
            ),
            ("map_value input.name 'a' 'b' 'other'", "\"other\""),
            ("map_value input.name 'a' 'b'", "\"Ada\""),
            ("slice input.tags 1", "[\"beta\"]"),
            ("slice input.tags 5 9", "[]"),
            ("add 9007199254740993 1", "9007199254740994"),
            ("link input.link 'prev'", "missing"),
            ("from_entries input.person", "{\"id\":7,\"name\":\"Ada\"}"),
            ("join input.nick ','", "missing"),
            ("is input.zzz 'missing'", "true"),
        ] {
            let given = eval(expression)
                .unwrap()
                .map_or("missing".to_owned(), |v| v.to_string());
            assert_eq!(given, expected, "{expression}");
        }
    }

    #[test]
    fn wrong_arguments_are_errors_without_values() {
        for expression in [
            "lower input.tags",
            "from_entries input.name",
            "only_key input.person",
            "number input.name",
            "parse_json input.name",
            "date input.name '%Y'",
            "add input.name 1",
            "join input.name ','",
            "omit input.name 'x'",
            "date input.when '%!'",
        ] {
            let error = eval(expression).unwrap_err();
            assert!(!error.contains("Ada"), "{error}");
        }
    }
}
