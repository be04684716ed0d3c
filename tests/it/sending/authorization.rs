//! A person allows a connector's use in a browser, and brings a code back.

use super::fake::{Fake, reply};
use super::replicas::Shared;
use super::tokens::{Issuer, input};
use super::{engine, operation};
use crate::made::Made;
use opwire::{Authorization, Engine, ErrorKind, Secret, StoredToken, TokenStore as _};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const REDIRECT: &str = "https://platform.example/callback?of=t";

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials:
  type: object
  required: [id]
  properties: { token: { type: string }, id: { type: string }, secret: { type: string }, refresh: { type: string } }
  anyOf: [{ required: [token] }, { required: [secret, refresh] }]
auth:
  oauth2:
    grant: refresh_token
    token_url: https://id.example.com/token
    authorize_url: https://id.example.com/authorize
    authorize_parameters: { scope: a b, login_hint: '{{credentials.id}}' }
    access_token: '{{credentials.token}}'
    refresh_token: '{{credentials.refresh}}'
    client_id: '{{credentials.id}}'
    client_secret: '{{credentials.secret}}'
";

fn made() -> Made {
    let get = operation("request: { method: GET, path: /x }");
    Made::new(CONNECTOR, &[("o", &get)])
}

fn client() -> BTreeMap<String, Secret> {
    [("id", "client-id"), ("secret", "client secret&")]
        .map(|(name, text)| (name.to_owned(), Secret::new(text)))
        .into()
}

fn flow(engine: &Engine) -> Authorization {
    let flow = engine.authorization("t", REDIRECT).unwrap();
    flow.tenant("acme").credentials(client())
}

async fn call(engine: &Engine) -> Result<opwire::Output, opwire::Error> {
    let call = engine.call("t.o", json!({}));
    call.tenant("acme").credentials(client()).await
}

#[tokio::test]
async fn the_url_has_what_the_standards_want() {
    let made = made();
    let engine = engine(&made, &Issuer::new().fake()).0.build().unwrap();
    let url = flow(&engine).url("the state", "challenge").await.unwrap();
    assert_eq!(
        url,
        "https://id.example.com/authorize?response_type=code&client_id=client-id&login_hint=client-id&scope=a+b\
         &redirect_uri=https%3A%2F%2Fplatform.example%2Fcallback%3Fof%3Dt&state=the+state\
         &code_challenge=challenge&code_challenge_method=S256"
    );
    let without = engine.authorization("t", REDIRECT).unwrap();
    let error = without.url("s", "c").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthFailed);
    assert!(engine.authorization("none", REDIRECT).is_err());
}

#[tokio::test]
async fn a_code_gets_tokens_that_calls_use_and_renew() {
    let made = made();
    let (issuer, store) = (Issuer::new(), Shared::default());
    let engine = engine(&made, &issuer.fake())
        .0
        .token_store(store.clone())
        .build()
        .unwrap();
    assert_eq!(
        call(&engine).await.unwrap_err().kind(),
        ErrorKind::CredentialsMissing
    );
    flow(&engine)
        .exchange("the code".into(), "verifier".into())
        .await
        .unwrap();
    assert_eq!(
        issuer.asked(),
        [
            "client_id=client-id&client_secret=client+secret%26&code=the+code&code_verifier=verifier\
          &grant_type=authorization_code&redirect_uri=https%3A%2F%2Fplatform.example%2Fcallback%3Fof%3Dt"
        ]
    );
    call(&engine).await.unwrap();
    // Another tenant has none, nor has who lacks the client's ID.
    let other = engine
        .call("t.o", json!({}))
        .tenant("other")
        .credentials(client());
    assert_eq!(
        other.await.unwrap_err().kind(),
        ErrorKind::CredentialsMissing
    );
    let bare = engine
        .call("t.o", json!({}))
        .tenant("acme")
        .await
        .unwrap_err();
    assert_eq!(bare.kind(), ErrorKind::CredentialsMissing);

    // Once more: the new token takes the place of the one that is there.
    flow(&engine)
        .exchange("another".into(), "verifier".into())
        .await
        .unwrap();
    call(&engine).await.unwrap();
    let stored = store.load("t/acme").await.unwrap().unwrap();
    assert_eq!(
        (stored.access_token.expose(), stored.version),
        ("access-2", 2)
    );

    // The service refuses it before its time: the refresh token that is stored gets another, though no credential names it.
    let old = StoredToken::new("revoked".into(), stored.refresh_token, stored.expires, 3);
    assert!(store.compare_and_set("t/acme", Some(2), old).await.unwrap());
    call(&engine).await.unwrap();
    assert!(
        issuer
            .asked()
            .last()
            .unwrap()
            .contains("refresh_token=refresh-2")
    );
}

#[tokio::test]
async fn a_refused_code_is_told_without_itself() {
    let made = made();
    let fake = Fake::new(|_, request| {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        Ok(reply(
            400,
            &[],
            &json!({ "error": format!("no {body}") }).to_string(),
        ))
    });
    let engine = engine(&made, &fake).0.build().unwrap();
    let flow = flow(&engine);
    let refused = flow.exchange("CANARY-code-1".into(), "CANARY-verifier-1".into());
    let error = refused.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthFailed);
    let told = format!("{error} {error:?}");
    assert!(
        !told.contains("CANARY") && !told.contains("client secret"),
        "{told}"
    );
}

#[tokio::test]
async fn a_token_that_a_person_allowed_wins_over_one_that_was_renewed_meanwhile() {
    let made = made();
    let store = Shared::default();
    let meanwhile = Arc::new(Mutex::new(Some(store.clone())));
    let issuer = Issuer::new();
    let own = issuer.clone();
    let fake = Fake::new(move |_, request| {
        // Another process stores a token while the code is exchanged.
        if let Some(store) = meanwhile.lock().unwrap().take() {
            let token = StoredToken::new("other".into(), None, Some(Duration::MAX), 1);
            store.put("t/acme", token);
        }
        Ok(own.answer(request))
    });
    let engine = engine(&made, &fake)
        .0
        .token_store(store.clone())
        .build()
        .unwrap();
    flow(&engine)
        .exchange("code".into(), "verifier".into())
        .await
        .unwrap();
    let stored = store.load("t/acme").await.unwrap().unwrap();
    assert_eq!(stored.access_token.expose(), "access-1");
    call(&engine).await.unwrap();
}

#[tokio::test]
async fn credentials_are_checked_before_they_are_kept() {
    let made = made();
    let engine = engine(&made, &Issuer::new().fake()).0.build().unwrap();
    let check = async |credentials| engine.check_credentials("t", credentials).await;
    let kept = check(json!({ "id": "i", "secret": "s" })).await.unwrap();
    assert_eq!(kept.keys().collect::<Vec<_>>(), ["id", "secret"]);
    assert_eq!(check(input()).await.unwrap().len(), 3);
    for (credentials, pointers) in [
        (json!({}), vec!["/credentials/id", "/credentials/secret"]),
        (json!({ "id": "i" }), vec!["/credentials/secret"]),
        (json!({ "id": 1 }), vec!["/credentials/id"]),
        (
            json!({ "id": "i", "token": "t", "other": "o" }),
            vec!["/credentials/other"],
        ),
    ] {
        let error = check(credentials.clone()).await.unwrap_err();
        let found: Vec<&str> = error
            .violations()
            .iter()
            .map(|v| v.pointer.as_str())
            .collect();
        assert_eq!(
            (error.kind(), found),
            (ErrorKind::InputInvalid, pointers),
            "{credentials}"
        );
    }
    let error = engine
        .check_credentials("none", json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownOperation);
}
