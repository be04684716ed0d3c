//! Rules by which refusals become errors.

use super::change::{Aspect, Grade, Sink};
use super::templates::shown;
use serde_json::Value;

/// Compares two lists of rules, of which the first that fits is taken.
pub(super) fn compare(old: Option<&Value>, new: Option<&Value>, sink: &mut Sink<'_>) {
    let list = |value: Option<&Value>| -> Vec<Value> {
        value.and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (before, after) = (list(old), list(new));
    let mut taken = vec![false; before.len()];
    let mut order = Vec::new();
    for (index, rule) in after.iter().enumerate() {
        let at = format!("/errors/{index}");
        let same = |known: &Value| known.get("when") == rule.get("when");
        let known = before
            .iter()
            .enumerate()
            .find(|(known, it)| taken.get(*known) == Some(&false) && same(it));
        let Some((position, known)) = known else {
            let message = format!("replies with status {} have a rule now", statuses(rule));
            sink.tell(Grade::Risky, Aspect::Errors, at, message)
                .from(None, rule.get("code").map(shown));
            continue;
        };
        if let Some(taken) = taken.get_mut(position) {
            *taken = true;
        }
        order.push(position);
        one(known, rule, &at, sink);
    }
    for (index, rule) in before.iter().enumerate() {
        if taken.get(index) == Some(&false) {
            let message = format!(
                "replies with status {} have no such rule any more",
                statuses(rule)
            );
            sink.tell(
                Grade::Risky,
                Aspect::Errors,
                format!("/errors/{index}"),
                message,
            )
            .from(rule.get("code").map(shown), None);
        }
    }
    if !order.is_sorted() {
        let message = "the rules stand in another order, and the first that fits is taken";
        sink.tell(Grade::Risky, Aspect::Errors, "/errors", message);
    }
}

fn one(old: &Value, new: &Value, at: &str, sink: &mut Sink<'_>) {
    let keys = |rule: &Value| -> Vec<String> {
        let map = rule.as_object().into_iter();
        map.flat_map(|map| map.keys().cloned()).collect()
    };
    let mut all = keys(old);
    all.extend(keys(new));
    for key in all {
        let (before, after) = (old.get(&key), new.get(&key));
        if before != after {
            // Messages are for people, and not to be read by programs.
            let grade = match key.as_str() {
                "message" => Grade::Compatible,
                _ => Grade::Risky,
            };
            let message = format!("errors of status {} have another `{key}`", statuses(new));
            sink.tell(grade, Aspect::Errors, format!("{at}/{key}"), message)
                .from(before.map(shown), after.map(shown));
        }
    }
}

fn statuses(rule: &Value) -> String {
    match rule.pointer("/when/status") {
        Some(Value::Array(several)) => {
            let each: Vec<String> = several.iter().map(text).collect();
            each.join(", ")
        }
        Some(one) => text(one),
        None => "any".to_owned(),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
