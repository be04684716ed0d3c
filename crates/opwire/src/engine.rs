//! [`Engine`]: invoke and render, top to bottom.

use crate::auth::{self, Keys};
use crate::catalog::Catalog;
use crate::credentials::{Credentials, NoCredentials};
use crate::egress::{self, Origin, Policy, Site};
use crate::error::{Attempt, Error, ErrorKind};
use crate::input::{self, Checked};
use crate::manifest::Idempotency;
use crate::operation::Operation;
use crate::options::{self, Choice};
use crate::output::{self, Output};
use crate::request::{self, Change};
use crate::response::{self, Reply};
use crate::secret::Secret;
use crate::send::{self, Ledger, Observer};
use crate::transport::Transport;
use crate::transport::http::HttpTransport;
use crate::walk::{Items, Pages, Walk};
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// What stands for the idempotency key in a request that is only shown.
const SHOWN_KEY: &str = "{idempotency_key}";

/// Invokes operations by name. Cheap to clone; use one for many invocations at once.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    catalog: Catalog,
    transport: Box<dyn Transport>,
    credentials: Box<dyn Credentials>,
    observer: Option<Box<Observer>>,
    /// By connector.
    sites: HashMap<String, Site>,
    policy: Policy,
}

impl Engine {
    /// Sets an engine up.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// The operations.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.0.catalog.clone()
    }

    /// Invokes an operation: checks the input, makes the request, reshapes the reply.
    ///
    /// The name is the full one (`salesloft.get_person`), or the short one where only one connector has it. The
    /// input may hold the connector's credentials at its top level.
    ///
    /// # Errors
    /// An [`Error`] of any kind; its `outcome` tells whether the service may have acted.
    pub async fn invoke(&self, operation: &str, input: Value) -> Result<Output, Error> {
        let operation = self.0.catalog.get(operation)?;
        let invoked = async {
            let Checked { input, credentials } = input::check(&operation, input)?;
            self.run_checked(&operation, input, credentials).await
        };
        let invoked = invoked.await;
        invoked.map_err(|error| error.with_operation(operation.name()))
    }

    /// The exact request that `invoke` would send, with credentials as names in braces; nothing is sent.
    ///
    /// Credentials need not be given.
    ///
    /// # Errors
    /// `unknown_operation`, `input_invalid`, `template_failed`, and `egress_denied` for a URL outside the connector.
    pub fn render(&self, operation: &str, input: Value) -> Result<Request<Bytes>, Error> {
        let operation = self.0.catalog.get(operation)?;
        let rendered = || {
            let Checked { input, .. } = input::check(&operation, input)?;
            let keys = Keys::names(operation.connector());
            self.signed(&operation, &input, &keys, None, SHOWN_KEY)
        };
        rendered().map_err(|error| error.with_operation(operation.name()))
    }

    /// The outputs of an operation's pages, as a stream.
    pub fn pages(&self, operation: &str, input: Value) -> Pages {
        Pages::new(self.clone(), operation, input)
    }

    /// The items of all pages of an operation, as a stream.
    pub fn items(&self, operation: &str, input: Value) -> Items {
        Items::new(self.clone(), operation, input)
    }

    /// The choices of a field, through the DDL operation that its `x-options` names.
    ///
    /// `field` is a JSON Pointer into the operation's input; `input` is as much of the input as there is yet:
    /// credentials, and fields that the choices depend on.
    ///
    /// # Errors
    /// `input_invalid` when the field has no choices; else as [`invoke`](Self::invoke) of the DDL.
    pub async fn options(
        &self,
        operation: &str,
        field: &str,
        input: Value,
    ) -> Result<Vec<Choice>, Error> {
        let operation = self.0.catalog.get(operation)?;
        let choices = options::choices(self, &operation, field, input).await;
        choices.map_err(|error| error.with_operation(operation.name()))
    }

    /// Invokes an operation whose credentials are apart already.
    pub(crate) async fn run(
        &self,
        operation: &Arc<Operation>,
        input: Value,
        credentials: BTreeMap<String, Secret>,
    ) -> Result<Output, Error> {
        let Checked { input, .. } = input::check(operation, input)?;
        self.run_checked(operation, input, credentials).await
    }

    async fn run_checked(
        &self,
        operation: &Arc<Operation>,
        input: Value,
        credentials: BTreeMap<String, Secret>,
    ) -> Result<Output, Error> {
        if operation.request.is_none() {
            return output::map(operation, &input, None, None);
        }
        let keys = self.keys(operation, credentials).await?;
        let mut ledger = Ledger::new(operation.limits.deadline);
        if let Some(most) = operation.page.as_ref().and_then(|page| page.collect) {
            return self.collect(operation, input, keys, most, ledger).await;
        }
        let reply = self
            .exchange(operation, &input, &keys, None, &mut ledger)
            .await?;
        match output::map(operation, &input, Some(&reply), None) {
            Ok(output) => Ok(output.with(Some(reply.status), ledger.attempts)),
            Err(error) => Err(error.after(Some(reply.status), &ledger.attempts)),
        }
    }

    /// Walks pages until enough items are in, and maps them together.
    async fn collect(
        &self,
        operation: &Arc<Operation>,
        input: Value,
        keys: Keys,
        most: usize,
        mut ledger: Ledger,
    ) -> Result<Output, Error> {
        let mut walk = Walk::new(self.clone(), Arc::clone(operation), input, keys);
        let (mut items, mut last) = (Vec::new(), None);
        while items.len() < most {
            let Some(reply) = walk.page(&mut ledger).await? else {
                break;
            };
            if let Some(plan) = &operation.page {
                items.extend(plan.items(&reply, &walk.input)?);
            }
            last = Some(reply);
        }
        items.truncate(most);
        let items = Value::Array(items);
        let status = last.as_ref().map(|reply| reply.status);
        match output::map(operation, &walk.input, last.as_ref(), Some(&items)) {
            Ok(output) => Ok(output.with(status, ledger.attempts)),
            Err(error) => Err(error.after(status, &ledger.attempts)),
        }
    }

    /// Steps 2 to 7 for one page: request, signature, egress, attempts, decoding.
    pub(crate) async fn exchange(
        &self,
        operation: &Operation,
        input: &Value,
        keys: &Keys,
        change: Option<&Change>,
        ledger: &mut Ledger,
    ) -> Result<Reply, Error> {
        let key = match operation.idempotency {
            Idempotency::Header(_) | Idempotency::Body(_) => uuid::Uuid::new_v4().to_string(),
            Idempotency::Natural | Idempotency::None => String::new(),
        };
        let request = self.signed(operation, input, keys, change, &key)?;
        let reply = send::send(
            &*self.0.transport,
            self.0.observer.as_deref(),
            operation,
            request,
            ledger,
        )
        .await?;
        response::decode(operation, input, reply, keys, &ledger.attempts)
    }

    /// Steps 2 to 4: a request that may leave.
    fn signed(
        &self,
        operation: &Operation,
        input: &Value,
        keys: &Keys,
        change: Option<&Change>,
        idempotency_key: &str,
    ) -> Result<Request<Bytes>, Error> {
        let connector = operation.connector();
        let site = self.0.sites.get(connector.name()).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "the operation is of another catalog")
        })?;
        let request = request::render(operation, &site.base, input, change, idempotency_key)?;
        if egress::check(connector, site, request.uri(), &self.0.policy)? {
            return auth::sign(&connector.auth, request, keys);
        }
        Ok(request)
    }

    pub(crate) async fn keys(
        &self,
        operation: &Operation,
        given: BTreeMap<String, Secret>,
    ) -> Result<Keys, Error> {
        Keys::gather(operation.connector(), given, &*self.0.credentials).await
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("catalog", &self.0.catalog)
            .finish_non_exhaustive()
    }
}

/// Sets an [`Engine`] up.
#[derive(Default)]
#[must_use]
pub struct EngineBuilder {
    catalog: Option<Catalog>,
    transport: Option<Box<dyn Transport>>,
    credentials: Option<Box<dyn Credentials>>,
    observer: Option<Box<Observer>>,
    base_urls: Vec<(String, String)>,
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

    /// Gives the credentials that inputs don't hold. Default: none.
    pub fn credentials(mut self, credentials: impl Credentials + 'static) -> Self {
        self.credentials = Some(Box::new(credentials));
        self
    }

    /// Sends a connector's requests elsewhere, and names that origin as allowed (see [`allow_origin`](Self::allow_origin)).
    pub fn base_url(mut self, connector: &str, url: &str) -> Self {
        self.base_urls.push((connector.to_owned(), url.to_owned()));
        self.origins.push(url.to_owned());
        self
    }

    /// Names an origin as allowed although it is plain HTTP or has a private or loopback address. It must still be one
    /// of the connector's own.
    pub fn allow_origin(mut self, origin: &str) -> Self {
        self.origins.push(origin.to_owned());
        self
    }

    /// Called with each attempt when it is over, from the task that makes it.
    pub fn on_attempt(mut self, observer: impl Fn(&Attempt) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// `input_invalid` when the catalog is missing or a URL can't be read.
    pub fn build(self) -> Result<Engine, Error> {
        let wrong = |what: &str| Error::new(ErrorKind::InputInvalid, what);
        let catalog = self
            .catalog
            .ok_or_else(|| wrong("the engine needs a catalog"))?;
        let mut policy = Policy::default();
        for origin in &self.origins {
            let url = Url::parse(origin)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"));
            let parsed = url.as_ref().and_then(Origin::of);
            policy.named.push(
                parsed.ok_or_else(|| wrong("an allowed origin is not an http or https URL"))?,
            );
        }
        let mut sites = HashMap::new();
        for connector in catalog.connectors() {
            let site = Site::new(connector.base.clone(), &policy);
            sites.insert(connector.name().to_owned(), site);
        }
        for (connector, url) in self.base_urls {
            let url = Url::parse(&url).map_err(|_| wrong("a base URL is not a valid one"))?;
            sites.insert(connector, Site::new(url, &policy));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => Box::new(HttpTransport::new(policy.clone())?),
        };
        let credentials = self.credentials.unwrap_or_else(|| Box::new(NoCredentials));
        Ok(Engine(Arc::new(Inner {
            catalog,
            transport,
            credentials,
            observer: self.observer,
            sites,
            policy,
        })))
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("base_urls", &self.base_urls)
            .finish_non_exhaustive()
    }
}
