//! Access tokens that are fetched and renewed: one request at a time for each credential.

mod errand;
mod store;

pub(crate) use errand::exchange;
pub(crate) use store::LocalTokens;
pub use store::{StoredToken, TokenFuture, TokenStore};

use super::{Outgoing, Sender};
use crate::clock::within;
use crate::error::{Error, ErrorKind, Outcome};
use crate::secret::Secret;
use errand::Errand;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::instrument::{Instrument as _, WithSubscriber as _};

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
/// A token that a person allowed is stored however often another comes first, up to this.
const CHANGES: usize = 8;
/// Credentials that are kept in mind; unused ones go first.
const MOST: usize = 65_536;

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
        let connector = out.operation.connector();
        let Some(plan) = connector.auth.oauth2() else {
            return Ok(false);
        };
        let stored = self.store.load(&out.keys.label(connector.name())).await?;
        let refresh = stored.and_then(|token| token.refresh_token);
        if !plan.can_fetch(out.keys, refresh.as_ref()) {
            return Ok(false);
        }
        fetch(sender, out, out.keys.version(), left)
            .await
            .map(|_| true)
    }

    /// Is there a token for these credentials?
    pub(crate) async fn has(&self, key: &str) -> Result<bool, Error> {
        Ok(self.store.load(key).await?.is_some())
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
    let connector = out.operation.connector();
    let errand = Errand::new(sender, connector, out.keys, out.site);
    // A task of its own, that goes on when the invocation is given up: the service may have issued a new refresh token
    // already, and taken the old one back.
    let task = errand.run(version).in_current_span();
    let fetched = tokio::spawn(task.with_current_subscriber());
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
