//! [`Replay`]: a transport that answers from an example.

use bytes::Bytes;
use http::{Request, Response};
use opwire::manifest::Reply;
use opwire::{ErrorKind, Limits, Transport, TransportError, TransportFuture};
use std::sync::{Arc, Mutex, PoisonError};

/// A request as it would have gone out, and the reply that it got.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request.
    pub request: Request<Bytes>,
    /// The reply; nothing when the example had none left.
    pub response: Option<Response<Bytes>>,
}

/// Answers requests from a list of replies, in order, and keeps what was asked. Clones share both.
///
/// When there are none left, the same request gets the same reply again, and is kept once: so it goes with an attempt
/// that is made again.
#[derive(Clone, Debug, Default)]
pub struct Replay(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    replies: Vec<Response<Bytes>>,
    exchanges: Vec<Exchange>,
}

impl Replay {
    /// A transport with these replies.
    ///
    /// # Errors
    /// What of a reply can't be sent.
    pub fn new(replies: &[Reply]) -> Result<Self, String> {
        let mut responses = replies
            .iter()
            .map(Reply::response)
            .collect::<Result<Vec<_>, _>>()?;
        responses.reverse();
        Ok(Self(Arc::new(Mutex::new(State {
            replies: responses,
            exchanges: Vec::new(),
        }))))
    }

    /// What was asked so far.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.clone()
    }

    /// How many replies nobody asked for.
    #[must_use]
    pub fn left(&self) -> usize {
        self.state().replies.len()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Replay {
    fn send<'a>(&'a self, request: Request<Bytes>, _: &'a Limits) -> TransportFuture<'a> {
        let mut state = self.state();
        let again = state
            .exchanges
            .last()
            .filter(|last| same(&last.request, &request));
        let again = again.filter(|_| state.replies.is_empty());
        let response = if let Some(again) = again {
            again.response.clone()
        } else {
            let response = state.replies.pop();
            let exchange = Exchange {
                request,
                response: response.clone(),
            };
            state.exchanges.push(exchange);
            response
        };
        Box::pin(async move {
            response.ok_or_else(|| {
                TransportError::new(
                    ErrorKind::ConnectionLost,
                    "the example has no reply for this request",
                )
            })
        })
    }
}

fn same(one: &Request<Bytes>, other: &Request<Bytes>) -> bool {
    one.method() == other.method()
        && one.uri() == other.uri()
        && one.headers() == other.headers()
        && one.body() == other.body()
}
