//! Credentials that the input doesn't hold: from the environment, or a file that only its owner can read.

use crate::environment;
use opwire::manifest::parse_yaml;
use opwire::{Credentials, CredentialsFuture, Error, ErrorKind, Secret};
use std::path::Path;

/// `OPWIRE_<CONNECTOR>_<NAME>`, then the credentials file.
#[derive(Debug, Default)]
pub(crate) struct Provider {
    /// Against the mock any credential will do.
    pub(crate) made_up: bool,
}

impl Credentials for Provider {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        Box::pin(async move {
            if self.made_up {
                return Ok(Some(Secret::new("mock-credential")));
            }
            if let Some(value) = environment::credential(connector, name) {
                return Ok(Some(Secret::new(value)));
            }
            match environment::credentials_file() {
                Some((file, named)) if named || file.exists() => from_file(&file, connector, name),
                _ => Ok(None),
            }
        })
    }
}

/// `connector: {name: value}`
fn from_file(file: &Path, connector: &str, name: &str) -> Result<Option<Secret>, Error> {
    let wrong = |why: &str| {
        Error::new(
            ErrorKind::CredentialsMissing,
            format!("the credentials file {} {why}", file.display()),
        )
    };
    let about = std::fs::metadata(file).map_err(|_| wrong("can't be read"))?;
    if !about.is_file() {
        return Err(wrong("is not a regular file"));
    }
    if !private(&about) {
        return Err(wrong("can be read by others: chmod 600 it"));
    }
    let text = std::fs::read_to_string(file).map_err(|_| wrong("can't be read"))?;
    let value = parse_yaml(&text)
        .map_err(|fault| wrong(&format!("is not valid YAML at line {}", fault.span.line)))?;
    match value
        .get(connector)
        .and_then(|connection| connection.get(name))
    {
        None => Ok(None),
        Some(serde_json::Value::String(secret)) => Ok(Some(Secret::new(secret.clone()))),
        Some(_) => Err(wrong("holds a credential that is not text: quote it")),
    }
}

#[cfg(unix)]
fn private(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode().trailing_zeros() >= 6
}

#[cfg(not(unix))]
fn private(_: &std::fs::Metadata) -> bool {
    true
}
