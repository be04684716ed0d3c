//! `GET|POST /v1/operations/{name}/options`: the choices of a field, uniform, searched, paged, kept for a while.

mod kept;

use crate::access::Opened;
use crate::ask::{Input, Query, Target, find};
use crate::problem::{Problem, Refusal};
use crate::server::Server;
use crate::upstream;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
pub(crate) use kept::Kept;
use opwire::{Asked, Choice, Operation};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A page has so many choices when nothing is said.
const PAGE: usize = 100;
/// A page has at most so many.
pub(crate) const LARGEST_PAGE: usize = 10_000;
/// The input of a DDL that looks for choices itself.
const SEARCH: &str = "search";
const CACHE: HeaderName = HeaderName::from_static("opwire-cache");

/// Which choices, and in what form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The field, as a JSON Pointer into the operation's input.
    field: String,
    /// A part of the label, in any case.
    search: Option<String>,
    /// From 1.
    page: Option<usize>,
    per_page: Option<usize>,
    #[serde(default)]
    style: Style,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Style {
    /// `{"options": [{label, value}], "next_page": N}`
    #[default]
    Uniform,
    /// `{"result": [{text, value}]}`
    Tray,
}

/// `GET …/options?field=POINTER`: for fields that depend on no other.
pub(crate) async fn of_query(
    server: State<Server>,
    target: Target,
    query: Query<Wanted>,
) -> Result<Response, Problem> {
    options(server, target, query, Input(Value::Null)).await
}

/// `POST …/options?field=POINTER`: the body is as much of the input as there is yet.
pub(crate) async fn options(
    State(server): State<Server>,
    target: Target,
    Query(wanted): Query<Wanted>,
    Input(input): Input,
) -> Result<Response, Problem> {
    let opened = target.open(&server, &input).await?;
    let mut asked = target.operation.ask(&wanted.field, input)?;
    let ddl = find(&server, &target.caller, &asked.operation)?;
    let text = wanted.search.as_deref().filter(|text| !text.is_empty());
    let searches = searches(&ddl);
    if let (Some(text), Some(map), true) = (text, asked.input.as_object_mut(), searches) {
        map.insert(SEARCH.to_owned(), text.into());
    }
    let (choices, from) = choices(&server, &target, opened, &ddl, asked).await?;
    let text = text.filter(|_| !searches).map(str::to_lowercase);
    let has = |label: &str| {
        let text = text.as_deref();
        text.is_none_or(|text| label.to_lowercase().contains(text))
    };
    let choices: Vec<&Choice> = choices.iter().filter(|choice| has(&choice.label)).collect();
    let told = upstream::of_operation(ddl.name());
    let from = [(CACHE, HeaderValue::from_static(from))];
    Ok((told, from, Json(shown(&wanted, &choices)?)).into_response())
}

/// All choices, and whether they were kept or fetched.
async fn choices(
    server: &Server,
    target: &Target,
    mut opened: Opened,
    ddl: &Operation,
    asked: Asked,
) -> Result<(Arc<[Choice]>, &'static str), Problem> {
    let key = key(&opened.lane, ddl, &asked.input);
    let kept = server.kept().get(&key);
    server.telemetry().metrics().options(kept.is_some());
    if let Some(kept) = kept {
        return Ok((kept, "hit"));
    }
    // Those of the input win over the connection's.
    opened.credentials.extend(asked.credentials);
    let output = target.call(server, ddl, asked.input, opened).await?;
    let choices: Arc<[Choice]> = ddl.choices_in(&output.to_value()).into();
    server.kept().keep(key, Arc::clone(&choices));
    Ok((choices, "miss"))
}

/// Does the DDL look for choices itself?
fn searches(ddl: &Operation) -> bool {
    let properties = ddl.input_schema().get("properties");
    properties.is_some_and(|properties| properties.get(SEARCH).is_some())
}

/// What the choices are kept by: whose they are, and what was asked.
fn key(lane: &str, ddl: &Operation, input: &Value) -> [u8; 32] {
    let text = json!([lane, ddl.name(), input]).to_string();
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    key
}

/// A page of the choices. Tray has no pages: it gets all, unless it asks for one.
fn shown(wanted: &Wanted, choices: &[&Choice]) -> Result<Value, Problem> {
    let all = match wanted.style {
        Style::Tray if wanted.page.is_none() => choices.len().max(1),
        _ => PAGE,
    };
    let (page, each) = (wanted.page.unwrap_or(1), wanted.per_page.unwrap_or(all));
    if page == 0 || each == 0 || wanted.per_page.is_some_and(|each| each > LARGEST_PAGE) {
        let detail = format!("page is 1 or more, and per_page 1 to {LARGEST_PAGE}");
        return Err(Problem::new(Refusal::BadRequest, detail));
    }
    let before = (page - 1).saturating_mul(each);
    let part: Vec<&&Choice> = choices.iter().skip(before).take(each).collect();
    let more = before.saturating_add(part.len()) < choices.len() && !part.is_empty();
    Ok(match wanted.style {
        Style::Uniform => json!({ "options": part, "next_page": more.then_some(page + 1) }),
        Style::Tray => {
            let tray = part.into_iter();
            let tray = tray.map(|choice| json!({ "text": choice.label, "value": choice.value }));
            json!({ "result": tray.collect::<Value>() })
        }
    })
}
