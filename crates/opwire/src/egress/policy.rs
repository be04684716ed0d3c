//! [`EgressPolicy`]: what the embedding program says about where requests go.

use super::{Origin, is_metadata};
use crate::error::{Error, ErrorKind};
use ipnet::IpNet;
use std::net::IpAddr;
use url::{Host, Url};

/// Where the embedding program lets requests go.
///
/// A request leaves when its connector and this policy both allow it. No manifest can widen the policy; exceptions (plain
/// HTTP, other ports than 443, addresses that are not public) are named here alone. Addresses at which clouds give
/// machines their credentials can't be named. Default: every origin that a connector names, over HTTPS, at public
/// addresses.
///
/// ```
/// # fn doc() -> Result<opwire::EgressPolicy, opwire::Error> {
/// use opwire::EgressPolicy;
///
/// let policy = EgressPolicy::default()
///     .only("https://api.example.com")?
///     .allow_at("https://crm.corp.example", &["10.20.0.0/16"])?;
/// # Ok(policy) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    /// Nothing: whatever connectors say.
    only: Option<Vec<Origin>>,
    exceptions: Vec<Exception>,
}

/// An origin that may be plain HTTP, have another port, and addresses that are not public.
#[derive(Clone, Debug)]
struct Exception {
    origin: Origin,
    /// Empty: at any address.
    networks: Vec<IpNet>,
}

impl EgressPolicy {
    /// Lets requests go to this origin, and to no other than those that are named so. Exceptions count as named.
    ///
    /// # Errors
    /// `input_invalid` when it is no http or https URL.
    pub fn only(mut self, origin: &str) -> Result<Self, Error> {
        self.only.get_or_insert_default().push(parsed(origin)?);
        Ok(self)
    }

    /// Allows an origin although it is plain HTTP, has another port, or an address that is not public.
    ///
    /// It must still be one of the connector's own.
    ///
    /// # Errors
    /// `input_invalid` when it is no http or https URL.
    pub fn allow(self, origin: &str) -> Result<Self, Error> {
        self.allow_at(origin, &[])
    }

    /// As [`allow`](Self::allow), but only while every address of the host lies in one of these networks (CIDR, such as
    /// `10.20.0.0/16`).
    ///
    /// # Errors
    /// `input_invalid` when the origin is no http or https URL, or a network is none.
    pub fn allow_at(mut self, origin: &str, networks: &[&str]) -> Result<Self, Error> {
        let origin = parsed(origin)?;
        let networks = networks
            .iter()
            .map(|network| network.parse())
            .collect::<Result<_, _>>();
        let networks =
            networks.map_err(|_| wrong("a network of the egress policy is not written as CIDR"))?;
        self.exceptions.push(Exception { origin, networks });
        Ok(self)
    }

    /// As [`allow`](Self::allow), but what is said about the origin already stays.
    pub(crate) fn or_allow(self, origin: &str) -> Result<Self, Error> {
        let said = parsed(origin)?;
        if self
            .exceptions
            .iter()
            .any(|exception| exception.origin == said)
        {
            return Ok(self);
        }
        self.allow(origin)
    }

    /// May requests go to this origin, as far as the policy says?
    pub(super) fn includes(&self, origin: &Origin) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(origin)) || self.excepts(origin)
    }

    /// Is this origin an exception? One whose host is an address must lie in the exception's networks.
    pub(super) fn excepts(&self, origin: &Origin) -> bool {
        let address = origin.address();
        self.exceptions.iter().any(|exception| {
            exception.origin == *origin && address.is_none_or(|address| exception.holds(address))
        })
    }

    /// May connections for this host name be made to this address, although it is not public?
    pub(crate) fn opens(&self, name: &str, address: IpAddr) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        !is_metadata(address)
            && self.exceptions.iter().any(|exception| {
                let own = matches!(&exception.origin.host, Host::Domain(host) if *host == name);
                own && exception.holds(address)
            })
    }

    /// Must this host's addresses lie in networks that the policy names?
    pub(crate) fn bounds(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let mut own = self.exceptions.iter().filter(
            |exception| matches!(&exception.origin.host, Host::Domain(host) if *host == name),
        );
        own.clone().next().is_some() && own.all(|exception| !exception.networks.is_empty())
    }
}

impl Exception {
    fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|net| net.contains(&address))
    }
}

fn parsed(origin: &str) -> Result<Origin, Error> {
    let url = Url::parse(origin)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    url.as_ref()
        .and_then(Origin::of)
        .ok_or_else(|| wrong("an allowed origin is not an http or https URL"))
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InputInvalid, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        parsed(text).unwrap()
    }

    #[test]
    fn only_narrows_and_exceptions_count() {
        let policy = EgressPolicy::default();
        assert!(policy.includes(&origin("https://a.example")));
        let policy = policy.only("https://a.example").unwrap();
        let policy = policy.allow("http://localhost:8080").unwrap();
        for (url, included) in [
            ("https://a.example", true),
            ("https://A.EXAMPLE.:443/x", true),
            ("http://a.example", false),
            ("https://a.example:8443", false),
            ("https://b.example", false),
            ("http://localhost:8080", true),
            ("http://localhost:8081", false),
        ] {
            assert_eq!(policy.includes(&origin(url)), included, "{url}");
        }
        assert!(EgressPolicy::default().only("ftp://a.example").is_err());
    }

    #[test]
    fn an_exception_holds_for_its_name_and_its_networks() {
        let policy = EgressPolicy::default();
        let policy = policy
            .allow_at("https://a.example", &["10.0.0.0/8", "fd00::/8"])
            .unwrap();
        let opens = |name: &str, address: &str| policy.opens(name, address.parse().unwrap());
        assert!(opens("a.example", "10.1.2.3") && opens("A.example.", "fd01::1"));
        assert!(opens("a.example", "::ffff:10.1.2.3"));
        assert!(!opens("a.example", "192.168.0.1") && !opens("b.example", "10.1.2.3"));
        assert!(
            !opens("a.example", "fd00:ec2::254"),
            "metadata stays closed"
        );
        assert!(policy.bounds("a.example") && !policy.bounds("b.example"));
        assert!(
            EgressPolicy::default()
                .allow_at("https://a.example", &["10/8"])
                .is_err()
        );
    }
}
