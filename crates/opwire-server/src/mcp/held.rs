//! What is held until a caller asks for what follows.

use super::fields::Path;
use super::parts::Rest;
use opwire::{Items, Pages};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// At most so many are held for all callers; the oldest goes first.
pub(crate) const MOST: usize = 256;
/// At most so many bytes are held for all callers; the oldest goes first.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What nobody asks for is held so long.
pub(crate) const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What follows a result, for the one who got it.
#[derive(Debug)]
pub(crate) struct Following {
    pub(crate) owner: Option<String>,
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
#[derive(Debug)]
pub(crate) struct Held {
    most_bytes: usize,
    entries: Mutex<VecDeque<Entry>>,
}

#[derive(Debug)]
struct Entry {
    token: String,
    /// On the engine's clock.
    since: Duration,
    bytes: usize,
    following: Following,
}

impl Default for Held {
    fn default() -> Self {
        Self::new(MOST_BYTES)
    }
}

impl Held {
    fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes,
            entries: Mutex::default(),
        }
    }

    /// Holds it from now on, and gives the token to ask for it with.
    pub(crate) fn hold(&self, following: Following, now: Duration) -> String {
        let token = uuid::Uuid::new_v4().simple().to_string();
        let bytes = following.what.rest.as_ref().map_or(0, Rest::bytes);
        let mut held = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        held.push_back(Entry {
            token: token.clone(),
            since: now,
            bytes,
            following,
        });
        let mut sum: usize = held.iter().map(|entry| entry.bytes).sum();
        // The one that has just come stays, however long it is.
        while held.len() > 1 && (held.len() > MOST || sum > self.most_bytes) {
            sum -= held.pop_front().map_or(0, |entry| entry.bytes);
        }
        token
    }

    /// Takes it: a token is good for one call, by the one who got it, for the same operation.
    pub(crate) fn take(
        &self,
        token: &str,
        owner: Option<&str>,
        operation: &str,
        now: Duration,
    ) -> Option<Following> {
        let mut held = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|entry| now.saturating_sub(entry.since) < LONGEST);
        let at = held.iter().position(|entry| {
            entry.token == token
                && entry.following.owner.as_deref() == owner
                && entry.following.operation == operation
        })?;
        held.remove(at).map(|entry| entry.following)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn following(owner: &str, bytes: usize) -> Following {
        let mut whole = Map::new();
        whole.insert("text".to_owned(), json!("x".repeat(bytes)));
        Following {
            owner: Some(owner.to_owned()),
            operation: "shop.list".to_owned(),
            fields: Vec::new(),
            what: What {
                rest: Some(Rest::new(whole, 4096)),
                walk: None,
            },
        }
    }

    const NOW: Duration = Duration::from_secs(1);

    fn takes(held: &Held, token: &str, owner: Option<&str>, operation: &str) -> bool {
        held.take(token, owner, operation, NOW).is_some()
    }

    #[test]
    fn a_token_is_good_once_for_its_owner() {
        let held = Held::default();
        let token = held.hold(following("a", 10), NOW);
        assert!(!takes(&held, &token, Some("b"), "shop.list"));
        assert!(!takes(&held, &token, None, "shop.list"));
        assert!(!takes(&held, &token, Some("a"), "shop.other"));
        assert!(takes(&held, &token, Some("a"), "shop.list"));
        assert!(!takes(&held, &token, Some("a"), "shop.list"));
    }

    #[test]
    fn it_is_not_held_for_ever() {
        let held = Held::default();
        let token = held.hold(following("a", 10), NOW);
        let late = held.take(&token, Some("a"), "shop.list", NOW + LONGEST);
        assert!(late.is_none());
    }

    #[test]
    fn the_oldest_goes_when_there_is_too_much() {
        let held = Held::new(1000);
        let first = held.hold(following("a", 900), NOW);
        let second = held.hold(following("a", 200), NOW);
        assert!(!takes(&held, &first, Some("a"), "shop.list"));
        assert!(takes(&held, &second, Some("a"), "shop.list"));
        let held = Held::default();
        let tokens: Vec<String> = (0..=MOST)
            .map(|_| held.hold(following("a", 1), NOW))
            .collect();
        assert!(!takes(&held, &tokens[0], Some("a"), "shop.list"));
        assert!(takes(&held, &tokens[1], Some("a"), "shop.list"));
    }
}
