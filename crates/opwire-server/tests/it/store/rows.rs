//! What the store keeps, and who of several gets what.

use super::{NOW, Place, credentials, on_both};
use opwire::{Secret, StoredToken, TokenStore as _};
use opwire_server::{KeyHash, Pending, Scopes, Store};
use std::time::Duration;

on_both! {
    connections_are_kept_by_tenant
    connections_are_listed_in_pages
    keys_are_known_by_their_hash
    a_token_is_set_by_who_knows_the_one_before
    one_holder_has_the_lease
    of_many_writers_one_is_first
    an_authorization_is_taken_once
    what_is_deleted_is_gone
    many_open_a_new_store_at_once
    a_newer_store_is_left_alone
}

const SECOND: Duration = Duration::from_secs(1);

async fn put(store: &Store, tenant: &str, id: &str, token: &str) -> opwire_server::Connection {
    let given = credentials(&[("access_token", token)]);
    store
        .put_connection(tenant, id, "shop", &given, NOW)
        .await
        .unwrap()
}

async fn connections_are_kept_by_tenant(place: Place) {
    let store = place.open().await;
    let first = put(&store, "acme", "main", "one").await;
    put(&store, "other", "main", "two").await;
    let given = credentials(&[("a", "1"), ("b", "2")]);
    let later = NOW + SECOND;
    let second = store
        .put_connection("acme", "main", "till", &given, later)
        .await
        .unwrap();
    assert_ne!(first.revision, second.revision);
    assert_ne!(first.lane(), second.lane());
    assert_eq!((second.created, second.changed), (NOW, later));
    assert_eq!(
        (second.connector.as_str(), second.credentials.join(" ")),
        ("till", "a b".to_owned())
    );

    // Another server sees the same.
    let again = place.open().await;
    let (connection, opened) = again.credentials("acme", "main").await.unwrap().unwrap();
    assert_eq!(connection.revision, second.revision);
    assert_eq!((opened["a"].expose(), opened["b"].expose()), ("1", "2"));
    let (_, opened) = again.credentials("other", "main").await.unwrap().unwrap();
    assert_eq!(opened["access_token"].expose(), "two");
    assert!(again.connection("third", "main").await.unwrap().is_none());
    assert!(again.credentials("acme", "none").await.unwrap().is_none());
    again.ping().await.unwrap();
}

async fn connections_are_listed_in_pages(place: Place) {
    let store = place.open().await;
    for id in ["d", "b", "a", "c"] {
        put(&store, "acme", id, "t").await;
    }
    put(&store, "other", "aa", "t").await;
    store
        .put_connection("acme", "e", "till", &credentials(&[]), NOW)
        .await
        .unwrap();
    let ids = async |connector, after, most| {
        let listed = store
            .connections("acme", connector, after, most)
            .await
            .unwrap();
        listed
            .into_iter()
            .map(|connection| connection.id)
            .collect::<String>()
    };
    assert_eq!(ids(None, "", 10).await, "abcde");
    assert_eq!(ids(None, "", 2).await, "ab");
    assert_eq!(ids(None, "b", 2).await, "cd");
    assert_eq!(ids(Some("till"), "", 10).await, "e");
    assert_eq!(ids(Some("none"), "", 10).await, "");
}

async fn keys_are_known_by_their_hash(place: Place) {
    let store = place.open().await;
    let scopes = Scopes::default().connectors(["shop"]);
    let (row, key) = store.add_key("acme", &scopes, NOW).await.unwrap();
    let every = Scopes::default();
    let (other, _) = store.add_key("other", &every, NOW + SECOND).await.unwrap();
    let hash = KeyHash::of(&key);
    let found = store.key(&hash).await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.tenant.as_str()),
        (row.id.as_str(), "acme")
    );
    assert_eq!((found.scopes, found.created), (scopes, NOW));
    let unknown = KeyHash::from_bytes([7; 32]);
    assert!(store.key(&unknown).await.unwrap().is_none());
    let listed = store.keys(None).await.unwrap();
    assert_eq!(
        listed.iter().map(|row| &row.id).collect::<Vec<_>>(),
        [&row.id, &other.id]
    );
    assert_eq!(store.keys(Some("other")).await.unwrap().len(), 1);
    assert!(store.revoke_key(&row.id).await.unwrap());
    assert!(!store.revoke_key(&row.id).await.unwrap());
    assert!(store.key(&hash).await.unwrap().is_none());
}

fn token(access: &str, version: u64) -> StoredToken {
    StoredToken::new(
        Secret::new(access),
        Some(Secret::new("refresh")),
        Some(NOW),
        version,
    )
}

async fn a_token_is_set_by_who_knows_the_one_before(place: Place) {
    let store = place.open().await;
    let loaded = async |key| store.load(key).await.unwrap();
    assert!(loaded("k").await.is_none());
    assert!(
        !store
            .compare_and_set("k", Some(1), token("a", 2))
            .await
            .unwrap()
    );
    assert!(
        store
            .compare_and_set("k", None, token("a", 1))
            .await
            .unwrap()
    );
    assert!(
        !store
            .compare_and_set("k", None, token("b", 1))
            .await
            .unwrap()
    );
    assert!(
        !store
            .compare_and_set("k", Some(2), token("b", 3))
            .await
            .unwrap()
    );
    assert!(
        store
            .compare_and_set("k", Some(1), token("b", 2))
            .await
            .unwrap()
    );
    let found = loaded("k").await.unwrap();
    assert_eq!((found.access_token.expose(), found.version), ("b", 2));
    assert_eq!(found.refresh_token.unwrap().expose(), "refresh");
    assert_eq!(found.expires, Some(NOW));
    assert!(loaded("l").await.is_none());
    let bare = StoredToken::new(Secret::new("c"), None, None, 3);
    assert!(store.compare_and_set("k", Some(2), bare).await.unwrap());
    let found = loaded("k").await.unwrap();
    assert!(found.refresh_token.is_none() && found.expires.is_none());
}

async fn one_holder_has_the_lease(place: Place) {
    let (store, other) = (place.open().await, place.open().await);
    let long = Duration::from_secs(3_600);
    assert!(store.lease("k", "a", long).await.unwrap());
    assert!(!other.lease("k", "b", long).await.unwrap());
    assert!(
        store.lease("k", "a", long).await.unwrap(),
        "it has it already"
    );
    assert!(other.lease("l", "b", long).await.unwrap(), "another key");
    other.release("k", "b").await.unwrap();
    assert!(
        !other.lease("k", "b", long).await.unwrap(),
        "who hasn't it gives nothing back"
    );
    store.release("k", "a").await.unwrap();
    assert!(other.lease("k", "b", Duration::ZERO).await.unwrap());
    assert!(
        store.lease("k", "a", long).await.unwrap(),
        "its time is over"
    );
    // A lease whose time is over by the database's clock, whatever the servers' clocks say.
    place.change("UPDATE opwire_leases SET until = 1").await;
    assert!(other.lease("k", "b", long).await.unwrap());
}

async fn of_many_writers_one_is_first(place: Place) {
    let stores = [place.open().await, place.open().await];
    let tasks = (0..40).map(|number: usize| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move {
            let holder = number.to_string();
            let leased = store
                .lease("k", &holder, Duration::from_secs(60))
                .await
                .unwrap();
            let set = store
                .compare_and_set("k", None, token(&holder, 1))
                .await
                .unwrap();
            (leased, set)
        })
    });
    let (mut leased, mut set) = (0, 0);
    for task in tasks.collect::<Vec<_>>() {
        let done = task.await.unwrap();
        leased += usize::from(done.0);
        set += usize::from(done.1);
    }
    assert_eq!((leased, set), (1, 1));
}

async fn an_authorization_is_taken_once(place: Place) {
    let store = place.open().await;
    let connection = put(&store, "acme", "main", "t").await;
    let pending = Pending::new(&connection, Secret::new("verifier"));
    let until = NOW + SECOND;
    for state in ["one", "two", "three"] {
        store
            .add_authorization(state, &pending, NOW, until)
            .await
            .unwrap();
    }
    let taken = store.take_authorization("one", NOW).await.unwrap().unwrap();
    assert_eq!(
        (taken.tenant.as_str(), taken.connection.as_str()),
        ("acme", "main")
    );
    assert_eq!(
        (taken.revision, taken.verifier.expose()),
        (connection.revision.clone(), "verifier")
    );
    assert!(
        store
            .take_authorization("one", NOW)
            .await
            .unwrap()
            .is_none(),
        "it was taken"
    );
    assert!(
        store
            .take_authorization("none", NOW)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .take_authorization("two", until)
            .await
            .unwrap()
            .is_none(),
        "it expired"
    );
    let [first, second] = [0, 1].map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.take_authorization("three", NOW).await.unwrap() })
    });
    let taken = [first.await.unwrap(), second.await.unwrap()];
    assert_eq!(
        taken.iter().flatten().count(),
        1,
        "of two at once one has it"
    );
}

async fn what_is_deleted_is_gone(place: Place) {
    let store = place.open().await;
    let connection = put(&store, "acme", "main", "t").await;
    let key = format!("shop/{}", connection.lane());
    assert!(!store.has_token(&connection).await.unwrap());
    store
        .compare_and_set(&key, None, token("a", 1))
        .await
        .unwrap();
    assert!(store.has_token(&connection).await.unwrap());
    let late = format!("shop/acme/main/{}", "0".repeat(16));
    let others = ["shop/acme/main2/1", "shop/acme2/main/1", "till/acme/main/1"];
    for key in others.into_iter().chain([late.as_str()]) {
        store
            .compare_and_set(key, None, token("a", 1))
            .await
            .unwrap();
    }
    put(&store, "acme", "main", "t").await;
    assert!(
        store.load(&late).await.unwrap().is_none(),
        "one that came late"
    );
    for other in others {
        assert!(store.load(other).await.unwrap().is_some(), "{other}");
    }
    assert!(
        store.load(&key).await.unwrap().is_none(),
        "a token of the credentials before"
    );
    let connection = store.connection("acme", "main").await.unwrap().unwrap();
    let key = format!("shop/{}", connection.lane());
    store
        .compare_and_set(&key, None, token("a", 1))
        .await
        .unwrap();
    assert!(!store.delete_connection("other", "main").await.unwrap());
    assert!(store.delete_connection("acme", "main").await.unwrap());
    assert!(!store.delete_connection("acme", "main").await.unwrap());
    assert!(store.connection("acme", "main").await.unwrap().is_none());
    assert!(store.load(&key).await.unwrap().is_none());
}

async fn many_open_a_new_store_at_once(place: Place) {
    let place = std::sync::Arc::new(place);
    let tasks = [(); 8].map(|()| {
        let place = std::sync::Arc::clone(&place);
        tokio::spawn(async move { place.open().await })
    });
    for task in tasks {
        task.await.unwrap().ping().await.unwrap();
    }
}

async fn a_newer_store_is_left_alone(place: Place) {
    place.open().await;
    let newer = if place.dir.is_some() {
        "PRAGMA user_version = 1000"
    } else {
        "INSERT INTO opwire_steps VALUES (1000)"
    };
    place.change(newer).await;
    let error = place.open_with(super::KEY).await.unwrap_err();
    assert!(
        error.to_string().contains("a newer version of opwire"),
        "{error}"
    );
}
