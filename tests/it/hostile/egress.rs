//! Manifests that would lead requests, headers or credentials elsewhere.

use super::{CONNECTOR, Hostile, changed};
use serde_json::{Value, json};

/// A connector with one line in place of another.
fn connector(code: &'static str, name: &str, from: &str, to: &str) -> Hostile {
    let mut case = changed(code, name, "/response/output", json!(1));
    let text = CONNECTOR.replace(from, to);
    assert_ne!(text, CONNECTOR, "{name}");
    case.connector = text.into();
    case
}

pub(super) fn cases() -> Vec<Hostile> {
    let mut cases = Vec::new();
    for base in [
        "https://user:password@c.example.com",
        "https://user@c.example.com",
        "ftp://c.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "c.example.com",
        "//c.example.com",
        "/v2",
        "https://",
        "'https://{{input.host}}'",
        "https://c_d.example.com",
        "https://-.example.com",
        "https://c%2eexample.com",
        "https://c.example.com/?a=1",
        "https://c.example.com/#a",
        "https://c.example.com:99999",
        "https://c example.com",
        "''",
    ] {
        let line = format!("base_url: {base}");
        cases.push(connector(
            "wrong-value",
            &line,
            "base_url: https://c.example.com",
            &line,
        ));
    }
    let signed = "auth: { bearer: { token: '{{credentials.token}}' } }";
    for (code, auth) in [
        (
            "unknown-path",
            "auth: { bearer: { token: '{{input.token}}' } }",
        ),
        (
            "unknown-path",
            "auth: { bearer: { token: '{{credentials.other}}' } }",
        ),
        (
            "template-syntax",
            "auth: { bearer: { token: '{{#if credentials.token}}x{{/if}}' } }",
        ),
        (
            "wrong-value",
            "auth: { api_key: { in: header, name: \"X\\r\\nHost\", value: '{{credentials.token}}' } }",
        ),
        (
            "wrong-value",
            "auth: { api_key: { in: body, name: X, value: '{{credentials.token}}' } }",
        ),
        (
            "forbidden-header",
            "auth: { api_key: { in: header, name: Host, value: '{{credentials.token}}' } }",
        ),
        (
            "forbidden-header",
            "auth: { headers: { Content-Length: '{{credentials.token}}' } }",
        ),
        (
            "secret-in-manifest",
            "auth: { bearer: { token: sk_live_0123456789 } }",
        ),
        (
            "secret-in-manifest",
            "auth: { basic: { username: me, password: hunter2hunter2 } }",
        ),
        (
            "secret-in-manifest",
            "auth: { headers: { X-Key: 0123456789abcdef0123 } }",
        ),
        (
            "wrong-value",
            "auth: { magic: { token: '{{credentials.token}}' } }",
        ),
        (
            "wrong-value",
            "auth: { bearer: { token: '{{credentials.token}}' }, basic: { username: x } }",
        ),
    ] {
        cases.push(connector(code, auth, signed, auth));
    }
    for egress in [
        "https://user:pw@x.example.com",
        "'*'",
        "https://*.example.com",
        "ftp://x.example.com",
        "x.example.com",
        "https://x.example.com/path",
        "'{{input.host}}'",
    ] {
        let line = format!("egress: [{egress}]\nauth: ");
        cases.push(connector("wrong-value", &line, "auth: ", &line));
    }
    let mut more = |code, part: &str, value: Value| {
        cases.push(changed(code, format!("{part} {value}"), part, value));
    };
    for path in [
        "x",
        "https://evil.example.com/x",
        "/x?admin=1",
        "/x#a",
        "",
        "/a/../b",
        "/a/./b",
        "/a/%2e%2e/b",
        "/a\\..\\b",
    ] {
        more("wrong-value", "/request/path", json!(path));
    }
    for name in [
        "Host",
        "content-length",
        "Cookie",
        "Authorization",
        "Proxy-Authorization",
        "Transfer-Encoding",
        "Connection",
        "Upgrade",
        "TE",
        "Trailer",
    ] {
        more("forbidden-header", "/request/headers", json!({name: "x"}));
    }
    for name in ["X\r\nHost: evil", "X: y", "", "X Y", "É", "X\u{0}"] {
        more("wrong-value", "/request/headers", json!({name: "x"}));
    }
    for method in [
        "TRACE",
        "CONNECT",
        "GET /x HTTP/1.1\r\nHost: evil",
        "",
        "get",
    ] {
        more("wrong-value", "/request/method", json!(method));
    }
    cases
}
