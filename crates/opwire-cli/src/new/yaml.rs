//! Text as a YAML scalar.

/// As it is where that is read as the same text, else in double quotes (which JSON's are a part of).
pub(super) fn scalar(text: &str) -> String {
    let same = opwire::manifest::parse_yaml(&format!("a: {text}\n"))
        .is_ok_and(|value| value.get("a").and_then(serde_json::Value::as_str) == Some(text));
    let plain = !text.contains(['{', '}', '[', ']', ',', '"', '\'', '\n', '#']);
    if same && plain {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_read_otherwise_is_quoted() {
        for (text, scalar_text) in [
            ("Get order", "Get order"),
            ("/a/{{input.b}}", "\"/a/{{input.b}}\""),
            ("true", "\"true\""),
            ("12", "\"12\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("https://a.example/b", "https://a.example/b"),
        ] {
            assert_eq!(scalar(text), scalar_text);
        }
    }
}
