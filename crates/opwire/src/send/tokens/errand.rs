//! Getting a token from the service, and keeping it.

use super::{CHANGES, COOL, LEASE, LOOK, MOST_BYTES, StoredToken, TIMEOUT, fresh};
use crate::auth::oauth2::{self, AuthorizationCode, Grant, Shown};
use crate::auth::{Keys, failed};
use crate::connector::Connector;
use crate::egress::Site;
use crate::error::{Error, ErrorKind};
use crate::observer::Renewed;
use crate::running::One;
use crate::send::{Sender, span};
use crate::transport::Limits;
use http::Uri;
use std::sync::Arc;
use tracing::instrument::Instrument as _;

/// Getting a token, apart from the invocation that needs it.
pub(super) struct Errand {
    sender: Arc<Sender>,
    connector: Arc<Connector>,
    keys: Arc<Keys>,
    site: Arc<Site>,
    key: String,
    _running: One,
}

/// Exchanges the code that a person brought back for tokens, and keeps them.
pub(crate) async fn exchange(
    sender: &Arc<Sender>,
    connector: &Arc<Connector>,
    keys: &Arc<Keys>,
    site: &Arc<Site>,
    code: AuthorizationCode,
) -> Result<(), Error> {
    let errand = Errand::new(sender, connector, keys, site);
    // A task of its own, as for a renewal: a code holds once.
    let done = tokio::spawn(errand.exchange(code)).await;
    done.unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Internal,
            "the code's exchange failed",
        ))
    })
}

impl Errand {
    pub(super) fn new(
        sender: &Arc<Sender>,
        connector: &Arc<Connector>,
        keys: &Arc<Keys>,
        site: &Arc<Site>,
    ) -> Self {
        Self {
            key: keys.label(connector.name()),
            sender: Arc::clone(sender),
            connector: Arc::clone(connector),
            keys: Arc::clone(keys),
            site: Arc::clone(site),
            _running: sender.running.part(),
        }
    }

    /// Nobody renews in the meantime; what others stored is replaced.
    async fn exchange(self, code: AuthorizationCode) -> Result<(), Error> {
        let tokens = &self.sender.tokens;
        let turn = tokens.turn(&self.key);
        let mut turn = turn.lock().await;
        let grant = self.request(&Shown::Code(&code)).await?;
        turn.cool = None;
        let mut stored = tokens.store.load(&self.key).await?;
        for _ in 0..CHANGES {
            let version = stored.as_ref().map(|token| token.version);
            let token = self.token(stored, &grant);
            if tokens
                .store
                .compare_and_set(&self.key, version, token)
                .await?
            {
                return Ok(());
            }
            stored = tokens.store.load(&self.key).await?;
        }
        Err(failed("the token store changes too often"))
    }

    /// One request at a time: the others wait, and take what it brought.
    pub(super) async fn run(self, version: Option<u64>) -> Result<StoredToken, Error> {
        let tokens = &self.sender.tokens;
        let turn = tokens.turn(&self.key);
        let mut turn = turn.lock().await;
        if let Some(token) = self.newer(version).await? {
            return Ok(token);
        }
        let now = self.sender.clock.now();
        if let Some((until, error)) = &turn.cool
            && now < *until
        {
            return Err(error.clone());
        }
        turn.cool = None;
        let holder = uuid::Uuid::new_v4().to_string();
        if let Some(token) = self.lease(&holder, version).await? {
            return Ok(token);
        }
        let renewed = self.renew().await;
        // What is not given back ends by its time.
        tokens.store.release(&self.key, &holder).await.ok();
        if let Err(error) = &renewed {
            turn.cool = Some((now + COOL, error.clone()));
        }
        renewed
    }

    /// A token that another request brought in the meantime.
    async fn newer(&self, version: Option<u64>) -> Result<Option<StoredToken>, Error> {
        let stored = self.sender.tokens.store.load(&self.key).await?;
        let newer = |token: &StoredToken| Some(token.version) != version;
        Ok(stored.filter(|token| newer(token) && fresh(token, &self.sender)))
    }

    /// Waits for the right to ask, or for the token that another process asks for.
    async fn lease(
        &self,
        holder: &str,
        version: Option<u64>,
    ) -> Result<Option<StoredToken>, Error> {
        let (store, clock) = (&self.sender.tokens.store, &self.sender.clock);
        let until = clock.now() + LEASE + LOOK;
        while !store.lease(&self.key, holder, LEASE).await? {
            if clock.now() >= until {
                let message = "another process renews the token, and does not end";
                return Err(failed(message).with_retry_after(Some(COOL)));
            }
            clock.sleep(LOOK).await;
            if let Some(token) = self.newer(version).await? {
                return Ok(Some(token));
            }
        }
        // Who had the right before may have stored a token after it was last looked for.
        let newer = self.newer(version).await;
        if !matches!(newer, Ok(None)) {
            store.release(&self.key, holder).await.ok();
        }
        newer
    }

    /// Asks for a token, and keeps it.
    async fn renew(&self) -> Result<StoredToken, Error> {
        let store = &self.sender.tokens.store;
        let stored = store.load(&self.key).await?;
        let refresh = stored
            .as_ref()
            .and_then(|token| token.refresh_token.as_ref());
        match self.request(&Shown::Grant(refresh)).await {
            Ok(grant) => self.keep(stored, grant).await,
            Err(error) => {
                // Another process may have been quicker with the same refresh token: then its token holds.
                let version = stored.map(|token| token.version);
                let newer = store.load(&self.key).await?;
                newer
                    .filter(|newer| Some(newer.version) != version)
                    .ok_or(error)
            }
        }
    }

    /// Asks for a token, and tells how it went.
    async fn request(&self, shown: &Shown<'_>) -> Result<Grant, Error> {
        let (clock, observers) = (&self.sender.clock, &self.sender.observers);
        let started = clock.now();
        let granted = self.ask(shown).await;
        let renewed = Renewed {
            connector: &self.connector,
            error: granted.as_ref().err().map(Error::kind),
            elapsed: clock.now().saturating_sub(started),
        };
        observers.tell(|by| by.renewed(&renewed));
        granted
    }

    async fn ask(&self, shown: &Shown<'_>) -> Result<Grant, Error> {
        let plan = self.connector.auth.oauth2();
        let plan = plan.ok_or_else(|| failed("the connector has no `oauth2`"))?;
        let request = plan.request(
            &self.keys,
            shown,
            self.token_url()?,
            self.sender.clock.unix(),
        )?;
        let limits = Limits {
            timeout: TIMEOUT,
            response_size: MOST_BYTES,
            ..Limits::default()
        };
        let span = span::renewal(request.uri());
        let reply = self.sender.transport.send(request, &limits);
        let reply = reply.instrument(span.clone()).await;
        let status = reply.as_ref().map(|reply| reply.status().as_u16());
        span::ended(
            &span,
            status.as_ref().ok().copied(),
            status.err().map(|error| error.kind),
        );
        let reply = reply.map_err(|_| {
            let message =
                "the token could not be renewed: the service that issues it did not answer";
            failed(message).with_retry_after(Some(COOL))
        })?;
        oauth2::grant(&reply, &self.keys)
    }

    /// Stores a new token before it is used.
    async fn keep(&self, stored: Option<StoredToken>, grant: Grant) -> Result<StoredToken, Error> {
        let store = &self.sender.tokens.store;
        let version = stored.as_ref().map(|token| token.version);
        let token = self.token(stored, &grant);
        if store
            .compare_and_set(&self.key, version, token.clone())
            .await?
        {
            return Ok(token);
        }
        // Another process was quicker, and its token is the one that holds.
        let newer = store.load(&self.key).await?;
        newer.ok_or_else(|| failed("the token store lost a token"))
    }

    /// The token after the one that is stored. A refresh token holds on until the service gives another.
    fn token(&self, stored: Option<StoredToken>, grant: &Grant) -> StoredToken {
        let version = stored.as_ref().map_or(0, |token| token.version);
        let kept = stored.and_then(|token| token.refresh_token);
        StoredToken {
            access_token: grant.access_token.clone(),
            refresh_token: grant.refresh_token.clone().or(kept),
            expires: grant
                .expires_in
                .map(|time| self.sender.clock.unix().saturating_add(time)),
            version: version + 1,
        }
    }

    fn token_url(&self) -> Result<&Uri, Error> {
        match self.site.token_url() {
            Some(url) => url.map_err(Error::from),
            None => Err(failed("the connector has no `token_url`")),
        }
    }
}
