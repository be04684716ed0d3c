//! [`EnvironmentCredentials`]: from environment variables that are named one by one.

use super::{Credentials, CredentialsFuture};
use crate::secret::Secret;
use std::collections::BTreeMap;

/// Credentials from the environment variables of a list, read once. No other variable is looked at.
///
/// ```
/// use opwire::EnvironmentCredentials;
/// let credentials = EnvironmentCredentials::read([("salesloft", "access_token", "SALESLOFT_TOKEN")]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct EnvironmentCredentials(BTreeMap<(String, String), Secret>);

impl EnvironmentCredentials {
    /// Reads the variables of a list of (connector, credential, variable). One that isn't set, or is empty, gives no
    /// credential.
    pub fn read<T: AsRef<str>>(list: impl IntoIterator<Item = (T, T, T)>) -> Self {
        let read = list.into_iter().filter_map(|(connector, name, variable)| {
            let secret = variable_of(variable.as_ref())?;
            let key = (connector.as_ref().to_owned(), name.as_ref().to_owned());
            Some((key, Secret::new(secret)))
        });
        Self(read.collect())
    }
}

#[expect(clippy::disallowed_methods, reason = "the program named the variable")]
fn variable_of(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Credentials for EnvironmentCredentials {
    fn get<'a>(&'a self, connector: &'a str, name: &'a str) -> CredentialsFuture<'a> {
        Credentials::get(&self.0, connector, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_is_on_the_list_is_read() {
        // Cargo sets it for every test.
        let credentials = EnvironmentCredentials::read([
            ("c", "name", "CARGO_PKG_NAME"),
            ("c", "missing", "OPWIRE_THIS_IS_NOT_SET"),
        ]);
        let get = async |connector, name| {
            let found = credentials.get(connector, name).await.unwrap();
            found.map(|secret| secret.expose().to_owned())
        };
        assert_eq!(get("c", "name").await.as_deref(), Some("opwire"));
        assert_eq!(get("c", "missing").await, None);
        assert_eq!(get("other", "name").await, None);
        assert!(!format!("{credentials:?}").contains("opwire\""));
    }
}
