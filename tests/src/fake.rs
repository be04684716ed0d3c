//! A transport that is made up.

use bytes::Bytes;
use http::{Request, Response};
use opwire::{Limits, Transport, TransportError, TransportFuture};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What a request gets.
pub type Answer = Result<Response<Bytes>, TransportError>;
type Answers = dyn Fn(usize, &Request<Bytes>) -> Answer + Send + Sync;

/// Answers by a function of the request and how many came before, and keeps every request. Clones share both.
#[derive(Clone)]
pub struct Fake {
    answers: Arc<Answers>,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Fake {
    /// `answers` gets how many requests came before, and the request.
    pub fn new(answers: impl Fn(usize, &Request<Bytes>) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            answers: Arc::new(answers),
            requests: Arc::default(),
        }
    }

    /// What was sent.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").finish_non_exhaustive()
    }
}

impl Transport for Fake {
    fn send<'a>(&'a self, request: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = (self.answers)(requests.len(), &request);
        requests.push(request);
        drop(requests);
        Box::pin(async move {
            // As over a connection, others have their turn.
            tokio::task::yield_now().await;
            answer
        })
    }
}

/// A reply with a status and headers.
#[must_use]
pub fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from(body.to_owned())).unwrap()
}
