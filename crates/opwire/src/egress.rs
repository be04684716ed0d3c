//! Step 4. May this request leave, and to which addresses?

mod address;
mod policy;

use crate::connector::Connector;
use crate::error::{Error, ErrorKind};
pub(crate) use address::{is_metadata, is_own, is_public};
use http::Uri;
pub use policy::EgressPolicy;
use std::fmt;
use std::net::IpAddr;
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
            Host::Domain(name) => {
                Host::Domain(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase())
            }
            other => other.to_owned(),
        };
        Some(Self {
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default()?,
        })
    }

    /// The host, where it is an address.
    fn address(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let plain = plainly_written(text)
            && plain_host(&url)
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

/// Does the text hold only what the parser leaves as it is? It takes white space out, turns backslashes round, and
/// decodes percent signs in hosts.
pub(crate) fn plainly_written(text: &str) -> bool {
    let host = text.split('/').nth(2).unwrap_or_default();
    let odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
    !text.contains(odd) && !host.contains('%')
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
    Policy,
}

impl Denied {
    /// The rule's stable name, for logs.
    fn rule(self) -> &'static str {
        match self {
            Self::NotAnOrigin => "not-an-origin",
            Self::OtherOrigin => "other-origin",
            Self::PlainHttp => "plain-http",
            Self::PrivateAddress => "private-address",
            Self::UserInfo => "user-info",
            Self::Port => "port",
            Self::Metadata => "metadata",
            Self::Policy => "policy",
        }
    }

    /// Tells that a request was denied: by which rule, to which host, at which address. Never the rest of the URL.
    pub(crate) fn tell(self, host: &str, address: Option<IpAddr>) -> Self {
        let address = address.map(|address| address.to_string());
        tracing::warn!(
            target: "opwire::egress", rule = self.rule(), host, address = address.as_deref(), "denied"
        );
        self
    }
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
            Self::Policy => "the request's origin is none that the embedding program allows",
        })
    }
}

impl std::error::Error for Denied {}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let help = match denied {
            Denied::OtherOrigin => "add the origin to `egress` in connector.yaml",
            Denied::Metadata => "no program and no manifest can allow it",
            Denied::PrivateAddress | Denied::PlainHttp | Denied::Port | Denied::Policy => {
                "only the program that embeds the engine can name such an origin as allowed"
            }
            _ => "write an https URL without credentials",
        };
        Error::new(ErrorKind::EgressDenied, denied.to_string()).with_help(help)
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
    /// Where tokens are got: the host, and the URL if requests may go there.
    token: Option<(String, Result<Uri, Denied>)>,
}

impl Site {
    pub(crate) fn new(base: Url, policy: &EgressPolicy) -> Self {
        let origin = Origin::of(&base);
        Self {
            verdict: judge(&base, policy),
            authority: base.authority().to_owned(),
            host: base.authority().into(),
            token: None,
            origin,
            base,
        }
    }

    /// Tokens are got there. The URL is one of the manifest or of the host, never of an input.
    pub(crate) fn with_token_url(mut self, url: &Url, policy: &EgressPolicy) -> Self {
        let uri = url.as_str().parse().map_err(|_| Denied::NotAnOrigin);
        let host = url.host_str().unwrap_or_default().to_owned();
        self.token = Some((host, judge(url, policy).and(uri)));
        self
    }

    /// Where tokens are got; nothing when the connector gets none.
    pub(crate) fn token_url(&self) -> Option<Result<&Uri, Denied>> {
        let (host, uri) = self.token.as_ref()?;
        Some(uri.as_ref().map_err(|denied| denied.tell(host, None)))
    }

    /// May a person be sent to this URL of the manifest, to come back with a code?
    pub(crate) fn authorize(url: &Url, policy: &EgressPolicy) -> Result<(), Denied> {
        judge(url, policy).map_err(|denied| denied.tell(url.host_str().unwrap_or_default(), None))
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
    policy: &EgressPolicy,
) -> Result<bool, Denied> {
    let allowed = allowed(connector, site, uri, policy);
    allowed.map_err(|denied| denied.tell(uri.host().unwrap_or_default(), None))
}

fn allowed(
    connector: &Connector,
    site: &Site,
    uri: &Uri,
    policy: &EgressPolicy,
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
fn judge(url: &Url, policy: &EgressPolicy) -> Result<(), Denied> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Denied::UserInfo);
    }
    let origin = Origin::of(url).ok_or(Denied::NotAnOrigin)?;
    if origin.address().is_some_and(is_metadata) {
        return Err(Denied::Metadata);
    }
    if !policy.includes(&origin) {
        return Err(Denied::Policy);
    }
    if policy.excepts(&origin) {
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
