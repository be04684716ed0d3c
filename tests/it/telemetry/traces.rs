//! Which services are told what trace a request belongs to.

use super::made;
use crate::sending::fake::{Fake, reply};
use http::{HeaderMap, HeaderValue};
use opwire::Engine;
use serde_json::json;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn write(headers: &mut HeaderMap) {
    headers.insert("traceparent", HeaderValue::from_static(PARENT));
    headers.insert("tracestate", HeaderValue::from_static("a=b"));
    headers.insert("baggage", HeaderValue::from_static("user=alice"));
}

#[tokio::test]
async fn only_hosts_that_are_named_are_told_the_trace() {
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    for (hosts, told) in [
        (None, false),
        (Some(vec![]), false),
        (Some(vec!["example.com".to_owned()]), false),
        (Some(vec!["t.example.com".to_owned()]), true),
    ] {
        let mut builder = Engine::builder()
            .catalog(made().catalog())
            .transport(fake.clone());
        if let Some(hosts) = hosts.clone() {
            builder = builder.trace_context(hosts, write);
        }
        let engine = builder.build().unwrap();
        engine.invoke("t.get", json!({"id": "1"})).await.unwrap();
        let sent = fake.requests().pop().unwrap();
        let header = |name| sent.headers().get(name).cloned();
        assert_eq!(header("traceparent").is_some(), told, "{hosts:?}");
        assert_eq!(header("tracestate").is_some(), told, "{hosts:?}");
        assert_eq!(header("baggage"), None);
    }
}
