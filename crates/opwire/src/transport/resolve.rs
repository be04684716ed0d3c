//! [`PublicOnly`]: host names to addresses that may be connected to.

use crate::egress::{Denied, Policy, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as StdError;
use std::net::SocketAddr;

/// The host name has no address.
#[derive(Debug)]
pub(super) struct Unresolved;

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host name does not resolve")
    }
}

impl StdError for Unresolved {}

/// Resolves names for each new connection, and gives an answer only when every address of it is public.
#[derive(Clone, Debug)]
pub(super) struct PublicOnly {
    policy: Policy,
}

impl PublicOnly {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let named = self.policy.names_host(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_| Unresolved)?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.is_empty() {
                return Err(Unresolved.into());
            }
            if !named && !addresses.iter().all(|address| is_public(address.ip())) {
                return Err(Denied::PrivateAddress.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
