//! Access tokens that are got and renewed.

use super::fake::{Answer, Fake, reply};
use super::replicas::Shared;
use super::{engine, operation};
use crate::made::Made;
use bytes::Bytes;
use http::{Request, Response};
use opwire::{Concurrency, Engine, ErrorKind, Outcome, Secret, TransportError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials:
  type: object
  properties: { token: { type: string }, id: { type: string }, secret: { type: string }, refresh: { type: string } }
auth:
  oauth2:
    grant: GRANT
    token_url: https://id.example.com/token
    access_token: '{{credentials.token}}'
    client_id: '{{credentials.id}}'
    client_secret: '{{credentials.secret}}'
";
pub(crate) const REFRESH: &str = "    refresh_token: '{{credentials.refresh}}'\n";
const GET: &str = "request: { method: GET, path: /x }";

pub(crate) fn made(grant: &str, more: &str) -> Made {
    let connector = format!("{}{more}", CONNECTOR.replace("GRANT", grant));
    Made::new(
        &connector,
        &[
            ("o", &operation(GET)),
            ("post", &operation("request: { method: POST, path: /x }")),
        ],
    )
}

pub(crate) fn input() -> Value {
    json!({"id": "client-id", "secret": "client secret&", "refresh": "refresh-0"})
}

/// A service that takes only the token that was issued last, and issues `access-1`, `access-2`, … each with a refresh
/// token that takes the one before back.
#[derive(Clone)]
pub(crate) struct Issuer(Arc<Mutex<(u32, Vec<Request<Bytes>>)>>);

impl Issuer {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((0, Vec::new()))))
    }

    pub(crate) fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let (issued, asked) = &mut *self.0.lock().unwrap();
        if request.uri().host() != Some("id.example.com") {
            let good = format!("Bearer access-{issued}");
            let given = &request.headers()["authorization"];
            let status = if *given == good.as_str() { 200 } else { 401 };
            return reply(status, &[], "{}");
        }
        asked.push(request.clone());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        if body.contains("refresh_token")
            && !body.contains(&format!("refresh_token=refresh-{issued}"))
        {
            return reply(400, &[], r#"{"error":"invalid_grant"}"#);
        }
        *issued += 1;
        let token = json!({"access_token": format!("access-{issued}"), "refresh_token": format!("refresh-{issued}"), "expires_in": 7200});
        reply(200, &[], &token.to_string())
    }

    pub(crate) fn fake(&self) -> Fake {
        let issuer = self.clone();
        Fake::new(move |_, request| Ok(issuer.answer(request)))
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        let requests = &self.0.lock().unwrap().1;
        requests
            .iter()
            .map(|request| String::from_utf8_lossy(request.body()).into_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_thousand_that_need_a_token_ask_for_one() {
    let made = made("refresh_token", REFRESH);
    for given in [json!({}), json!({"token": "too-old"})] {
        let issuer = Issuer::new();
        let (builder, _) = engine(&made, &issuer.fake());
        let engine = builder
            .concurrency(Concurrency::default().per_lane(1000).total(1000))
            .build()
            .unwrap();
        let mut input = input();
        input
            .as_object_mut()
            .unwrap()
            .extend(given.as_object().unwrap().clone());
        let calls = (0..1000).map(|_| engine.invoke("t.o", input.clone()));
        for done in futures_util::future::join_all(calls).await {
            done.unwrap();
        }
        assert_eq!(issuer.asked().len(), 1, "1,000 calls, one token request");
    }
}

#[tokio::test]
async fn the_token_request_is_the_standards() {
    for (grant, more, body, header) in [
        (
            "refresh_token",
            REFRESH.to_owned(),
            "client_id=client-id&client_secret=client+secret%26&grant_type=refresh_token&refresh_token=refresh-0",
            None,
        ),
        (
            "client_credentials",
            String::new(),
            "client_id=client-id&client_secret=client+secret%26&grant_type=client_credentials",
            None,
        ),
        (
            "client_credentials",
            "    client: basic\n    parameters: { scope: 'a b' }\n".to_owned(),
            "grant_type=client_credentials&scope=a+b",
            Some("Basic Y2xpZW50LWlkOmNsaWVudCtzZWNyZXQlMjY="),
        ),
        (
            "client_credentials",
            "    format: json\n".to_owned(),
            r#"{"client_id":"client-id","client_secret":"client secret&","grant_type":"client_credentials"}"#,
            None,
        ),
    ] {
        let issuer = Issuer::new();
        let made = made(grant, &more);
        let engine = engine(&made, &issuer.fake()).0.build().unwrap();
        engine.invoke("t.o", input()).await.unwrap();
        let asked = issuer.0.lock().unwrap().1.clone();
        assert_eq!(asked[0].method(), "POST");
        assert_eq!(asked[0].uri(), "https://id.example.com/token");
        assert_eq!(asked[0].body(), body);
        assert_eq!(
            asked[0]
                .headers()
                .get("authorization")
                .map(|value| value.to_str().unwrap()),
            header
        );
    }
}

#[tokio::test]
async fn each_refresh_token_is_used_once_and_the_new_one_kept() {
    let made = made("refresh_token", REFRESH);
    let issuer = Issuer::new();
    let (builder, clock) = engine(&made, &issuer.fake());
    let engine = builder.build().unwrap();
    for _ in 0..3 {
        engine.invoke("t.o", input()).await.unwrap();
        engine.invoke("t.o", input()).await.unwrap();
        clock.advance(Duration::from_secs(7200));
    }
    let used: Vec<String> = issuer
        .asked()
        .iter()
        .map(|body| body.rsplit('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(used, ["refresh-0", "refresh-1", "refresh-2"]);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let made = made("refresh_token", REFRESH);
    for (left, renewed) in [(71, false), (49, true)] {
        for _ in 0..50 {
            let issuer = Issuer::new();
            let (builder, clock) = engine(&made, &issuer.fake());
            let engine = builder.build().unwrap();
            engine.invoke("t.o", input()).await.unwrap();
            clock.advance(Duration::from_secs(7200 - left));
            engine.invoke("t.o", input()).await.unwrap();
            assert_eq!(
                issuer.asked().len(),
                1 + usize::from(renewed),
                "{left} seconds left"
            );
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_made_again_once() {
    let made = made("refresh_token", REFRESH);
    for operation in ["t.o", "t.post"] {
        let issuer = Issuer::new();
        let engine = engine(&made, &issuer.fake()).0.build().unwrap();
        let mut old = input();
        old["token"] = json!("revoked");
        let output = engine.invoke(operation, old).await.unwrap();
        assert_eq!(
            (issuer.asked().len(), output.attempts().len()),
            (1, 2),
            "{operation}"
        );
    }
    // A service that takes no token at all.
    let fake = Fake::new(|_, request| {
        let token = request.uri().host() == Some("id.example.com");
        Ok(if token {
            reply(200, &[], r#"{"access_token":"new-token-1"}"#)
        } else {
            reply(401, &[], r#"{"error":"bad new-token-1"}"#)
        })
    });
    let engine = engine(&made, &fake).0.build().unwrap();
    let error = engine.invoke("t.o", input()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts().len(), fake.requests().len()),
        (ErrorKind::AuthFailed, 2, 4)
    );
    let told = format!(
        "{error} {error:?} {}",
        serde_json::to_string(&error).unwrap()
    );
    assert!(!told.contains("new-token-1"), "{told}");
}

#[tokio::test]
async fn without_the_means_to_renew_a_refused_token_is_an_error() {
    let made = made("refresh_token", REFRESH);
    let fake = Fake::new(|_, _| Ok(reply(401, &[], "{}")));
    let engine = engine(&made, &fake).0.build().unwrap();
    let error = engine
        .invoke("t.o", json!({"token": "revoked"}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), fake.requests().len()),
        (ErrorKind::AuthFailed, Outcome::Answered, 1)
    );
}

#[tokio::test]
async fn a_renewal_that_fails_after_a_request_tells_of_that_request() {
    let made = made("refresh_token", REFRESH);
    let fake = Fake::new(|_, request| {
        let token = request.uri().host() == Some("id.example.com");
        Ok(reply(if token { 400 } else { 401 }, &[], "{}"))
    });
    let engine = engine(&made, &fake).0.build().unwrap();
    let mut old = input();
    old["token"] = json!("revoked");
    let error = engine.invoke("t.o", old).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthFailed);
    let statuses: Vec<_> = error.attempts().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(401)]);
}

#[tokio::test]
async fn a_failed_renewal_is_not_tried_again_at_once() {
    let made = made("refresh_token", REFRESH);
    for broken in [
        (|| Ok(reply(400, &[], r#"{"error":"invalid_grant refresh-0"}"#))) as fn() -> Answer,
        || Ok(reply(200, &[], "{}")),
        || Ok(reply(500, &[], "refresh-0")),
        || Err(TransportError::new(ErrorKind::ConnectionLost, "made up")),
    ] {
        let fake = Fake::new(move |_, _| broken());
        let (builder, clock) = engine(&made, &fake);
        let engine = builder.build().unwrap();
        let calls = (0..100).map(|_| engine.invoke("t.o", input()));
        for done in futures_util::future::join_all(calls).await {
            let error = done.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AuthFailed);
            assert!(!format!("{error:?}").contains("refresh-0"), "{error:?}");
        }
        assert_eq!(fake.requests().len(), 1);
        clock.advance(Duration::from_secs(6));
        engine.invoke("t.o", input()).await.unwrap_err();
        assert_eq!(fake.requests().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_goes_on_when_its_caller_is_gone() {
    let made = made("refresh_token", REFRESH);
    let (issuer, store) = (Issuer::new(), Shared::default());
    let engine = engine(&made, &issuer.fake())
        .0
        .token_store(store.clone())
        .build()
        .unwrap();
    let call = engine.clone();
    let task = tokio::spawn(async move { call.invoke("t.o", input()).await });
    while issuer.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.writes(), 1, "the new refresh token is not lost");
    engine.invoke("t.o", input()).await.unwrap();
    assert_eq!(issuer.asked().len(), 1);
}

#[tokio::test]
async fn salesloft_renews_its_token() {
    let answered = |request: &Request<Bytes>| match request.uri().host() {
        Some("accounts.salesloft.com") => reply(
            200,
            &[],
            r#"{"access_token":"new","refresh_token":"r2","expires_in":7200}"#,
        ),
        _ if request.headers()["authorization"] == "Bearer new" => {
            reply(200, &[], r#"{"data":{"id":1}}"#)
        }
        _ => reply(401, &[], r#"{"error":"Unauthorized"}"#),
    };
    let fake = Fake::new(move |_, request| Ok(answered(request)));
    let engine = Engine::builder()
        .catalog(crate::catalog())
        .transport(fake.clone())
        .build()
        .unwrap();
    let input = json!({"access_token": "old", "client_id": "i", "client_secret": "s", "refresh_token": "r1", "person_id": 1});
    engine.invoke("salesloft.get_person", input).await.unwrap();
    let requests = fake.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(
        requests[1].uri(),
        "https://accounts.salesloft.com/oauth/token"
    );
    assert_eq!(
        requests[1].body(),
        r#"{"client_id":"i","client_secret":"s","grant_type":"refresh_token","refresh_token":"r1"}"#
    );
    let missing = engine
        .invoke(
            "salesloft.get_person",
            json!({"client_id": "i", "person_id": 1}),
        )
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::CredentialsMissing);
}

#[test]
fn a_stored_token_does_not_show_itself() {
    assert!(!format!("{:?}", Secret::new("tok")).contains("tok"));
}
