//! [`FileCredentials`]: from a file that only its owner can read.

use super::{Credentials, CredentialsFuture};
use crate::error::{Error, ErrorKind};
use crate::manifest::parse_yaml;
use crate::secret::Secret;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::Path;

/// A larger file is refused.
const LARGEST: u64 = 64 * 1024;

/// Credentials from a YAML or JSON file, `connector: {name: value}`, read once.
///
/// The file must be a regular one of at most 64 KiB that only its owner can read or write (mode 0600 or stricter, where
/// the system has modes).
#[derive(Clone, Debug, Default)]
pub struct FileCredentials(BTreeMap<(String, String), Secret>);

impl FileCredentials {
    /// Reads a file.
    ///
    /// # Errors
    /// `credentials_missing`, when the file can't be read, can be read by others, or holds something else.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let wrong = |why: &str| {
            let message = format!("the credentials file {} {why}", path.display());
            Error::new(ErrorKind::CredentialsMissing, message)
        };
        let text = read_private(path).map_err(|why| wrong(&why))?;
        Self::parse(&text).map_err(|why| wrong(&why))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let value = parse_yaml(text)
            .map_err(|fault| format!("is not valid YAML at line {}", fault.span.line))?;
        let connectors = match &value {
            Value::Null => return Ok(Self::default()),
            Value::Object(connectors) => connectors,
            _ => return Err("is not a mapping of connectors".to_owned()),
        };
        let mut found = BTreeMap::new();
        for (connector, credentials) in connectors {
            let credentials = credentials.as_object();
            let credentials =
                credentials.ok_or_else(|| format!("has no mapping under `{connector}`"))?;
            for (name, value) in credentials {
                let Some(secret) = value.as_str() else {
                    return Err(format!(
                        "holds `{connector}.{name}` that is not text: quote it"
                    ));
                };
                let secret = Secret::new(secret.trim_end_matches(['\r', '\n']));
                found.insert((connector.clone(), name.clone()), secret);
            }
        }
        Ok(Self(found))
    }
}

impl Credentials for FileCredentials {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        Credentials::get(&self.0, connector, name)
    }
}

/// The text of a file that holds secrets: a regular one of at most 64 KiB that only its owner can read or write (mode 0600
/// or stricter, where the system has modes).
///
/// # Errors
/// What is wrong with the file, as the end of a sentence about it.
pub fn read_private(path: impl AsRef<Path>) -> Result<String, String> {
    let mut file = File::open(path).map_err(|_| "can't be read")?;
    // Of the file that is open, which may be another than the one that has the name by now.
    let about = file.metadata().map_err(|_| "can't be read")?;
    if !about.is_file() {
        return Err("is not a regular file".to_owned());
    }
    if !private(&about) {
        return Err("can be read by others: chmod 600 it".to_owned());
    }
    if about.len() > LARGEST {
        return Err("is larger than 64 KiB".to_owned());
    }
    let mut text = String::new();
    let read = file.by_ref().take(LARGEST).read_to_string(&mut text);
    read.map_err(|_| "is not text in UTF-8")?;
    Ok(text)
}

#[cfg(unix)]
fn private(about: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode().trailing_zeros() >= 6
}

#[cfg(not(unix))]
fn private(_: &Metadata) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn open(text: &str, mode: u32) -> Result<FileCredentials, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.yaml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        FileCredentials::open(&path).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_private_file_gives_its_credentials() {
        let credentials = open("c: { key: s3cr3t }\nd: { key: other }\n", 0o600).unwrap();
        let found = credentials.get("c", "key").await.unwrap().unwrap();
        assert_eq!(found.expose(), "s3cr3t");
        assert!(credentials.get("c", "none").await.unwrap().is_none());
        assert!(!format!("{credentials:?}").contains("s3cr3t"));
        assert!(open("", 0o400).is_ok());
    }

    #[test]
    fn what_others_can_read_or_is_something_else_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o660, 0o620] {
            assert!(
                open("c: { key: s }", mode)
                    .unwrap_err()
                    .contains("chmod 600"),
                "{mode:o}"
            );
        }
        let large = format!("c: {{ key: {} }}", "s".repeat(70_000));
        for (text, why) in [
            ("c: { key: 4711 }", "not text"),
            ("c: s3cr3t", "no mapping"),
            ("[s3cr3t]", "not a mapping"),
            ("c: { key: [", "not valid YAML"),
            (large.as_str(), "64 KiB"),
        ] {
            let error = open(text, 0o600).unwrap_err();
            assert!(error.contains(why), "{error}");
            assert!(
                !error.contains("s3cr3t") && !error.contains("4711"),
                "{error}"
            );
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(FileCredentials::open(dir.path()).is_err(), "a folder");
        assert!(FileCredentials::open(dir.path().join("none")).is_err());
    }
}
