//! Several engines that share a token store, as several processes would.

use super::engine;
use super::fake::{Fake, reply};
use super::tokens::{Issuer, REFRESH, input, made};
use opwire::{
    Clock as _, Engine, ErrorKind, Outcome, StoredToken, TokenFuture, TokenStore, TransportError,
};
use opwire_testkit::ManualClock;
use opwire_tests::random::Random;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A store that several engines share. Each of its methods takes a while, by chance.
#[derive(Clone)]
pub(super) struct Shared {
    state: Arc<Mutex<State>>,
    clock: ManualClock,
    /// Does it lend the right to renew to one alone?
    lends: bool,
}

struct State {
    tokens: HashMap<String, StoredToken>,
    leases: HashMap<String, (String, Duration)>,
    writes: usize,
    random: Random,
}

impl Default for Shared {
    fn default() -> Self {
        Self::new(ManualClock::default(), 1)
    }
}

impl Shared {
    fn new(clock: ManualClock, seed: u64) -> Self {
        let state = State {
            tokens: HashMap::new(),
            leases: HashMap::new(),
            writes: 0,
            random: Random(seed),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            clock,
            lends: true,
        }
    }

    /// One that says yes to everyone who asks for the right to renew.
    fn without_leases() -> Self {
        Self {
            lends: false,
            ..Self::default()
        }
    }

    pub(super) fn writes(&self) -> usize {
        self.state.lock().unwrap().writes
    }

    async fn later(&self) {
        let times = self.state.lock().unwrap().random.next(6);
        for _ in 0..=times {
            tokio::task::yield_now().await;
        }
    }

    /// A token that another process stored.
    pub(super) fn put(&self, key: &str, token: StoredToken) {
        let tokens = &mut self.state.lock().unwrap().tokens;
        tokens.insert(key.to_owned(), token);
    }

    /// The lease of a process that is gone.
    fn lend_to_nobody(&self, key: &str, time: Duration) {
        let lease = ("gone".to_owned(), self.clock.now() + time);
        let leases = &mut self.state.lock().unwrap().leases;
        leases.insert(key.to_owned(), lease);
    }
}

impl TokenStore for Shared {
    fn load<'a>(&'a self, key: &'a str) -> TokenFuture<'a, Option<StoredToken>> {
        Box::pin(async move {
            self.later().await;
            Ok(self.state.lock().unwrap().tokens.get(key).cloned())
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        version: Option<u64>,
        token: StoredToken,
    ) -> TokenFuture<'a, bool> {
        Box::pin(async move {
            self.later().await;
            let state = &mut *self.state.lock().unwrap();
            let same = state.tokens.get(key).map(|token| token.version) == version;
            if same {
                state.writes += 1;
                state.tokens.insert(key.to_owned(), token);
            }
            Ok(same)
        })
    }

    fn lease<'a>(&'a self, key: &'a str, holder: &'a str, most: Duration) -> TokenFuture<'a, bool> {
        Box::pin(async move {
            self.later().await;
            let now = self.clock.now();
            let leases = &mut self.state.lock().unwrap().leases;
            let other = leases
                .get(key)
                .is_some_and(|(by, until)| by != holder && now < *until);
            if other && self.lends {
                return Ok(false);
            }
            leases.insert(key.to_owned(), (holder.to_owned(), now + most));
            Ok(true)
        })
    }

    fn release<'a>(&'a self, key: &'a str, holder: &'a str) -> TokenFuture<'a, ()> {
        Box::pin(async move {
            self.later().await;
            let leases = &mut self.state.lock().unwrap().leases;
            if leases.get(key).is_some_and(|(by, _)| by == holder) {
                leases.remove(key);
            }
            Ok(())
        })
    }
}

/// Engines over one store and one service.
fn replicas(count: usize, issuer: &Issuer, store: &Shared) -> Vec<Engine> {
    let made = made("refresh_token", REFRESH);
    let one = |_| {
        let builder = engine(&made, &issuer.fake()).0;
        let builder = builder.clock(store.clock.clone());
        builder.token_store(store.clone()).build().unwrap()
    };
    (0..count).map(one).collect()
}

/// Calls every engine so often, all at once.
async fn call_all(engines: &[Engine], times: usize) -> Vec<Result<opwire::Output, opwire::Error>> {
    let calls = engines.iter().flat_map(|engine| {
        (0..times).map(|_| engine.call("t.o", input()).tenant("acme").into_future())
    });
    futures_util::future::join_all(calls).await
}

#[tokio::test]
async fn processes_that_share_a_store_renew_once() {
    let (issuer, store) = (Issuer::new(), Shared::default());
    let engines = replicas(2, &issuer, &store);
    for done in call_all(&engines, 500).await {
        done.unwrap();
    }
    assert_eq!(issuer.asked().len(), 1, "1,000 calls in two processes");
    assert_eq!(store.writes(), 1);
}

/// However the processes' steps fall between each other: every refresh token is used once, and none is refused.
#[tokio::test]
async fn no_refresh_token_is_used_twice_however_processes_interleave() {
    const SCHEDULES: u64 = 300;
    const RENEWALS: usize = 4;
    for seed in 1..=SCHEDULES {
        let issuer = Issuer::new();
        let store = Shared::new(ManualClock::default(), seed * 7_919);
        let engines = replicas(3, &issuer, &store);
        for _ in 0..RENEWALS {
            for done in call_all(&engines, 2).await {
                done.unwrap_or_else(|error| panic!("schedule {seed}: {error}"));
            }
            store.clock.advance(Duration::from_secs(7_200));
        }
        let used: Vec<String> = issuer.asked();
        let used: Vec<&str> = used
            .iter()
            .filter_map(|body| body.rsplit('=').next())
            .collect();
        assert_eq!(
            used,
            ["refresh-0", "refresh-1", "refresh-2", "refresh-3"],
            "schedule {seed}"
        );
        assert_eq!(store.writes(), RENEWALS);
    }
    println!(
        "{SCHEDULES} schedules of 3 processes x {RENEWALS} renewals: each refresh token used once"
    );
}

#[tokio::test]
async fn a_process_that_is_gone_holds_the_others_up_only_for_a_time() {
    let (issuer, store) = (Issuer::new(), Shared::default());
    let engines = replicas(2, &issuer, &store);
    store.lend_to_nobody("t/acme", Duration::from_secs(20));
    for done in call_all(&engines, 5).await {
        done.unwrap();
    }
    assert!(store.clock.now() >= Duration::from_secs(20));
    assert_eq!(issuer.asked().len(), 1);
}

#[tokio::test]
async fn a_process_that_never_ends_is_not_waited_for_for_ever() {
    let (issuer, store) = (Issuer::new(), Shared::default());
    let engines = replicas(1, &issuer, &store);
    store.lend_to_nobody("t/acme", Duration::from_secs(86_400));
    let error = call_all(&engines, 1).await.remove(0).unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::AuthFailed, Outcome::NotSent)
    );
    assert!(issuer.asked().is_empty());
    assert!(store.clock.now() < Duration::from_secs(60));
}

#[tokio::test]
async fn who_fails_to_renew_gives_the_right_back() {
    let made = made("refresh_token", REFRESH);
    let store = Shared::default();
    let (issuer, down) = (
        Issuer::new(),
        Fake::new(|_, _| Err(TransportError::new(ErrorKind::ConnectionLost, "made up"))),
    );
    let over = |fake: &Fake| {
        let builder = engine(&made, fake).0.clock(store.clock.clone());
        builder.token_store(store.clone()).build().unwrap()
    };
    let error = call_all(&[over(&down)], 1).await.remove(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthFailed);
    call_all(&[over(&issuer.fake())], 1)
        .await
        .remove(0)
        .unwrap();
    assert_eq!(store.clock.now(), Duration::ZERO, "nobody waited");
}

#[tokio::test]
async fn a_token_is_stored_before_it_is_used() {
    let made = made("refresh_token", REFRESH);
    let (issuer, store) = (Issuer::new(), Shared::default());
    let (own, seen) = (issuer.clone(), store.clone());
    let fake = Fake::new(move |_, request| {
        let used = request.uri().host() != Some("id.example.com");
        assert_eq!(seen.writes(), usize::from(used));
        Ok(own.answer(request))
    });
    let engine = engine(&made, &fake).0.token_store(store).build().unwrap();
    engine.invoke("t.o", input()).await.unwrap();
}

/// Where leases end too early, the token that was stored first holds for all.
#[tokio::test]
async fn without_leases_what_is_stored_first_holds() {
    let made = made("client_credentials", "");
    let store = Shared::without_leases();
    let issued = Arc::new(Mutex::new(0));
    let over = |_| {
        let issued = Arc::clone(&issued);
        let fake = Fake::new(move |_, request| {
            if request.uri().host() == Some("id.example.com") {
                let mut issued = issued.lock().unwrap();
                *issued += 1;
                let token = json!({"access_token": format!("access-{issued}"), "expires_in": 7200});
                return Ok(reply(200, &[], &token.to_string()));
            }
            let used = request.headers()["authorization"].to_str().unwrap();
            Ok(reply(200, &[], &json!({ "used": used }).to_string()))
        });
        let builder = engine(&made, &fake).0;
        builder.token_store(store.clone()).build().unwrap()
    };
    let engines: Vec<Engine> = (0..2).map(over).collect();
    let used: Vec<_> = call_all(&engines, 1)
        .await
        .into_iter()
        .map(|done| done.unwrap().to_value())
        .collect();
    assert_eq!(*issued.lock().unwrap(), 2, "both asked");
    assert_eq!((used[0].clone(), store.writes()), (used[1].clone(), 1));
    let state = store.state.lock().unwrap();
    assert_eq!(state.tokens.keys().collect::<Vec<_>>(), ["t/acme"]);
}

#[tokio::test]
async fn who_comes_too_late_with_a_refresh_token_takes_the_token_it_was_used_for() {
    let (issuer, store) = (Issuer::new(), Shared::without_leases());
    let engines = replicas(2, &issuer, &store);
    for done in call_all(&engines, 1).await {
        done.unwrap();
    }
    assert_eq!(issuer.asked().len(), 2, "both asked, and one was refused");
    assert_eq!(store.writes(), 1);
}
