//! [`Keys`]: the credentials of one invocation.

use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::lane::Tenant;
use crate::redact::Redactor;
use crate::secret::Secret;
use crate::template::{Roots, Scope};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// The credentials of one invocation, and whose it is.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(super) secrets: BTreeMap<String, Secret>,
    pub(crate) tenant: Tenant,
    /// What was got on the way, and what of the input is secret: to be found in texts from outside.
    learned: Mutex<Learned>,
}

#[derive(Debug, Default)]
struct Learned {
    secrets: Vec<Secret>,
    /// The version of the token that was used last.
    version: Option<u64>,
}

/// Hashes credentials without showing them.
struct Hashed<'a>(&'a str, &'a BTreeMap<String, Secret>);

impl Hash for Hashed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        for (name, secret) in self.1 {
            (name, secret.expose()).hash(state);
        }
    }
}

impl Keys {
    pub(super) fn new(
        secrets: BTreeMap<String, Secret>,
        connector: &str,
        tenant: Option<&Arc<str>>,
    ) -> Self {
        let tenant = match tenant {
            Some(name) => Tenant::named(name),
            None => Tenant::of(&Hashed(connector, &secrets)),
        };
        Self {
            secrets,
            tenant,
            learned: Mutex::default(),
        }
    }

    /// Those that are given, the first that has a name first, then those of the provider.
    pub(crate) async fn gather(
        connector: &Connector,
        given: &[&BTreeMap<String, Secret>],
        provider: &dyn Credentials,
        tenant: Option<&Arc<str>>,
    ) -> Result<Self, Error> {
        let mut found = BTreeMap::new();
        for name in connector.credential_names() {
            let own = given.iter().find_map(|given| given.get(name));
            let secret = match own {
                Some(secret) => Some(secret.clone()),
                None => provider.get(connector.name(), name).await?,
            };
            if let Some(secret) = secret {
                found.insert(name.to_owned(), secret);
            }
        }
        Ok(Self::new(found, connector.name(), tenant))
    }

    /// Is this credential there?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.secrets.contains_key(name)
    }

    /// Names in braces instead of values, for requests that are only shown.
    pub(crate) fn names(connector: &Connector) -> Self {
        let named = |name: &str| (name.to_owned(), Secret::new(format!("{{{name}}}")));
        Self::new(
            connector.credential_names().map(named).collect(),
            connector.name(),
            None,
        )
    }

    /// Does something with the credentials as templates see them.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Scope<'_>) -> T) -> T {
        let credentials: Map<String, Value> = self
            .secrets
            .iter()
            .map(|(name, secret)| (name.clone(), Value::String(secret.expose().to_owned())))
            .collect();
        let credentials = Value::Object(credentials);
        let roots = Roots {
            credentials: Some(&credentials),
            ..Roots::default()
        };
        work(&Scope::new(&roots))
    }

    /// A name for these credentials of a connector in a token store.
    pub(crate) fn label(&self, connector: &str) -> String {
        format!("{connector}/{}", self.tenant.label())
    }

    /// A token that was got on the way.
    pub(crate) fn learn(&self, version: u64, secrets: impl Iterator<Item = Secret>) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.version = Some(version);
        learned.secrets.extend(secrets);
    }

    /// Fields of the input that are secret.
    pub(crate) fn taint(&self, secrets: Vec<Secret>) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.secrets.extend(secrets);
    }

    /// The version of the token that was used last.
    pub(crate) fn version(&self) -> Option<u64> {
        self.learned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .version
    }

    /// Finds all of them in texts that came from outside.
    pub(crate) fn redactor(&self) -> Redactor {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let secrets = self.secrets.values().chain(&learned.secrets);
        Redactor::of(secrets)
    }

    /// Replaces every credential in a text that came from outside.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.redactor().text(text)
    }
}
