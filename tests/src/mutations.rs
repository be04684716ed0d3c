//! Changes of the sources that let secrets out. The tests of canaries must notice each.

/// A change of one place in a source.
#[derive(Clone, Copy, Debug)]
pub struct Mutation {
    /// The sink, or the form, that is left open by it.
    pub opens: &'static str,
    /// The file.
    pub file: &'static str,
    /// What stands there, once.
    pub from: &'static str,
    /// What stands there then.
    pub to: &'static str,
}

const fn mutation(
    opens: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
) -> Mutation {
    Mutation {
        opens,
        file,
        from,
        to,
    }
}

const RESPONSE: &str = "crates/opwire/src/response.rs";
const RECORDED: &str = "crates/opwire/src/response/recorded.rs";
const REDACT: &str = "crates/opwire/src/redact.rs";
const KEYS: &str = "crates/opwire/src/auth/keys.rs";
const INPUT: &str = "crates/opwire/src/input.rs";
const SEND: &str = "crates/opwire/src/send.rs";

/// Each opens one sink, or one form of a secret.
pub const MUTATIONS: &[Mutation] = &[
    mutation(
        "message and code",
        RESPONSE,
        "Some(self.shown(&text)).filter(",
        "Some(text.clone()).filter(",
    ),
    mutation(
        "texts that are cut first",
        RESPONSE,
        "cut(&self.redactor.text(text), SHOWN)",
        "self.redactor.text(&cut(text, SHOWN))",
    ),
    mutation(
        "body as JSON",
        RESPONSE,
        ".map(|body| self.redactor.value(body))",
        ".map(|body| body)",
    ),
    mutation(
        "body as text",
        RESPONSE,
        "Value::String(self.shown(text))",
        "Value::String(cut(text, SHOWN))",
    ),
    mutation(
        "pointer of a violation",
        RESPONSE,
        "self.redactor.text(&pointer)",
        "pointer.clone()",
    ),
    mutation(
        "message of a violation",
        RESPONSE,
        "self.shown(&message),",
        "cut(&message, SHOWN),",
    ),
    mutation(
        "message of a transport",
        SEND,
        "out.keys.redact(&error.message)",
        "error.message.clone()",
    ),
    mutation(
        "attempts, observer and tracing",
        "crates/opwire/src/send/attempt.rs",
        "path: out.operation.path().unwrap_or_default().to_owned(),",
        "path: request.uri().to_string(),",
    ),
    mutation(
        "what a service says of a token request",
        "crates/opwire/src/auth/oauth2.rs",
        "super::cut(&keys.redact(why), WHY)",
        "super::cut(why, WHY)",
    ),
    mutation(
        "what a service says of a token request, cut first",
        "crates/opwire/src/auth/oauth2.rs",
        "super::cut(&keys.redact(why), WHY)",
        "keys.redact(&super::cut(why, WHY))",
    ),
    mutation(
        "tokens that were got on the way",
        KEYS,
        "learned.version = Some(version);\n        learned.secrets.extend(secrets);",
        "learned.version = Some(version);\n        drop(secrets);",
    ),
    mutation(
        "secret fields of an input",
        "crates/opwire/src/engine.rs",
        "keys.taint(checked.secrets);",
        "",
    ),
    mutation(
        "render",
        "crates/opwire/src/engine.rs",
        "operation.secrets.name(&mut input);",
        "let _ = &mut input;",
    ),
    mutation(
        "message of an input's violation",
        INPUT,
        "message: redactor.text(&violation.message),",
        "message: violation.message,",
    ),
    mutation(
        "pointer of an input's violation",
        INPUT,
        "pointer: redactor.text(&violation.pointer),",
        "pointer: violation.pointer,",
    ),
    mutation(
        "snapshots",
        "crates/opwire-testkit/src/example.rs",
        "map.insert(name.to_owned(), format!(\"{{{name}}}\").into());",
        "map.entry(name).or_insert_with(|| format!(\"{{{name}}}\").into());",
    ),
    mutation(
        "a panic",
        "crates/opwire/src/engine.rs",
        "done.unwrap_or_else(|_| {\n        Err(Error::new(\n            ErrorKind::Internal,\n            \"the engine failed in the middle of the invocation\",",
        "done.unwrap_or_else(|panic| {\n        Err(Error::new(\n            ErrorKind::Internal,\n            panic.downcast_ref::<String>().cloned().unwrap_or_default(),",
    ),
    mutation(
        "recording of JSON",
        RECORDED,
        "Some(redactor.value(value))",
        "Some(value)",
    ),
    mutation(
        "recording of text",
        RECORDED,
        "Some(redactor.text(text))",
        "Some(text.to_owned())",
    ),
    mutation(
        "recording of headers",
        RECORDED,
        "redactor.text(&String::from_utf8_lossy(value.as_bytes()))",
        "String::from_utf8_lossy(value.as_bytes()).into_owned()",
    ),
    mutation(
        "percent-encoded",
        REDACT,
        "for set in PERCENT {",
        "for set in [NON_ALPHANUMERIC; 0] {",
    ),
    mutation(
        "form-encoded",
        REDACT,
        "forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());",
        "",
    ),
    mutation(
        "in a JSON Pointer",
        REDACT,
        "forms.push(escape(secret).into_owned());",
        "",
    ),
    mutation("in JSON", REDACT, "json_forms(secret, forms);", ""),
    mutation("hexadecimal", REDACT, "forms.push(hex);", "drop(hex);"),
    mutation(
        "base64 at one offset only",
        REDACT,
        "for skip in 0..3 {",
        "for skip in 0..1 {",
    ),
    mutation(
        "base64 for URLs",
        REDACT,
        "URL_SAFE_NO_PAD.encode(&bytes),",
        "STANDARD_NO_PAD.encode(&bytes),",
    ),
    mutation(
        "keys of a reply's JSON",
        REDACT,
        "(self.text(&key), self.value(value))",
        "(key, self.value(value))",
    ),
];
