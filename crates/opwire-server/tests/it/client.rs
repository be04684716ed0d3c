//! A server on loopback, and what asks it.

use opwire_server::{Server, router};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// A server that answers, and everything that it ever answered.
#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    http: reqwest::Client,
    told: Arc<Mutex<String>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Client {
    pub(crate) async fn of(server: Server) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router(server)).await });
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build();
        Self {
            url,
            http: http.unwrap(),
            told: Arc::default(),
        }
    }

    /// Asks with an API key, when there is one.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Answer {
        self.ask_with(method, path, key, body, &[]).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        for (name, value) in headers {
            request = request.header(HeaderName::try_from(*name).unwrap(), *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let answer = Answer {
            status,
            headers,
            text,
        };
        self.told.lock().unwrap().push_str(&format!("{answer:?}\n"));
        answer
    }

    /// Everything that it answered, but for `Location`.
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap().clone()
    }
}
