//! Services that echo what they got, in every form.

use crate::sending::fake::{Answer, reply};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Response;
use opwire::{ErrorKind, TransportError};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is left where a text was cut before it was redacted.
const BEGINNING: &str = "its beginning";

/// The forms in which a secret may stand in a text.
pub(super) fn forms(secret: &str) -> BTreeMap<&'static str, String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    // Of other text before it, the first and the last characters of the base64 are not the secret's alone.
    let within = |skip: usize| {
        let text = STANDARD.encode(format!("{}{secret}", &"xyz"[..skip]));
        let from = (skip * 8).div_ceil(6);
        text[from..text.len() - 4].to_owned()
    };
    BTreeMap::from([
        ("as it is", secret.to_owned()),
        (BEGINNING, secret.chars().take(9).collect()),
        (
            "percent-encoded",
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        ),
        (
            "form-encoded",
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ),
        (
            "in JSON",
            serde_json::to_string(secret)
                .unwrap()
                .trim_matches('"')
                .to_owned(),
        ),
        ("base64", within(0)),
        ("base64, shifted by 1", within(1)),
        ("base64, shifted by 2", within(2)),
        (
            "base64 for URLs",
            URL_SAFE_NO_PAD.encode(secret)[..20].to_owned(),
        ),
        ("hexadecimal", hex),
    ])
}

/// A reply that echoes a text in every form, in its body and in its headers.
pub(super) fn echo(status: u16, text: &str, kind: &str) -> Response<Bytes> {
    let whole = forms(text)
        .into_iter()
        .filter(|(name, _)| !name.starts_with("base64") && *name != BEGINNING);
    let mut echoes: Vec<String> = whole.map(|(_, form)| form).collect();
    for before in ["", "x", "xy"] {
        echoes.push(STANDARD.encode(format!("{before}{text}")));
        echoes.push(URL_SAFE_NO_PAD.encode(format!("{before}{text} and more")));
    }
    let pair = STANDARD.encode(format!("user:{text}"));
    // Texts are cut at 2,048 and 200 characters: so that the secret lies across.
    let pad = "x".repeat(match kind {
        "long" => 2_036,
        "short" => 188,
        _ => 0,
    });
    let body = json!({
        "error": format!("{pad}{text} is bad"), "message": echoes, "errors": {text: [format!("{pad}{text}")], "x": echoes}, "pair": pair,
        "deep": [{"echo": format!("{text}{text}")}],
    });
    let body = match kind {
        "text" => format!("{text} {echoes:?}"),
        "cut" => format!("{}{text}{body}", "x".repeat(2_036)),
        _ => body.to_string(),
    };
    let header = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut response = reply(status, &[("x-echo", &header)], &body);
    if ["text", "cut"].contains(&kind) {
        response
            .headers_mut()
            .insert("content-type", "text/plain".parse().unwrap());
    }
    response
}

/// What a service says to a text that it got.
pub(super) type Service = Arc<dyn Fn(&str) -> Answer + Send + Sync>;

/// What a service may do to a request.
pub(super) fn services() -> Vec<(String, Service)> {
    let mut found: Vec<(String, Service)> = Vec::new();
    for status in [
        200, 302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 501, 503,
    ] {
        let kinds = match status {
            400 | 500 => &["json", "text", "cut", "long", "short"][..],
            _ => &["json", "text", "cut"],
        };
        for kind in kinds {
            found.push((
                format!("{status} as {kind}"),
                Arc::new(move |text| Ok(echo(status, text, kind))),
            ));
        }
    }
    found.push((
        "a panic".to_owned(),
        Arc::new(|text| panic!("failed with {text}")),
    ));
    for kind in [
        ErrorKind::EgressDenied,
        ErrorKind::DnsFailed,
        ErrorKind::ConnectFailed,
        ErrorKind::TlsFailed,
        ErrorKind::Timeout,
        ErrorKind::ConnectionLost,
        ErrorKind::ProtocolError,
        ErrorKind::ResponseTooLarge,
        ErrorKind::DecodeFailed,
        ErrorKind::Internal,
    ] {
        found.push((
            format!("transport: {kind}"),
            Arc::new(move |text| Err(TransportError::new(kind, format!("failed with {text}")))),
        ));
    }
    found
}
