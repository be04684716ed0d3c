//! Choosing, comparing and adding.
#![expect(
    clippy::needless_pass_by_value,
    reason = "every helper has the one signature"
)]

use super::{Argument, Arguments, Given, give, present, required, take, text_at};
use crate::template::eval::kind_of;
use serde_json::{Number, Value};
use std::cmp::Ordering;

fn truthy(argument: &Argument<'_>) -> bool {
    argument
        .as_deref()
        .is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)))
}

pub(super) fn not(arguments: Arguments<'_>) -> Given<'_> {
    give(!arguments.iter().any(truthy))
}

/// The same JSON value; numbers by what they are worth.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

pub(super) fn eq(arguments: Arguments<'_>) -> Given<'_> {
    give(equal(&arguments))
}

pub(super) fn ne(arguments: Arguments<'_>) -> Given<'_> {
    give(!equal(&arguments))
}

fn equal(arguments: &Arguments<'_>) -> bool {
    match arguments.as_slice() {
        [Some(a), Some(b)] => same(a, b),
        [None, None] => true,
        _ => false,
    }
}

pub(super) fn lt(arguments: Arguments<'_>) -> Given<'_> {
    give(order(&arguments) == Some(Ordering::Less))
}

pub(super) fn gt(arguments: Arguments<'_>) -> Given<'_> {
    give(order(&arguments) == Some(Ordering::Greater))
}

fn order(arguments: &Arguments<'_>) -> Option<Ordering> {
    match arguments.as_slice() {
        [Some(a), Some(b)] => match (&**a, &**b) {
            (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            _ => None,
        },
        _ => None,
    }
}

fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn integer(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

pub(super) fn add(arguments: Arguments<'_>) -> Given<'_> {
    arithmetic(arguments, i128::checked_add, |a, b| a + b)
}

pub(super) fn sub(arguments: Arguments<'_>) -> Given<'_> {
    arithmetic(arguments, i128::checked_sub, |a, b| a - b)
}

fn arithmetic(
    mut arguments: Arguments<'_>,
    whole: fn(i128, i128) -> Option<i128>,
    real: fn(f64, f64) -> f64,
) -> Given<'_> {
    let (Some(a), Some(b)) = (
        present(take(&mut arguments, 0)),
        present(take(&mut arguments, 1)),
    ) else {
        return Ok(None);
    };
    let (Value::Number(a), Value::Number(b)) = (&*a, &*b) else {
        let other = if a.is_number() { &b } else { &a };
        return Err(format!("needs numbers, not {}", kind_of(other)));
    };
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        let sum = whole(a, b).ok_or("the result is too large")?;
        return match (i64::try_from(sum), u64::try_from(sum)) {
            (Ok(sum), _) => give(sum),
            (_, Ok(sum)) => give(sum),
            _ => Err("the result does not fit in 64 bits".to_owned()),
        };
    }
    let sum = a.as_f64().zip(b.as_f64()).map(|(a, b)| real(a, b));
    let sum = sum
        .and_then(Number::from_f64)
        .ok_or("the result is not a number")?;
    give(Value::Number(sum))
}

pub(super) fn is(mut arguments: Arguments<'_>) -> Given<'_> {
    let value = take(&mut arguments, 0);
    let wanted = required(text_at(&mut arguments, 1)?, "the type")?;
    let kind = match value.as_deref() {
        None => "missing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "text",
        Some(Value::Array(_)) => "list",
        Some(Value::Object(_)) => "object",
    };
    if ![
        "missing", "null", "boolean", "number", "text", "list", "object",
    ]
    .contains(&&*wanted)
    {
        return Err(
            "the type is one of text, number, boolean, list, object, null and missing".to_owned(),
        );
    }
    give(kind == wanted)
}
