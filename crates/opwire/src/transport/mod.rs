//! Step 6. One request on the wire: the [`Transport`] trait.

mod classify;
pub(crate) mod http;
pub(crate) mod resolve;
pub(crate) mod unpack;

use crate::error::{ErrorKind, Outcome};
use crate::send::rate::RatePlan;
use crate::send::verdict::Statuses;
use ::http::{Request, Response};
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What a transport's `send` gives.
pub type TransportFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Puts one request on the wire and brings the whole reply.
///
/// A transport makes exactly one attempt: it follows no redirect and repeats nothing. It may be called many times at
/// once. See `examples/custom_transport.rs`.
pub trait Transport: Send + Sync {
    /// Sends the request; the reply's body is decoded (gzip and the like) and at most `limits.response_size` long.
    ///
    /// # Errors
    /// What went wrong, and whether the service may have acted.
    fn send<'a>(&'a self, request: Request<Bytes>, limits: &'a Limits) -> TransportFuture<'a>;
}

/// The limits of one attempt.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The time from the first step to the last byte of the reply. Default 30 seconds.
    pub timeout: Duration,
    /// The time for the whole operation, every attempt and page of a collecting one included. Default 60 seconds.
    pub deadline: Duration,
    /// The most bytes of a reply's decoded body. Default 10 MiB.
    pub response_size: usize,
    /// The time to the reply's first byte. Default 30 seconds.
    pub first_byte: Duration,
    /// All attempts together, 1 to 10. Default 3.
    pub attempts: u32,
    pub(crate) rate: Option<Arc<RatePlan>>,
    pub(crate) statuses: Arc<Statuses>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(60),
            response_size: 10 * 1024 * 1024,
            first_byte: Duration::from_secs(30),
            attempts: 3,
            rate: None,
            statuses: Arc::default(),
        }
    }
}

/// Why an attempt brought no reply.
#[derive(Clone, Debug)]
pub struct TransportError {
    pub(crate) kind: ErrorKind,
    pub(crate) outcome: Outcome,
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
}

impl TransportError {
    /// An error of this kind, with its usual outcome. The message must hold no URL, header or body.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            outcome: kind.outcome(),
            message: message.into(),
            status: None,
        }
    }

    /// The reply's head came, with this status; the rest did not.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Says whether the service may have acted, where it is known better than by the kind.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

impl std::fmt::Display for TransportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {}
