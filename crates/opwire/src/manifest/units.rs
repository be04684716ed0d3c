//! Durations (`500ms`, `30s`, `1m`) and sizes (`10MiB`) as manifests write them.

use std::time::Duration;

/// A duration: a whole number and `ms`, `s`, `m` or `h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("a duration is a whole number with ms, s, m or h, such as 30s".to_owned()),
    };
    number
        .and_then(|n| n.checked_mul(factor))
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
        .ok_or_else(|| "a duration is a whole number with ms, s, m or h, such as 30s".to_owned())
}

/// A size: a whole number and `B`, `KiB` or `MiB`.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "B" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return Err("a size is a whole number with B, KiB or MiB, such as 10MiB".to_owned()),
    };
    number
        .and_then(|n| n.checked_mul(factor))
        .filter(|bytes| *bytes > 0)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| "a size is a whole number with B, KiB or MiB, such as 10MiB".to_owned())
}

fn split(text: &str) -> (Option<u64>, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    (number.parse().ok(), unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1m"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert!(duration("30").is_err() && duration("0s").is_err() && duration("1.5s").is_err());
        assert_eq!(size("10MiB"), Ok(10 * 1024 * 1024));
        assert!(size("10MB").is_err() && size("").is_err());
    }
}
