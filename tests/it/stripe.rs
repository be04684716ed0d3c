//! Stripe: forms of nested lists, idempotency keys, pages by the last ID, codes of errors.

use crate::catalog;
use crate::sending::fake::{Fake, reply};
use bytes::Bytes;
use http::Request;
use opwire::{Engine, ErrorKind, NoRateLimit};
use opwire_testkit::ManualClock;
use opwire_tests::{Upstream, json as answer};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn engine(fake: &Fake) -> Engine {
    Engine::builder()
        .catalog(catalog())
        .transport(fake.clone())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
        .build()
        .unwrap()
}

/// The body that an operation sends, and that it is signed with the key alone.
async fn sent(operation: &str, mut input: Value) -> String {
    input["secret_key"] = "sk_test_4eC39".into();
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    engine(&fake).invoke(operation, input).await.unwrap();
    let request = fake.requests().remove(0);
    // sk_test_4eC39:
    assert_eq!(
        request.headers()["authorization"],
        "Basic c2tfdGVzdF80ZUMzOTo="
    );
    assert_eq!(request.headers()["stripe-version"], "2024-06-20");
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    String::from_utf8(request.body().to_vec()).unwrap()
}

#[tokio::test]
async fn lists_and_objects_within_each_other_are_laid_out_with_brackets() {
    let session = json!({
        "mode": "payment",
        "success_url": "https://shop.example.com/?s={CHECKOUT_SESSION_ID}&x=1",
        "line_items": [
            {"price": "price_1", "quantity": 2},
            {"price_data": {"currency": "usd", "unit_amount": 9_007_199_254_740_993_i64, "product_data": {
                "name": "Mug & spoon", "images": ["https://a.example/1", "https://a.example/2"], "metadata": {"size": "XL"},
            }}, "adjustable_quantity": {"enabled": false}},
        ],
        "payment_method_types": [],
        "metadata": {"a=b&c": "50%", "ä b": "+"},
        "expand": ["line_items", "customer"],
    });
    assert_eq!(
        sent("stripe.create_checkout_session", session)
            .await
            .split('&')
            .collect::<Vec<_>>(),
        [
            "mode=payment",
            "success_url=https%3A%2F%2Fshop.example.com%2F%3Fs%3D%7BCHECKOUT_SESSION_ID%7D%26x%3D1",
            "line_items[0][price]=price_1",
            "line_items[0][quantity]=2",
            "line_items[1][price_data][currency]=usd",
            "line_items[1][price_data][unit_amount]=9007199254740993",
            "line_items[1][price_data][product_data][name]=Mug%20%26%20spoon",
            "line_items[1][price_data][product_data][images][]=https%3A%2F%2Fa.example%2F1",
            "line_items[1][price_data][product_data][images][]=https%3A%2F%2Fa.example%2F2",
            "line_items[1][price_data][product_data][metadata][size]=XL",
            "line_items[1][adjustable_quantity][enabled]=false",
            "metadata[a%3Db%26c]=50%25",
            "metadata[%C3%A4%20b]=%2B",
            "expand[]=line_items",
            "expand[]=customer",
        ]
    );
}

#[tokio::test]
async fn null_takes_a_value_away_and_nothing_leaves_it() {
    let change = json!({"customer": "cus_1", "name": null, "address": {"city": null}, "metadata": {"plan": null, "x": ""}, "expand": []});
    assert_eq!(
        sent("stripe.update_customer", change).await,
        "name=&address[city]=&metadata[plan]=&metadata[x]="
    );
    assert_eq!(sent("stripe.create_customer", json!({})).await, "");
}

#[tokio::test]
async fn a_key_of_metadata_cannot_make_a_structure() {
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    let input = json!({"secret_key": "k", "metadata": {"a][b": "x"}});
    let error = engine(&fake).invoke("stripe.create_customer", input).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InputInvalid);
    assert_eq!(error.violations()[0].pointer, "/metadata");
    assert!(fake.requests().is_empty());
}

fn keys(fake: &Fake) -> Vec<String> {
    let key = |request: &Request<Bytes>| {
        request.headers()["idempotency-key"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    fake.requests().iter().map(key).collect()
}

#[tokio::test]
async fn every_attempt_has_the_same_key_and_gives_it_back() {
    let payment = || json!({"secret_key": "k", "amount": 2000, "currency": "usd", "confirm": true});
    // An attempt that fails, one that meets it still running, and one that is told what became of it.
    let fake = Fake::new(|number, _| {
        Ok(match number % 3 {
            0 => reply(500, &[], "{\"error\": {\"type\": \"api_error\"}}"),
            1 => reply(409, &[], "{\"error\": {\"type\": \"idempotency_error\"}}"),
            _ => reply(
                200,
                &[("idempotent-replayed", "true")],
                "{\"id\": \"pi_1\"}",
            ),
        })
    });
    let engine = engine(&fake);
    for calls in 1..=2 {
        let output = engine
            .invoke("stripe.create_payment_intent", payment())
            .await
            .unwrap();
        let keys = keys(&fake);
        let own = &keys[3 * (calls - 1)..];
        assert!(own.len() == 3 && own[0].len() == 36);
        assert!(own.iter().all(|key| *key == own[0]), "{own:?}");
        assert_eq!(output.idempotency_key(), Some(own[0].as_str()));
        assert_eq!(output.attempts().len(), 3);
    }
    assert_ne!(
        keys(&fake)[0],
        keys(&fake)[3],
        "another payment has another key"
    );
    let own = engine.call("stripe.create_payment_intent", payment());
    let output = own.idempotency_key("order-6735").await.unwrap();
    assert_eq!(output.idempotency_key(), Some("order-6735"));
    assert_eq!(keys(&fake)[6..], ["order-6735", "order-6735", "order-6735"]);
}

#[tokio::test]
async fn an_error_gives_the_key_back_too() {
    let fake = Fake::new(|_, _| Ok(reply(503, &[], "")));
    let engine = engine(&fake);
    let refund = json!({"secret_key": "k", "charge": "ch_1"});
    let call = engine.call("stripe.create_refund", refund);
    let error = call.idempotency_key("refund-1").await.unwrap_err();
    assert_eq!(error.idempotency_key(), Some("refund-1"));
    assert_eq!(keys(&fake), ["refund-1", "refund-1", "refund-1"]);
    // Reading needs none.
    let customer = json!({"secret_key": "k", "customer": "cus_1"});
    let get = engine.invoke("stripe.get_customer", customer);
    assert_eq!(get.await.unwrap_err().idempotency_key(), None);
    assert!(!fake.requests()[3].headers().contains_key("idempotency-key"));
}

#[tokio::test]
async fn the_last_id_leads_to_the_next_page() {
    const ALL: usize = 30;
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&asked);
    let upstream = Upstream::start(move |request| {
        let query = request.uri().query().unwrap().to_owned();
        let after = query.split_once("starting_after=cus_");
        let first: usize = after.map_or(0, |(_, after)| after.parse().unwrap());
        kept.lock().unwrap().push(query);
        let customers = first + 1..=(first + 10).min(ALL);
        let data: Vec<Value> = customers
            .map(|n| json!({"id": format!("cus_{n}")}))
            .collect();
        // The last page is full too: only `has_more` tells that it is the last.
        let body = json!({"object": "list", "data": data, "has_more": first + 10 < ALL});
        answer(200, body.to_string())
    });
    let engine = Engine::builder()
        .catalog(catalog())
        .base_url("stripe", &upstream.await.unwrap().url())
        .build()
        .unwrap();
    let input = json!({"secret_key": "k", "limit": 10, "created": {"gte": 1}});
    let mut items = engine.items("stripe.list_customers", input);
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        found.push(item.unwrap().to_value()["id"].clone());
    }
    let all: Vec<Value> = (1..=ALL).map(|n| json!(format!("cus_{n}"))).collect();
    assert_eq!(found, all);
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "limit=10&created[gte]=1",
            "limit=10&created[gte]=1&starting_after=cus_10",
            "limit=10&created[gte]=1&starting_after=cus_20",
        ]
    );
    asked.lock().unwrap().clear();
    let choices = engine.options(
        "stripe.create_refund",
        "/customer",
        json!({"secret_key": "k"}),
    );
    assert_eq!(
        choices.await.unwrap_err().kind(),
        ErrorKind::InputInvalid,
        "it has none"
    );
    let choices = engine.options(
        "stripe.get_customer",
        "/customer",
        json!({"secret_key": "k"}),
    );
    assert_eq!(choices.await.unwrap().len(), ALL);
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn the_services_codes_are_the_errors() {
    let declined = json!({"error": {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card has insufficient funds."}});
    let param = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such price", "param": "line_items[0][price]"}});
    let no_code =
        json!({"error": {"type": "idempotency_error", "message": "Keys can only be used once."}});
    for (status, body, kind, code, violations) in [
        (
            402,
            declined.to_string(),
            ErrorKind::UpstreamClientError,
            Some("card_declined"),
            vec![],
        ),
        (
            400,
            param.to_string(),
            ErrorKind::UpstreamClientError,
            Some("resource_missing"),
            vec![("/line_items[0][price]", "No such price")],
        ),
        (
            400,
            no_code.to_string(),
            ErrorKind::UpstreamClientError,
            Some("idempotency_error"),
            vec![],
        ),
        (
            401,
            no_code.to_string(),
            ErrorKind::AuthFailed,
            Some("idempotency_error"),
            vec![],
        ),
        (
            429,
            "{\"error\": {\"code\": \"rate_limit\"}}".to_owned(),
            ErrorKind::RateLimited,
            Some("rate_limit"),
            vec![],
        ),
        (
            502,
            "<html>".to_owned(),
            ErrorKind::UpstreamServerError,
            None,
            vec![],
        ),
    ] {
        let answer = body.clone();
        let fake = Fake::new(move |_, _| Ok(reply(status, &[], &answer)));
        let input = json!({"secret_key": "k", "amount": 2000, "currency": "usd"});
        let error = engine(&fake)
            .invoke("stripe.create_payment_intent", input)
            .await
            .unwrap_err();
        let told = error.violations().iter();
        let told: Vec<_> = told
            .map(|v| (v.pointer.as_str(), v.message.as_str()))
            .collect();
        assert_eq!(
            (error.kind(), error.code(), told),
            (kind, code, violations),
            "{body}"
        );
        if status == 402 {
            assert_eq!(
                error.body().unwrap()["error"]["decline_code"],
                "insufficient_funds"
            );
            assert_eq!(
                error.message(),
                "the service answered 402: Your card has insufficient funds."
            );
            assert_eq!(
                error.attempts().len(),
                1,
                "a card that is declined is not tried again"
            );
        }
    }
}
