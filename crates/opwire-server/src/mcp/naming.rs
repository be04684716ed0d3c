//! Tools' names.

use opwire::{Catalog, Operation};
use std::collections::HashMap;
use std::sync::Arc;

/// A tool's name has at most so many characters: some models' interfaces take no more.
pub(crate) const LONGEST: usize = 64;

/// The tools of a catalog by their names, in the catalog's order.
///
/// A name is the operation's full name with `_` for what may not stand in one. A name that is too long, or that
/// several operations would have, ends in eight hexadecimal digits made of the full name. So it depends on nothing but
/// the operation itself as long as no two fall together.
pub(crate) fn tools(catalog: &Catalog) -> Vec<(String, Arc<Operation>)> {
    let plain: Vec<(String, &Arc<Operation>)> = catalog
        .operations()
        .map(|operation| (plain(operation.name()), operation))
        .collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for (name, _) in &plain {
        *uses.entry(name).or_default() += 1;
    }
    let named = plain.iter().map(|(name, operation)| {
        let alone = uses.get(name.as_str()).is_none_or(|uses| *uses == 1);
        let name = if alone && name.len() <= LONGEST {
            name.clone()
        } else {
            marked(name, operation.name())
        };
        (name, Arc::clone(operation))
    });
    named.collect()
}

/// The full name in the characters that a tool's name may have.
fn plain(full: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    full.chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect()
}

/// The name cut to what fits, and eight digits of the full one.
fn marked(name: &str, full: &str) -> String {
    let kept: String = name.chars().take(LONGEST - 9).collect();
    format!("{kept}_{:08x}", fnv(full))
}

/// FNV-1a with 32 bits: the same on every machine and in every version.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Does a text fit a pattern? `*` is any text, `?` any character.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut here) = (0, 0);
    // Where to go on when the last `*` has to take one character more.
    let mut star: Option<(usize, usize)> = None;
    while let Some(found) = text.get(here) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == found => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((after, taken)) = star else {
                    return false;
                };
                star = Some((after, taken + 1));
                at = after + 1;
                here = taken + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_characters_that_models_take() {
        assert_eq!(
            plain("salesloft.create_account"),
            "salesloft_create_account"
        );
        assert_eq!(plain("my-app.größe"), "my-app_gr__e");
    }

    #[test]
    fn long_names_are_cut_and_told_apart() {
        let long = |end: &str| format!("shop.{}{end}", "x".repeat(80));
        let (one, other) = (long("a"), long("b"));
        let (one, other) = (marked(&plain(&one), &one), marked(&plain(&other), &other));
        assert_eq!((one.len(), other.len()), (LONGEST, LONGEST));
        assert_ne!(one, other);
        // FNV's own test vectors: a name stays what it is.
        assert_eq!(
            (fnv(""), fnv("a"), fnv("foobar")),
            (0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968)
        );
    }

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("salesloft_*", "salesloft_get_person", true),
            ("*_person", "salesloft_get_person", true),
            ("*person*", "salesloft_get_person", true),
            ("s*_*_p?rson", "salesloft_get_person", true),
            ("get_*", "salesloft_get_person", false),
            ("*a*b", "aXbXbc", false),
            ("*", "", true),
            ("", "a", false),
            ("?", "", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
