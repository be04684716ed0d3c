//! How deep a reply's JSON may be.

use memchr::memchr2;

/// Values within values.
pub(crate) const MOST: usize = 64;

/// Is there more than so many lists and objects, one within the other? What is no JSON is looked at all the same: others
/// tell that.
pub(super) fn exceeds(json: &[u8], most: usize) -> bool {
    let opens = |byte: &&u8| matches!(byte, b'[' | b'{');
    // Most replies have no more than that altogether.
    json.iter().filter(opens).count() > most && deeper(json, most)
}

fn deeper(mut json: &[u8], most: usize) -> bool {
    let mut depth = 0_usize;
    while let Some((byte, rest)) = json.split_first() {
        json = rest;
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => json = after_string(json),
            _ => {}
        }
    }
    false
}

/// What stands after a string that has begun.
fn after_string(mut json: &[u8]) -> &[u8] {
    while let Some(at) = memchr2(b'"', b'\\', json) {
        let escaped = usize::from(json.get(at) == Some(&b'\\'));
        json = json.get(at + 1 + escaped..).unwrap_or_default();
        if escaped == 0 {
            return json;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_open_counts() {
        let most = 3;
        for (deep, json) in [
            (false, "[[[1]]]".to_owned()),
            (true, "[[[[1]]]]".to_owned()),
            (true, "{\"a\":[{\"b\":{}}]}".to_owned()),
            (false, "[1],".repeat(100)),
            (
                false,
                "[{\"a\": \"[[[[{{{{\"}, \"\\\"[[[[\\\\\", [1]]".to_owned(),
            ),
            (true, "[\"\\\\\", [[[1]]]]".to_owned()),
            (true, "[[[[".to_owned()),
            (false, "]]]]]]]]\"[[[[[[[".to_owned()),
            (false, String::new()),
        ] {
            assert_eq!(exceeds(json.as_bytes(), most), deep, "{json}");
        }
    }
}
