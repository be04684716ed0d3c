//! The one place that reads the environment.

use std::path::PathBuf;

#[expect(
    clippy::disallowed_methods,
    reason = "this module is where the environment is read"
)]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `OPWIRE_OPERATIONS`
pub(crate) fn operations() -> Option<PathBuf> {
    read("OPWIRE_OPERATIONS").map(PathBuf::from)
}

/// `OPWIRE_STORE`
pub(crate) fn store() -> Option<String> {
    read("OPWIRE_STORE")
}

/// `OPWIRE_SEALING_KEY`
pub(crate) fn sealing_key() -> Option<String> {
    read("OPWIRE_SEALING_KEY")
}

/// `OTEL_EXPORTER_OTLP_ENDPOINT`: where spans are sent.
pub(crate) fn otlp_endpoint() -> Option<String> {
    read("OTEL_EXPORTER_OTLP_ENDPOINT")
}

/// `OPWIRE_SALESLOFT_ACCESS_TOKEN`
pub(crate) fn credential_variable(connector: &str, name: &str) -> String {
    let upper = |text: &str| -> String {
        text.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect()
    };
    format!("OPWIRE_{}_{}", upper(connector), upper(name))
}

/// `OPWIRE_CREDENTIALS_FILE`, else `opwire/credentials.yaml` in the user's configuration folder.
pub(crate) fn credentials_file() -> Option<(PathBuf, bool)> {
    if let Some(file) = read("OPWIRE_CREDENTIALS_FILE") {
        return Some((PathBuf::from(file), true));
    }
    let config = read("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(read("HOME")?).join(".config")));
    config.map(|dir| (dir.join("opwire/credentials.yaml"), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_upper_case() {
        assert_eq!(
            credential_variable("salesloft", "access_token"),
            "OPWIRE_SALESLOFT_ACCESS_TOKEN"
        );
        assert_eq!(
            credential_variable("my-app", "key.1"),
            "OPWIRE_MY_APP_KEY_1"
        );
    }
}
