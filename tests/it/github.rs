//! GitHub: headers, pages by links, text and bytes as they are, budgets.

use crate::catalog;
use crate::sending::fake::{Fake, reply};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use opwire::{Clock as _, Engine, ErrorKind, Outcome};
use opwire_testkit::ManualClock;
use opwire_tests::{Upstream, json as answer};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The service on loopback, an engine that calls it, and what it was asked.
struct Service {
    engine: Engine,
    asked: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Service {
    async fn new(
        answers: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        let asked: Arc<Mutex<Vec<Request<Bytes>>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let upstream = Upstream::start(move |request| {
            kept.lock().unwrap().push(request.clone());
            answers(request)
        });
        let engine = Engine::builder()
            .catalog(catalog())
            .base_url("github", &upstream.await.unwrap().url())
            .build()
            .unwrap();
        Self { engine, asked }
    }

    fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|request| request.uri().to_string())
            .collect()
    }
}

/// What an operation on a repository takes, and more.
fn input(more: &Value) -> Value {
    let mut input = json!({"token": "t0ken", "owner": "acme", "repo": "rocket"});
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    input
}

/// Pages of two, each with a link to the next. As the service does it, the links have another path.
fn paged(request: &Request<Bytes>, pages: usize) -> Response<Bytes> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let page = pairs.find(|(name, _)| name == "page");
    let page: usize = page.map_or(1, |(_, page)| page.parse().unwrap());
    let item = |n: usize| json!({"number": n, "name": format!("r{n}"), "full_name": format!("acme/r{n}"), "owner": {"login": "acme"}});
    let body = json!([item(2 * page - 1), item(2 * page)]);
    let mut response = answer(200, body.to_string());
    if page < pages {
        let host = request.headers()["host"].to_str().unwrap();
        let to =
            |page: usize| format!("http://{host}/repositories/1/issues?per_page=2&page={page}");
        let link = format!(
            "<{}>; rel=\"prev\", <{}>; rel=\"next\", <{}>; rel=\"last\"",
            to(page.saturating_sub(1)),
            to(page + 1),
            to(pages)
        );
        response.headers_mut().insert("link", link.parse().unwrap());
    }
    response
}

#[tokio::test]
async fn links_lead_from_page_to_page() {
    let service = Service::new(|request| paged(request, 4)).await;
    let mut items = service.engine.items(
        "github.list_issues",
        input(&json!({"per_page": 2, "state": "all"})),
    );
    let mut numbers = Vec::new();
    while let Some(item) = items.next().await {
        numbers.push(item.unwrap().to_value()["number"].clone());
    }
    assert_eq!(numbers, (1..=8).map(Value::from).collect::<Vec<_>>());
    assert_eq!(
        service.asked(),
        [
            "/repos/acme/rocket/issues?per_page=2&state=all",
            "/repositories/1/issues?per_page=2&page=2",
            "/repositories/1/issues?per_page=2&page=3",
            "/repositories/1/issues?per_page=2&page=4",
        ]
    );
    for request in service.asked.lock().unwrap().iter() {
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        assert_eq!(header("authorization"), "Bearer t0ken");
        assert_eq!(header("accept"), "application/vnd.github+json");
        assert_eq!(header("x-github-api-version"), "2022-11-28");
        assert!(
            header("user-agent").starts_with("opwire/"),
            "GitHub refuses requests without"
        );
    }
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_not_followed() {
    let service = Service::new(|_| {
        let mut response = answer(200, "[]");
        let link = "<https://api.github.com.evil.example/x?page=2>; rel=\"next\"";
        response.headers_mut().insert("link", link.parse().unwrap());
        response
    })
    .await;
    let mut pages = service
        .engine
        .pages("github.list_issues", input(&json!({})));
    assert!(pages.next().await.unwrap().is_ok());
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::EgressDenied, Outcome::NotSent)
    );
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_drop_down_has_the_choices_of_all_pages() {
    let service = Service::new(|request| paged(request, 3)).await;
    let partial = json!({"token": "t0ken", "owner": "ACME"});
    let choices = service
        .engine
        .options("github.create_issue", "/repo", partial);
    let choices = choices.await.unwrap();
    assert_eq!(choices.len(), 6);
    assert_eq!(
        (choices[5].label.as_str(), &choices[5].value),
        ("acme/r6", &json!("r6"))
    );
    let other = json!({"token": "t0ken", "owner": "wile"});
    let choices = service
        .engine
        .options("github.create_issue", "/repo", other);
    assert_eq!(choices.await.unwrap().len(), 0);
}

fn raw(body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = answer(200, body);
    let kind = "application/vnd.github.raw+json; charset=utf-8";
    response
        .headers_mut()
        .insert("content-type", kind.parse().unwrap());
    response
}

#[tokio::test]
async fn a_file_arrives_byte_by_byte() {
    let every: Vec<u8> = (0..=255).cycle().take(1_000_003).collect();
    let marked = b"\xef\xbb\xbf\xff\xfe\r\n\0".to_vec();
    for bytes in [
        every,
        marked,
        b"{\"a\": 1}\n".to_vec(),
        b" \n".to_vec(),
        Vec::new(),
    ] {
        let sent = Bytes::from(bytes.clone());
        let service = Service::new(move |_| raw(sent.clone())).await;
        let sha = json!({"file_sha": "3a0f86fb8db8eea7ccbb9a95f325ddbedfb25e15"});
        let output = service.engine.invoke("github.get_blob", input(&sha)).await;
        let text: String = output.unwrap().deserialize().unwrap();
        assert!(
            STANDARD.decode(text).unwrap() == bytes,
            "{} bytes",
            bytes.len()
        );
        let asked = service.asked.lock().unwrap();
        assert_eq!(
            asked[0].headers()["accept"],
            "application/vnd.github.raw+json"
        );
        assert_eq!(asked[0].headers().get_all("accept").iter().count(), 1);
    }
}

#[tokio::test]
async fn a_readme_arrives_letter_by_letter() {
    for text in [
        "# Rocket 🚀\r\n\r\n\tGoes \"up\" \\ <br>\u{301}\u{200b}\n\n",
        "{\"looks\": \"like JSON\"}",
        "null",
        " \n",
        "",
    ] {
        let service = Service::new(move |_| raw(text)).await;
        let output = service
            .engine
            .invoke("github.get_readme", input(&json!({})))
            .await;
        assert_eq!(output.unwrap().to_value(), json!(text));
    }
}

#[tokio::test]
async fn refusals_have_a_code_and_the_fields_at_fault() {
    let validation = json!({"message": "Validation Failed", "errors": [
        {"resource": "Issue", "field": "title", "code": "missing_field"},
        {"resource": "Issue", "field": "labels", "code": "custom", "message": "too many labels"},
        {"resource": "Issue", "code": "custom", "message": "of no field"},
        "of text alone",
    ]});
    for (status, left, body, code, violations) in [
        (
            422,
            "4000",
            validation,
            Some("validation_failed"),
            vec![("/title", "missing_field"), ("/labels", "too many labels")],
        ),
        (
            403,
            "0",
            json!({"message": "x"}),
            Some("rate_limit"),
            vec![],
        ),
        (403, "1", json!({"message": "x"}), Some("forbidden"), vec![]),
        (404, "1", json!({"message": "x"}), None, vec![]),
    ] {
        let service = Service::new(move |_| {
            let mut response = answer(status, body.to_string());
            let left = left.parse().unwrap();
            response.headers_mut().insert("x-ratelimit-remaining", left);
            response
        })
        .await;
        let issue = input(&json!({"title": "Boom"}));
        let error = service.engine.invoke("github.create_issue", issue).await;
        let error = error.unwrap_err();
        let told = error.violations().iter();
        let told: Vec<_> = told
            .map(|v| (v.pointer.as_str(), v.message.as_str()))
            .collect();
        assert_eq!(
            (error.status(), error.code(), told),
            (Some(status), code, violations)
        );
    }
}

#[tokio::test]
async fn searches_have_a_budget_of_their_own() {
    let fake = Fake::new(|_, request| {
        let search = request.uri().path().starts_with("/search/");
        let left = [("x-ratelimit-remaining", if search { "1" } else { "4000" })];
        Ok(reply(200, &left, "{\"items\": []}"))
    });
    let clock = ManualClock::default();
    let engine = Engine::builder()
        .catalog(catalog())
        .transport(fake)
        .clock(clock.clone())
        .build()
        .unwrap();
    let search = || engine.invoke("github.search_issues", json!({"token": "t", "q": "x"}));
    let get = || engine.invoke("github.get_issue", input(&json!({"issue_number": 7})));
    search().await.unwrap();
    search().await.unwrap();
    for _ in 0..100 {
        get().await.unwrap();
    }
    assert_eq!(clock.now(), Duration::ZERO);
    search().await.unwrap();
    assert_eq!(clock.waits(), [Duration::from_secs(2)], "30 a minute");
}
