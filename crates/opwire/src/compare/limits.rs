//! Timeouts, attempts, sizes and rates.

use super::change::{Aspect, Grade, Sink};
use super::templates::shown;
use crate::transport::Limits;
use serde_json::Value;
use std::cmp::Ordering;

/// Of these it is known which of two is the narrower.
const ORDERED: [&str; 4] = ["timeout", "deadline", "first_byte", "response_size"];

/// Compares what two files write of limits. `old` and `new` are what comes of them.
pub(super) fn compare(
    written: (Option<&Value>, Option<&Value>),
    old: &Limits,
    new: &Limits,
    sink: &mut Sink<'_>,
) {
    let (before, after) = written;
    let keys = |value: Option<&Value>| -> Vec<String> {
        let map = value.and_then(Value::as_object);
        map.into_iter()
            .flat_map(|map| map.keys().cloned())
            .collect()
    };
    let mut all = keys(before);
    all.extend(keys(after));
    all.sort();
    all.dedup();
    for key in all {
        let said = |value: Option<&Value>| value.and_then(|value| value.get(&key)).cloned();
        let (before, after) = (said(before), said(after));
        if before == after {
            continue;
        }
        let order = match key.as_str() {
            "timeout" => new.timeout.cmp(&old.timeout),
            "deadline" => new.deadline.cmp(&old.deadline),
            "first_byte" => new.first_byte.cmp(&old.first_byte),
            "response_size" => new.response_size.cmp(&old.response_size),
            "retry" if only_attempts(before.as_ref()) && only_attempts(after.as_ref()) => {
                new.attempts.cmp(&old.attempts)
            }
            // Without a rate calls wait for none.
            "rate" if after.is_none() => Ordering::Greater,
            _ => Ordering::Less,
        };
        let (grade, message) = match order {
            Ordering::Equal => continue,
            Ordering::Greater => (Grade::Compatible, "the limit is wider"),
            Ordering::Less if ORDERED.contains(&key.as_str()) => {
                (Grade::Risky, "the limit is narrower")
            }
            Ordering::Less => (Grade::Risky, "the limit is another"),
        };
        sink.tell(grade, Aspect::Limits, format!("/limits/{key}"), message)
            .from(before.as_ref().map(shown), after.as_ref().map(shown));
    }
}

fn only_attempts(retry: Option<&Value>) -> bool {
    let map = retry.and_then(Value::as_object);
    map.is_none_or(|map| map.keys().all(|key| key == "attempts"))
}
