//! [`Resolver`]: host names to addresses; and [`Checked`], which lets through those that may be connected to.

use crate::egress::{Denied, EgressPolicy, is_metadata, is_own, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// A name with more addresses is not one of a service.
pub(crate) const MOST: usize = 16;

/// What a resolver's `resolve` gives.
pub type ResolverFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of host names for the default transport.
///
/// It is asked for each new connection. An answer is used for that connection alone, and only when every address of it
/// may be connected to. It has 5 seconds.
pub trait Resolver: Send + Sync {
    /// The addresses of a host name; 1 to 16 of them.
    ///
    /// # Errors
    /// When the name has none.
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a>;
}

/// Asks the operating system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The host name has no address.
#[derive(Debug)]
pub(super) struct Unresolved;

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host name does not resolve")
    }
}

impl StdError for Unresolved {}

/// Gives a resolver's answer only when every address of it may be connected to.
#[derive(Clone)]
pub(super) struct Checked {
    pub(super) policy: Arc<EgressPolicy>,
    pub(super) resolver: Arc<dyn Resolver>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { policy, resolver } = self.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found = tokio::time::timeout(TIMEOUT, resolver.resolve(name)).await;
            let found = found.map_err(|_| Unresolved)?.map_err(|_| Unresolved)?;
            if found.is_empty() || found.len() > MOST {
                return Err(Unresolved.into());
            }
            for address in &found {
                admit(&policy, name, *address)
                    .map_err(|denied| denied.tell(name, Some(*address)))?;
            }
            // The port is the URL's.
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// May a connection for this host name be made to this address?
fn admit(policy: &EgressPolicy, name: &str, address: IpAddr) -> Result<(), Denied> {
    if is_metadata(address) {
        return Err(Denied::Metadata);
    }
    let public = !policy.bounds(name) && is_public(address) && !is_own(address);
    if public || policy.opens(name, address) {
        Ok(())
    } else {
        Err(Denied::PrivateAddress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers as it was told.
    struct Told(Vec<IpAddr>);

    impl Resolver for Told {
        fn resolve<'a>(&'a self, _: &'a str) -> ResolverFuture<'a> {
            Box::pin(std::future::ready(Ok(self.0.clone())))
        }
    }

    async fn admitted(policy: &EgressPolicy, answers: &[&str]) -> bool {
        let told = answers.iter().map(|answer| answer.parse().unwrap());
        let checked = Checked {
            policy: Arc::new(policy.clone()),
            resolver: Arc::new(Told(told.collect())),
        };
        let found = checked.resolve("a.example".parse().unwrap()).await;
        found.is_ok_and(|found| found.count() == answers.len())
    }

    #[tokio::test]
    async fn every_answer_must_be_one_to_connect_to() {
        let public = "93.184.216.34";
        let none = EgressPolicy::default();
        let any = EgressPolicy::default().allow("https://a.example").unwrap();
        let other = EgressPolicy::default().allow("https://b.example").unwrap();
        let bound = EgressPolicy::default();
        let bound = bound
            .allow_at("https://a.example", &["10.0.0.0/8"])
            .unwrap();
        for (policy, answers, holds) in [
            (&none, vec![public], true),
            (&none, vec![public, "2606:4700::1"], true),
            (&none, vec![public, "127.0.0.1"], false),
            (&none, vec!["10.0.0.1", public], false),
            (&none, vec![public, "::ffff:10.0.0.1"], false),
            (&none, vec!["64:ff9b::a00:1"], false),
            (&none, vec![], false),
            (&none, vec![public; 16], true),
            (&none, vec![public; 17], false),
            (&any, vec!["127.0.0.1"], true),
            (&any, vec!["169.254.169.254"], false),
            (&any, vec!["127.0.0.1", "fd00:ec2::254"], false),
            (&any, vec!["168.63.129.16"], false),
            (&other, vec!["127.0.0.1"], false),
            (&bound, vec!["10.0.0.1", "10.255.0.1"], true),
            (&bound, vec!["10.0.0.1", "127.0.0.1"], false),
            (&bound, vec!["10.0.0.1", public], false),
        ] {
            assert_eq!(admitted(policy, &answers).await, holds, "{answers:?}");
        }
    }
}
