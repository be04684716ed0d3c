//! [`EngineBuilder`]: what an engine is made of.

use super::world::Places;
use super::{Engine, Inner, OnReply};
use crate::catalog::Catalog;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{Credentials, NoCredentials};
use crate::egress::EgressPolicy;
use crate::error::{Attempt, Error, ErrorKind};
use crate::manifest;
use crate::observer::{Observer, Observers, OnAttempt};
use crate::send::breaker::{CircuitBreaker, LocalBreaker};
use crate::send::gate::{Concurrency, Gate};
use crate::send::rate::{LocalRates, RateLimiter};
use crate::send::tokens::{LocalTokens, TokenStore, Tokens};
use crate::send::{Sender, Traced};
use crate::transport::Transport;
use crate::transport::http::{HttpTransport, Settings};
use crate::transport::resolve::Resolver;
use arc_swap::ArcSwap;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Sets an [`Engine`] up.
#[derive(Default)]
#[must_use]
pub struct EngineBuilder {
    catalog: Option<Catalog>,
    transport: Option<Box<dyn Transport>>,
    credentials: Option<Box<dyn Credentials>>,
    observers: Observers,
    traced: Option<Traced>,
    on_reply: Option<Box<OnReply>>,
    clock: Option<Arc<dyn Clock>>,
    rates: Option<Box<dyn RateLimiter>>,
    breaker: Option<Box<dyn CircuitBreaker>>,
    tokens: Option<Box<dyn TokenStore>>,
    concurrency: Concurrency,
    settings: Settings,
    policy: EgressPolicy,
    base_urls: Vec<(String, String)>,
    token_urls: Vec<(String, String)>,
    origins: Vec<String>,
}

impl EngineBuilder {
    /// The operations. Required.
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = Some(catalog);
        self
    }

    /// Puts requests on the wire. Default: HTTP over reqwest, public addresses alone.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Finds host names' addresses for the default transport. Default: the operating system does.
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.settings.resolver = Some(Arc::new(resolver));
        self
    }

    /// Has the default transport trust a certificate authority of your own, besides those that the system trusts.
    ///
    /// The certificate is in PEM. Certificates are always checked: nothing switches that off.
    pub fn trust_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.settings.certificates.push(pem.into());
        self
    }

    /// Gives the credentials that inputs don't hold. Default: none.
    pub fn credentials(mut self, credentials: impl Credentials + 'static) -> Self {
        self.credentials = Some(Box::new(credentials));
        self
    }

    /// Tells the time and waits. Default: the system's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Keeps to the rates that services allow. Default: token buckets in this process.
    pub fn rate_limiter(mut self, limiter: impl RateLimiter + 'static) -> Self {
        self.rates = Some(Box::new(limiter));
        self
    }

    /// Leaves services alone that fail. Default: a breaker in this process.
    pub fn circuit_breaker(mut self, breaker: impl CircuitBreaker + 'static) -> Self {
        self.breaker = Some(Box::new(breaker));
        self
    }

    /// Keeps access tokens that the engine gets. Default: in this process.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.tokens = Some(Box::new(store));
        self
    }

    /// How many requests may be out at once. Default: 32 for a tenant at a host, 256 altogether.
    pub fn concurrency(mut self, limits: Concurrency) -> Self {
        self.concurrency = limits;
        self
    }

    /// Sends a connector's requests elsewhere, and names that origin as allowed (see [`allow_origin`](Self::allow_origin)).
    pub fn base_url(mut self, connector: &str, url: &str) -> Self {
        self.base_urls.push((connector.to_owned(), url.to_owned()));
        self.origins.push(url.to_owned());
        self
    }

    /// Gets a connector's tokens elsewhere, and names that origin as allowed.
    pub fn token_url(mut self, connector: &str, url: &str) -> Self {
        self.token_urls.push((connector.to_owned(), url.to_owned()));
        self.origins.push(url.to_owned());
        self
    }

    /// Says where requests may go at all. Default: every origin that a connector names, at public addresses.
    pub fn egress_policy(mut self, policy: EgressPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Names an origin as allowed although it is plain HTTP or has a private or loopback address. It must still be one
    /// of the connector's own. See [`EgressPolicy::allow`].
    pub fn allow_origin(mut self, origin: &str) -> Self {
        self.origins.push(origin.to_owned());
        self
    }

    /// Watches the engine work. There may be several; each is told.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.0.push(Box::new(observer));
        self
    }

    /// Called with each attempt when it is over, from the task that makes it.
    pub fn on_attempt(self, observer: impl Fn(&Attempt) + Send + Sync + 'static) -> Self {
        self.observer(OnAttempt(observer))
    }

    /// Has requests to these hosts say which trace they belong to (W3C Trace Context). Default: none does.
    ///
    /// `write` is called in the attempt's span, and gives the request its headers; of what it writes, `traceparent` and
    /// `tracestate` alone are sent. Hosts are written as in the connectors' URLs, with the port where there is one.
    pub fn trace_context(
        mut self,
        hosts: impl IntoIterator<Item = String>,
        write: impl Fn(&mut http::HeaderMap) + Send + Sync + 'static,
    ) -> Self {
        self.traced = Some(Traced {
            hosts: hosts.into_iter().collect(),
            write: Box::new(write),
        });
        self
    }

    /// Called with the reply that ends the attempts for a request, as an example holds it: with secrets redacted.
    ///
    /// A body that is no text can't be looked into, and is given as it came, in base64.
    pub fn on_reply(mut self, observer: impl Fn(&manifest::Reply) + Send + Sync + 'static) -> Self {
        self.on_reply = Some(Box::new(observer));
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// `input_invalid` when the catalog is missing or a URL can't be read.
    pub fn build(self) -> Result<Engine, Error> {
        let catalog = self
            .catalog
            .ok_or_else(|| wrong("the engine needs a catalog"))?;
        let mut places = Places {
            policy: self.policy,
            ..Places::default()
        };
        for origin in &self.origins {
            places.policy = places.policy.or_allow(origin)?;
        }
        for (urls, into) in [
            (self.base_urls, &mut places.base_urls),
            (self.token_urls, &mut places.token_urls),
        ] {
            for (connector, url) in urls {
                let url = web_url(&url).ok_or_else(|| wrong("a base URL is not a valid one"))?;
                into.insert(connector, url);
            }
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => Box::new(HttpTransport::new(self.settings, &places.policy)?),
        };
        let sender = Sender {
            transport,
            observers: self.observers,
            traced: self.traced,
            clock: self
                .clock
                .unwrap_or_else(|| Arc::new(SystemClock::default())),
            rates: self.rates.unwrap_or_else(|| Box::<LocalRates>::default()),
            breaker: self
                .breaker
                .unwrap_or_else(|| Box::<LocalBreaker>::default()),
            gate: Gate::new(self.concurrency),
            tokens: Tokens::new(self.tokens.unwrap_or_else(|| Box::<LocalTokens>::default())),
            running: Arc::default(),
        };
        Ok(Engine(Arc::new(Inner {
            world: ArcSwap::from_pointee(places.world(catalog)),
            places,
            credentials: self.credentials.unwrap_or_else(|| Box::new(NoCredentials)),
            sender: Arc::new(sender),
            on_reply: self.on_reply,
        })))
    }
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InputInvalid, what)
}

fn web_url(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("base_urls", &self.base_urls)
            .finish_non_exhaustive()
    }
}
