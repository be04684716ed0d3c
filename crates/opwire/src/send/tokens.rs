//! Access tokens that are fetched and renewed: one request at a time for each credential.

use super::{Outgoing, Sender};
use crate::auth::oauth2::{self, Grant};
use crate::auth::{Keys, failed};
use crate::clock::within;
use crate::egress::Site;
use crate::error::{Error, ErrorKind, Outcome};
use crate::operation::Operation;
use crate::running::One;
use crate::secret::Secret;
use crate::transport::Limits;
use http::Uri;
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The time for one token request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// A token is renewed when it has less than 50 to 70 seconds left: by chance, so that many don't do it at one moment.
const SOONEST: Duration = Duration::from_secs(50);
const JITTER: Duration = Duration::from_secs(20);
/// After a failed token request, nothing is asked for this long.
pub(crate) const COOL: Duration = Duration::from_secs(5);
/// The right to renew a token is held no longer than this: a request, and what the store takes.
pub(crate) const LEASE: Duration = Duration::from_secs(30);
/// While another process has it, the store is looked at so often, and no longer than the right can be held.
const LOOK: Duration = Duration::from_millis(200);
/// A token reply is no larger.
pub(crate) const MOST_BYTES: usize = 64 * 1024;
/// Credentials that are kept in mind; unused ones go first.
const MOST: usize = 65_536;

/// What a store's methods give.
pub type TokenFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A token as it is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredToken {
    /// What requests are signed with.
    pub access_token: Secret,
    /// What the next one is got with, when the service changes it each time.
    pub refresh_token: Option<Secret>,
    /// Until when it holds, since 1970; nothing when the service didn't say.
    pub expires: Option<Duration>,
    /// Counts the changes: 1, 2, 3, …
    pub version: u64,
}

/// Keeps access tokens. The default keeps them in the process.
///
/// Several processes that use one credential share a store. Before one asks for a token it takes the right to do so
/// ([`lease`](Self::lease)), so that one request is made and the others take what it brought: a service that changes the
/// refresh token each time takes a second use of the old one for theft. Should a lease end too early,
/// [`compare_and_set`](Self::compare_and_set) still keeps the token that was stored first.
///
/// Keys are `CONNECTOR/TENANT`. A call without a tenant's name has a key that holds in its own process alone.
pub trait TokenStore: Send + Sync {
    /// The token under this key.
    ///
    /// # Errors
    /// When the store can't be read.
    fn load<'a>(&'a self, key: &'a str) -> TokenFuture<'a, Option<StoredToken>>;

    /// Stores a token, if the one that is there still has this version (nothing: there is none). Says whether it was
    /// stored.
    ///
    /// # Errors
    /// When the store can't be written.
    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        version: Option<u64>,
        token: StoredToken,
    ) -> TokenFuture<'a, bool>;

    /// Lends `holder` the right to renew the token under this key, for at most this time by the store's own clock. Says
    /// whether it has it now.
    ///
    /// One holder has it at a time; one that doesn't give it back loses it when the time is over. A store of a single
    /// process may always say yes: there the engine itself asks once at a time.
    ///
    /// # Errors
    /// When the store can't be written.
    fn lease<'a>(&'a self, key: &'a str, holder: &'a str, most: Duration) -> TokenFuture<'a, bool>;

    /// Takes the right back, if this holder still has it.
    ///
    /// # Errors
    /// When the store can't be written; the lease then ends by its time.
    fn release<'a>(&'a self, key: &'a str, holder: &'a str) -> TokenFuture<'a, ()>;
}

/// Tokens of one process.
#[derive(Debug, Default)]
pub(crate) struct LocalTokens(Mutex<HashMap<String, StoredToken>>);

impl TokenStore for LocalTokens {
    fn load<'a>(&'a self, key: &'a str) -> TokenFuture<'a, Option<StoredToken>> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(ready(Ok(tokens.get(key).cloned())))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        version: Option<u64>,
        token: StoredToken,
    ) -> TokenFuture<'a, bool> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = tokens.get(key).map(|token| token.version) == version;
        if same {
            tokens.insert(key.to_owned(), token);
        }
        Box::pin(ready(Ok(same)))
    }

    fn lease<'a>(&'a self, _: &'a str, _: &'a str, _: Duration) -> TokenFuture<'a, bool> {
        Box::pin(ready(Ok(true)))
    }

    fn release<'a>(&'a self, _: &'a str, _: &'a str) -> TokenFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}

/// Who renews at the moment, and what failed just now.
#[derive(Default)]
struct Turn {
    /// Until when nothing is asked, and why.
    cool: Option<(Duration, Error)>,
}

/// Gives the token that requests are signed with.
pub(crate) struct Tokens {
    store: Box<dyn TokenStore>,
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Turn>>>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn new(store: Box<dyn TokenStore>) -> Self {
        Self {
            store,
            turns: Mutex::default(),
        }
    }

    /// The token to sign with; nothing when the connector has no use for one.
    pub(super) async fn current(
        &self,
        sender: &Arc<Sender>,
        out: &Outgoing<'_>,
        left: Duration,
    ) -> Result<Option<Secret>, Error> {
        let connector = out.operation.connector();
        let Some(plan) = connector.auth.oauth2() else {
            return Ok(None);
        };
        let stored = self.store.load(&out.keys.label(connector.name())).await?;
        if let Some(token) = stored.as_ref().filter(|token| fresh(token, sender)) {
            learn(out, token);
            return Ok(Some(token.access_token.clone()));
        }
        if stored.is_none()
            && let Some(given) = plan.given(out.keys)
        {
            return Ok(Some(given));
        }
        let version = stored.map(|token| token.version);
        fetch(sender, out, version, left).await.map(Some)
    }

    /// After the service refused the token: gets another, if it can be got. Whoever else was refused waits for the same.
    pub(super) async fn renew(
        &self,
        sender: &Arc<Sender>,
        out: &Outgoing<'_>,
        left: Duration,
    ) -> Result<bool, Error> {
        let plan = out.operation.connector().auth.oauth2();
        if !plan.is_some_and(|plan| plan.can_fetch(out.keys)) {
            return Ok(false);
        }
        fetch(sender, out, out.keys.version(), left)
            .await
            .map(|_| true)
    }

    fn turn(&self, key: &str) -> Arc<tokio::sync::Mutex<Turn>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(key) {
            return Arc::clone(turn);
        }
        if turns.len() >= MOST {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        let turn = Arc::default();
        turns.insert(key.to_owned(), Arc::clone(&turn));
        turn
    }
}

/// Gets a token that is newer than `version`.
async fn fetch(
    sender: &Arc<Sender>,
    out: &Outgoing<'_>,
    version: Option<u64>,
    left: Duration,
) -> Result<Secret, Error> {
    let errand = Errand {
        key: out.keys.label(out.operation.connector().name()),
        sender: Arc::clone(sender),
        operation: Arc::clone(out.operation),
        keys: Arc::clone(out.keys),
        site: Arc::clone(out.site),
        version,
        _running: sender.running.part(),
    };
    // A task of its own, that goes on when the invocation is given up: the service may have issued a new refresh token
    // already, and taken the old one back.
    let fetched = tokio::spawn(errand.run());
    match within(&*sender.clock, left, fetched).await {
        Some(Ok(token)) => {
            let token = token?;
            learn(out, &token);
            Ok(token.access_token)
        }
        Some(Err(_)) => Err(Error::new(
            ErrorKind::Internal,
            "the token's renewal failed",
        )),
        None => {
            let message = "the operation's time ran out while a token was fetched";
            Err(Error::new(ErrorKind::Timeout, message).with_outcome(Outcome::NotSent))
        }
    }
}

/// Getting a token, apart from the invocation that needs it.
struct Errand {
    sender: Arc<Sender>,
    operation: Arc<Operation>,
    keys: Arc<Keys>,
    site: Arc<Site>,
    key: String,
    version: Option<u64>,
    _running: One,
}

impl Errand {
    /// One request at a time: the others wait, and take what it brought.
    async fn run(self) -> Result<StoredToken, Error> {
        let tokens = &self.sender.tokens;
        let turn = tokens.turn(&self.key);
        let mut turn = turn.lock().await;
        if let Some(token) = self.newer().await? {
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
        if let Some(token) = self.lease(&holder).await? {
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
    async fn newer(&self) -> Result<Option<StoredToken>, Error> {
        let stored = self.sender.tokens.store.load(&self.key).await?;
        let newer = |token: &StoredToken| Some(token.version) != self.version;
        Ok(stored.filter(|token| newer(token) && fresh(token, &self.sender)))
    }

    /// Waits for the right to ask, or for the token that another process asks for.
    async fn lease(&self, holder: &str) -> Result<Option<StoredToken>, Error> {
        let (store, clock) = (&self.sender.tokens.store, &self.sender.clock);
        let until = clock.now() + LEASE + LOOK;
        while !store.lease(&self.key, holder, LEASE).await? {
            if clock.now() >= until {
                let message = "another process renews the token, and does not end";
                return Err(failed(message).with_retry_after(Some(COOL)));
            }
            clock.sleep(LOOK).await;
            if let Some(token) = self.newer().await? {
                return Ok(Some(token));
            }
        }
        // Who had the right before may have stored a token after it was last looked for.
        let newer = self.newer().await;
        if !matches!(newer, Ok(None)) {
            store.release(&self.key, holder).await.ok();
        }
        newer
    }

    /// Asks for a token, and keeps it.
    async fn renew(&self) -> Result<StoredToken, Error> {
        let store = &self.sender.tokens.store;
        let stored = store.load(&self.key).await?;
        match self.request(stored.as_ref()).await {
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

    async fn request(&self, stored: Option<&StoredToken>) -> Result<Grant, Error> {
        let plan = self.operation.connector().auth.oauth2();
        let plan = plan.ok_or_else(|| failed("the connector has no `oauth2`"))?;
        let refresh = stored.and_then(|token| token.refresh_token.as_ref());
        let request = plan.request(
            &self.keys,
            refresh,
            self.token_url()?,
            self.sender.clock.unix(),
        )?;
        let limits = Limits {
            timeout: TIMEOUT,
            response_size: MOST_BYTES,
            ..Limits::default()
        };
        let reply = self.sender.transport.send(request, &limits).await;
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
        let kept = stored.and_then(|token| token.refresh_token);
        let token = StoredToken {
            access_token: grant.access_token,
            refresh_token: grant.refresh_token.or(kept),
            expires: grant
                .expires_in
                .map(|time| self.sender.clock.unix().saturating_add(time)),
            version: version.unwrap_or(0) + 1,
        };
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

    fn token_url(&self) -> Result<&Uri, Error> {
        match self.site.token_url() {
            Some(url) => url.map_err(Error::from),
            None => Err(failed("the connector has no `token_url`")),
        }
    }
}

/// Has the token enough time left?
fn fresh(token: &StoredToken, sender: &Sender) -> bool {
    let ahead = SOONEST + JITTER.mul_f64(fastrand::f64());
    token
        .expires
        .is_none_or(|expires| sender.clock.unix() + ahead < expires)
}

fn learn(out: &Outgoing<'_>, token: &StoredToken) {
    let secrets = token.refresh_token.iter().chain([&token.access_token]);
    out.keys.learn(token.version, secrets.cloned());
}
