//! A reply as an example holds it, without secrets.

use crate::manifest::Reply;
use crate::redact::Redactor;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

/// The reply with every secret redacted; a body that is no JSON and no text is in base64, as it came.
pub(crate) fn recorded(reply: &Response<Bytes>, redactor: &Redactor) -> Reply {
    let mut headers = Map::new();
    for (name, value) in reply.headers() {
        let text = redactor.text(&String::from_utf8_lossy(value.as_bytes()));
        headers.insert(name.as_str().to_owned(), Value::String(text));
    }
    let mut recorded = Reply {
        status: reply.status().as_u16(),
        headers,
        ..Reply::default()
    };
    let body = reply.body();
    if body.is_empty() {
        return recorded;
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        recorded.body = Some(redactor.value(value));
    } else if let Ok(text) = std::str::from_utf8(body) {
        recorded.text = Some(redactor.text(text));
    } else {
        recorded.base64 = Some(STANDARD.encode(body));
    }
    recorded
}
