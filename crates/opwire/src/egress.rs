//! Step 4. May this request leave, and to which addresses?

use crate::connector::Connector;
use crate::error::{Error, ErrorKind};
use http::Uri;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use url::{Host, Url};

/// Scheme, host and port, compared as parsed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    scheme: String,
    host: Host<String>,
    port: u16,
}

impl Origin {
    pub(crate) fn of(url: &Url) -> Option<Self> {
        let host = match url.host()? {
            Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_ascii_lowercase()),
            other => other.to_owned(),
        };
        Some(Self {
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default()?,
        })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let plain = plain_host(&url)
            && url.path() == "/"
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if plain && matches!(url.scheme(), "http" | "https") {
            Self::of(&url)
        } else {
            None
        }
    }
}

/// Is the host letters, digits, hyphens and dots (RFC 1123), or an address? The parser takes more.
pub(crate) fn plain_host(url: &Url) -> bool {
    let name = match url.host() {
        None => return false,
        Some(Host::Domain(name)) => name.strip_suffix('.').unwrap_or(name),
        Some(_) => return true,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    name.split('.').all(|label| {
        let edges = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && !edges && label.bytes().all(plain)
    })
}

/// Why a request may not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    NotAnOrigin,
    OtherOrigin,
    PlainHttp,
    PrivateAddress,
    UserInfo,
    Port,
    Metadata,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnOrigin => "the request's URL is not an http or https one",
            Self::OtherOrigin => "the request's URL is outside the connector's own origins",
            Self::PlainHttp => "the request would leave without TLS",
            Self::PrivateAddress => {
                "the request's host has a private, loopback or reserved address"
            }
            Self::UserInfo => "the request's URL holds a user name or password",
            Self::Port => "the request's URL has another port than 443",
            Self::Metadata => "the request's host is one that gives machines their credentials",
        })
    }
}

impl std::error::Error for Denied {}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let help = match denied {
            Denied::OtherOrigin => "add the origin to `egress` in connector.yaml",
            Denied::Metadata => "no program and no manifest can allow it",
            Denied::PrivateAddress | Denied::PlainHttp | Denied::Port => {
                "only the program that embeds the engine can name such an origin as allowed"
            }
            _ => "write an https URL without credentials",
        };
        Error::new(ErrorKind::EgressDenied, denied.to_string()).with_help(help)
    }
}

/// The origins that the embedding program named as allowed: they may be plain HTTP and have private addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) named: Vec<Origin>,
}

impl Policy {
    pub(crate) fn names_host(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.named
            .iter()
            .any(|origin| matches!(&origin.host, Host::Domain(host) if *host == name))
    }
}

/// Where a connector's requests go by default: its base URL, judged once, so that the requests below it need no second
/// look.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) base: Url,
    origin: Option<Origin>,
    /// The base URL's host and port, as written in a request's URL.
    authority: String,
    verdict: Result<(), Denied>,
    /// The base URL's host and port, what limits are kept by.
    pub(crate) host: Arc<str>,
    /// Where tokens are got.
    pub(crate) token_url: Option<Result<Uri, Denied>>,
}

impl Site {
    pub(crate) fn new(base: Url, policy: &Policy) -> Self {
        let origin = Origin::of(&base);
        Self {
            verdict: judge(&base, policy),
            authority: base.authority().to_owned(),
            host: base.authority().into(),
            token_url: None,
            origin,
            base,
        }
    }

    /// Tokens are got there. The URL is one of the manifest or of the host, never of an input.
    pub(crate) fn with_token_url(mut self, url: &Url, policy: &Policy) -> Self {
        let uri = url.as_str().parse().map_err(|_| Denied::NotAnOrigin);
        self.token_url = Some(judge(url, policy).and(uri));
        self
    }

    /// Is this URL below the base URL?
    fn holds(&self, uri: &Uri) -> bool {
        uri.scheme_str() == Some(self.base.scheme())
            && uri.authority().map(http::uri::Authority::as_str) == Some(&self.authority)
    }
}

/// Checks the URL of a request that is ready to leave. Gives whether credentials may go with it.
pub(crate) fn check(
    connector: &Connector,
    site: &Site,
    uri: &Uri,
    policy: &Policy,
) -> Result<bool, Denied> {
    if site.holds(uri) {
        return site.verdict.map(|()| true);
    }
    let url = Url::parse(&uri.to_string()).map_err(|_| Denied::NotAnOrigin)?;
    let origin = Origin::of(&url).ok_or(Denied::NotAnOrigin)?;
    let own = site.origin.as_ref() == Some(&origin);
    let other = connector
        .egress
        .iter()
        .find(|(allowed, _)| *allowed == origin);
    if !own && other.is_none() {
        return Err(Denied::OtherOrigin);
    }
    judge(&url, policy)?;
    Ok(own || other.is_some_and(|(_, credentials)| *credentials))
}

/// Whether requests to this URL's origin may leave at all.
fn judge(url: &Url, policy: &Policy) -> Result<(), Denied> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Denied::UserInfo);
    }
    let origin = Origin::of(url).ok_or(Denied::NotAnOrigin)?;
    let address = match &origin.host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        Host::Domain(_) => None,
    };
    if address.is_some_and(is_metadata) {
        return Err(Denied::Metadata);
    }
    if policy.named.contains(&origin) {
        return Ok(());
    }
    if origin.scheme != "https" {
        return Err(Denied::PlainHttp);
    }
    // An address says nothing about who has it: only the embedding program may name one.
    let public = matches!(&origin.host, Host::Domain(name) if !is_local_name(name));
    if !public || !plain_host(url) {
        return Err(Denied::PrivateAddress);
    }
    if origin.port != 443 {
        return Err(Denied::Port);
    }
    Ok(())
}

fn is_local_name(name: &str) -> bool {
    name == "localhost"
        || [".localhost", ".local", ".internal"]
            .iter()
            .any(|end| name.ends_with(end))
        || !name.contains('.')
}

/// Is this where clouds tell machines their credentials? Nothing opens these.
pub(crate) fn is_metadata(address: IpAddr) -> bool {
    let metadata = [
        IpAddr::from([169, 254, 169, 254]),
        IpAddr::from([169, 254, 170, 2]),
        IpAddr::from([100, 100, 100, 200]),
        IpAddr::from([168, 63, 129, 16]),
        IpAddr::from([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]),
    ];
    metadata.contains(&address.to_canonical())
}

/// Is this an address that anyone on the Internet may have? (IANA's special-purpose registries.)
pub(crate) fn is_public(address: IpAddr) -> bool {
    if is_metadata(address) {
        return false;
    }
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [s0, s1, s2, ..] = address.segments();
    // Global unicast is 2000::/3; carve the special ranges out of it.
    (s0 & 0xe000) == 0x2000
        && !(s0 == 0x2001 && s1 < 0x0200)
        && !(s0 == 0x2001 && s1 == 0x0db8)
        && s0 != 0x2002
        && !(s0 == 0x3fff && s1 < 0x1000)
        && !(s0 == 0x5f00 && s2 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.1.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2001:4860::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
