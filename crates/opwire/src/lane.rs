//! [`Lane`]: one tenant at one host, what limits are kept by.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::sync::{Arc, LazyLock};

/// New for each process, so that nothing about a credential can be told from a hash.
static HASHES: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);

/// Whose invocation it is: a name that the caller gave, else a hash of the credentials.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    name: Option<Arc<str>>,
    hash: [u64; 2],
}

impl Tenant {
    /// The tenant of this name.
    pub(crate) fn named(name: &Arc<str>) -> Self {
        Self {
            hash: hashes(&(true, name)),
            name: Some(Arc::clone(name)),
        }
    }

    /// Those who have the same credentials are the same tenant.
    pub(crate) fn of(credentials: &impl Hash) -> Self {
        Self {
            name: None,
            hash: hashes(&(false, credentials)),
        }
    }

    /// A name for stores: the tenant's own, else one that holds in this process.
    pub(crate) fn label(&self) -> String {
        match &self.name {
            Some(name) => name.to_string(),
            None => format!("{:016x}{:016x}", self.hash[0], self.hash[1]),
        }
    }
}

fn hashes(value: &impl Hash) -> [u64; 2] {
    let [first, second] = &*HASHES;
    [first.hash_one(value), second.hash_one(value)]
}

/// One tenant at one host: limits, budgets and breakers are kept by lane, so that no tenant's trouble is another's.
#[derive(Clone)]
pub struct Lane {
    tenant: Tenant,
    host: Arc<str>,
    hash: [u64; 2],
}

impl Lane {
    pub(crate) fn new(tenant: &Tenant, host: &Arc<str>) -> Self {
        Self {
            hash: hashes(&(tenant.hash, host)),
            tenant: tenant.clone(),
            host: Arc::clone(host),
        }
    }

    /// The tenant's name, when the caller gave one; without one, callers with the same credentials share a lane.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.name.as_deref()
    }

    /// The host, and the port where it isn't the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl PartialEq for Lane {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Lane {}

impl Hash for Lane {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash[0]);
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane")
            .field("tenant", &self.tenant())
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}
