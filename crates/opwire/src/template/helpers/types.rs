//! What type each helper gives for arguments of certain types, and which arguments can't be right.
#![expect(
    clippy::unnecessary_wraps,
    reason = "every helper has the one signature"
)]

use crate::types::{Fields, Kinds, Type};
use serde_json::Value;

/// An argument that fails whatever it turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// Which one, from 0.
    pub(crate) argument: usize,
    pub(crate) needs: &'static str,
}

/// The type that a call gives.
pub(crate) type Typed<'a> = Result<Type<'a>, Mismatch>;
pub(crate) type Typing = for<'a> fn(&[Type<'a>]) -> Typed<'a>;

const EVERY: [Kinds; 7] = [
    Kinds::NULL,
    Kinds::BOOLEAN,
    Kinds::INTEGER,
    Kinds::FRACTION,
    Kinds::TEXT,
    Kinds::LIST,
    Kinds::OBJECT,
];

fn at<'a>(arguments: &[Type<'a>], index: usize) -> Type<'a> {
    arguments.get(index).cloned().unwrap_or_else(Type::absent)
}

/// Null and missing are passed over; of what else there may be, something must be of these kinds.
fn needs(
    arguments: &[Type<'_>],
    argument: usize,
    kinds: Kinds,
    what: &'static str,
) -> Result<(), Mismatch> {
    let fits = arguments
        .get(argument)
        .is_none_or(|given| given.kinds().only(Kinds::NULL) || given.may_be(kinds));
    if fits {
        Ok(())
    } else {
        Err(Mismatch {
            argument,
            needs: what,
        })
    }
}

/// A result of this kind, missing where the first argument is missing or null.
fn gives<'a>(arguments: &[Type<'a>], result: Type<'a>) -> Type<'a> {
    result.missing_as(at(arguments, 0).may_lack())
}

fn boolean<'a>(may_hold: bool, may_fail: bool) -> Type<'a> {
    match (may_hold, may_fail) {
        (true, false) => Type::literal(&Value::Bool(true)),
        (false, true) => Type::literal(&Value::Bool(false)),
        _ => Type::kind(Kinds::BOOLEAN),
    }
}

pub(super) fn default<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let mut result = Type::never();
    for argument in arguments {
        result = result.or(argument.clone().present());
        if !argument.may_lack() {
            return Ok(result);
        }
    }
    Ok(result.or_missing())
}

/// Can two values be the same, and can they differ?
fn equality(arguments: &[Type<'_>]) -> (bool, bool) {
    let (a, b) = (at(arguments, 0), at(arguments, 1));
    let both_missing = a.missing && b.missing;
    let Some((xs, ys)) = a.values().zip(b.values()) else {
        let shared = EVERY.iter().any(|k| a.may_be(*k) && b.may_be(*k));
        // 1 and 1.0 are the same.
        let numbers = a.may_be(Kinds::NUMBER) && b.may_be(Kinds::NUMBER);
        return (shared || numbers || both_missing, true);
    };
    let same = |x: &Value, y: &Value| super::logic::same(x, y);
    let equal = xs.iter().any(|x| ys.iter().any(|y| same(x, y)));
    let differ = a.missing != b.missing
        || (both_missing && !(xs.is_empty() && ys.is_empty()))
        || xs.iter().any(|x| ys.iter().any(|y| !same(x, y)));
    (equal || both_missing, differ)
}

pub(super) fn eq<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let (equal, differ) = equality(arguments);
    Ok(boolean(equal, differ))
}

pub(super) fn ne<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let (equal, differ) = equality(arguments);
    Ok(boolean(differ, equal))
}

pub(super) fn order<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let (a, b) = (at(arguments, 0), at(arguments, 1));
    let both = |kinds| a.may_be(kinds) && b.may_be(kinds);
    Ok(boolean(both(Kinds::NUMBER) || both(Kinds::TEXT), true))
}

pub(super) fn and<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    Ok(boolean(
        arguments.iter().all(Type::may_hold),
        arguments.iter().any(Type::may_fail),
    ))
}

pub(super) fn or<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    Ok(boolean(
        arguments.iter().any(Type::may_hold),
        arguments.iter().all(Type::may_fail),
    ))
}

pub(super) fn not<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let value = at(arguments, 0);
    Ok(boolean(value.may_fail(), value.may_hold()))
}

/// The names that the further arguments spell, when all are literals.
fn names(arguments: &[Type<'_>]) -> Option<Vec<String>> {
    let name = |argument: &Type<'_>| match argument.values()?.as_slice() {
        [Value::String(name)] if !argument.missing => Some(name.clone()),
        _ => None,
    };
    arguments.iter().skip(1).map(name).collect()
}

fn object<'a>(arguments: &[Type<'a>]) -> Result<Fields<'a>, Mismatch> {
    needs(arguments, 0, Kinds::OBJECT, "an object")?;
    Ok(at(arguments, 0).only(Kinds::OBJECT).fields())
}

/// An object of which nothing is known but what may stand in it.
fn loose(fields: &Fields<'_>) -> bool {
    fields.named.is_empty() && fields.rest.as_ref().is_none_or(Type::is_unknown)
}

pub(super) fn pick<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let fields = object(arguments)?;
    let Some(names) = names(arguments) else {
        return Ok(gives(arguments, Type::kind(Kinds::OBJECT)));
    };
    let mut picked = Fields::default();
    for name in names {
        let known = fields.named.iter().find(|(known, _)| *known == name);
        let known = known.map(|(_, value)| value.clone());
        if let Some(value) = known.or_else(|| Some(fields.rest.clone()?.or_missing())) {
            picked.set(&name, value);
        }
    }
    Ok(gives(arguments, Type::object(picked)))
}

pub(super) fn omit<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let mut fields = object(arguments)?;
    match names(arguments) {
        Some(names) if !loose(&fields) => {
            fields.named.retain(|(name, _)| !names.contains(name));
            Ok(gives(arguments, Type::object(fields)))
        }
        _ => Ok(gives(arguments, Type::kind(Kinds::OBJECT))),
    }
}

pub(super) fn from_entries<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::CONTAINER, "a list of {key, value}")?;
    let given = at(arguments, 0);
    let mut result = Type::never();
    if given.may_be(Kinds::LIST) {
        let value = given.item().child("value").unwrap_or_default();
        let fields = Fields {
            named: Vec::new(),
            rest: Some(value.only(Kinds::ANY)),
        };
        result = Type::object(fields);
    }
    if given.may_be(Kinds::OBJECT) {
        result = result.or(given.only(Kinds::OBJECT));
    }
    Ok(gives(arguments, result))
}

/// What any key of an object may hold.
fn any_value(fields: Fields<'_>) -> Type<'_> {
    let named = fields.named.into_iter().map(|(_, value)| value);
    let all = named.chain(fields.rest).fold(Type::never(), Type::or);
    all.only(Kinds::ANY)
}

pub(super) fn to_entries<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let value = any_value(object(arguments)?);
    let mut entry = Fields::default();
    entry.set("key", Type::kind(Kinds::TEXT));
    entry.set("value", value);
    Ok(gives(arguments, Type::list(Type::object(entry), true)))
}

pub(super) fn keys<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    object(arguments)?;
    Ok(gives(arguments, Type::list(Type::kind(Kinds::TEXT), true)))
}

pub(super) fn values<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let value = any_value(object(arguments)?);
    Ok(gives(arguments, Type::list(value, true)))
}

pub(super) fn only_key<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let fields = object(arguments)?;
    if fields.rest.is_some() || fields.named.is_empty() {
        return Ok(gives(arguments, Type::kind(Kinds::TEXT)));
    }
    let names = fields.named.iter();
    let names = names.map(|(name, _)| Type::literal(&Value::String(name.clone())));
    Ok(gives(arguments, names.fold(Type::never(), Type::or)))
}

pub(super) fn map_value<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let value = at(arguments, 0);
    let mut result = Type::never();
    let rest = arguments.get(1..).unwrap_or_default();
    for pair in rest.chunks_exact(2) {
        if let [_, to] = pair {
            result = result.or(to.clone());
        }
    }
    let missing = value.missing;
    // Without an argument behind the pairs, what no pair names stays.
    result = result.or(rest
        .chunks_exact(2)
        .remainder()
        .first()
        .cloned()
        .unwrap_or(value));
    Ok(result.missing_as(missing))
}

pub(super) fn length<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(
        arguments,
        0,
        Kinds::CONTAINER | Kinds::TEXT,
        "a list, an object or text",
    )?;
    Ok(gives(arguments, Type::kind(Kinds::INTEGER)))
}

pub(super) fn item<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::LIST, "a list")?;
    let list = at(arguments, 0).only(Kinds::LIST);
    let item = list.item().missing_as(list.may_be_empty());
    Ok(gives(arguments, item))
}

pub(super) fn join<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::LIST, "a list")?;
    let item = at(arguments, 0).item();
    if !item.is_never() && item.kinds().only(Kinds::CONTAINER) {
        return Err(Mismatch {
            argument: 0,
            needs: "a list of texts",
        });
    }
    Ok(gives(arguments, Type::kind(Kinds::TEXT)))
}

pub(super) fn concat<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let kinds = arguments.iter().fold(Kinds::NONE, |all, a| all | a.kinds());
    if let Some(argument) = (0..arguments.len())
        .find(|at| needs(arguments, *at, Kinds::SCALAR | Kinds::LIST, "").is_err())
    {
        return Err(Mismatch {
            argument,
            needs: "text, a number, a boolean or a list",
        });
    }
    let lacks = arguments.iter().all(Type::may_lack);
    let sure = |of: &Type<'_>| must_be_scalar(of) || must_be_list(of);
    if arguments.iter().any(Type::is_unknown) && !arguments.iter().any(sure) {
        let result = Type::perhaps(Kinds::LIST | Kinds::TEXT);
        return Ok(result.missing_as(lacks));
    }
    let mut result = Type::never();
    if kinds.may(Kinds::LIST) && !arguments.iter().any(must_be_scalar) {
        let items = arguments
            .iter()
            .map(Type::item)
            .fold(Type::never(), Type::or);
        result = Type::list(items, true);
    }
    if kinds.may(Kinds::SCALAR) && !arguments.iter().any(must_be_list) {
        let some = arguments.iter().any(|a| !a.may_lack() && !a.may_be_empty());
        let text = if some {
            Type::some_text()
        } else {
            Type::kind(Kinds::TEXT)
        };
        result = result.or(text);
    }
    Ok(result.missing_as(lacks))
}

fn must_be_scalar(of: &Type<'_>) -> bool {
    !of.may_lack() && of.kinds().only(Kinds::SCALAR)
}

fn must_be_list(of: &Type<'_>) -> bool {
    !of.may_lack() && of.kinds().only(Kinds::LIST)
}

pub(super) fn slice<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::LIST | Kinds::TEXT, "a list or text")?;
    let given = at(arguments, 0);
    if given.is_unknown() {
        return Ok(gives(arguments, Type::perhaps(Kinds::LIST | Kinds::TEXT)));
    }
    let mut result = Type::never();
    if given.may_be(Kinds::LIST) {
        result = Type::list(given.item(), true);
    }
    if given.may_be(Kinds::TEXT) {
        result = result.or(Type::kind(Kinds::TEXT));
    }
    Ok(gives(arguments, result))
}

pub(super) fn contains<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(
        arguments,
        0,
        Kinds::CONTAINER | Kinds::TEXT,
        "a list, an object or text",
    )?;
    Ok(Type::kind(Kinds::BOOLEAN))
}

pub(super) fn starts_with<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    for argument in [0, 1] {
        needs(arguments, argument, Kinds::TEXT, "text")?;
    }
    Ok(Type::kind(Kinds::BOOLEAN))
}

pub(super) fn split<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::TEXT, "text")?;
    Ok(gives(arguments, Type::list(Type::kind(Kinds::TEXT), false)))
}

/// From text to text.
pub(super) fn text<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::TEXT, "text")?;
    Ok(gives(arguments, Type::kind(Kinds::TEXT)))
}

pub(super) fn arithmetic<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    for argument in [0, 1] {
        needs(arguments, argument, Kinds::NUMBER, "a number")?;
    }
    let whole = arguments.iter().all(|a| !a.may_be(Kinds::FRACTION));
    let sum = Type::kind(if whole { Kinds::INTEGER } else { Kinds::NUMBER });
    Ok(sum.missing_as(arguments.iter().any(Type::may_lack)))
}

pub(super) fn number<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(
        arguments,
        0,
        Kinds::NUMBER | Kinds::TEXT,
        "a number or text",
    )?;
    let given = at(arguments, 0);
    let kinds = given.kinds() & Kinds::NUMBER;
    let spelled = if given.may_be(Kinds::TEXT) {
        Kinds::NUMBER
    } else {
        Kinds::NONE
    };
    Ok(gives(arguments, Type::kind(kinds | spelled)))
}

pub(super) fn string<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::SCALAR, "text, a number or a boolean")?;
    Ok(gives(arguments, Type::kind(Kinds::TEXT)))
}

pub(super) fn json<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    Ok(Type::some_text().missing_as(at(arguments, 0).missing))
}

pub(super) fn parse_json<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::TEXT, "text")?;
    Ok(gives(arguments, Type::any()))
}

pub(super) fn link<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    needs(arguments, 0, Kinds::TEXT, "text")?;
    Ok(Type::kind(Kinds::TEXT).or_missing())
}

/// The kinds that `is` knows by name; nothing for `missing` and for names that are none.
pub(crate) fn kinds_named(name: &str) -> Option<Kinds> {
    Some(match name {
        "null" => Kinds::NULL,
        "boolean" => Kinds::BOOLEAN,
        "number" => Kinds::NUMBER,
        "text" => Kinds::TEXT,
        "list" => Kinds::LIST,
        "object" => Kinds::OBJECT,
        _ => return None,
    })
}

pub(super) fn is<'a>(arguments: &[Type<'a>]) -> Typed<'a> {
    let value = at(arguments, 0);
    let name = names(arguments).and_then(|names| names.into_iter().next());
    let Some(name) = name else {
        return Ok(Type::kind(Kinds::BOOLEAN));
    };
    if name == "missing" {
        return Ok(boolean(value.missing, !value.kinds().is_none()));
    }
    let Some(kinds) = kinds_named(&name) else {
        let needs = "one of 'text', 'number', 'boolean', 'list', 'object', 'null' and 'missing'";
        return Err(Mismatch { argument: 1, needs });
    };
    Ok(boolean(
        value.may_be(kinds),
        value.missing || !value.kinds().only(kinds),
    ))
}
