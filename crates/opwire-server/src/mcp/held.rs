//! What is held until a caller asks for what follows.

use super::fields::Path;
use super::parts::Rest;
use opwire::{Items, Pages};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// At most so many are held for all callers; the oldest goes first.
pub(crate) const MOST: usize = 256;
/// At most so many bytes are held for all callers; the oldest goes first.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What nobody asks for is held so long.
pub(crate) const LONGEST: Duration = Duration::from_mins(15);

/// What follows a result, for the one who got it.
#[derive(Debug)]
pub(crate) struct Following {
    pub(crate) tenant: Option<String>,
    pub(crate) operation: String,
    pub(crate) fields: Vec<Path>,
    pub(crate) what: What,
}

/// What follows: the rest of what was too long, then what the walk gives.
#[derive(Debug)]
pub(crate) struct What {
    pub(crate) rest: Option<Rest>,
    pub(crate) walk: Option<Walk>,
}

/// A walk that goes on.
pub(crate) enum Walk {
    Pages(Box<Pages>),
    /// So many items are still wanted.
    Items(Box<Items>, usize),
}

impl std::fmt::Debug for Walk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pages(_) => "Pages",
            Self::Items(..) => "Items",
        })
    }
}

/// Holds what follows under tokens.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    token: String,
    since: Instant,
    bytes: usize,
    following: Following,
}

impl Held {
    /// Holds it, and gives the token to ask for it with.
    pub(crate) fn hold(&self, following: Following) -> String {
        let token = uuid::Uuid::new_v4().simple().to_string();
        let bytes = following.what.rest.as_ref().map_or(0, Rest::bytes);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.push_back(Entry {
            token: token.clone(),
            since: Instant::now(),
            bytes,
            following,
        });
        let mut sum: usize = held.iter().map(|entry| entry.bytes).sum();
        // The one that has just come stays, however long it is.
        while held.len() > 1 && (held.len() > MOST || sum > MOST_BYTES) {
            sum -= held.pop_front().map_or(0, |entry| entry.bytes);
        }
        token
    }

    /// Takes it: a token is good for one call, by the one who got it, for the same operation.
    pub(crate) fn take(
        &self,
        token: &str,
        tenant: Option<&str>,
        operation: &str,
    ) -> Option<Following> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|entry| entry.since.elapsed() < LONGEST);
        let at = held.iter().position(|entry| {
            entry.token == token
                && entry.following.tenant.as_deref() == tenant
                && entry.following.operation == operation
        })?;
        held.remove(at).map(|entry| entry.following)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn following(tenant: &str, bytes: usize) -> Following {
        let mut whole = Map::new();
        whole.insert("text".to_owned(), json!("x".repeat(bytes)));
        Following {
            tenant: Some(tenant.to_owned()),
            operation: "shop.list".to_owned(),
            fields: Vec::new(),
            what: What {
                rest: Some(Rest::new(whole, 4096)),
                walk: None,
            },
        }
    }

    #[tokio::test]
    async fn a_token_is_good_once_for_its_owner() {
        let held = Held::default();
        let token = held.hold(following("a", 10));
        assert!(held.take(&token, Some("b"), "shop.list").is_none());
        assert!(held.take(&token, None, "shop.list").is_none());
        assert!(held.take(&token, Some("a"), "shop.other").is_none());
        assert!(held.take(&token, Some("a"), "shop.list").is_some());
        assert!(held.take(&token, Some("a"), "shop.list").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_not_held_for_ever() {
        let held = Held::default();
        let token = held.hold(following("a", 10));
        tokio::time::advance(LONGEST).await;
        assert!(held.take(&token, Some("a"), "shop.list").is_none());
    }

    #[tokio::test]
    async fn the_oldest_goes_when_there_is_too_much() {
        let held = Held::default();
        let first = held.hold(following("a", MOST_BYTES - 100));
        let second = held.hold(following("a", 200));
        assert!(held.take(&first, Some("a"), "shop.list").is_none());
        assert!(held.take(&second, Some("a"), "shop.list").is_some());
        let tokens: Vec<String> = (0..=MOST).map(|_| held.hold(following("a", 1))).collect();
        assert!(held.take(&tokens[0], Some("a"), "shop.list").is_none());
        assert!(held.take(&tokens[1], Some("a"), "shop.list").is_some());
    }
}
