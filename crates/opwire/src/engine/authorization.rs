//! [`Authorization`]: a person allows a connector's use in a browser.

use super::{Engine, guarded};
use crate::auth::Keys;
use crate::auth::oauth2::AuthorizationCode;
use crate::connector::Connector;
use crate::egress::Site;
use crate::error::{Error, ErrorKind, Violation};
use crate::input;
use crate::manifest::locate::escape;
use crate::secret::Secret;
use crate::send::tokens;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The authorization-code flow (RFC 6749, section 4.1) with PKCE (RFC 7636), for connectors whose `oauth2` has
/// `authorize_url`.
///
/// The program sends a person to [`url`](Self::url) with a new random state and the hash of a new random code verifier.
/// When the person comes back to the redirect URI with that state, [`exchange`](Self::exchange) gets tokens for the code and
/// keeps them in the [token store](crate::TokenStore) under the tenant's name; calls for that tenant then use them.
///
/// ```no_run
/// # async fn doc(engine: opwire::Engine, credentials: std::collections::BTreeMap<String, opwire::Secret>)
/// # -> Result<(), opwire::Error> {
/// let flow = engine
///     .authorization("shop", "https://platform.example/callback")?
///     .tenant("acme")
///     .credentials(credentials);
/// let url = flow.url("state", "challenge").await?;
/// // … the person comes back with a code
/// flow.exchange("code".into(), "verifier".into()).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing happens until its URL is asked for"]
pub struct Authorization {
    engine: Engine,
    connector: Arc<Connector>,
    redirect_uri: String,
    tenant: Option<Arc<str>>,
    credentials: BTreeMap<String, Secret>,
}

impl Engine {
    /// The authorization of a connector's use by a person, who is to come back to `redirect_uri`.
    ///
    /// # Errors
    /// `unknown_operation` when there is no such connector, or it can't be authorized so.
    pub fn authorization(
        &self,
        connector: &str,
        redirect_uri: &str,
    ) -> Result<Authorization, Error> {
        let catalog = self.catalog();
        let mut known = catalog.connectors();
        let found = known.find(|known| known.name() == connector && known.can_be_authorized());
        let missing = || {
            let message = "there is no such connector that a person can allow the use of";
            Error::new(ErrorKind::UnknownOperation, message)
                .with_help("its `auth` must be `oauth2` with `authorize_url`")
        };
        Ok(Authorization {
            engine: self.clone(),
            connector: Arc::clone(found.ok_or_else(missing)?),
            redirect_uri: redirect_uri.to_owned(),
            tenant: None,
            credentials: BTreeMap::new(),
        })
    }

    /// Checks credentials of a connection that is to be kept, and takes them.
    ///
    /// Each must be what the connector's schema says. Those that the schema wants must be there, but for those that the
    /// engine's provider has and those that a person's authorization stands for. Violations have JSON Pointers that begin
    /// with `/credentials`.
    ///
    /// # Errors
    /// `unknown_operation` when there is no such connector, `input_invalid`, and what the provider says.
    pub async fn check_credentials(
        &self,
        connector: &str,
        credentials: Value,
    ) -> Result<BTreeMap<String, Secret>, Error> {
        let catalog = self.catalog();
        let mut known = catalog.connectors();
        let connector = known.find(|known| known.name() == connector);
        let connector = connector
            .ok_or_else(|| Error::new(ErrorKind::UnknownOperation, "there is no such connector"))?;
        let taken = input::check_credentials(connector, credentials, "/credentials")?;
        let keys = Keys::gather(connector, &[&taken], &*self.0.credentials, None).await?;
        let missing = missing(connector, &keys);
        if missing.is_empty() {
            return Ok(taken);
        }
        let violation = |name: &str| {
            let pointer = format!("/credentials/{}", escape(name));
            Violation::new(pointer, "required", "is missing")
        };
        Err(Error::input(missing.into_iter().map(violation).collect()))
    }

    /// Was a token got by an authorization that stands for the credentials that are missing?
    pub(super) async fn is_authorized(
        &self,
        connector: &Connector,
        keys: &Keys,
    ) -> Result<bool, Error> {
        if !connector.can_be_authorized() || !missing(connector, keys).is_empty() {
            return Ok(false);
        }
        self.0
            .sender
            .tokens
            .has(&keys.label(connector.name()))
            .await
    }
}

/// The credentials that must still be given, where an authorization may stand for some, if it has what it takes itself.
fn missing<'a>(connector: &'a Connector, keys: &Keys) -> Vec<&'a str> {
    let missing = connector.missing_credentials(|name| keys.has(name));
    let Some([stood_for, taken]) = connector.authorization_names() else {
        return missing;
    };
    if missing.is_empty() {
        return missing;
    }
    let has = |name: &str| keys.has(name) || stood_for.contains(&name);
    let others = taken.into_iter().filter(|name| !keys.has(name));
    let mut missing = connector.missing_credentials(has);
    for name in others {
        if !missing.contains(&name) {
            missing.push(name);
        }
    }
    missing
}

impl Authorization {
    /// Whose it is, as in [`Call::tenant`](crate::Call::tenant).
    pub fn tenant(mut self, name: &str) -> Self {
        self.tenant = Some(name.into());
        self
    }

    /// The client's ID and secret and what else the connector needs; the engine's provider gives the others.
    pub fn credentials(mut self, credentials: BTreeMap<String, Secret>) -> Self {
        self.credentials = credentials;
        self
    }

    /// Where to send the person. `state` and `challenge` are new and random each time: the state is to be known again, and
    /// the challenge is the SHA-256 of the code verifier in base64url (RFC 7636, section 4.2).
    ///
    /// # Errors
    /// `egress_denied` when the URL is none that a person may be sent to, `auth_failed` when the client's ID is missing.
    pub async fn url(&self, state: &str, challenge: &str) -> Result<String, Error> {
        guarded(async {
            let (keys, _) = self.begin().await?;
            let missing = || {
                Error::new(
                    ErrorKind::AuthFailed,
                    "the connector has no `authorize_url`",
                )
            };
            let url = self.connector.authorize_url.as_ref().ok_or_else(missing)?;
            Site::authorize(url, &self.engine.0.places.policy)?;
            let plan = self.connector.auth.oauth2().ok_or_else(missing)?;
            let mut url = url.clone();
            url.query_pairs_mut()
                .extend_pairs(plan.authorize(&keys)?)
                .append_pair("redirect_uri", &self.redirect_uri)
                .append_pair("state", state)
                .append_pair("code_challenge", challenge)
                .append_pair("code_challenge_method", "S256");
            Ok(url.into())
        })
        .await
    }

    /// Gets tokens for the code that the person came back with, and keeps them.
    ///
    /// # Errors
    /// `auth_failed` when the service refuses the code or doesn't answer, `egress_denied`, and what the token store says.
    pub async fn exchange(&self, code: Secret, verifier: Secret) -> Result<(), Error> {
        guarded(async {
            let (keys, site) = self.begin().await?;
            let code = AuthorizationCode {
                code,
                verifier,
                redirect_uri: self.redirect_uri.clone(),
            };
            let sender = &self.engine.0.sender;
            keys.taint(vec![code.code.clone(), code.verifier.clone()]);
            tokens::exchange(sender, &self.connector, &keys, &site, code).await
        })
        .await
    }

    async fn begin(&self) -> Result<(Arc<Keys>, Arc<Site>), Error> {
        let inner = &self.engine.0;
        let _running = inner.sender.running.enter()?;
        let site = Arc::clone(inner.world.load().site(self.connector.name())?);
        let (given, provider) = ([&self.credentials], &*inner.credentials);
        let keys = Keys::gather(&self.connector, &given, provider, self.tenant.as_ref()).await?;
        Ok((Arc::new(keys), site))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("connector", &self.connector.name())
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
