//! A request as JSON, for those who look at it.

use http::{Request, header};
use serde_json::{Map, Value, json};

/// A rendered request as `{method, url, headers, body}`: a JSON body as such, text as text, of other bytes their number.
pub fn request_json(request: &Request<impl AsRef<[u8]>>) -> Value {
    let mut headers = Map::new();
    for (name, value) in request.headers() {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.insert(name.to_string(), text.into());
    }
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let bytes = request.body().as_ref();
    let parsed = kind
        .starts_with("application/json")
        .then(|| serde_json::from_slice::<Value>(bytes).ok());
    let body = match (std::str::from_utf8(bytes), parsed.flatten()) {
        _ if bytes.is_empty() => Value::Null,
        (_, Some(value)) => value,
        (Ok(text), None) => text.into(),
        (Err(_), None) => json!({ "bytes": bytes.len() }),
    };
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body": body,
    })
}
