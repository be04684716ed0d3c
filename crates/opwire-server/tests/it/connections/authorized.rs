//! A person allows a connector's use: by a code, with PKCE and a state that holds once.

use super::{Setup, client_alone};
use crate::client::Answer;
use crate::log::Log;
use crate::provider::REDIRECT;
use opwire::ErrorKind;
use serde_json::{Value, json};
use std::time::Duration;

const AUTHORIZE: &str = "/v1/connections/main/authorize";
const CALLBACK: &str = "/v1/oauth/callback";

impl Setup {
    async fn put(&self, key: &str) {
        let put = self
            .client
            .ask("PUT", "/v1/connections/main", key, Some(&client_alone()))
            .await;
        assert!(put.status.is_success(), "{put:?}");
    }

    /// Where the server sends a person.
    async fn authorize(&self) -> String {
        let answer = self.client.ask("GET", AUTHORIZE, &self.acme, None).await;
        assert_eq!(answer.status, 302, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let told = answer.json();
        assert_eq!(
            (&told["authorize_url"], &told["expires_in"]),
            (&json!(answer.header("location")), &json!(600))
        );
        answer.header("location").to_owned()
    }

    /// A person says yes: the query that the service sends them back with.
    async fn allow(&self, url: &str) -> String {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let answer = http
            .no_proxy()
            .build()
            .unwrap()
            .get(url)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 302, "{url}");
        let back = answer.headers()["location"].to_str().unwrap();
        back.strip_prefix(REDIRECT).unwrap().to_owned()
    }

    async fn come_back(&self, query: &str, key: &str, accept: &str) -> Answer {
        let headers = [("accept", accept)];
        let answer = self
            .client
            .ask_with("GET", &format!("{CALLBACK}{query}"), key, None, &headers)
            .await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        answer
    }

    /// Calls the service with the connection's credentials and tokens.
    async fn call(&self) -> Result<Value, opwire::Error> {
        let opened = self
            .store
            .credentials("acme", "main")
            .await
            .unwrap()
            .unwrap();
        let call = self.engine.call("shop.items", json!({}));
        let output = call.tenant(&opened.0.lane()).credentials(opened.1).await?;
        Ok(output.to_value())
    }

    async fn authorized(&self) -> bool {
        let shown = self
            .client
            .ask("GET", "/v1/connections/main", &self.acme, None)
            .await;
        shown.json()["authorized"].as_bool().unwrap()
    }
}

fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap().1.into_owned()
}

#[tokio::test]
async fn a_person_allows_it_and_calls_go() {
    let setup = Setup::new().await;
    setup.put(&setup.acme).await;
    let error = setup.call().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialsMissing);
    let query = setup.allow(&setup.authorize().await).await;
    let page = setup
        .come_back(&query, "", "text/html,application/xhtml+xml")
        .await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(setup.authorized().await);
    assert_eq!(setup.call().await.unwrap(), json!({ "items": [1, 2] }));
    assert_eq!(setup.provider.grants(), ["authorization_code"]);

    // When it is old, the refresh token gets another, though no credential holds one.
    setup.clock.advance(Duration::from_secs(3_600));
    setup.call().await.unwrap();
    setup.call().await.unwrap();
    assert_eq!(
        setup.provider.grants(),
        ["authorization_code", "refresh_token"]
    );
    // And when the service refuses it before its time.
    setup.provider.forget();
    setup.call().await.unwrap_err();
    assert_eq!(setup.provider.grants().len(), 3);

    // Once more, in place of the tokens that are there.
    let query = setup.allow(&setup.authorize().await).await;
    assert_eq!(
        setup.come_back(&query, "", "*/*").await.json(),
        json!({ "connection": "main", "authorized": true })
    );
    setup.call().await.unwrap();

    // Other credentials have tokens of their own.
    setup.put(&setup.acme).await;
    assert!(!setup.authorized().await);
    assert_eq!(
        setup.call().await.unwrap_err().kind(),
        ErrorKind::CredentialsMissing
    );
}

#[tokio::test]
async fn each_time_has_a_state_and_a_challenge_of_its_own() {
    let setup = Setup::new().await;
    setup.put(&setup.acme).await;
    let (first, second) = (setup.authorize().await, setup.authorize().await);
    for name in ["state", "code_challenge"] {
        let (first, second) = (parameter(&first, name), parameter(&second, name));
        assert_ne!(first, second);
        assert_eq!(
            (first.len(), second.len()),
            (43, 43),
            "256 bits in base64url"
        );
    }
    assert_eq!(parameter(&first, "code_challenge_method"), "S256");
    assert_eq!(parameter(&first, "redirect_uri"), REDIRECT);
    // A code that was given for another challenge: the service refuses the verifier.
    let query = setup
        .allow(&first)
        .await
        .replace(&parameter(&first, "state"), &parameter(&second, "state"));
    let answer = setup.come_back(&query, "", "application/json").await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.json()["kind"], "auth_failed");
    assert!(answer.text.contains("invalid_grant"), "{answer:?}");
    assert!(!setup.authorized().await);
}

#[tokio::test]
async fn a_state_holds_once_in_time_and_for_its_tenant() {
    let setup = Setup::new().await;
    setup.put(&setup.acme).await;
    setup.put(&setup.other).await;
    let allow = async || setup.allow(&setup.authorize().await).await;
    let refused = async |query: &str, key: &str, status: u16| {
        let before = setup.provider.grants().len();
        let answer = setup.come_back(query, key, "application/json").await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(setup.provider.grants().len(), before, "no code was used");
        let state = query
            .split("state=")
            .nth(1)
            .unwrap_or("nothing")
            .split('&')
            .next()
            .unwrap();
        assert!(!answer.text.contains(state), "{answer:?}");
    };

    let query = allow().await;
    assert_eq!(setup.come_back(&query, "", "*/*").await.status, 200);
    refused(&query, "", 400).await;

    let query = allow().await;
    refused(&query, &setup.other, 403).await;
    refused(&query, &setup.acme, 400).await;
    let query = allow().await;
    refused(&query, "opwire_wrong", 401).await;
    assert_eq!(
        setup.come_back(&query, &setup.acme, "*/*").await.status,
        200,
        "a wrong key uses nothing up"
    );

    let query = allow().await;
    setup.clock.advance(Duration::from_secs(600));
    refused(&query, "", 400).await;

    let query = allow().await;
    setup.put(&setup.acme).await;
    refused(&query, "", 404).await;

    let query = allow().await;
    setup
        .client
        .ask("DELETE", "/v1/connections/main", &setup.acme, None)
        .await;
    refused(&query, "", 404).await;
    setup.put(&setup.acme).await;

    let query = allow().await;
    let state = query.split("state=").nth(1).unwrap();
    refused(&format!("{query}&state=twice"), "", 400).await;
    for other in [
        "",
        "?code=c",
        "?state=short&code=c",
        &format!("?code=c&state={}", "A".repeat(43)),
    ] {
        refused(other, "", 400).await;
    }
    // What only looks uses nothing up.
    for method in ["HEAD", "POST"] {
        let answer = setup
            .client
            .ask(method, &format!("{CALLBACK}{query}"), "", None)
            .await;
        assert_eq!(answer.status, 405);
    }
    refused(&format!("?state={state}"), "", 400).await;
    refused(&query, "", 400).await;
}

#[tokio::test]
async fn what_the_service_refuses_is_told_in_our_words() {
    let setup = Setup::new().await;
    setup.put(&setup.acme).await;
    for (error, told) in [
        ("access_denied", "said no"),
        ("%3Cscript%3Ealert(1)%3C/script%3E", "the service refused"),
    ] {
        for accept in ["text/html", "application/json"] {
            let state = parameter(&setup.authorize().await, "state");
            let query = format!(
                "?error={error}&error_description=CANARY%3Cb%3E&error_uri=https://evil.example&state={state}"
            );
            let answer = setup.come_back(&query, "", accept).await;
            assert_eq!(answer.status, 403, "{answer:?}");
            for word in ["script", "CANARY", "evil", state.as_str()] {
                assert!(!answer.text.contains(word), "{answer:?}");
            }
            assert_eq!(
                answer.text.contains(told),
                accept == "application/json",
                "{answer:?}"
            );
            // It is over.
            assert_eq!(setup.come_back(&query, "", accept).await.status, 400);
        }
    }
}

#[tokio::test]
async fn a_platforms_page_hands_on_with_its_key() {
    let setup = Setup::with(|server| server.redirect_url(REDIRECT)).await;
    setup.put(&setup.acme).await;
    let query = setup.allow(&setup.authorize().await).await;
    assert_eq!(setup.come_back(&query, "", "*/*").await.status, 401);
    let done = setup.come_back(&query, &setup.acme, "*/*").await;
    assert_eq!(
        done.json(),
        json!({ "connection": "main", "authorized": true })
    );

    let setup = Setup::with(|server| server).await;
    setup.put(&setup.acme).await;
    let answer = setup.client.ask("GET", AUTHORIZE, &setup.acme, None).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text.contains("--public-url"), "{answer:?}");
}

#[tokio::test]
async fn nothing_secret_is_answered_or_logged() {
    let log = Log::default();
    let _listening = tracing::subscriber::set_default(log.subscriber());
    let setup = Setup::new().await;
    setup.put(&setup.acme).await;
    let url = setup.authorize().await;
    let query = setup.allow(&url).await;
    setup.come_back(&query, "", "*/*").await;
    setup.call().await.unwrap();
    setup.clock.advance(Duration::from_secs(3_600));
    setup.call().await.unwrap();
    // The service repeats what it was sent, and refuses.
    setup.provider.forget();
    let error = setup.call().await.unwrap_err();
    let first = setup.authorize().await;
    let query = setup.allow(&first).await;
    let other = parameter(&setup.authorize().await, "state");
    let swapped = query.replace(&parameter(&first, "state"), &other);
    assert_eq!(setup.come_back(&swapped, "", "*/*").await.status, 401);
    let told = format!("{} {error:?} {error} {}", setup.client.told(), log.text());
    assert!(
        log.text().contains("opwire"),
        "something is logged: {}",
        log.text()
    );
    for secret in ["CANARY", setup.acme.as_str(), setup.other.as_str()] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    // States stand in the answer that sends a person away, and nowhere else.
    let states = [&url, &first].map(|url| parameter(url, "state"));
    for state in states {
        assert!(!log.text().contains(&state), "{}", log.text());
    }
}
