//! Answers that a client may keep, and asks for anew by their tag (RFC 9110, section 13.1.2).

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A tag that only the same bytes have.
pub(crate) fn tag(bytes: &[u8]) -> HeaderValue {
    let hash = digest(&SHA256, bytes);
    let hash = hash.as_ref().get(..18).unwrap_or_default();
    let text = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The bytes, or 304 when the client has them.
pub(crate) fn answer(
    asked: &HeaderMap,
    kind: HeaderValue,
    tag: HeaderValue,
    bytes: Bytes,
) -> Response {
    let known = is_known(asked, &tag);
    let mut response = Response::new(if known {
        Body::empty()
    } else {
        Body::from(bytes)
    });
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// What one caller is answered is for no other.
pub(crate) fn of_caller(response: &mut Response) {
    let headers = response.headers_mut();
    let own = HeaderValue::from_static("private, no-cache");
    headers.insert(header::CACHE_CONTROL, own);
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
}

/// Has the client what has this tag? Tags are compared weakly, as the rule for `If-None-Match` says.
fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = asked.get_all(header::IF_NONE_MATCH).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_it_is_told_so() {
        let tag = tag(b"text");
        let text = tag.to_str().unwrap();
        for (given, expected) in [
            (text.to_owned(), 304),
            (format!("W/{text}"), 304),
            (format!("\"a\", {text}"), 304),
            ("*".to_owned(), 304),
            ("\"a\"".to_owned(), 200),
            (String::new(), 200),
        ] {
            let asked = HeaderMap::from_iter([(header::IF_NONE_MATCH, given.parse().unwrap())]);
            let kind = HeaderValue::from_static("text/plain");
            let got = answer(&asked, kind, tag.clone(), Bytes::from_static(b"text"));
            assert_eq!(got.status().as_u16(), expected, "{given}");
            let has = got.headers().contains_key(header::CONTENT_TYPE);
            assert_eq!(has, expected == 200);
        }
    }
}
