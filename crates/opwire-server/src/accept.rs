//! Which form of an answer is preferred (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, header};

/// The offer that `Accept` prefers: of equals the first offered. Without the header that is the first; nothing when none
/// is accepted.
pub(crate) fn preferred<'a>(headers: &HeaderMap, offers: &[&'a str]) -> Option<&'a str> {
    let values = headers.get_all(header::ACCEPT);
    let ranges: Vec<(String, f32)> = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(range)
        .collect();
    if ranges.is_empty() {
        return offers.first().copied();
    }
    let mut best = None;
    for offer in offers {
        let quality = quality(&ranges, offer);
        if quality > best.map_or(0.0, |(_, best)| best) {
            best = Some((*offer, quality));
        }
    }
    best.map(|(offer, _)| offer)
}

/// A media range and its quality.
fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
    Some((range.to_ascii_lowercase(), quality.unwrap_or(1.0)))
}

/// The quality of what fits the offer most exactly.
fn quality(ranges: &[(String, f32)], offer: &str) -> f32 {
    let whole = offer.split('/').next().unwrap_or_default();
    let any = format!("{whole}/*");
    let of = |wanted: &str| ranges.iter().find(|(range, _)| range == wanted);
    let found = of(offer).or_else(|| of(&any)).or_else(|| of("*/*"));
    found.map_or(0.0, |(_, quality)| *quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_range_counts() {
        let offers = ["application/json", "text/plain", "application/octet-stream"];
        for (accept, expected) in [
            ("*/*", Some("application/json")),
            ("text/plain", Some("text/plain")),
            ("text/*;q=0.5, */*;q=0.1", Some("text/plain")),
            ("application/json;q=0, */*", Some("text/plain")),
            (
                "application/octet-stream, application/json",
                Some("application/json"),
            ),
            (
                "application/octet-stream, application/json;q=0.9",
                Some("application/octet-stream"),
            ),
            ("image/png", None),
            ("", Some("application/json")),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(preferred(&headers, &offers), expected, "{accept}");
        }
        assert_eq!(preferred(&HeaderMap::new(), &offers), Some(offers[0]));
    }
}
