//! A connector, the service that it calls, and a server in front.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use opwire::{Catalog, Engine, EngineBuilder};
use opwire_server::{Limits, Server, ServerBuilder, serve};
use serde_json::{Value, json};
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// More than a busy machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: A made-up service.
base_url: https://t.example.com
credentials: { type: object, required: [token], properties: { token: { type: string } } }
auth: { bearer: { token: '{{credentials.token}}' } }
limits: { retry: { attempts: 1 }, rate: { cost: 1000, per: 1m, remaining_header: x-ratelimit-remaining } }
pagination:
  links: { items: '{{response.body.items}}', next: '{{response.body.next}}', request: { url: '{{next}}' } }
";

pub(crate) const OPERATIONS: &[(&str, &str)] = &[
    (
        "main/get_thing",
        "title: Get thing\nkind: main\ndescription: Gets a thing.\ninput: { type: object, required: [id], properties: { id: { type: integer } } }\nrequest: { method: GET, path: '/things/{{input.id}}' }\n",
    ),
    (
        "main/make_thing",
        "title: Make thing\nkind: main\ndescription: Makes a thing.\nidempotency: { header: Idempotency-Key }\ninput: { type: object, properties: { name: { type: string } } }\nrequest: { method: POST, path: /things, body: { json: { name: '{{input.name}}' } } }\n",
    ),
    (
        "main/list_things",
        "title: List things\nkind: main\ndescription: Lists things.\npagination: links\nrequest: { method: GET, path: /list }\n",
    ),
    (
        "main/get_text",
        "title: Text\nkind: main\ndescription: A text.\nrequest: { method: GET, path: /text }\nresponse: { format: text }\n",
    ),
    (
        "main/get_bytes",
        "title: Bytes\nkind: main\ndescription: Some bytes.\nrequest: { method: GET, path: /bytes }\nresponse: { format: bytes }\n",
    ),
    (
        "main/move_to",
        "title: Move\nkind: main\ndescription: Moves to a city.
input:
  type: object
  properties:
    country: { type: string, x-options: { operation: countries_ddl } }
    city: { type: string, x-options: { operation: cities_ddl, input: { country: '{{input.country}}' } } }
request: { method: POST, path: /moves, body: { json: { city: '{{input.city}}', country: '{{input.country}}' } } }\n",
    ),
    (
        "ddl/countries_ddl",
        "title: Countries\nkind: ddl\ndescription: Countries.\nrequest: { method: GET, path: /countries }\nresponse: { output: { options: '{{response.body}}' } }\n",
    ),
    (
        "ddl/cities_ddl",
        "title: Cities\nkind: ddl\ndescription: Cities.
input: { type: object, properties: { country: { type: string }, search: { type: string } } }
request: { method: GET, path: /cities, query: { country: '{{input.country}}', q: '{{input.search}}' } }
response: { output: { options: '{{response.body}}' } }\n",
    ),
];

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A service on loopback, and the requests that it got.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    pub(crate) async fn start<F>(answer: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(move |request| -> Answer { Box::pin(answer(request)) });
        let told = Arc::clone(&asked);
        let app = Router::new().fallback(move |request: Request| {
            let line = format!("{} {}", request.method(), request.uri());
            told.lock().unwrap().push(line);
            answer(request)
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, asked }
    }

    /// The requests so far: `GET /things/7`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A JSON answer.
pub(crate) fn answer(status: u16, body: &Value) -> Response {
    let response = Response::builder().status(status);
    let response = response.header("content-type", "application/json");
    let response = response.header("x-ratelimit-remaining", "41");
    response.body(Body::from(body.to_string())).unwrap()
}

/// A service that answers every request with where it went.
pub(crate) async fn plain() -> Upstream {
    Upstream::start(|request: Request| async move {
        let path = request.uri().path().to_owned();
        match path.as_str() {
            "/text" => Response::new(Body::from("hello\n<b>")),
            "/bytes" => Response::new(Body::from(vec![0, 255, 10])),
            "/things/404" => answer(404, &json!({ "error": "no such thing" })),
            _ => answer(200, &json!({ "path": path })),
        }
    })
    .await
}

/// A folder with the connector `t`.
pub(crate) fn folder(connector: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [&[("connector", connector)], files].concat() {
        let path = dir.path().join(format!("t/{name}.yaml"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// A server that runs.
pub(crate) struct Started {
    pub(crate) url: String,
    pub(crate) engine: Engine,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<std::io::Result<bool>>,
    _dir: tempfile::TempDir,
}

impl Started {
    /// In front of a service, without API keys.
    pub(crate) async fn open(upstream: &Upstream) -> Self {
        Self::with(upstream, |engine| engine, ServerBuilder::no_auth).await
    }

    /// The same, with other limits.
    pub(crate) async fn limited(upstream: &Upstream, limit: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        limit(&mut limits);
        Self::with(
            upstream,
            |engine| engine,
            |server| server.no_auth().limits(limits),
        )
        .await
    }

    pub(crate) async fn with(
        upstream: &Upstream,
        engine: impl FnOnce(EngineBuilder) -> EngineBuilder,
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let example = "input: { token: your_token_here, id: 7 }\nreplies: [{ body: { id: 7 } }]\n";
        let files = [&[("examples/get_thing", example)], OPERATIONS].concat();
        Self::of(folder(CONNECTOR, &files), upstream, engine, server).await
    }

    /// Of another connector, which is `t` too.
    pub(crate) async fn of(
        dir: tempfile::TempDir,
        upstream: &Upstream,
        engine: impl FnOnce(EngineBuilder) -> EngineBuilder,
        server: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let catalog = Catalog::open(dir.path()).unwrap();
        let builder = Engine::builder()
            .catalog(catalog)
            .base_url("t", &upstream.url);
        let engine = engine(builder).build().unwrap();
        let server = server(Server::builder(engine.clone())).build();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, told) = oneshot::channel();
        let ended = tokio::spawn(serve(listener, server, async {
            told.await.ok();
        }));
        Self {
            url,
            engine,
            stop: Some(stop),
            ended,
            _dir: dir,
        }
    }

    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        client().get(self.at(path))
    }

    /// `POST /v1/operations/{what}` with an input, in which the token is given.
    pub(crate) fn post(&self, what: &str, input: &Value) -> reqwest::RequestBuilder {
        let mut input = input.clone();
        input["token"] = "t0ken".into();
        let path = format!("/v1/operations/{what}");
        json(client().post(self.at(&path)), &input)
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for its end: did all that ran come to its end?
    pub(crate) async fn ended(self) -> bool {
        let ended = tokio::time::timeout(PATIENCE, self.ended).await;
        ended.unwrap().unwrap().unwrap()
    }
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn json(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    let request = request.header("content-type", "application/json");
    request.body(body.to_string())
}

/// An answer, whole.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let reply = request.send().await.unwrap();
        Self {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            text: reply.text().await.unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    /// The kind of the problem, which must be one in every way.
    pub(crate) fn problem(&self) -> (u16, String) {
        let problem = self.json();
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{problem}"
        );
        assert_eq!(problem["status"], self.status, "{problem}");
        assert_eq!(
            problem["instance"],
            self.header("x-request-id"),
            "{problem}"
        );
        let kind = problem["kind"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:opwire:error:{kind}"));
        for member in ["title", "detail", "outcome", "retryable"] {
            assert!(problem.get(member).is_some(), "{member} in {problem}");
        }
        (self.status, kind)
    }
}
