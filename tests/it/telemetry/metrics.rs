//! `GET /metrics`, read by Prometheus' own parser.

use super::serving::Serving;
use crate::root;
use crate::sending::fake::{Fake, reply};
use opwire_tests::corpus;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Prints every sample as a line of JSON: `[name, labels, value]`.
const READ: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.documentation, family.name
    for sample in family.samples:
        print(json.dumps([sample.name, sample.labels, sample.value]))
";

/// Samples by name and labels, written as Prometheus writes them.
struct Samples(BTreeMap<String, f64>);

impl Samples {
    /// `prometheus-client` of `PyPI` refuses what is no OpenMetrics.
    fn read(text: &str) -> Self {
        let folder = corpus::python("prometheus-client", "0.26.0").unwrap();
        let mut python = Command::new("python3")
            .args(["-c", READ])
            .env("PYTHONPATH", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = python.stdin.take().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        drop(stdin);
        let output = python.wait_with_output().unwrap();
        assert!(output.status.success(), "{text}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let sample = |line: &str| {
            let (name, labels, value): (String, BTreeMap<String, String>, f64) =
                serde_json::from_str(line).unwrap();
            let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            (format!("{name}{{{}}}", labels.join(",")), value)
        };
        Self(lines.lines().map(sample).collect())
    }

    fn of(&self, sample: &str) -> f64 {
        let value = self.0.get(sample).copied();
        value.unwrap_or_else(|| panic!("no {sample} in {:#?}", self.0))
    }
}

async fn scrape(serving: &Serving) -> Samples {
    let answer = serving.get("/metrics").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"));
    Samples::read(&answer.text().await.unwrap())
}

#[tokio::test]
async fn all_that_happens_is_counted() {
    let fake = Fake::new(|before, request| match (before, request.uri().path()) {
        (0, _) => Ok(reply(503, &[], "{}")),
        (_, "/v1/things/2") => Ok(reply(404, &[], "{}")),
        _ => Ok(reply(200, &[], "{}")),
    });
    let serving = Serving::start(&fake).await;
    let engine = &serving.engine;
    for input in [json!({"id": "1"}), json!({"id": "secret-value"})] {
        engine.call("t.get", input).tenant("acme").await.unwrap();
    }
    for input in [json!({"id": "2"}), json!({"id": 2})] {
        engine.invoke("t.get", input).await.unwrap_err();
    }
    serving.get("/nowhere-at-all").send().await.unwrap();
    serving.get("/v1/operations/t.get").send().await.unwrap();
    let samples = scrape(&serving).await;
    for (sample, value) in [
        (
            "opwire_calls_total{connector=t,error=none,operation=t.get,outcome=answered,work=invoke}",
            2.0,
        ),
        (
            "opwire_calls_total{connector=t,error=upstream_client_error,operation=t.get,outcome=answered,work=invoke}",
            1.0,
        ),
        (
            "opwire_calls_total{connector=t,error=input_invalid,operation=t.get,outcome=not_sent,work=invoke}",
            1.0,
        ),
        (
            "opwire_call_duration_seconds_count{operation=t.get,outcome=answered}",
            3.0,
        ),
        (
            "opwire_call_duration_seconds_bucket{le=+Inf,operation=t.get,outcome=answered}",
            3.0,
        ),
        ("opwire_attempts_total{connector=t,result=2xx}", 2.0),
        ("opwire_attempts_total{connector=t,result=4xx}", 1.0),
        ("opwire_attempts_total{connector=t,result=5xx}", 1.0),
        ("opwire_attempt_duration_seconds_count{connector=t}", 4.0),
        ("opwire_retries_total{connector=t}", 1.0),
        (
            "opwire_http_requests_total{method=GET,route=/v1/operations/{name},status=200}",
            1.0,
        ),
        (
            "opwire_http_requests_total{method=GET,route=none,status=404}",
            1.0,
        ),
        (
            "opwire_http_request_duration_seconds_count{route=none}",
            1.0,
        ),
        ("opwire_http_requests_running{}", 1.0),
        ("opwire_operations{}", 4.0),
        ("opwire_calls_running{}", 0.0),
        ("opwire_upstream_requests_out{}", 0.0),
        ("opwire_upstream_requests_waiting{}", 0.0),
        ("opwire_host_tenants{host=t.example.com}", 2.0),
        ("opwire_host_requests_out{host=t.example.com}", 0.0),
        ("opwire_host_retrying{host=t.example.com}", 0.0),
        ("opwire_host_circuits_open{host=t.example.com}", 0.0),
        ("opwire_host_retry_budget_lowest{host=t.example.com}", 500.0),
    ] {
        assert!(
            (samples.of(sample) - value).abs() < f64::EPSILON,
            "{sample}: {}",
            samples.of(sample)
        );
    }
    let text = format!("{:?}", samples.0);
    for told in ["acme", "secret-value", "nowhere-at-all"] {
        assert!(!text.contains(told), "{told}");
    }
}

/// Whatever callers send: there are no more series than the catalog and the router have names.
#[tokio::test]
async fn callers_make_no_series_of_their_own() {
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    let serving = Serving::start(&fake).await;
    let call = |number: usize| {
        let engine = serving.engine.clone();
        async move {
            let (tenant, input) = (
                format!("tenant-{number}"),
                json!({"id": number.to_string()}),
            );
            engine.call("t.get", input).tenant(&tenant).await.unwrap();
            let unknown = engine.invoke(&format!("t.no-{number}"), Value::Null).await;
            unknown.unwrap_err();
        }
    };
    let ask = async |number: usize| {
        let path = format!("/v1/operations/no-{number}?q={number}");
        let method = reqwest::Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        serving.get(&path).send().await.unwrap();
        let request = serving.get(&path).build().unwrap();
        let mut odd = reqwest::Request::new(method, request.url().clone());
        odd.headers_mut()
            .insert("x-request-id", number.to_string().parse().unwrap());
        reqwest::Client::new().execute(odd).await.unwrap();
    };
    call(0).await;
    ask(0).await;
    let before = scrape(&serving).await.0.len();
    for number in 1..20 {
        call(number).await;
        ask(number).await;
    }
    let after = scrape(&serving).await.0.len();
    // The first scrape is counted by the second: a counter, 15 buckets, their count and sum.
    let of_scrape = 1 + 15 + 2;
    assert!(after <= before + of_scrape, "{before} series, then {after}");
}

/// docs/serving.md has a row for each metric, and no other.
#[tokio::test]
async fn every_metric_is_documented() {
    let fake = Fake::new(|_, _| Ok(reply(200, &[], "{}")));
    let serving = Serving::start(&fake).await;
    serving
        .engine
        .invoke("t.get", json!({"id": "1"}))
        .await
        .unwrap();
    let page = std::fs::read_to_string(root().join("docs/serving.md")).unwrap();
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `opwire_"));
    let documented: BTreeSet<&str> = rows.map(|row| row.split('`').next().unwrap()).collect();
    let samples = scrape(&serving).await;
    for sample in samples.0.keys() {
        let name = sample.split('{').next().unwrap();
        let ends = ["_bucket", "_count", "_sum"];
        let name = ends
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(name);
        let name = name.strip_prefix("opwire_").unwrap();
        assert!(documented.contains(name), "{name} is not documented");
    }
    let source = root().join("crates/opwire-server/src/metrics.rs");
    let source = std::fs::read_to_string(source).unwrap();
    for name in documented {
        let ends = ["_total", "_seconds"];
        let name = ends
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(name);
        assert!(
            source.contains(&format!("\"{name}\"")),
            "{name} is not counted"
        );
    }
}
