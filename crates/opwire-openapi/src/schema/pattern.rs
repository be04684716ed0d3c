//! Regular expressions: those that match in linear time, as manifests have them.

use regex::RegexBuilder;

/// A compiled pattern is at most this large, in bytes: as the engine has it.
const MAX_SIZE: usize = 1 << 20;

/// The pattern as a manifest can have it.
///
/// # Errors
/// Why it can't, in words.
pub(super) fn mend(pattern: &str) -> Result<String, &'static str> {
    let pattern = undelimited(pattern)?;
    // Anchors of other languages.
    let pattern = pattern
        .replace("\\A", "^")
        .replace("\\Z", "$")
        .replace("\\z", "$");
    if ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .any(|look| pattern.contains(look))
    {
        return Err("looks around, which can't be expressed");
    }
    if pattern.contains("(?") && !pattern.contains("(?:") {
        return Err("has a part that only some matchers know");
    }
    match RegexBuilder::new(&pattern).size_limit(MAX_SIZE).build() {
        Ok(_) => Ok(pattern),
        Err(regex::Error::CompiledTooBig(_)) => Err("is too large"),
        Err(_) => Err("is none that matches in linear time"),
    }
}

/// `/^a$/` is how JavaScript writes it.
fn undelimited(pattern: &str) -> Result<&str, &'static str> {
    let Some((inner, flags)) = pattern
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
    else {
        return Ok(pattern);
    };
    match flags {
        "" | "g" | "u" => Ok(inner),
        flags if flags.chars().all(|c| "gimsuy".contains(c)) => {
            Err("has flags, which can't be expressed")
        }
        _ => Ok(pattern),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_mended_or_refused() {
        for (pattern, expected) in [
            ("^[a-z]+$", Ok("^[a-z]+$")),
            ("/^a$/", Ok("^a$")),
            ("\\A\\d+\\Z", Ok("^\\d+$")),
            ("/a/b", Ok("/a/b")),
        ] {
            assert_eq!(mend(pattern), expected.map(str::to_owned));
        }
        for pattern in [
            "/^a$/i",
            "^(?!x)",
            "(a)\\1",
            "[",
            "(?<=a)b",
            "\\p{L}{1000}{1000}",
            "(?i)a",
        ] {
            assert!(mend(pattern).is_err(), "{pattern}");
        }
    }
}
