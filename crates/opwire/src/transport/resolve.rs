//! [`PublicOnly`]: host names to addresses that may be connected to.

use crate::egress::{Denied, Policy, is_metadata, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// A name with more addresses is not one of a service.
const MOST: usize = 16;

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
            let lookup = tokio::net::lookup_host((name.as_str(), 0));
            let found = tokio::time::timeout(TIMEOUT, lookup).await;
            let found = found.map_err(|_| Unresolved)?.map_err(|_| Unresolved)?;
            let addresses = admit(found, named)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name, when every one of them may be connected to.
fn admit(
    found: impl Iterator<Item = SocketAddr>,
    named: bool,
) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
    let addresses: Vec<SocketAddr> = found.take(MOST + 1).collect();
    if addresses.is_empty() || addresses.len() > MOST {
        return Err(Unresolved.into());
    }
    for address in &addresses {
        if is_metadata(address.ip()) {
            return Err(Denied::Metadata.into());
        }
        if !named && !is_public(address.ip()) {
            return Err(Denied::PrivateAddress.into());
        }
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_must_be_one_to_connect_to() {
        let public = "93.184.216.34:0";
        let many = |count: usize| vec![public; count];
        for (named, answers, admitted) in [
            (false, vec![public], true),
            (false, vec![public, "[2606:4700::1]:0"], true),
            (false, vec![public, "127.0.0.1:0"], false),
            (false, vec!["10.0.0.1:0", public], false),
            (false, vec![public, "[::ffff:10.0.0.1]:0"], false),
            (false, vec!["[64:ff9b::a00:1]:0"], false),
            (false, vec![], false),
            (false, many(16), true),
            (false, many(17), false),
            (true, vec!["127.0.0.1:0"], true),
            (true, vec!["169.254.169.254:0"], false),
            (true, vec!["127.0.0.1:0", "[fd00:ec2::254]:0"], false),
            (true, vec!["168.63.129.16:0"], false),
        ] {
            let found = answers.iter().map(|answer| answer.parse().unwrap());
            assert_eq!(admit(found, named).is_ok(), admitted, "{answers:?}");
        }
    }
}
