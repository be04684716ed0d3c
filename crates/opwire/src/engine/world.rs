//! [`World`]: the catalog, and where each connector's requests go; swapped as one.

use crate::catalog::Catalog;
use crate::egress::{EgressPolicy, Site};
use crate::error::{Error, ErrorKind};
use std::collections::HashMap;
use std::sync::Arc;
use url::Url;

/// The catalog, and where each connector's requests go.
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    /// By connector.
    sites: HashMap<String, Arc<Site>>,
}

impl World {
    pub(crate) fn site(&self, connector: &str) -> Result<&Arc<Site>, Error> {
        let missing = || Error::new(ErrorKind::Internal, "the operation is of another catalog");
        self.sites.get(connector).ok_or_else(missing)
    }
}

/// What the embedding program says about where requests go. It holds for every catalog.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) policy: EgressPolicy,
    /// By connector.
    pub(crate) base_urls: HashMap<String, Url>,
    pub(crate) token_urls: HashMap<String, Url>,
}

impl Places {
    /// A catalog with its places.
    pub(crate) fn world(&self, catalog: Catalog) -> World {
        let mut sites = HashMap::new();
        for connector in catalog.connectors() {
            let base = self
                .base_urls
                .get(connector.name())
                .unwrap_or(&connector.base);
            let mut site = Site::new(base.clone(), &self.policy);
            let token_url = self.token_urls.get(connector.name());
            if let Some(url) = token_url.or(connector.token_url.as_ref()) {
                site = site.with_token_url(url, &self.policy);
            }
            sites.insert(connector.name().to_owned(), Arc::new(site));
        }
        World { catalog, sites }
    }
}
