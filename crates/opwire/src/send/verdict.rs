//! May an attempt be made again? By the operation's idempotency and how the last one ended.

use crate::error::{ErrorKind, Outcome};
use crate::manifest::Idempotency;
use crate::transport::TransportError;
use http::{Method, StatusCode};

/// How an attempt ended, as far as another is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Refused before anything left, and it would be again: egress, a certificate.
    Refused,
    /// Nothing of the request reached the service.
    NotSent,
    /// The request left, at least in part, and no answer came.
    Unknown,
    /// The service said that it succeeded, and the rest of its reply was lost.
    LostBody,
    /// The service answered something else than success.
    Status(u16),
    /// The service said that it has not acted, and when it will.
    NotApplied,
    /// The service answered something that can't be taken, and would again.
    Answered,
    /// It was given up.
    Cancelled,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It stays at this.
    Stop,
    /// The token is renewed, and the request made once more.
    Renew,
    /// Another attempt after a pause that begins at 100 ms.
    Transient,
    /// Another attempt after a pause that begins at 1 s: the service has too much to do.
    Throttled,
}

impl Ending {
    /// A failed attempt.
    pub(crate) fn of(error: &TransportError) -> Self {
        match (error.outcome, error.kind) {
            (_, ErrorKind::Cancelled) => Self::Cancelled,
            (
                Outcome::NotSent,
                ErrorKind::EgressDenied | ErrorKind::TlsFailed | ErrorKind::Internal,
            ) => Self::Refused,
            (Outcome::NotSent, _) => Self::NotSent,
            (Outcome::MaybeApplied, _) => Self::Unknown,
            (
                Outcome::Answered,
                ErrorKind::ConnectionLost | ErrorKind::Timeout | ErrorKind::DecodeFailed,
            ) => match error.status {
                Some(status) if !(200..300).contains(&status) => Self::Status(status),
                _ => Self::LostBody,
            },
            (Outcome::Answered, _) => Self::Answered,
        }
    }
}

/// The table of docs/reliability.md.
pub(crate) fn decide(idempotency: &Idempotency, method: &Method, ending: Ending) -> Verdict {
    let keyed = matches!(idempotency, Idempotency::Header(_) | Idempotency::Body(_));
    let repeatable = keyed || matches!(idempotency, Idempotency::Natural);
    let again = |may: bool| {
        if may {
            Verdict::Transient
        } else {
            Verdict::Stop
        }
    };
    match ending {
        Ending::Refused | Ending::Answered | Ending::Cancelled => Verdict::Stop,
        Ending::NotSent => Verdict::Transient,
        Ending::NotApplied => Verdict::Throttled,
        Ending::Unknown => again(repeatable),
        Ending::LostBody => again(repeatable && !keyed && method.is_safe()),
        Ending::Status(status) => match status {
            401 => Verdict::Renew,
            // A key in use by an earlier attempt that is still running (draft-ietf-httpapi-idempotency-key-header-07).
            409 => again(matches!(idempotency, Idempotency::Header(_))),
            425 | 429 => Verdict::Throttled,
            408 | 500 | 502 | 503 | 504 => again(repeatable),
            _ => Verdict::Stop,
        },
    }
}

/// What a manifest says of statuses, beyond the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statuses {
    /// With `Retry-After`, the service has not acted.
    pub(crate) not_applied: Vec<u16>,
    /// No attempt follows.
    pub(crate) never: Vec<u16>,
}

impl Statuses {
    /// An answer that is no success. `asked`: it says when to come back.
    pub(crate) fn ending(&self, status: u16, asked: bool) -> Ending {
        if self.never.contains(&status) {
            Ending::Answered
        } else if asked && self.not_applied.contains(&status) {
            Ending::NotApplied
        } else {
            Ending::Status(status)
        }
    }

    /// May the service have acted, when it answers this?
    pub(crate) fn outcome(&self, status: u16, asked: bool) -> Outcome {
        match status {
            _ if asked && self.not_applied.contains(&status) => Outcome::Answered,
            408 | 500 | 502 | 503 | 504 => Outcome::MaybeApplied,
            _ => Outcome::Answered,
        }
    }
}

/// Says whether a failure tells of the service's health. Refusals of one request don't.
pub(crate) fn sick(reply: Result<StatusCode, &TransportError>) -> Option<bool> {
    match reply {
        Ok(status) if status.is_server_error() => Some(true),
        Ok(StatusCode::TOO_MANY_REQUESTS) => None,
        Ok(_) => Some(false),
        Err(error) => match error.kind {
            ErrorKind::DnsFailed
            | ErrorKind::ConnectFailed
            | ErrorKind::Timeout
            | ErrorKind::ConnectionLost
            | ErrorKind::ProtocolError => Some(true),
            _ => None,
        },
    }
}
