//! A connector of another kind: header key, cursor paging, form bodies, other layouts.

use crate::root;
use opwire::{Catalog, Engine, Outcome};
use opwire_testkit::Mock;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};

#[tokio::test]
async fn it_runs_over_http_without_a_line_of_rust() {
    let catalog = Catalog::open(root().join("tests/connectors")).unwrap();
    assert!(Catalog::check(root().join("tests/connectors")).is_empty());
    let mock = Mock::new(&catalog, None).await.unwrap();
    let running = mock
        .start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let engine = Engine::builder()
        .catalog(catalog)
        .base_url("notes", &running.base_url("notes"))
        .build()
        .unwrap();
    let input =
        json!({"api_key": "k", "tags": ["a,b", "c"], "where": {"open": true}, "notebook": "work"});
    let mut items = engine.items("notes.list_notes", input);
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        found.push(item.unwrap().to_value()["id"].clone());
    }
    assert_eq!(
        found,
        [json!(1), json!(2), json!(9_007_199_254_740_993_i64)]
    );
    let made = engine
        .invoke(
            "create_note",
            json!({"api_key": "k", "text": "Milk & eggs = 100%", "tags": ["shop", "home"]}),
        )
        .await
        .unwrap();
    assert_eq!(made.to_value(), json!({"id": 3}));
    let refused = engine
        .invoke("create_note", json!({"api_key": "k", "text": "again"}))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code(), refused.status()),
        (Some("refused"), Some(409))
    );
    assert!(refused.message().ends_with("There is such a note already"));
    let choices = engine
        .options("list_notes", "/notebook", json!({"api_key": "k"}))
        .await
        .unwrap();
    assert_eq!(choices[1].label, "Home");
    let keyless = engine.invoke("list_notes", json!({})).await.unwrap_err();
    assert_eq!(keyless.kind().as_str(), "credentials_missing");
    assert_eq!(keyless.outcome(), Outcome::NotSent);
}
