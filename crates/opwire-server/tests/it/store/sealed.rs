//! What is secret stands in the store sealed: for one key, and one place.

use super::{KEY, NOW, OTHER_KEY, Place, credentials, on_both};
use crate::postgres;
use opwire::{Secret, StoredToken, TokenStore as _};
use opwire_server::{Pending, Scopes, Sealing, SealingKeys, Store, StoreError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

on_both! {
    no_secret_is_at_rest
    a_row_that_was_moved_does_not_open
    another_key_is_refused_at_once
    a_new_key_seals_and_old_ones_open
}

const CANARIES: [&str; 5] = [
    "CANARY-access-7f3a",
    "CANARY-refresh-91bc",
    "CANARY-credential-d02e",
    "CANARY-verifier-55aa",
    "CANARY-state-0c1d",
];

async fn no_secret_is_at_rest(place: Place) {
    let store = place.open().await;
    let [access, refresh, credential, verifier, state] = CANARIES;
    let given = credentials(&[("access_token", credential)]);
    let connection = store
        .put_connection("acme", "main", "shop", &given, NOW)
        .await
        .unwrap();
    let token = StoredToken::new(Secret::new(access), Some(Secret::new(refresh)), None, 1);
    store.compare_and_set("k", None, token).await.unwrap();
    let pending = Pending::new(&connection, Secret::new(verifier));
    store
        .add_authorization(state, &pending, NOW, NOW * 2)
        .await
        .unwrap();
    let (_, key) = store
        .add_key("acme", &Scopes::default(), NOW)
        .await
        .unwrap();

    let shown = format!("{store:?} {pending:?} {connection:?}");
    let mut files = Vec::new();
    if let Some(dir) = &place.dir {
        collect(dir.path(), &mut files);
        assert!(
            files.iter().any(|file| file.ends_with("opwire.db-wal")),
            "{files:?}"
        );
    } else {
        place.change("CHECKPOINT").await;
        collect(postgres::server().dir(), &mut files);
        assert!(files.len() > 100);
    }
    let mut marked = false;
    for file in files {
        // A file of the database server's that came and went.
        let Ok(bytes) = std::fs::read(&file) else {
            continue;
        };
        for secret in CANARIES.into_iter().chain([key.as_str(), KEY]) {
            assert!(!contains(&bytes, secret), "{secret} in {}", file.display());
            assert!(!shown.contains(secret), "{shown}");
        }
        marked |= contains(&bytes, "access_token");
    }
    assert!(marked, "what isn't secret is found, so the search works");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), into);
        } else {
            into.push(entry.path());
        }
    }
}

async fn a_row_that_was_moved_does_not_open(place: Place) {
    let store = place.open().await;
    for (tenant, id) in [
        ("acme", "main"),
        ("acme", "second"),
        ("evil", "main"),
        ("a", "cmemain"),
    ] {
        let given = credentials(&[("access_token", tenant)]);
        store
            .put_connection(tenant, id, "shop", &given, NOW)
            .await
            .unwrap();
    }
    let token = |text: &str| StoredToken::new(Secret::new(text), None, None, 1);
    for key in ["k", "l"] {
        store.compare_and_set(key, None, token(key)).await.unwrap();
    }
    place
        .change(
            "UPDATE opwire_connections SET sealed =
               (SELECT sealed FROM opwire_connections WHERE tenant = 'acme' AND id = 'main');
             UPDATE opwire_tokens SET sealed = (SELECT sealed FROM opwire_tokens WHERE key = 'k')",
        )
        .await;
    assert!(store.credentials("acme", "main").await.is_ok());
    for (tenant, id) in [("acme", "second"), ("evil", "main"), ("a", "cmemain")] {
        closed(&store.credentials(tenant, id).await.unwrap_err());
    }
    assert!(store.load("k").await.is_ok());
    let error = store.load("l").await.unwrap_err();
    assert_eq!(error.kind(), opwire::ErrorKind::Internal);
    // The credentials of a connection as a token.
    place
        .change("UPDATE opwire_tokens SET sealed = (SELECT sealed FROM opwire_connections WHERE tenant = 'a')")
        .await;
    assert!(store.load("k").await.is_err());
    // Changed, cut, and nothing at all.
    for sealed in [
        "'0102030405060708090a0b0c0d0e0f101112131415161718191a'",
        "'01'",
        "''",
    ] {
        let sealed = match &place.dir {
            Some(_) => format!("x{sealed}"),
            None => format!("decode({sealed}, 'hex')"),
        };
        place
            .change(&format!("UPDATE opwire_connections SET sealed = {sealed}"))
            .await;
        assert!(
            store
                .credentials("acme", "main")
                .await
                .unwrap_err()
                .is_sealed()
        );
        // A server that starts serves the rest.
        place.open().await;
    }
}

fn closed(error: &StoreError) {
    assert!(error.is_sealed());
    assert!(
        error.to_string().contains("it was changed or moved"),
        "{error}"
    );
}

async fn another_key_is_refused_at_once(place: Place) {
    place.open().await;
    let error = place.open_with(OTHER_KEY).await.unwrap_err();
    assert!(error.is_sealed());
    assert!(
        error.to_string().contains("sealed with another key"),
        "{error}"
    );
    for (text, why) in [
        ("", "there is no sealing key"),
        ("# a comment\n", "there is no sealing key"),
        ("c2hvcnQ=", "not 32 bytes in base64"),
        ("CANARY!", "not 32 bytes in base64"),
    ] {
        let error = SealingKeys::parse(text).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("CANARY"), "{error}");
    }
}

async fn a_new_key_seals_and_old_ones_open(place: Place) {
    let store = place.open().await;
    let given = credentials(&[("access_token", "one")]);
    let put = store.put_connection("acme", "main", "shop", &given, NOW);
    let connection = put.await.unwrap();
    let token = StoredToken::new(Secret::new("access"), None, None, 1);
    assert!(store.compare_and_set("k", None, token).await.unwrap());
    let pending = Pending::new(&connection, Secret::new("verifier"));
    store
        .add_authorization("state", &pending, NOW, NOW * 2)
        .await
        .unwrap();
    // A server that knows both, and seals with the old one still.
    let first = place
        .open_with(&format!("{KEY}\n{OTHER_KEY}"))
        .await
        .unwrap();
    // One that seals with the new one, and has sealed all anew.
    place
        .open_with(&format!("# newest first\n{OTHER_KEY}\n{KEY}\n"))
        .await
        .unwrap();
    for store in [&first, &place.open_with(OTHER_KEY).await.unwrap()] {
        let (_, opened) = store.credentials("acme", "main").await.unwrap().unwrap();
        assert_eq!(opened["access_token"].expose(), "one");
        assert_eq!(
            store
                .load("k")
                .await
                .unwrap()
                .unwrap()
                .access_token
                .expose(),
            "access"
        );
    }
    let back = first
        .take_authorization("state", NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(back.verifier.expose(), "verifier");
    // The old key alone is another store's by now.
    let error = store.credentials("acme", "main").await.unwrap_err();
    assert!(
        error.to_string().contains("sealed with another key"),
        "{error}"
    );
    assert!(place.open_with(KEY).await.unwrap_err().is_sealed());
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_new_file_gets_a_key_beside_it_that_only_its_owner_can_read() {
    let place = Place::sqlite();
    let dir = place.dir.as_ref().unwrap().path();
    let open = async || Store::open(&place.url, Sealing::Beside).await;
    let store = open().await.unwrap();
    store
        .add_key("acme", &Scopes::default(), NOW)
        .await
        .unwrap();
    let key = dir.join("opwire.db.key");
    for name in ["opwire.db", "opwire.db-wal", "opwire.db.key"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    open().await.unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = open().await.unwrap_err().to_string();
    assert!(error.contains("can be read by others"), "{error}");
    std::fs::remove_file(&key).unwrap();
    // What another key sealed would be lost if there were a new one.
    let error = open().await.unwrap_err().to_string();
    assert!(error.contains("opwire.db.key can't be read"), "{error}");
    assert!(!key.exists());
}

#[tokio::test]
async fn servers_that_share_a_database_make_no_key() {
    let place = Place::postgres().await;
    let error = Store::open(&place.url, Sealing::Beside)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("OPWIRE_SEALING_KEY"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    let error = Store::open(&place.url, Sealing::File(key.clone()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("can't be read"), "{error}");
    SealingKeys::create(&key).unwrap();
    assert!(
        SealingKeys::create(&key).is_err(),
        "one that is there is kept"
    );
    Store::open(&place.url, Sealing::File(key)).await.unwrap();
}

#[tokio::test]
async fn what_can_not_be_reached_says_so_without_its_password() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (url, why) in [
        (
            format!("postgres://u:CANARY-pw@{nobody}/x"),
            "can't be reached",
        ),
        (
            "postgres://u:CANARY-pw@h:none/x".to_owned(),
            "can't be read",
        ),
        ("mysql://u:CANARY-pw@h/x".to_owned(), "neither"),
        (
            "sqlite:/none/CANARY/opwire.db".replace("CANARY/", ""),
            "can't be opened",
        ),
        (postgres::server().url("none"), "does not exist"),
        (
            postgres::server()
                .url("postgres")
                .replace("CANARY", "wrong"),
            "password authentication failed",
        ),
    ] {
        let keys = Sealing::Keys(SealingKeys::parse(KEY).unwrap());
        let error = Store::open(&url, keys).await.unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("CANARY"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = rcgen::CertificateParams::new(names)
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let server = postgres::Postgres::start(|dir| {
        let file = |name: &str, text: &str| {
            let path = dir.join(name);
            postgres::private(&path, text);
            path
        };
        let (certificate, key) = (
            file("tls.crt", &certificate.pem()),
            file("tls.key", &key.serialize_pem()),
        );
        vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ]
    });
    let open = async |mode: &str| {
        let url = format!("{}?sslmode={mode}", server.url("postgres"));
        let keys = Sealing::Keys(SealingKeys::parse(KEY).unwrap());
        Store::open(&url, keys).await
    };
    let error = open("require").await.unwrap_err().to_string();
    assert!(
        error.contains("invalid peer certificate: UnknownIssuer"),
        "{error}"
    );
    open("disable").await.unwrap();
}
