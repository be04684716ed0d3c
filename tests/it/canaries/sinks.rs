//! Where something is told, and what is found there.

use super::echo::forms;
use crate::log::Log;
use crate::sending::fake::Fake;
use crate::telemetry::spans::Spans;
use opwire::{Attempt, Error, NoRateLimit};
use opwire_testkit::ManualClock;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tracing::instrument::WithSubscriber as _;

/// Where something is told, and what.
pub(super) type Told = Vec<(&'static str, String)>;

pub(super) fn told_by(error: &Error) -> Told {
    let violations: Vec<String> = error
        .violations()
        .iter()
        .map(|v| format!("{} {} {}", v.pointer, v.keyword, v.message))
        .collect();
    let mut sources = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        sources += &format!("{inner} {inner:?}");
        source = inner.source();
    }
    vec![
        ("Display", error.to_string()),
        ("Debug", format!("{error:?}")),
        ("pretty Debug", format!("{error:#?}")),
        ("sources", sources),
        ("problem+json", serde_json::to_string(error).unwrap()),
        ("message", error.message().to_owned()),
        ("help", error.help().unwrap_or_default().to_owned()),
        ("code", error.code().unwrap_or_default().to_owned()),
        (
            "body",
            error.body().map(ToString::to_string).unwrap_or_default(),
        ),
        ("violations", violations.join("\n")),
        ("attempts", format!("{:?}", error.attempts())),
    ]
}

/// Invokes an operation, and gathers what is told everywhere.
pub(super) async fn invoke(
    builder: opwire::EngineBuilder,
    fake: &Fake,
    name: &str,
    input: Value,
) -> Told {
    let observed: Arc<Mutex<String>> = Arc::default();
    let seen = Arc::clone(&observed);
    let recorded: Arc<Mutex<String>> = Arc::default();
    let kept = Arc::clone(&recorded);
    let (log, spans) = (Log::default(), Spans::default());
    let engine = builder
        .transport(fake.clone())
        .clock(ManualClock::default())
        .rate_limiter(NoRateLimit)
        .on_attempt(move |attempt: &Attempt| *seen.lock().unwrap() += &format!("{attempt:?}"))
        .on_reply(move |reply| *kept.lock().unwrap() += &json!(reply).to_string())
        .build()
        .unwrap();
    let rendered = engine.render(name, input.clone());
    let given = engine
        .invoke(name, input)
        .with_subscriber(spans.beside(&log))
        .await;
    let mut told = match &given {
        Ok(_) => Vec::new(),
        Err(error) => told_by(error),
    };
    told.push(("observer", observed.lock().unwrap().clone()));
    told.push(("recording", recorded.lock().unwrap().clone()));
    told.push(("tracing", log.text()));
    told.push(("spans", format!("{:?}", spans.seen())));
    told.push(("render", format!("{rendered:?}")));
    told
}

#[derive(Default)]
pub(super) struct Hits {
    pub(super) sinks: BTreeSet<&'static str>,
    pub(super) cells: usize,
    pub(super) found: Vec<String>,
}

impl Hits {
    pub(super) fn look(&mut self, place: &str, secret: &str, told: &Told) {
        for (sink, text) in told {
            for (form, secret) in forms(secret) {
                self.cells += 1;
                if text.contains(&secret) {
                    self.sinks.insert(sink);
                    self.found.push(format!("{place}, {sink}, {form}"));
                }
            }
        }
    }
}
