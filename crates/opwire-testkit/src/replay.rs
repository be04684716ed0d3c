//! [`Replay`]: a transport that answers from an example.

use crate::example::Reply;
use bytes::Bytes;
use http::{Request, Response};
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
        let response = state.replies.pop();
        state.exchanges.push(Exchange {
            request,
            response: response.clone(),
        });
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
