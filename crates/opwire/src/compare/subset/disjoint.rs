//! Can no value fit both of two schemas? Yes with certainty, or it is not known.

use super::Subset;
use super::conj::{Conj, alternatives};
use crate::types::Kinds;
use serde_json::Value;

/// Objects in objects are looked into this deep.
const MAX_DEPTH: usize = 8;

/// Does surely no value fit both?
pub(super) fn disjoint(subset: &mut Subset, one: &Conj<'_>, other: &Value) -> bool {
    with(subset, one, &[other], 0)
}

fn with(subset: &mut Subset, one: &Conj<'_>, others: &[&Value], depth: usize) -> bool {
    let ruled_out = |subset: &mut Subset, a: &Conj<'_>, b: &Conj<'_>| {
        a.nots.iter().any(|not| subset.proves(b, not))
    };
    alternatives(others).iter().all(|other| {
        one.kind != other.kind
            || apart(subset, one, other, depth)
            || ruled_out(subset, one, other)
            || ruled_out(subset, other, one)
    })
}

fn apart(subset: &mut Subset, one: &Conj<'_>, other: &Conj<'_>, depth: usize) -> bool {
    for (a, b) in [(one, other), (other, one)] {
        if let (Some(values), Some(check)) = (a.values(), b.check())
            && !values.iter().any(|value| check.is_valid(value))
        {
            return true;
        }
    }
    if one.kind != Kinds::OBJECT || depth >= MAX_DEPTH {
        return false;
    }
    // A name that is there in any value of both, and under which nothing fits both.
    let mut names = one.required();
    names.extend(other.required());
    names.into_iter().any(|name| {
        let (Some(a), Some(b)) = (one.property(name), other.property(name)) else {
            return true;
        };
        alternatives(&a)
            .iter()
            .all(|a| with(subset, a, &b, depth + 1))
    })
}
